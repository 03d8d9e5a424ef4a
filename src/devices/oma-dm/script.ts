import type { Outcome } from './alerts.ts';
import { afterFound, afterLook, afterRoot, afterTypes, type Found, lookAround } from './discovery.ts';
import { firmwareWork, fumoAnswers, numberIn } from './fumo.ts';
import { inventoryOf, type Told, toldInAnswers } from './inventory.ts';
import { get, type Outgoing, remove } from './outgoing.ts';
import type { Answers, Attempt, Facts } from './record.ts';
import { meaningOfFumo, meaningOfScomo } from './result-map.ts';
import { componentWork, scomoAnswers } from './scomo.ts';
import type { Action, Work } from './script-types.ts';
import { stepsOf } from './steps.ts';
import { afterOutcome, askAgain, type Ctx, over, settle, type Turn, wordsOf } from './turn.ts';

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

/** How operations ended, as reports; the attempt is that of the device after them. */
export const hear = (
  ctx: Ctx,
  outcomes: readonly Outcome[],
): { readonly attempt: Attempt | null; readonly actions: readonly Action[] } => {
  let { attempt } = ctx.record;
  const actions: Action[] = [];
  for (const outcome of outcomes) {
    const id = attemptOf(outcome, attempt);
    if (id === undefined) continue;
    const operation = outcome.operation ?? (attempt?.id === id ? attempt.operation : null);
    const { code, text } = outcome;
    const meaning =
      outcome.of === 'fumo'
        ? meaningOfFumo(ctx.profile.results, code, operation, text)
        : meaningOfScomo(code, operation);
    const failed = meaning.is === 'failed' || meaning.is === 'cancelled';
    const words = wordsOf(operation ?? outcome.of, failed ? 'failure' : 'success', code, [text]);
    actions.push(settle(meaning, words, id));
    attempt = afterOutcome(attempt, id, meaning, ctx.session);
  }
  return { attempt, actions };
};

const ours = /^[0-9a-z]{1,12}-[0-9a-z]{1,6}-[0-9a-z]{1,4}$/;

/** By the Correlator, else by the node. */
const attemptOf = ({ correlator, node }: Outcome, attempt: Attempt | null): string | undefined => {
  if (ours.test(correlator)) return correlator;
  if (attempt === null || attempt.operation === null) return undefined;
  const [one, other] = [`${node}/`.toLowerCase(), `${attempt.node}/`.toLowerCase()];
  return node !== '' && (one.startsWith(other) || other.startsWith(one)) ? attempt.id : undefined;
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
export const withWork = (ctx: Ctx, work: Work | undefined): Turn => {
  if (work === undefined) return tidyUp(ctx);
  return work.kind === 'firmware' ? firmwareWork(ctx, work) : componentWork(ctx, work);
};

/** What we made is deleted once it is of no more use (B1.7, 6). */
const tidyUp = (ctx: Ctx): Turn => {
  const { tree, attempt } = ctx.record;
  if (tree === null || !tree.created || tree.fumo === null || attempt !== null) return over(ctx);
  return {
    ...over(ctx),
    commands: [remove('remove', tree.fumo.root)],
    tree: { ...tree, fumo: null, created: false },
  };
};
