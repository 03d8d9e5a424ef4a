import type { Campaign } from './campaign.ts';
import { askGate, type GateAnswer } from './gate.ts';
import { nextPhase, type Phase, phaseOf, wasDelivered } from './position.ts';
import type { Instant } from './time.ts';
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
  /** Updates of the campaign between delivery and close, this one not counted. */
  readonly inProgress: number;
};

export type Progressed = {
  readonly update: Update;
  readonly events: readonly UpdateEvent[];
  /** The phase that the device is to carry out now; `undefined` when it has to wait. */
  readonly due: Phase | undefined;
  /** The gate's last word; `undefined` when there is no phase left to enter. */
  readonly gate: GateAnswer | undefined;
};

/** More than the longest chain of automatic steps between two deliveries. */
const MAX_STEPS = 8;

/**
 * A device makes contact: takes every automatic step that the gate allows and hands over the phase that is
 * ready. What was handed over before and not yet answered is due again.
 */
export const makeContact = (update: OpenUpdate, around: Surroundings, now: Instant): Progressed => {
  const events: UpdateEvent[] = [];
  const take = (state: Update, command: UpdateCommand): Update => {
    const decision = decide(state, command, now);
    if (!decision.ok) return state;
    events.push(...decision.value);
    return evolveAll(state, decision.value, now);
  };

  let state: Update = take(update, { type: 'check-in' });
  let gate = gateOf(state, around, now);
  for (let step = 0; step < MAX_STEPS && gate !== undefined; step += 1) {
    const before = state;
    const checkpoint = isCheckpoint(state, around);
    state = take(state, { type: 'advance', checkpoint, gateOpen: gate.open });
    if (state === before) break;
    gate = gateOf(state, around, now);
  }
  if (gate?.open === true && phaseOf(state.position)?.step === 'ready') {
    state = take(state, { type: 'deliver', packages: around.packageIds });
  }
  return { update: state, events, due: dueNow(state), gate };
};

/** What it was told to do, unless it is asked to stop. */
const dueNow = (update: Update): Phase | undefined => {
  const at = phaseOf(update.position);
  return update.status === 'open' && update.recall === null && at?.step === 'running' ? at.phase : undefined;
};

/** Once begun it does not stop between phases, whatever the gate says by now; but another attempt has to ask. */
const isUnderWay = (update: OpenUpdate, { together }: Surroundings): boolean =>
  together && wasDelivered(update.position) && !awaitsRetry(update);

const isCheckpoint = (update: Update, around: Surroundings): boolean => {
  const phase = nextPhase(update.position);
  if (phase === undefined || around.agreed) return false;
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
      campaign: { ...statusOf(around.campaign), plan: around.campaign.plan },
      update,
      checkpoint: isCheckpoint(update, around),
      zone: around.zone,
      inProgress: around.inProgress,
      together: around.together,
    },
    now,
  );
};

const statusOf = (campaign: Campaign) => ({
  status: campaign.status,
  startAt: campaign.status === 'scheduled' ? campaign.startAt : null,
});
