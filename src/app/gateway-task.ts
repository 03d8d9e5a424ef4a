import type { CampaignStatus } from '../domain/campaign.ts';
import { type Phase, type Position, phaseOf, phases } from '../domain/position.ts';
import type { Instant } from '../domain/time.ts';
import { awaitsRetry } from '../domain/update.ts';
import { derivedUuid } from './derived-uuid.ts';
import type { Hashing } from './ports.ts';
import type { StoredUpdate } from './records.ts';

/**
 * One thing that a gateway is told: to say what it is, to run a phase, to undo a failed one, or that it is held at a
 * checkpoint (reference: Pulse, 3.3).
 */
export type GatewayTask =
  | { readonly kind: 'inventory' | 'reset'; readonly phase: null }
  | { readonly kind: 'run' | 'checkpoint'; readonly phase: Phase };

/** Every task that an update can lead to. */
export const gatewayTasks: readonly GatewayTask[] = [
  { kind: 'inventory', phase: null },
  ...phases.flatMap((phase): GatewayTask[] => [
    { kind: 'run', phase },
    { kind: 'checkpoint', phase },
  ]),
  { kind: 'reset', phase: null },
];

/** The task of a gateway whose update is at a position; `undefined` where it has none. */
export const taskAt = (position: Position): GatewayTask | undefined => {
  if (position === 'inventoried') return { kind: 'inventory', phase: null };
  if (position === 'resetting') return { kind: 'reset', phase: null };
  const at = phaseOf(position);
  if (at?.step === 'running') return { kind: 'run', phase: at.phase };
  return at?.step === 'awaiting-approval' ? { kind: 'checkpoint', phase: at.phase } : undefined;
};

export const isSameTask = (a: GatewayTask, b: GatewayTask | undefined): boolean =>
  a.kind === b?.kind && a.phase === b.phase;

/** What a gateway's contact has found: its update, and whether this very contact has moved it there. */
export type Found = {
  readonly update: StoredUpdate;
  readonly status: CampaignStatus;
  readonly moved: boolean;
};

/** A task that is to be handed out now; `note` when nothing else would tell that it was. */
export type DueTask = { readonly task: GatewayTask; readonly note: boolean };

/**
 * What a gateway that asks is to be handed now. A task is handed out once, and again when `lease` milliseconds have
 * passed since then without a word about it. Nothing of a campaign that does not run, but to undo what failed.
 */
export const dueTask = (
  { update, status, moved }: Found,
  now: Instant,
  lease: number,
): DueTask | undefined => {
  const task = update.status === 'open' && isHandedOut(update, status) ? taskAt(update.position) : undefined;
  if (task === undefined) return undefined;
  const { since, handedAt, heardAt } = update;
  const isNew = moved || (!cameByContact(task, update) && handedAt <= since);
  const isLost = now >= Math.max(since, handedAt, heardAt) + lease;
  return isNew || isLost ? { task, note: !(moved && cameByContact(task, update)) } : undefined;
};

/**
 * Only a contact leads to most tasks, and that contact was told. A failure leads to a reset, and the clock back to a
 * checkpoint whose slot ended unused.
 */
const cameByContact = (task: GatewayTask, { slots }: StoredUpdate): boolean =>
  task.kind === 'checkpoint' ? slots[task.phase] === undefined : task.kind !== 'reset';

const isHandedOut = (
  update: Extract<StoredUpdate, { readonly status: 'open' }>,
  status: CampaignStatus,
): boolean => {
  if (update.recall !== null) return false;
  if (update.position === 'resetting') return true;
  // Between two attempts it is known what the device is.
  return status === 'running' && !(update.position === 'inventoried' && awaitsRetry(update));
};

/** Where a task comes from: the ids of account, campaign and device, and which try of which journey. */
export type TaskPlace = {
  readonly account: string;
  readonly campaign: string;
  readonly device: string;
  readonly generation: number;
  readonly attempt: number;
};

/** The id that a task always has, so that it is handed out again under the same one after any crash. */
export const taskId = (
  hashing: Pick<Hashing, 'sha256'>,
  { account, campaign, device, generation, attempt }: TaskPlace,
  { kind, phase }: GatewayTask,
): string => derivedUuid(hashing, account, campaign, device, generation, attempt, kind, phase ?? '');
