import { unreachable } from './result.ts';
import type { Progress, Tripped } from './rollout.ts';
import {
  type Admission,
  scopeOfAttribute,
  type Tallies,
  type TalliesByScope,
  type Tally,
  waveScope,
} from './tally.ts';

/** What a rule counts among the closed devices of its scope. */
const signals = ['failed', 'rejected', 'timed-out', 'silent', 'rolled-back', 'any'] as const;
export type Signal = (typeof signals)[number];

const stopActions = ['alert', 'hold', 'pause', 'abort', 'roll-back'] as const;
export type StopAction = (typeof stopActions)[number];

/**
 * When a campaign stops by itself: once at least `minimum` devices of the scope are closed and those that show the
 * signal reach the threshold. `rollBackTo` is the id of a package, of the action `roll-back` alone.
 */
export type StopRule = {
  readonly signal: Signal;
  readonly scope:
    | { readonly by: 'campaign' }
    | { readonly by: 'wave' }
    | { readonly by: 'attribute'; readonly attribute: string };
  readonly minimum: number;
  readonly threshold: { readonly percent: number } | { readonly count: number };
  readonly action: StopAction;
  readonly rollBackTo: string | null;
};

/** What each signal counts. A device that went back has failed too, and a silent one has timed out. */
const counted: Readonly<Record<Signal, readonly Tally[]>> = {
  failed: ['failed', 'rolled-back'],
  rejected: ['rejected'],
  'timed-out': ['timed-out', 'silent'],
  silent: ['silent'],
  'rolled-back': ['rolled-back'],
  any: ['failed', 'rejected', 'timed-out', 'silent', 'rolled-back'],
};

const sumOf = (tallies: Tallies, which: readonly Tally[]): number =>
  which.reduce((sum, tally) => sum + (tallies[tally] ?? 0), 0);

const scopeOf = ({ scope }: StopRule, admission: Admission): string | undefined => {
  switch (scope.by) {
    case 'campaign':
      return '';
    case 'wave':
      return admission.wave === null ? undefined : waveScope(admission.wave);
    case 'attribute':
      return scopeOfAttribute(admission, scope.attribute);
    default:
      return unreachable(scope);
  }
};

/** The scopes whose tallies the rules of a plan ask for when a device that was let in here is closed. */
export const ruledScopes = (rules: readonly StopRule[], admission: Admission): readonly string[] => [
  ...new Set(rules.map((rule) => scopeOf(rule, admission)).filter((scope) => scope !== undefined)),
];

const samplesIn = ({ signal }: StopRule, there: Tallies): Pick<Tripped, 'closed' | 'hits'> => ({
  closed: sumOf(there, ['succeeded', ...counted.any]),
  hits: sumOf(there, counted[signal]),
});

/**
 * What is held against rules that fired before, once devices that were counted then have begun again: no more than is
 * counted now, since else as many new failures would go unseen. The same list where nothing has to change. Scopes that
 * were not asked for stay as they are.
 */
export const rebased = (
  rules: readonly StopRule[],
  tripped: readonly Tripped[],
  tallies: TalliesByScope,
  asked: readonly string[],
): readonly Tripped[] => {
  const lowered = tripped.map((one) => {
    const rule = rules[one.rule];
    if (rule === undefined || !asked.includes(one.scope)) return one;
    const { closed, hits } = samplesIn(rule, tallies.get(one.scope) ?? {});
    if (closed >= one.closed && hits >= one.hits) return one;
    return { ...one, closed: Math.min(closed, one.closed), hits: Math.min(hits, one.hits) };
  });
  return lowered.some((one, index) => one !== tripped[index]) ? lowered : tripped;
};

/** A rule that fires for a scope: its number, and what it counted. */
export type Firing = Pick<Tripped, 'rule' | 'scope' | 'closed' | 'hits'>;

const reaches = ({ threshold }: StopRule, closed: number, hits: number): boolean =>
  hits > 0 && ('percent' in threshold ? hits * 100 >= threshold.percent * closed : hits >= threshold.count);

/**
 * The rules that fire now for the scopes of a device that was just closed, in the order of the plan. Devices that the
 * server or an operator ended are no sample. A rule that fired before for a scope counts only what came since, so that
 * a campaign that goes on is judged anew.
 */
export const firedRules = (
  rules: readonly StopRule[],
  admission: Admission,
  tallies: TalliesByScope,
  { tripped }: Pick<Progress, 'tripped'>,
): readonly Firing[] =>
  rules.flatMap((rule, number) => {
    const scope = scopeOf(rule, admission);
    if (scope === undefined) return [];
    const { closed, hits } = samplesIn(rule, tallies.get(scope) ?? {});
    const before = tripped.find((one) => one.rule === number && one.scope === scope);
    const newlyClosed = closed - (before?.closed ?? 0);
    const fires =
      newlyClosed >= Math.max(1, rule.minimum) && reaches(rule, newlyClosed, hits - (before?.hits ?? 0));
    return fires ? [{ rule: number, scope, closed, hits }] : [];
  });
