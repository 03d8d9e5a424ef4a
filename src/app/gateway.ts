import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import type { Caller } from './caller.ts';
import { type Assignment, checkIn, type NoteGate } from './check-in.ts';
import { isEnrolled, setEnrolment } from './enrolment.ts';
import { dueTask, type GatewayTask, taskId } from './gateway-task.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';
import type { StoredCampaign, StoredDevice, StoredPackage, StoredUpdate } from './records.ts';
import type { Manner } from './surroundings.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256'>;
  readonly noteGate?: NoteGate | undefined;
};
type Speaker = Pick<Caller, 'account' | 'actor'>;

/** A task with all that a gateway needs for it. */
export type HandedTask = GatewayTask & {
  readonly id: string;
  readonly campaign: StoredCampaign;
  readonly update: StoredUpdate;
  readonly packages: readonly StoredPackage[];
  /** When it was first handed out, and when last. */
  readonly createdAt: Instant;
  readonly handedAt: Instant;
  /** When it is too late to begin; `null` where it never is. */
  readonly until: Instant | null;
  /** Why it is to undo what it did; empty for other tasks. */
  readonly reason: string;
};

/** What a gateway that asked is told. */
export type GatewayContact = {
  readonly task: HandedTask | undefined;
  /** Whether asking has moved its update; then asking again often does too. */
  readonly moved: boolean;
  /** When asking again could give another answer; `null` when that depends on an event. */
  readonly askAgain: Instant | null;
};

/**
 * A gateway asks what to do: it is given the next task of the one campaign that it is in now, unless it has that
 * already. `lease` is how long a task counts as being done without a word about it, in milliseconds. Refused with
 * `device/not-enrolled`.
 */
export const contactGateway = async (
  deps: Deps,
  speaker: Speaker,
  device: StoredDevice,
  manner: Manner,
  lease: number,
): Promise<Result<GatewayContact, Refusal>> => {
  const enrolled = await enrolOnContact(deps, speaker, device);
  if (!enrolled.ok) return enrolled;
  const found = await checkIn(deps, speaker, enrolled.value, manner);
  if (!found.ok) return found;
  const { value: assignment } = found;
  if (assignment === undefined) return ok({ task: undefined, moved: false, askAgain: null });
  const now = deps.clock();
  const { update, campaign, moved } = assignment;
  const due = dueTask({ update, status: campaign.status, moved }, now, lease);
  const answer = { moved, askAgain: moved ? now : assignment.until };
  if (due === undefined) return ok({ ...answer, task: undefined });
  // Later than the update came there, which is how it is known to be about this task.
  if (due.note) await noteHanded(deps, speaker, update, Math.max(now, update.since + 1));
  return ok({ ...answer, task: await toHandedTask(deps, speaker, device, assignment, due.task, now) });
};

/** A device that was made where nobody enrols takes the part of a gateway when it first asks as one does. */
const enrolOnContact = async (
  deps: Deps,
  speaker: Speaker,
  device: StoredDevice,
): Promise<Result<StoredDevice, Refusal>> => {
  if (!isEnrolled(device)) return refused({ code: 'device/not-enrolled', id: device.id });
  if (device.protocol === 'gateway') return ok(device);
  return setEnrolment(deps, speaker, device.id, 'ENROLLED');
};

/** Handed out twice is better than never: whatever becomes of this, the task goes out. */
const noteHanded = (
  { store }: Deps,
  { account }: Speaker,
  { campaign, device }: StoredUpdate,
  at: Instant,
): Promise<unknown> =>
  store.commit({ account: account.key, writes: [{ note: 'handed', campaign, device, at }], events: [] });

const toHandedTask = async (
  deps: Deps,
  speaker: Speaker,
  device: StoredDevice,
  { campaign, update, packages }: Assignment,
  task: GatewayTask,
  handedAt: Instant,
): Promise<HandedTask> => {
  const { generation, attempt } = update;
  const place = {
    account: speaker.account.id,
    campaign: campaign.id,
    device: device.id,
    generation,
    attempt,
  };
  const reason = task.kind === 'reset' ? await lastFailure(deps, speaker, update) : '';
  return {
    ...task,
    ...{ id: taskId(deps.hashing, place, task), campaign, update, packages, reason },
    createdAt: update.since,
    handedAt,
    until: task.phase === null ? null : endOf(campaign, update, task.phase),
  };
};

const endOf = (
  { plan }: StoredCampaign,
  { slots }: StoredUpdate,
  phase: NonNullable<GatewayTask['phase']>,
): Instant | null => {
  const ends = [plan.endAt, slots[phase]?.end ?? null].filter((end) => end !== null);
  return ends.length === 0 ? null : Math.min(...ends);
};

/** What the device said last of what failed. */
const lastFailure = async (
  { store }: Deps,
  { account }: Speaker,
  { campaign, device }: StoredUpdate,
): Promise<string> => {
  const { entries } = await store.updates.log(account.key, campaign, device);
  return entries.findLast(({ result }) => result === 'failure')?.lines.at(-1) ?? '';
};
