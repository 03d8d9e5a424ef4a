import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Reason } from '../domain/update.ts';
import type { Caller } from './caller.ts';
import { type DeviceReport, report } from './check-in.ts';
import { noteInstalled } from './device-attributes.ts';
import { reasonIn } from './failure-words.ts';
import { type GatewayTask, gatewayTasks, isSameTask, taskAt, taskId } from './gateway-task.ts';
import { insist } from './insist.ts';
import { cutLines, cutMessage } from './log-lines.ts';
import type { Member } from './member.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';
import type { ListedUpdate, LogEntry, StoredDevice, StoredUpdate } from './records.ts';
import { packagesOf } from './surroundings.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256'>;
};
type Speaker = Pick<Caller, 'account' | 'actor'>;

/** What a gateway says of a task by its id. */
export type TaskReport = {
  readonly id: string;
  readonly status: 'received' | 'running' | 'succeeded' | 'failed' | 'rejected';
  readonly message: string;
  readonly exitCode: number | null;
};

/** A task that was handed out, and which try it was of. */
type KnownTask = { readonly task: GatewayTask; readonly update: ListedUpdate; readonly attempt: number };

const UPDATES_LIMIT = 200;
/** Results of tries before the present one may still be on their way. */
const TRIES = 10;

/**
 * Takes what a gateway says of its tasks, one after the other. What is no longer its task changes no step: its words
 * are kept. Answers the ids that name no task of its present journeys; refused with `not-found` when all are such.
 */
export const reportTasks = async (
  deps: Deps,
  speaker: Speaker,
  device: StoredDevice,
  reports: readonly TaskReport[],
): Promise<Result<readonly string[], Refusal>> => {
  const updates = await deps.store.updates.ofDevice(speaker.account.key, device.key, UPDATES_LIMIT);
  const known = findTasks(deps, speaker, device, updates, reports);
  const unknown: string[] = [];
  for (const said of reports) {
    const task = known.get(said.id);
    if (task === undefined) {
      unknown.push(said.id);
      continue;
    }
    const taken = await insist(() => takeReport(deps, speaker, device, task, said));
    if (!taken.ok) return taken;
  }
  const [first, ...others] = unknown;
  return first !== undefined && unknown.length === reports.length
    ? refused({ code: 'not-found', entity: 'command', id: first, others })
    : ok(unknown);
};

/** The tasks that the reports name: those of open updates are looked at first, and mostly that is all. */
const findTasks = (
  { hashing }: Deps,
  { account }: Speaker,
  device: StoredDevice,
  updates: readonly ListedUpdate[],
  reports: readonly TaskReport[],
): ReadonlyMap<string, KnownTask> => {
  const wanted = new Set(reports.map(({ id }) => id));
  const found = new Map<string, KnownTask>();
  for (const { update, attempt } of updates.flatMap(triesOf)) {
    if (wanted.size === 0) break;
    const { campaignId: campaign, generation } = update;
    const place = { account: account.id, campaign, device: device.id, generation, attempt };
    for (const task of gatewayTasks) {
      const id = taskId(hashing, place, task);
      if (wanted.delete(id)) found.set(id, { task, update, attempt });
    }
  }
  return found;
};

const triesOf = (update: ListedUpdate) =>
  Array.from({ length: Math.min(update.attempt, TRIES) }, (_, back) => ({
    update,
    attempt: update.attempt - back,
  }));

const takeReport = async (
  deps: Deps,
  speaker: Speaker,
  device: StoredDevice,
  { task, update: listed, attempt }: KnownTask,
  said: TaskReport,
): Promise<Result<unknown, Refusal>> => {
  const words = toWords(task, said, deps.clock());
  const step = toStep(task, said);
  // Read anew, because the report before may have moved what this one is about.
  const update = await deps.store.updates.find(speaker.account.key, listed.campaign, listed.device);
  if (step === undefined || update === undefined || !isPresent(update, listed, task, attempt))
    return keepWords(deps, speaker, listed, words);
  const at = { campaign: listed.campaignId, device: device.id };
  const taken = await report(deps, speaker, at, { ...step, whileAt: update.position }, words);
  if (!taken.ok) {
    // Something else has ended it since it was looked up.
    const late = taken.refusal.code === 'update/closed' || taken.refusal.code === 'update/wrong-step';
    return late ? keepWords(deps, speaker, listed, words) : taken;
  }
  const { update: after } = taken.value;
  if (after.status === 'closed' && after.outcome === 'succeeded')
    await noteVersions(deps, speaker, taken.value);
  return taken;
};

const isPresent = (
  update: StoredUpdate,
  { generation }: ListedUpdate,
  task: GatewayTask,
  attempt: number,
): boolean =>
  update.status === 'open' &&
  update.generation === generation &&
  update.attempt === attempt &&
  isSameTask(task, taskAt(update.position));

/** Only words: the update stays where it is, but its device was heard. */
const keepWords = async (
  { store }: Deps,
  { account }: Speaker,
  { campaign, device }: ListedUpdate,
  entry: LogEntry,
): Promise<Result<undefined, Refusal>> => {
  await store.commit({
    account: account.key,
    writes: [{ append: 'log', campaign, device, entry }],
    events: [],
  });
  return ok(undefined);
};

/** The result stands whatever becomes of this: at the next result, or when it tells them, they are known. */
const noteVersions = async (deps: Deps, speaker: Speaker, member: Member): Promise<void> => {
  const { campaign, device, update } = member;
  const packages = await packagesOf(deps.store, speaker.account.key, campaign, update);
  await insist(() => noteInstalled(deps, speaker, device, packages));
};

/** What a report makes of the update; `undefined` when it tells only that the gateway is at it. */
const toStep = (task: GatewayTask, said: TaskReport): DeviceReport | undefined => {
  switch (said.status) {
    case 'received':
    case 'running':
      return undefined;
    case 'succeeded':
      return toSuccess(task);
    case 'failed':
      return toFailure(task, said);
    case 'rejected':
      return task.kind === 'reset'
        ? { type: 'reset', step: 'failed' }
        : { type: 'rejection', message: messageOf(said) };
    default:
      return said.status satisfies never;
  }
};

const toSuccess = ({ kind, phase }: GatewayTask): DeviceReport | undefined => {
  if (kind === 'run') return { type: 'progress', phase, step: 'complete' };
  return kind === 'reset' ? { type: 'reset', step: 'complete' } : undefined;
};

const toFailure = ({ kind, phase }: GatewayTask, said: TaskReport): DeviceReport | undefined => {
  if (kind === 'reset') return { type: 'reset', step: 'failed' };
  // Without an inventory it can be updated all the same.
  if (kind !== 'run') return undefined;
  return { type: 'failure', reason: reasons[phase](said), message: messageOf(said) };
};

/** Of a download the words tell why; scripts say all sorts of things, and no other try would cure them. */
const reasons = {
  download: ({ message }) => reasonIn(message) ?? 'download-failed',
  execution: () => 'install-failed',
  activation: () => 'activation-failed',
} as const satisfies Readonly<Record<NonNullable<GatewayTask['phase']>, (said: TaskReport) => Reason>>;

const linesOf = (message: string): readonly string[] =>
  message.split(/\r?\n/).filter((line) => line.trim() !== '');

const messageOf = ({ message, exitCode }: TaskReport): string => {
  const last = linesOf(message).at(-1);
  if (last !== undefined) return cutMessage(last);
  return exitCode === null ? 'the gateway gave no reason' : `the gateway reported exit code ${exitCode}`;
};

const results = {
  received: 'none',
  running: 'none',
  succeeded: 'success',
  failed: 'failure',
  rejected: 'failure',
} as const;

const toWords = (
  { kind, phase }: GatewayTask,
  { status, message, exitCode }: TaskReport,
  at: number,
): LogEntry => ({
  at,
  word: `${kind === 'run' ? phase : kind} ${status}`,
  result: results[status],
  code: exitCode,
  progress: null,
  lines: cutLines(linesOf(message)),
});
