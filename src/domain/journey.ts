import { admissionOf, limitsOf } from './admission.ts';
import type { Campaign } from './campaign.ts';
import type { Freeze } from './freeze.ts';
import { askGate, type GateAnswer, type GateQuestion } from './gate.ts';
import { nextPhase, type Phase, phaseOf, wasDelivered } from './position.ts';
import { type Ahead, isQueued, queueFor } from './queue.ts';
import type { Admission, Limit, TalliesByScope } from './tally.ts';
import { type Instant, isOver, type Slot } from './time.ts';
import {
  awaitsRetry,
  decide,
  evolveAll,
  type OpenUpdate,
  type Update,
  type UpdateCommand,
  type UpdateEvent,
} from './update.ts';

/** What a device's way through a campaign depends on, beside the update itself. */
export type Surroundings = {
  readonly campaign: Campaign;
  /** The packages this device gets, in order. */
  readonly packageIds: readonly string[];
  /** Whether these packages run through by themselves; else every phase is a checkpoint. */
  readonly headless: boolean;
  readonly zone: string;
  /** Its keeper agreed in advance: no checkpoint holds it. */
  readonly agreed: boolean;
  /** It goes through all phases in one go: what any phase needs is needed before the first. */
  readonly together: boolean;
  readonly deviceId: string;
  /** Those of the account, in which no phase begins. */
  readonly freezes: readonly Freeze[];
  /** Where the device stands in the campaign: the gate, the tallies and the limits go by it. */
  readonly standing: Admission;
  /** What was counted in the scopes that bear on it. */
  readonly tallies: TalliesByScope;
  /** Who waits for the same places and asked earlier. */
  readonly ahead: Ahead;
  /** How many automatic steps (check-in, one advance, a delivery) one contact may take; at least 1. */
  readonly steps: number;
};

export type Progressed = {
  readonly update: Update;
  readonly events: readonly UpdateEvent[];
  /** The phase that the device is to carry out now; `undefined` when it has to wait. */
  readonly due: Phase | undefined;
  /** The gate's last word; `undefined` when there is no phase left to enter. */
  readonly gate: GateAnswer | undefined;
  /** What must still hold once this is written; nothing unless its first phase was handed over just now. */
  readonly limits: readonly Limit[];
};

/** Enough for the longest chain of automatic steps up to a delivery. */
export const EVERY_STEP = 10;

type Walk = { readonly update: Update; readonly events: readonly UpdateEvent[] };

/** One command more; the same walk when it changes nothing. */
const take = (walk: Walk, command: UpdateCommand, now: Instant): Walk => {
  const decision = decide(walk.update, command, now);
  if (!decision.ok || decision.value.length === 0) return walk;
  return {
    update: evolveAll(walk.update, decision.value, now),
    events: [...walk.events, ...decision.value],
  };
};

/** The server's own steps, for as long as they change something and `goesOn`; `taken` counts them. */
const advance = (
  first: Walk,
  around: Surroundings,
  now: Instant,
  goesOn: (update: Update, taken: number) => boolean,
): Walk & { readonly taken: number; readonly gate: GateAnswer | undefined } => {
  let walk = first;
  let taken = 0;
  let gate = gateOf(walk.update, around, now);
  while (gate !== undefined && goesOn(walk.update, taken)) {
    const checkpoint = isCheckpoint(walk.update, around, now);
    const next = take(walk, { type: 'advance', checkpoint, gateOpen: gate.open }, now);
    if (next === walk) break;
    walk = next;
    taken += 1;
    gate = gateOf(walk.update, around, now);
  }
  return { ...walk, taken, gate };
};

/**
 * A device makes contact: takes every automatic step that the gate allows, up to `steps` of them, and hands over
 * the phase that is ready. What was handed over before and not yet answered is due again. In a campaign that does not
 * run, it stays between two phases.
 */
export const makeContact = (update: OpenUpdate, around: Surroundings, now: Instant): Progressed => {
  const seen = take({ update, events: [] }, { type: 'check-in' }, now);
  const left = around.steps - seen.events.length;
  const goesOn = around.together || around.campaign.status === 'running';
  const { taken, gate, ...walk } = advance(seen, around, now, (_, count) => goesOn && count < left);
  const isReady = gate?.open === true && phaseOf(walk.update.position)?.step === 'ready';
  const lined = gate === undefined ? walk : lineUp(walk, around, gate, now);
  const done = isReady && taken < left ? take(lined, deliveryIn(around, now), now) : lined;
  const limits = done === lined ? [] : limitsFor(walk.update, around, now);
  return { ...done, due: dueNow(done.update), gate, limits };
};

/** Who waits for a place alone is in the queue for it, and who does not is not. */
const lineUp = (walk: Walk, { campaign }: Surroundings, gate: GateAnswer, now: Instant): Walk => {
  if (walk.update.status === 'closed' || !isQueued(campaign.plan, walk.update)) return walk;
  return take(walk, { type: 'queue', queue: queueFor(gate.open ? [] : gate.reasons) }, now);
};

/** The command that hands over what is ready. */
export const deliveryIn = (
  { campaign, packageIds, standing }: Surroundings,
  now: Instant,
): UpdateCommand => ({
  type: 'deliver',
  packages: packageIds,
  admission: admissionOf(campaign.plan, standing, now),
});

/** Who has begun holds its place already. */
const limitsFor = (
  { position, admission }: Update,
  { campaign, standing, tallies }: Surroundings,
  now: Instant,
): readonly Limit[] =>
  wasDelivered(position) ? [] : limitsOf(campaign.plan, standing, tallies, admission === null, now);

/** What became of an update while nobody made contact. */
export type Passed = Walk & {
  /** When the clock alone may move it on next; `null` when something has to happen, or nothing is ahead. */
  readonly next: Instant | null;
};

/**
 * Time passes: an update that waits for its slot is ready once that has begun and the gate is open, and one whose
 * slot ended unused waits for another go (reference: Pulse states 2.3, rows 5 and 5x). All else needs a contact, so
 * nothing is handed over here.
 */
export const passTime = (update: OpenUpdate, around: Surroundings, now: Instant): Passed => {
  const { update: after, events, gate } = advance({ update, events: [] }, around, now, isMovedByClock(now));
  return { update: after, events, next: nextByClock(after, gate, now) };
};

const slotOf = (update: Update): Slot | undefined => {
  const at = phaseOf(update.position);
  return at === undefined ? undefined : update.slots[at.phase];
};

const isMovedByClock =
  (now: Instant) =>
  (update: Update): boolean => {
    const step = phaseOf(update.position)?.step;
    const slot = slotOf(update);
    return step === 'scheduled' || (step === 'ready' && slot !== undefined && isOver(slot, now));
  };

/** The gate's next answer, or the end of the slot, whichever comes first. */
const nextByClock = (update: Update, gate: GateAnswer | undefined, now: Instant): Instant | null => {
  const step = phaseOf(update.position)?.step;
  if (step !== 'scheduled' && step !== 'ready') return null;
  const until = gate === undefined || gate.open ? null : gate.until;
  const end = slotOf(update)?.end ?? null;
  const ahead = [until, end].filter((at) => at !== null).filter((at) => at > now);
  return ahead.length === 0 ? null : Math.min(...ahead);
};

/** What it was told to do, unless it is asked to stop. */
const dueNow = (update: Update): Phase | undefined => {
  const at = phaseOf(update.position);
  return update.status === 'open' && update.recall === null && at?.step === 'running' ? at.phase : undefined;
};

/** Once begun it does not stop between phases, whatever the gate says by now; but another attempt has to ask. */
const isUnderWay = (update: OpenUpdate, { together }: Surroundings): boolean =>
  together && wasDelivered(update.position) && !awaitsRetry(update);

/** A slot that ended unused makes one of any phase: what was to happen then may not happen at some other time. */
const isCheckpoint = (update: Update, around: Surroundings, now: Instant): boolean => {
  const phase = nextPhase(update.position);
  if (phase === undefined) return false;
  const slot = update.slots[phase];
  if (slot !== undefined && isOver(slot, now)) return true;
  if (around.agreed) return false;
  const { checkpoints } = around.campaign.plan;
  if (around.together) return phase === 'download' && (!around.headless || checkpoints.length > 0);
  return !around.headless || checkpoints.includes(phase);
};

const gateOf = (update: Update, around: Surroundings, now: Instant): GateAnswer | undefined => {
  const phase = nextPhase(update.position);
  if (update.status === 'closed' || phase === undefined) return undefined;
  if (isUnderWay(update, around)) return { open: true, phase };
  return askGate(
    {
      campaign: campaignOf(around.campaign),
      freezes: around.freezes,
      deviceId: around.deviceId,
      update,
      standing: around.standing,
      checkpoint: isCheckpoint(update, around, now),
      zone: around.zone,
      tallies: around.tallies,
      ahead: around.ahead,
      together: around.together,
      empty: around.packageIds.length === 0,
    },
    now,
  );
};

const campaignOf = (campaign: Campaign): GateQuestion['campaign'] => ({
  id: campaign.id,
  status: campaign.status,
  startAt: campaign.status === 'scheduled' ? campaign.startAt : null,
  plan: campaign.plan,
  progress: 'progress' in campaign ? campaign.progress : null,
});
