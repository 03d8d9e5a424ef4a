import type { CampaignStatus } from './campaign.ts';
import { type Plan, type Timing, timingOf } from './plan.ts';
import { nextPhase, type Phase, wasDelivered } from './position.ts';
import { hasBegun, type Instant, isOver } from './time.ts';
import type { OpenUpdate } from './update.ts';
import { isInside, nextOpening } from './window.ts';

/** Everything the gate looks at, beside the clock. */
export type GateQuestion = {
  readonly campaign: {
    readonly status: CampaignStatus;
    readonly startAt: Instant | null;
    readonly plan: Plan;
  };
  readonly update: OpenUpdate;
  /** Whether the next phase needs a go on this device. */
  readonly checkpoint: boolean;
  /** The device's IANA zone. */
  readonly zone: string;
  /** Updates of this campaign between delivery and close, this one not counted. */
  readonly inProgress: number;
  /** The device goes through all phases in one go: it may begin only when it may also install. */
  readonly together: boolean;
};

export const gateRules = [
  'campaign-status',
  'campaign-end',
  'back-off',
  'not-before',
  'approval',
  'slot',
  'window',
  'concurrency',
] as const;
export type GateRule = (typeof gateRules)[number];

/** Why the gate is shut. `until` is when the clock alone changes this reason; `null`: something must happen. */
export type Shut = { readonly rule: GateRule; readonly until: Instant | null };

/**
 * `until` is the earliest instant at which the answer could change by the clock alone: no reason stands in
 * the way of an earlier one, so it is the latest of theirs, and unknown when one waits for an event.
 */
export type GateAnswer =
  | { readonly open: true; readonly phase: Phase }
  | { readonly open: false; readonly reasons: readonly Shut[]; readonly until: Instant | null };

/** The timings that have to allow it at the same time. */
const timingsOf = (plan: Plan, phase: Phase, together: boolean): readonly Timing[] =>
  together && phase === 'download' ? [plan.download, plan.install] : [timingOf(plan, phase)];

type Rule = (question: GateQuestion, phase: Phase, now: Instant) => Shut | undefined;

const rules: Readonly<Record<GateRule, Rule>> = {
  'campaign-status': ({ campaign: { status, startAt } }, _, now) => {
    if (status === 'running') return undefined;
    const startsByItself = status === 'scheduled' && startAt !== null && startAt > now;
    return { rule: 'campaign-status', until: startsByItself ? startAt : null };
  },

  'campaign-end': ({ campaign: { plan } }, _, now) =>
    plan.endAt !== null && plan.endAt <= now ? { rule: 'campaign-end', until: null } : undefined,

  'back-off': ({ update }, _, now) =>
    update.notBefore > now ? { rule: 'back-off', until: update.notBefore } : undefined,

  'not-before': ({ campaign: { plan }, together }, phase, now) => {
    const ahead = timingsOf(plan, phase, together)
      .map(({ notBefore }) => notBefore ?? 0)
      .filter((notBefore) => notBefore > now);
    return ahead.length > 0 ? { rule: 'not-before', until: Math.max(...ahead) } : undefined;
  },

  approval: ({ update, checkpoint }, phase, now) => {
    const slot = update.slots[phase];
    return checkpoint && (slot === undefined || isOver(slot, now))
      ? { rule: 'approval', until: null }
      : undefined;
  },

  slot: ({ update }, phase, now) => {
    const slot = update.slots[phase];
    if (slot === undefined || isOver(slot, now) || hasBegun(slot, now)) return undefined;
    return { rule: 'slot', until: slot.begin };
  },

  window: ({ campaign: { plan }, zone, together }, phase, now) => {
    const openings = timingsOf(plan, phase, together)
      .filter(({ windows }) => windows.length > 0 && !windows.some((window) => isInside(window, zone, now)))
      .map(({ windows }) => nextOpening(windows, zone, now));
    return openings.length > 0 ? { rule: 'window', until: latestOf(openings) } : undefined;
  },

  concurrency: ({ campaign: { plan }, inProgress, update }) =>
    plan.concurrency !== null && !wasDelivered(update.position) && inProgress >= plan.concurrency
      ? { rule: 'concurrency', until: null }
      : undefined,
};

/** May this update enter its next phase now? If not: why, and when that could change. */
export const askGate = (question: GateQuestion, now: Instant): GateAnswer => {
  const phase = nextPhase(question.update.position);
  if (phase === undefined) return { open: false, reasons: [], until: null };
  const reasons = gateRules
    .map((name) => rules[name](question, phase, now))
    .filter((reason) => reason !== undefined);
  if (reasons.length === 0) return { open: true, phase };
  return { open: false, reasons, until: latestOf(reasons.map(({ until }) => until)) };
};

/** The latest of them; unknown when one is. */
const latestOf = (instants: readonly (Instant | null)[]): Instant | null =>
  instants.reduce<Instant | null>(
    (until, instant) => (until === null || instant === null ? null : Math.max(until, instant)),
    Number.NEGATIVE_INFINITY,
  );
