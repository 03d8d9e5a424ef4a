import type { Plan } from './plan.ts';
import { allowedBy, rateOf, waveOf, wavesOf } from './rollout.ts';
import {
  type Admission,
  attributeScope,
  countOf,
  type Limit,
  minuteScope,
  scopeOfAttribute,
  type TalliesByScope,
  waveScope,
} from './tally.ts';
import type { DeviceFacts } from './targeting.ts';
import { type Instant, MINUTE } from './time.ts';
import type { Update } from './update-state.ts';

/** Whether a campaign counts its devices by scope: only where a rule of it needs that. */
export const isTallied = (plan: Plan): boolean =>
  plan.concurrency !== null ||
  plan.rollout.by !== 'all' ||
  plan.budgets.length > 0 ||
  plan.stopRules.length > 0;

/** The attributes by whose values a campaign counts, each once. */
const attributesOf = ({ budgets, stopRules }: Plan): readonly string[] => {
  if (budgets.length === 0 && stopRules.length === 0) return [];
  const ruled = stopRules.flatMap(({ scope }) => (scope.by === 'attribute' ? [scope.attribute] : []));
  return [...new Set([...budgets.map(({ attribute }) => attribute), ...ruled])];
};

/** A device without the attribute is in none of its scopes. */
const attributeScopes = (names: readonly string[], { attributes }: DeviceFacts): readonly string[] =>
  names.flatMap((name) => {
    const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    return value === undefined ? [] : [attributeScope(name, value)];
  });

const nowhere: Admission = { wave: null, scopes: [] };

/** Where a device stands in a campaign: as it was let in or, before that, as it would be now. */
export const standingOf = (
  { id, plan }: { readonly id: string; readonly plan: Plan },
  { admission }: Update,
  device: DeviceFacts,
  tallies: TalliesByScope,
): Admission => {
  if (admission !== null) return admission;
  if (!isTallied(plan)) return nowhere;
  const wave = waveOf(plan.rollout, id, device, (index) => countOf(tallies, waveScope(index), 'started'));
  const ofWave = wave === null ? [] : [waveScope(wave)];
  return { wave, scopes: ['', ...ofWave, ...attributeScopes(attributesOf(plan), device)] };
};

/**
 * Where a device is counted that is rejected before it was let in: in the campaign alone, since it has no place in a
 * wave and takes none of a budget. `null` in a campaign that counts nothing.
 */
export const rejectedStanding = (plan: Plan): Admission | null =>
  isTallied(plan) ? { wave: null, scopes: [''] } : null;

const minuteOf = (now: Instant): string => minuteScope(Math.floor(now / MINUTE));

/** The scopes whose tallies have to be known before the gate can be asked about a device. */
export const scopesToRead = (plan: Plan, device: DeviceFacts, now: Instant): readonly string[] => {
  if (!isTallied(plan)) return [];
  const counted = wavesOf(plan.rollout).flatMap(({ size }, index) =>
    size.by === 'count' ? [waveScope(index)] : [],
  );
  const budgeted = attributeScopes(
    plan.budgets.map(({ attribute }) => attribute),
    device,
  );
  return ['', ...counted, ...budgeted, ...(plan.rollout.by === 'ramp' ? [minuteOf(now)] : [])];
};

/** Under what a device is let in now; `null` in a campaign that counts nothing. */
export const admissionOf = (plan: Plan, { wave, scopes }: Admission, now: Instant): Admission | null => {
  if (!isTallied(plan)) return null;
  return { wave, scopes: plan.rollout.by === 'ramp' ? [...scopes, minuteOf(now)] : scopes };
};

/** The most that may be started in the minute of `now`, up to `now`. */
export const allowance = (plan: Plan, tallies: TalliesByScope, now: Instant): number | null => {
  if (plan.rollout.by !== 'ramp') return null;
  return allowedBy(rateOf(plan.rollout, countOf(tallies, '', 'succeeded')), now);
};

/** The number of starts in the minute of `now`. */
export const startedInMinute = (tallies: TalliesByScope, now: Instant): number =>
  countOf(tallies, minuteOf(now), 'started');

/**
 * What must still hold once the first phase was handed to a device: the caps that the gate has looked at, so that
 * nobody who was let in at the same moment takes the same place. The second list is for a device that is let in for
 * the first time.
 */
export const limitsOf = (
  plan: Plan,
  standing: Admission,
  tallies: TalliesByScope,
  isFirst: boolean,
  now: Instant,
): readonly Limit[] => {
  const caps = [...concurrencyLimit(plan), ...budgetLimits(plan, standing)];
  return isFirst ? [...caps, ...waveLimit(plan, standing), ...rampLimit(plan, tallies, now)] : caps;
};

const concurrencyLimit = ({ concurrency }: Plan): readonly Limit[] =>
  concurrency === null ? [] : [{ scope: '', tally: 'in-progress', most: concurrency }];

/** The budgets that a device falls under, by scope. */
const budgetLimits = ({ budgets }: Plan, standing: Admission): readonly Limit[] =>
  budgets.flatMap(({ attribute, most }): readonly Limit[] => {
    const scope = scopeOfAttribute(standing, attribute);
    return scope === undefined ? [] : [{ scope, tally: 'in-progress', most }];
  });

const waveLimit = (plan: Plan, { wave }: Admission): readonly Limit[] => {
  const size = wave === null ? undefined : wavesOf(plan.rollout)[wave]?.size;
  return wave === null || size?.by !== 'count'
    ? []
    : [{ scope: waveScope(wave), tally: 'started', most: size.count }];
};

const rampLimit = (plan: Plan, tallies: TalliesByScope, now: Instant): readonly Limit[] => {
  const most = allowance(plan, tallies, now);
  return most === null ? [] : [{ scope: minuteOf(now), tally: 'started', most }];
};
