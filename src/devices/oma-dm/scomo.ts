import { compareVersions } from '../../domain/version.ts';
import { numberIn } from './fumo.ts';
import { add, exec, get, type Outgoing, replace } from './outgoing.ts';
import { afterOutcome } from './progress.ts';
import type { Answers, Operation } from './record.ts';
import { type Meaning, meaningOfDelivered, meaningOfOffered } from './result-map.ts';
import type { Script, Shown, Work } from './script-types.ts';
import { childrenIn, wayFor } from './steps.ts';
import {
  askAgain,
  attemptFor,
  type Ctx,
  failWith,
  GRACE,
  isFine,
  launched,
  noteOf,
  over,
  refusedBy,
  settle,
  succeed,
  type Turn,
  taken,
  wordsOf,
} from './turn.ts';

/** Deployed components that are looked at for the one that was installed. */
const MOST_DEPLOYED = 20;

/** Node name of a package: the same each time, within what small devices allow. */
const nameOf = ({ pack }: Work): string => `m${pack.id.replace(/[^A-Za-z0-9]/g, '').slice(0, 15)}`;

const offered = (root: string, work: Work): string => `${root}/Download/${nameOf(work)}`;
const delivered = (root: string, work: Work): string => `${root}/Inventory/Delivered/${nameOf(work)}`;

/** There is a component to install: offers it, goes on, or looks whether it is there (B1.12). */
export const componentWork = (ctx: Ctx, work: Work): Turn => {
  const root = ctx.record.tree?.scomo ?? null;
  if (root === null)
    return failWith(ctx, work, 'unsupported', 'the device has no object for software (SCOMO)');
  const operation = attemptFor(ctx, work)?.operation ?? null;
  if (work.due === 'activation') return look(ctx, work, root, null);
  // Silent since: perhaps it is there by now.
  if (operation === 'all' || operation === 'update') return look(ctx, work, root, operation);
  if (operation === 'download' && work.due === 'download') return look(ctx, work, root, operation);
  if (operation === 'download') return launch(ctx, work, root, 'update');
  return offer(ctx, work, root);
};

/** What is deployed; and how far it is with the operation that it was told. */
const look = (ctx: Ctx, work: Work, root: string, operation: Operation | null): Turn => {
  const node = operation === 'update' ? delivered(root, work) : offered(root, work);
  return {
    ...over(ctx),
    script: { at: 'deployed', work },
    commands: [
      get('deployed', `${root}/Inventory/Deployed`),
      ...(operation === null ? [] : [get('status', `${node}/Status`)]),
      ...(operation === 'download' ? [get('delivered', delivered(root, work))] : []),
    ],
  };
};

const offer = (ctx: Ctx, work: Work, root: string): Turn => {
  const node = offered(root, work);
  const operation = wayFor(ctx.profile, ctx.record.tree, work) ?? 'all';
  return {
    ...over(ctx),
    made: [...new Set([...ctx.record.made, node])],
    script: { at: 'offer', work, operation, again: false },
    commands: [
      add('node', node),
      add('id', `${node}/PkgID`, nameOf(work)),
      add('name', `${node}/Name`, work.pack.name),
      add('offer', `${node}/PkgURL`, work.url),
    ],
  };
};

const operationNode = (root: string, work: Work, operation: Operation): string => {
  if (operation === 'update') return `${delivered(root, work)}/Operations/Install`;
  return `${offered(root, work)}/Operations/${operation === 'all' ? 'DownloadInstall' : 'Download'}`;
};

const launch = (ctx: Ctx, work: Work, root: string, operation: Operation): Turn => ({
  script: { at: 'exec', work, operation },
  actions: [],
  commands: [exec('exec', operationNode(root, work, operation), work.correlator)],
  attempt: launched(work, offered(root, work), operation, ctx.now),
});

type ScomoScript = Extract<Script, { readonly at: 'offer' | 'exec' | 'deployed' | 'versions' }>;

/** The device has answered a step of SCOMO. */
export const scomoAnswers = (ctx: Ctx, script: ScomoScript, answers: Answers): Turn => {
  const { work } = script;
  const root = ctx.record.tree?.scomo ?? null;
  if (root === null) return over(ctx);
  if (script.at === 'deployed') return list(ctx, work, root, answers);
  if (script.at === 'versions') return judge(ctx, root, script, answers);
  const status = answers[script.at]?.status ?? null;
  if (script.at === 'offer') return afterOffer(ctx, script, root, status);
  if (status === null) return over(ctx);
  if (isFine(status)) return over(taken(ctx, work));
  return refusedBy(ctx, work, 'Exec', status, script.operation);
};

/** 418: an earlier attempt has made the nodes; the URL is another one by now. */
const afterOffer = (
  ctx: Ctx,
  { work, operation, again }: Extract<Script, { readonly at: 'offer' }>,
  root: string,
  status: number | null,
): Turn => {
  if (isFine(status)) return launch(ctx, work, root, operation);
  if (status !== 418 || again) return refusedBy(ctx, work, 'Add of PkgURL', status, operation);
  const url = replace('offer', `${offered(root, work)}/PkgURL`, work.url);
  return { ...over(ctx), script: { at: 'offer', work, operation, again: true }, commands: [url] };
};

const leaves = ['ID', 'Name', 'Version'] as const;

const list = (ctx: Ctx, work: Work, root: string, answers: Answers): Turn => {
  const children = childrenIn(answers['deployed']?.items[0]?.data).slice(0, MOST_DEPLOYED);
  const shown = shownIn(answers);
  if (children.length === 0) return judge(ctx, root, { work, nodes: [], shown }, {});
  const commands = children.flatMap((child): readonly Outgoing[] =>
    leaves.map((leaf) => get(`${leaf} ${child}`, `${root}/Inventory/Deployed/${child}/${leaf}`)),
  );
  return { ...over(ctx), script: { at: 'versions', work, nodes: children, shown }, commands };
};

const shownIn = (answers: Answers): Shown => ({
  status: numberIn(answers['status']?.items[0]?.data),
  isDelivered: answers['delivered']?.status === 200,
});

/** The version of what is deployed under the package's id or name; `undefined` when nothing is. */
const deployedVersion = (work: Work, nodes: readonly string[], answers: Answers): string | undefined => {
  const read = (leaf: string, node: string) => answers[`${leaf} ${node}`]?.items[0]?.data.trim() ?? '';
  const node = nodes.find(
    (one) => one === nameOf(work) || read('ID', one) === nameOf(work) || read('Name', one) === work.pack.name,
  );
  return node === undefined ? undefined : read('Version', node);
};

type Judged = Omit<Extract<Script, { readonly at: 'versions' }>, 'at'>;

const judge = (ctx: Ctx, root: string, { work, nodes, shown }: Judged, answers: Answers): Turn => {
  const version = deployedVersion(work, nodes, answers);
  const wanted = work.pack.version;
  const unversioned = version === '' || wanted === '';
  const isThere = version !== undefined && (unversioned || compareVersions(version, wanted) === 0);
  if (isThere && (work.due === 'activation' || !unversioned)) {
    return succeed(ctx, work, 'the component is deployed');
  }
  if (work.due !== 'activation') return resolve(ctx, work, root, shown);
  if (version === undefined || ctx.profile.trust) return succeed(ctx, work, 'the result was taken for it');
  if (attemptFor(ctx, work)?.succeededIn === ctx.session) return over(ctx);
  return failWith(
    ctx,
    work,
    'version-mismatch',
    `the device reported success and has version ${version} of ${work.pack.name} instead of ${wanted}`,
  );
};

/** What was offered has another address by now; what was delivered is there. */
const tellAgain = (ctx: Ctx, work: Work, root: string, operation: Operation): Turn =>
  operation === 'update' ? launch(ctx, work, root, operation) : offer(ctx, work, root);

/** It was told to begin and has not said how that went: its Status decides, as State does for firmware. */
const resolve = (ctx: Ctx, work: Work, root: string, { status, isDelivered }: Shown): Turn => {
  const attempt = attemptFor(ctx, work);
  const operation = attempt?.operation ?? null;
  if (attempt === null || operation === null || attempt.isDone) return over(ctx);
  const meaning: Meaning | 'busy' | undefined = isDelivered
    ? { is: 'downloaded' }
    : (operation === 'update' ? meaningOfDelivered : meaningOfOffered)(status, operation);
  if (meaning === undefined || meaning === 'busy') return over(ctx);
  // What is read so soon may be what was there before.
  const failed = meaning.is === 'failed';
  if (failed && ctx.now - attempt.sentAt < GRACE) return over(ctx);
  // The command has been lost on its way, as far as we know: Status still tells how the one before it ended.
  if (failed && !attempt.isTaken) return tellAgain(ctx, work, root, operation);
  const said = 'message' in meaning ? meaning.message : 'the component is delivered';
  const words = wordsOf('status', failed ? 'failure' : 'success', status, [said]);
  const after = afterOutcome(attempt, meaning, ctx.session);
  const action = after.isLast ? settle(meaning, words, work.attempt) : noteOf(work.attempt, words);
  return failed ? { ...over(ctx, [action]), attempt: null } : askAgain(after.attempt, [action]);
};
