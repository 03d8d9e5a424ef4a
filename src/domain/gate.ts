import { allowance, startedInMinute } from './admission.ts';
import type { CampaignStatus } from './campaign.ts';
import { type Freeze, frozenUntil } from './freeze.ts';
import { shutByHours } from './hours.ts';
import { type Plan, timingOf } from './plan.ts';
import { nextPhase, type Phase, wasDelivered } from './position.ts';
import { soakEnd } from './progress.ts';
import { type Ahead, behindUntil, isQueued } from './queue.ts';
import { nextStart, type Progress, rateOf } from './rollout.ts';
import { type Admission, countOf, scopeOfAttribute, type TalliesByScope } from './tally.ts';
import { hasBegun, type Instant, isOver } from './time.ts';
import type { OpenUpdate } from './update.ts';

/** Everything the gate looks at, beside the clock. */
export type GateQuestion = {
  readonly campaign: {
    readonly id: string;
    readonly status: CampaignStatus;
    readonly startAt: Instant | null;
    readonly plan: Plan;
    /** `null` unless it was started. */
    readonly progress: Progress | null;
  };
  /** Those of the account, beside the plan's own. */
  readonly freezes: readonly Freeze[];
  readonly deviceId: string;
  readonly update: OpenUpdate;
  /** Where the device stands in the campaign. */
  readonly standing: Admission;
  /** Whether the next phase needs a go on this device. */
  readonly checkpoint: boolean;
  /** The device's IANA zone. */
  readonly zone: string;
  /** What was counted in the scopes that bear on this device. */
  readonly tallies: TalliesByScope;
  /** Who waits for the same places and asked earlier; nobody in a campaign that gives them out in another order. */
  readonly ahead: Ahead;
  /** The device goes through all phases in one go: it may begin only when it may also install. */
  readonly together: boolean;
  /** Neither the campaign nor the device itself has packages for it. */
  readonly empty: boolean;
};

export const gateRules = [
  'campaign-status',
  'campaign-end',
  'freeze',
  'back-off',
  'not-before',
  'approval',
  'slot',
  'window',
  'spread',
  'wave',
  'held',
  'pace',
  'budget',
  'concurrency',
  'queue',
  'packages',
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

type Rule = (question: GateQuestion, phase: Phase, now: Instant) => Shut | undefined;

const status: Rule = ({ campaign: { status: is, startAt } }, _, now) => {
  if (is === 'running') return undefined;
  const startsByItself = is === 'scheduled' && startAt !== null && startAt > now;
  return { rule: 'campaign-status', until: startsByItself ? startAt : null };
};

const end: Rule = ({ campaign: { plan } }, _, now) =>
  plan.endAt !== null && plan.endAt <= now ? { rule: 'campaign-end', until: null } : undefined;

const freeze: Rule = ({ campaign: { plan }, freezes }, _, now) => {
  const until = frozenUntil(plan.freezes, freezes, now);
  return until === undefined ? undefined : { rule: 'freeze', until };
};

const backOff: Rule = ({ update }, _, now) =>
  update.notBefore > now ? { rule: 'back-off', until: update.notBefore } : undefined;

const notBefore: Rule = ({ campaign: { plan }, together }, phase, now) => {
  const own = timingOf(plan, phase).notBefore ?? 0;
  const until = together && phase === 'download' ? Math.max(own, plan.install.notBefore ?? 0) : own;
  return until > now ? { rule: 'not-before', until } : undefined;
};

const approval: Rule = ({ update, checkpoint }, phase, now) => {
  const slot = update.slots[phase];
  return checkpoint && (slot === undefined || isOver(slot, now))
    ? { rule: 'approval', until: null }
    : undefined;
};

const slot: Rule = ({ update }, phase, now) => {
  const own = update.slots[phase];
  if (own === undefined || isOver(own, now) || hasBegun(own, now)) return undefined;
  return { rule: 'slot', until: own.begin };
};

/** A device that was let in stays in. */
const wave: Rule = ({ campaign: { plan, progress }, standing, update }, _, now) => {
  if (progress === null || update.admission !== null) return undefined;
  if (standing.wave === null || standing.wave <= progress.wave) return undefined;
  const opens = standing.wave === progress.wave + 1 ? soakEnd(plan, progress) : null;
  return { rule: 'wave', until: opens !== null && opens > now ? opens : null };
};

const held: Rule = ({ campaign: { progress }, standing }) => {
  if (progress === null || progress.held.length === 0) return undefined;
  return standing.scopes.some((scope) => progress.held.includes(scope))
    ? { rule: 'held', until: null }
    : undefined;
};

const pace: Rule = ({ campaign: { plan }, tallies, update }, _, now) => {
  if (plan.rollout.by !== 'ramp' || update.admission !== null) return undefined;
  const started = startedInMinute(tallies, now);
  if (started < (allowance(plan, tallies, now) ?? 0)) return undefined;
  const rate = rateOf(plan.rollout, countOf(tallies, '', 'succeeded'));
  return { rule: 'pace', until: nextStart(rate, started, now) };
};

const budget: Rule = ({ campaign: { plan }, standing, tallies, update }) => {
  if (plan.budgets.length === 0 || wasDelivered(update.position)) return undefined;
  for (const { attribute, most } of plan.budgets) {
    const scope = scopeOfAttribute(standing, attribute);
    if (scope !== undefined && countOf(tallies, scope, 'in-progress') >= most) {
      return { rule: 'budget', until: null };
    }
  }
  return undefined;
};

const concurrency: Rule = ({ campaign: { plan }, tallies, update }) =>
  plan.concurrency !== null &&
  !wasDelivered(update.position) &&
  countOf(tallies, '', 'in-progress') >= plan.concurrency
    ? { rule: 'concurrency', until: null }
    : undefined;

const queue: Rule = ({ campaign: { plan }, standing, tallies, update, ahead }, _, now) => {
  if (!isQueued(plan, update)) return undefined;
  const until = behindUntil({ plan, standing, tallies, update, ahead }, now);
  return until === undefined ? undefined : { rule: 'queue', until };
};

/** What was handed out already may be gone: the device has it. */
const packages: Rule = ({ update, empty }) =>
  empty && !wasDelivered(update.position) ? { rule: 'packages', until: null } : undefined;

/** Each looks at the question alone, so that their order decides nothing but that of the reasons. */
const rules: readonly Rule[] = [
  status,
  end,
  freeze,
  backOff,
  notBefore,
  approval,
  slot,
  shutByHours,
  wave,
  held,
  pace,
  budget,
  concurrency,
  queue,
  packages,
];

const noReasons: readonly Shut[] = [];

/** May this update enter its next phase now? If not: why, and when that could change. */
export const askGate = (question: GateQuestion, now: Instant): GateAnswer => {
  const phase = nextPhase(question.update.position);
  if (phase === undefined) return { open: false, reasons: noReasons, until: null };
  const reasons: Shut[] = [];
  let until: Instant | null = Number.NEGATIVE_INFINITY;
  for (const rule of rules) {
    const reason = rule(question, phase, now);
    if (reason === undefined) continue;
    reasons.push(reason);
    until = until === null || reason.until === null ? null : Math.max(until, reason.until);
  }
  return reasons.length === 0 ? { open: true, phase } : { open: false, reasons, until };
};
