import type { Outcome } from './alerts.ts';
import { afterFound, afterLook, afterRoot, afterTypes, type Found, lookAround } from './discovery.ts';
import { firmwareWork, fumoAnswers, NOT_IMPLEMENTED, numberIn, refuseWay } from './fumo.ts';
import { inventoryOf, type Told, toldInAnswers } from './inventory.ts';
import { get, type Outgoing, remove } from './outgoing.ts';
import { afterOutcome, isAt, readCorrelator, workIn } from './progress.ts';
import type { Answers, Attempt, Facts, Tree } from './record.ts';
import { meaningOfFumo, meaningOfScomo } from './result-map.ts';
import { componentWork, scomoAnswers } from './scomo.ts';
import type { Action, Found as FoundWork } from './script-types.ts';
import { stepsOf } from './steps.ts';
import { askAgain, type Ctx, noteOf, over, settle, type Turn, wordsOf } from './turn.ts';

const FIRMWARE = 'firmware';
const STATE = 'state';

/** The first package of ours: what the device has, and how what it was told to do stands (B1.6). */
export const beginScript = (ctx: Ctx): Turn => {
  const { profile, record } = ctx;
  const commands: readonly Outgoing[] = [
    get(FIRMWARE, profile.versionNode),
    get('software', './DevDetail/SwV'),
    get('hardware', './DevDetail/HwV'),
    get('objects', './DevDetail/LrgObj'),
    ...(record.tree === null ? lookAround(profile) : []),
    ...(isFirmware(record.attempt, record.tree?.fumo?.root)
      ? [get(STATE, `${record.attempt?.node}/State`)]
      : []),
  ];
  return { ...over(ctx), script: { at: 'inventory' }, commands };
};

const isFirmware = (attempt: Attempt | null, root: string | undefined): boolean =>
  attempt !== null && attempt.operation !== null && attempt.node === root;

/** What outcomes make of what is known of the device, and what is to be done about them. */
type Heard = {
  readonly attempt: Attempt | null;
  readonly tree: Tree | null;
  readonly actions: readonly Action[];
};

/** How operations ended, as reports. */
export const hear = (ctx: Ctx, outcomes: readonly Outcome[]): Heard => {
  const { attempt, tree } = ctx.record;
  return outcomes.reduce<Heard>((heard, outcome) => hearOne(ctx, heard, outcome), {
    ...{ attempt, tree, actions: [] },
  });
};

const hearOne = (ctx: Ctx, heard: Heard, outcome: Outcome): Heard => {
  const { attempt, actions } = heard;
  const named = namedBy(outcome, attempt);
  if (named === undefined) return heard;
  const current = isCurrent(attempt, named) ? attempt : null;
  const { code, text } = outcome;
  const operation = outcome.operation ?? current?.operation ?? null;
  if (outcome.of === 'fumo' && code === NOT_IMPLEMENTED && current !== null && heard.tree !== null) {
    // Said of another operation than the latest, it was heard before.
    if (current.operation === null || operation !== current.operation) return heard;
    const refused = refuseWay(
      ctx.profile,
      heard.tree,
      current,
      `result ${code}: the operation is not implemented`,
    );
    return { ...refused, actions: [...actions, ...refused.actions] };
  }
  const meaning =
    outcome.of === 'fumo'
      ? meaningOfFumo(ctx.profile.results, code, operation, text)
      : meaningOfScomo(code, operation);
  const failed = meaning.is === 'failed' || meaning.is === 'cancelled';
  const words = wordsOf(operation ?? outcome.of, failed ? 'failure' : 'success', code, [text]);
  const report = settle(meaning, words, named.id);
  if (current === null) {
    // Of another package than the one it is at, only a failure is news.
    const isNews = failed || named.index === undefined;
    return { ...heard, actions: [...actions, isNews ? report : noteOf(named.id, words)] };
  }
  const after = afterOutcome(current, meaning, ctx.session);
  const action = after.isLast ? report : noteOf(named.id, words);
  return { ...heard, attempt: after.attempt, actions: [...actions, action] };
};

type Named = NonNullable<ReturnType<typeof readCorrelator>>;

const isCurrent = (attempt: Attempt | null, { id, index }: Named): attempt is Attempt =>
  isAt(attempt, id) && (index === undefined || (index === attempt.index && !attempt.isDone));

/** By the Correlator, else by the node. */
const namedBy = ({ correlator, node }: Outcome, attempt: Attempt | null): Named | undefined => {
  const named = readCorrelator(correlator);
  if (named !== undefined) return named;
  if (attempt === null || attempt.operation === null || attempt.node === '' || node === '') return undefined;
  const [one, other] = [`${node}/`.toLowerCase(), `${attempt.node}/`.toLowerCase()];
  const isThere = one.startsWith(other) || other.startsWith(one);
  return isThere ? { id: attempt.id, index: attempt.count === 1 ? undefined : attempt.index } : undefined;
};

/** A package of the device has answered all that was asked. */
export const answered = (ctx: Ctx, script: Turn['script'], answers: Answers, told: Told): Turn => {
  switch (script.at) {
    case 'inventory':
      return afterInventory(ctx, answers, told);
    case 'look':
      return goOn(ctx, afterLook(ctx.profile, answers));
    case 'root':
      return goOn(ctx, afterRoot(script.scomo, answers));
    case 'types':
      return goOn(ctx, afterTypes(script, answers));
    case 'found':
      return goOn(ctx, afterFound(script, answers));
    case 'created':
    case 'state':
    case 'push':
      return fumoAnswers(ctx, script, answers);
    case 'offer':
    case 'exec':
      return script.work.kind === 'firmware'
        ? fumoAnswers(ctx, script, answers)
        : scomoAnswers(ctx, script, answers);
    case 'deployed':
    case 'versions':
      return scomoAnswers(ctx, script, answers);
    case 'begin':
    case 'work':
    case 'over':
      return over(ctx);
  }
};

const dataOf = (answers: Answers, key: string): string | null => answers[key]?.items[0]?.data.trim() ?? null;

const factsIn = (answers: Answers): Facts => ({
  firmware: dataOf(answers, FIRMWARE),
  state: numberIn(dataOf(answers, STATE) ?? undefined),
  largeObjects: /^(true|1)$/i.test(dataOf(answers, 'objects') ?? ''),
});

const afterInventory = (was: Ctx, answers: Answers, told: Told): Turn => {
  const facts = factsIn(answers);
  const ctx = { ...was, facts };
  const all = { ...told, ...toldInAnswers(answers) };
  const { tree } = ctx.record;
  const steps: Readonly<Record<string, string>> =
    tree === null ? {} : { 'dm.steps': stepsOf(ctx.profile, tree) };
  const inventory = inventoryOf(all, facts.firmware, steps);
  if (tree === null) {
    const found = goOn(ctx, afterLook(ctx.profile, answers));
    return { ...found, facts, actions: [{ do: 'inventory', inventory }, ...found.actions] };
  }
  // Another version may have its objects elsewhere.
  if (tree.firmware !== (facts.firmware ?? '')) {
    const commands = lookAround(ctx.profile);
    const turn: Turn = { ...over(ctx), script: { at: 'look' }, commands };
    return { ...turn, facts, actions: [{ do: 'inventory', inventory }] };
  }
  return { ...askAgain(ctx.record.attempt, [{ do: 'inventory', inventory }]), facts };
};

/** The search goes on, or is done: then the manner of the device is known, and what there is to do is asked. */
const goOn = (ctx: Ctx, found: Found): Turn => {
  if ('script' in found) return { ...over(ctx), script: found.script, commands: found.commands };
  const tree = { ...found.tree, firmware: ctx.facts.firmware ?? '' };
  const steps = stepsOf(ctx.profile, tree);
  const inventory = { versions: {}, attributes: { 'dm.steps': steps } };
  return { ...askAgain(ctx.record.attempt, [{ do: 'inventory', inventory }]), tree };
};

/** What there is to do was found out. */
export const withWork = (was: Ctx, { assigned, isOver }: FoundWork): Turn => {
  const ctx = isOver ? { ...was, record: { ...was.record, attempt: null } } : was;
  const work = assigned && workIn(assigned, ctx.record.attempt);
  if (work === undefined) return tidyUp(ctx);
  return work.kind === 'firmware' ? firmwareWork(ctx, work) : componentWork(ctx, work);
};

/** What we made is deleted once it is of no more use (B1.7, 6). */
const tidyUp = (ctx: Ctx): Turn => {
  const { tree, attempt, made } = ctx.record;
  if (attempt !== null || made.length === 0) return over(ctx);
  const isMade = tree?.fumo !== null && tree?.fumo !== undefined && made.includes(tree.fumo.root);
  return {
    ...over(ctx),
    commands: made.map((node) => remove(`remove ${node}`, node)),
    ...(tree !== null && isMade && { tree: { ...tree, fumo: null } }),
    made: [],
  };
};
