import { allowance, startedInMinute } from './admission.ts';
import type { GateRule, Shut } from './gate.ts';
import type { Plan } from './plan.ts';
import { wasDelivered } from './position.ts';
import { nextStart, rateOf } from './rollout.ts';
import { type Admission, countOf, scopeOfAttribute, type TalliesByScope } from './tally.ts';
import type { Instant } from './time.ts';
import type { OpenUpdate, Queue } from './update.ts';

/**
 * How many devices that asked earlier wait for the same places: those of the campaign, and by scope those that a budget
 * gives to devices with one value of an attribute.
 */
export type Ahead = { readonly campaign: number; readonly budgets: ReadonlyMap<string, number> };

export const nobodyAhead: Ahead = { campaign: 0, budgets: new Map() };

const forCampaign: ReadonlySet<GateRule> = new Set(['pace', 'concurrency', 'queue']);

/**
 * For which places an update waits: one that a freeze or a window holds too keeps nobody behind it waiting, and one
 * without a place in a budget keeps only those waiting that fall under it too.
 */
export const queueFor = (reasons: readonly Shut[]): Queue => {
  if (reasons.length === 0) return 'none';
  if (reasons.every(({ rule }) => forCampaign.has(rule))) return 'campaign';
  return reasons.every(({ rule }) => rule === 'budget' || forCampaign.has(rule)) ? 'budget' : 'none';
};

/** Whether a plan gives its places out in the order in which devices first asked for one. */
export const isQueued = ({ order }: Plan, { position }: OpenUpdate): boolean =>
  order === 'first-in-first-out' && !wasDelivered(position);

type Place = {
  readonly plan: Plan;
  readonly standing: Admission;
  readonly tallies: TalliesByScope;
  readonly update: OpenUpdate;
};

/** How many places are left: in the campaign, and in each of the budgets that the device falls under. */
export const roomFor = (place: Place, now: Instant): Room => ({
  campaign: roomIn(place, now),
  budgets: place.plan.budgets.flatMap(({ attribute, most }) => {
    const scope = scopeOfAttribute(place.standing, attribute);
    if (scope === undefined) return [];
    return [{ attribute, scope, left: most - countOf(place.tallies, scope, 'in-progress') }];
  }),
});

export type Room = {
  /** Infinite where nothing limits it. */
  readonly campaign: number;
  readonly budgets: readonly { readonly attribute: string; readonly scope: string; readonly left: number }[];
};

const roomIn = ({ plan, tallies, update }: Place, now: Instant): number =>
  Math.min(seats(plan, tallies), starts(plan, tallies, update, now));

/** How many more may be in progress. */
const seats = ({ concurrency }: Plan, tallies: TalliesByScope): number =>
  concurrency === null ? Number.POSITIVE_INFINITY : concurrency - countOf(tallies, '', 'in-progress');

/** How many more may begin in this minute. */
const starts = (plan: Plan, tallies: TalliesByScope, { admission }: OpenUpdate, now: Instant): number => {
  const most = admission === null ? allowance(plan, tallies, now) : null;
  return most === null ? Number.POSITIVE_INFINITY : most - startedInMinute(tallies, now);
};

/**
 * In a plan that gives places out in order, when there may be one that those ahead leave over; `undefined` when there
 * is, `null` when somebody has to give one back first.
 */
export const behindUntil = (
  { ahead, ...place }: Place & { readonly ahead: Ahead },
  now: Instant,
): Instant | null | undefined => {
  const { plan, tallies, update } = place;
  const isFull = (before: number, left: number): boolean => before > 0 && before >= left;
  const budgets = roomFor(place, now).budgets;
  if (budgets.some(({ scope, left }) => isFull(ahead.budgets.get(scope) ?? 0, left))) return null;
  if (isFull(ahead.campaign, seats(plan, tallies))) return null;
  if (!isFull(ahead.campaign, starts(plan, tallies, update, now)) || plan.rollout.by !== 'ramp')
    return undefined;
  const rate = rateOf(plan.rollout, countOf(tallies, '', 'succeeded'));
  return nextStart(rate, startedInMinute(tallies, now) + ahead.campaign, now);
};
