import { compareVersions } from '../../domain/version.ts';
import { add, exec, get, type Outgoing, replace } from './outgoing.ts';
import type { Profile } from './profile.ts';
import { afterOutcome } from './progress.ts';
import type { Answers, Attempt, Operation, Tree, Way } from './record.ts';
import { meaningOfState } from './result-map.ts';
import type { Action, Script, Work } from './script-types.ts';
import { childrenIn, hasNode, stepsOf, wayFor } from './steps.ts';
import {
  askAgain,
  attemptFor,
  type Ctx,
  failWith,
  GRACE,
  isFine,
  isTrusted,
  launched,
  noteOf,
  over,
  refusedBy,
  settle,
  succeed,
  type Turn,
  taken,
  withAttempt,
  wordsOf,
} from './turn.ts';

type Root = NonNullable<Tree['fumo']>;

/** The result that says that a device does not implement an operation. */
export const NOT_IMPLEMENTED = 408;

const nodes: Readonly<Record<Operation, string>> = {
  download: 'Download',
  update: 'Update',
  all: 'DownloadAndUpdate',
};

const nodeOf = (root: Root, operation: Operation): string => `${root.root}/${nodes[operation]}`;

/** There is something for the firmware: goes on where the attempt is, or begins it. */
export const firmwareWork = (ctx: Ctx, work: Work): Turn => {
  const root = ctx.record.tree?.fumo ?? null;
  if (root === null) return create(ctx, work);
  const attempt = attemptFor(ctx, work);
  const operation = attempt?.operation ?? null;
  if (work.due === 'activation') return verify(ctx, work);
  if ((operation !== null || work.count > 1) && hasVersion(ctx, work)) {
    return succeed(ctx, work, `the device has version ${work.pack.version}`);
  }
  if (operation === 'all' || operation === 'update') return resolve(ctx, work, operation);
  if (operation === 'download' && work.due === 'download') return resolve(ctx, work, operation);
  if (operation === 'download') return launch(ctx, work, root, 'update');
  const refusal = attempt?.refusal ?? '';
  const way = wayFor(ctx.profile, ctx.record.tree, work);
  if (way === undefined) return failWith(ctx, work, 'unsupported', refusal || NO_WAY);
  if (refusal !== '' && !mayChange(way, work)) return failWith(ctx, work, 'download-failed', refusal);
  return { ...over(ctx), script: { at: 'state', work }, commands: [get('state', `${root.root}/State`)] };
};

const NO_WAY = 'the device has no operation for firmware that it implements';

/**
 * The way that takes all phases at once is not taken in the midst of an attempt where they have times of their own: the
 * gate is asked about that before the next attempt.
 */
const mayChange = (way: Way, { oneTime, count }: Work): boolean =>
  way === 'download' || (oneTime && count === 1);

/** The device does not implement what it was told: another way is taken from now on, where there is one (B1.7, 408). */
export const refuseWay = (
  profile: Profile,
  was: Tree,
  attempt: Attempt,
  refusal: string,
): { readonly attempt: Attempt; readonly tree: Tree; readonly actions: readonly Action[] } => {
  const way = attempt.operation === 'all' ? 'all' : 'download';
  const tree = { ...was, refused: [...new Set([...was.refused, way] as const)] };
  const attributes = { 'dm.steps': stepsOf(profile, tree) };
  return {
    attempt: { ...attempt, operation: null, isDone: false, refusal },
    tree,
    actions: [
      noteOf(attempt.id, wordsOf(attempt.operation ?? 'exec', 'none', null, [refusal])),
      { do: 'inventory', inventory: { versions: {}, attributes } },
    ],
  };
};

/** Where the profile allows it, an object is made (B1.7). */
const create = (ctx: Ctx, work: Work): Turn => {
  const { parent } = ctx.profile;
  if (parent === null || work.due === 'activation') {
    return failWith(ctx, work, 'unsupported', 'the device has no object for firmware (FUMO)');
  }
  const node = `${parent}/muster`;
  const all = `${node}/DownloadAndUpdate`;
  const commands = [add('created', node), add('all', all), add('url', `${all}/PkgURL`, '')];
  return {
    ...over(ctx),
    script: { at: 'created', work, node },
    commands: [...commands, get('fumo', node)],
    made: [...new Set([...ctx.record.made, node])],
  };
};

/** 418: it was made earlier. Some devices fill it by themselves. */
const afterCreated = (ctx: Ctx, work: Work, node: string, answers: Answers): Turn => {
  const status = answers['created']?.status ?? null;
  if (!isFine(status) && status !== 418) return refusedBy(ctx, work, 'Add of the object', status, 'all');
  const listed = childrenIn(answers['fumo']?.items[0]?.data);
  const children = hasNode(listed, 'DownloadAndUpdate') ? listed : [...listed, 'DownloadAndUpdate'];
  const { firmware = '', scomo = null, refused = [] } = ctx.record.tree ?? {};
  const tree = { fumo: { root: node, children }, scomo, refused, firmware };
  return { ...firmwareWork({ ...ctx, record: { ...ctx.record, tree } }, work), tree };
};

const hasVersion = ({ facts }: Ctx, { pack }: Work): boolean =>
  facts.firmware !== null && pack.version !== '' && compareVersions(facts.firmware, pack.version) === 0;

/** The version decides (B1.7, 6). In the session of the alert the device may not have started it yet. */
const verify = (ctx: Ctx, work: Work): Turn => {
  if (hasVersion(ctx, work)) return succeed(ctx, work, `the device has version ${work.pack.version}`);
  if (isTrusted(ctx) || work.pack.version === '') return succeed(ctx, work, 'the result was taken for it');
  if (attemptFor(ctx, work)?.succeededIn === ctx.session) return over(ctx);
  const told = ctx.facts.firmware ?? '';
  return failWith(
    ctx,
    work,
    'version-mismatch',
    `the device reported success and has version ${told} instead of ${work.pack.version}`,
  );
};

/** It was told to begin and has not said how that went: State decides (B1.7, 7). */
const resolve = (ctx: Ctx, work: Work, operation: Operation): Turn => {
  const { facts, now, record } = ctx;
  const meaning = meaningOfState(facts.state, operation);
  if (meaning === undefined || meaning === 'busy') return over(ctx);
  const attempt = attemptFor(ctx, work);
  const hurried = attempt !== null && now - attempt.sentAt < GRACE;
  const isUnchanged = attempt !== null && !attempt.isTaken && facts.state === attempt.stateBefore;
  // What is read so soon may be what was there before.
  if (hurried && (isUnchanged || meaning.is !== 'downloaded')) return over(ctx);
  // The command has been lost on its way: State still tells how the update before it ended.
  if (isUnchanged) return firmwareWork(withAttempt(ctx, { ...attempt, operation: null }), work);
  if (meaning.is === 'downloaded' && (work.due !== 'download' || operation === 'all')) return over(ctx);
  const message = 'message' in meaning ? meaning.message : `state ${facts.state}`;
  const words = wordsOf('state', meaning.is === 'failed' ? 'failure' : 'success', facts.state, [message]);
  const after = attempt && afterOutcome(attempt, meaning, 'state');
  const action =
    after === null || after.isLast ? settle(meaning, words, work.attempt) : noteOf(work.attempt, words);
  if (meaning.is === 'failed') return { ...over(ctx, [action]), attempt: null };
  // Told by State, it is no news of this session: the version counts at once.
  return askAgain(after === null ? record.attempt : after.attempt, [action]);
};

const launch = (ctx: Ctx, work: Work, root: Root, operation: Operation): Turn => {
  const node = nodeOf(root, operation);
  return {
    ...{
      script: { at: 'exec', work, operation },
      actions: [],
      commands: [exec('exec', node, work.correlator)],
    },
    attempt: launched(work, root.root, operation, ctx.now, ctx.facts.state),
  };
};

const offer = (
  ctx: Ctx,
  work: Work,
  root: Root,
  command: (url: Outgoing) => Outgoing,
  again: boolean,
): Turn => {
  const operation = wayFor(ctx.profile, ctx.record.tree, work) ?? 'all';
  const url = replace('offer', `${nodeOf(root, operation)}/PkgURL`, work.url);
  return { ...over(ctx), script: { at: 'offer', work, operation, again }, commands: [command(url)] };
};

/** The bytes go inside the session (B1.7), which takes a device that knows large objects. */
const push = (ctx: Ctx, work: Work, root: Root): Turn => {
  if (!ctx.facts.largeObjects) {
    return failWith(ctx, work, 'unsupported', 'the device does not take large objects');
  }
  const { id: packageId, size } = work.pack;
  const object = { packageId, size, from: 0 };
  const node = `${nodeOf(root, 'update')}/PkgData`;
  return {
    ...over(ctx),
    script: { at: 'push', work },
    commands: [{ key: 'push', name: 'Replace', node, object }],
  };
};

const afterState = (ctx: Ctx, work: Work, root: Root): Turn => {
  const { state } = ctx.facts;
  if (state === 30 || state === 60) return over(ctx);
  const hasData = state === 40 || state === 50 || state === 70;
  const mayUpdate = !(ctx.record.tree?.refused ?? []).includes('download');
  if (work.due === 'execution' && hasData && mayUpdate) return launch(ctx, work, root, 'update');
  return ctx.profile.mode === 'in-band' ? push(ctx, work, root) : offer(ctx, work, root, (url) => url, false);
};

/** With these a device says that there is no such operation. */
const missing: readonly number[] = [404, 405, 406, 501];

type FumoScript = Extract<Script, { readonly at: 'created' | 'state' | 'offer' | 'push' | 'exec' }>;

/** The device has answered a step of FUMO. */
export const fumoAnswers = (ctx: Ctx, script: FumoScript, answers: Answers): Turn => {
  const { work } = script;
  if (script.at === 'created') return afterCreated(ctx, work, script.node, answers);
  const root = ctx.record.tree?.fumo ?? null;
  if (root === null) return over(ctx);
  if (script.at === 'state') {
    const facts = { ...ctx.facts, state: numberIn(answers['state']?.items[0]?.data) };
    return { ...afterState({ ...ctx, facts }, work, root), facts };
  }
  const status = answers[script.at]?.status ?? null;
  if (script.at === 'offer') return afterOffer(ctx, script, root, status);
  if (script.at === 'push') return afterPush(ctx, work, root, status);
  // Without an answer nobody knows: the next session looks at State.
  if (status === null) return over(ctx);
  const attempt = attemptFor(ctx, work);
  if (isFine(status)) return over(taken(ctx, work));
  if (missing.includes(status) && attempt !== null && ctx.record.tree !== null) {
    const why = `status ${status} for Exec of ${nodes[script.operation]}: it is not implemented`;
    const refused = refuseWay(ctx.profile, ctx.record.tree, attempt, why);
    return { ...askAgain(refused.attempt, refused.actions), tree: refused.tree };
  }
  return refusedBy(ctx, work, `Exec of ${nodes[script.operation]}`, status, script.operation);
};

const afterOffer = (
  ctx: Ctx,
  { work, operation, again }: Extract<Script, { readonly at: 'offer' }>,
  root: Root,
  status: number | null,
): Turn => {
  if (isFine(status)) return launch(ctx, work, root, operation);
  if (status !== 404 || again) return refusedBy(ctx, work, 'Replace of PkgURL', status, operation);
  return offer(ctx, work, root, ({ key, node, data }) => add(key, node, data), true);
};

const afterPush = (ctx: Ctx, work: Work, root: Root, status: number | null): Turn => {
  if (!isFine(status)) return refusedBy(ctx, work, 'Replace of PkgData', status, 'download');
  const { attempt, isLast } = afterOutcome(
    launched(work, root.root, 'download', ctx.now),
    { is: 'downloaded' },
    ctx.session,
  );
  const words = wordsOf('download', 'success', status, ['the package was sent inside the session']);
  const action = isLast ? settle({ is: 'downloaded' }, words, work.attempt) : noteOf(work.attempt, words);
  return askAgain(attempt, [action]);
};

/** A whole number, as State has it. */
export const numberIn = (text: string | undefined): number | null =>
  text !== undefined && /^\s*\d{1,5}\s*$/.test(text) ? Number(text) : null;
