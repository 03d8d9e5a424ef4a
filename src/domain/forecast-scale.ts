import type { Plan } from './plan.ts';
import type { Progress, Rollout, Wave } from './rollout.ts';
import type { StopRule } from './stop-rule.ts';

/** No cap is divided until it lets in fewer than this; what it does then is too uneven to tell anything. */
const LEAST_CAP = 8;
/** A ramp grows, so that it is uneven in the beginning alone. */
const LEAST_RATE = 3;

const limitsOf = ({ concurrency, budgets, rollout, stopRules }: Plan): readonly number[] => [
  ...(concurrency === null ? [] : [concurrency / LEAST_CAP]),
  ...budgets.map(({ most }) => most / LEAST_CAP),
  ...(rollout.by === 'ramp' ? [rollout.perMinute / LEAST_RATE] : []),
  ...(rollout.by === 'waves' ? rollout.waves.flatMap(countOfWave).map((count) => count / LEAST_CAP) : []),
  ...stopRules.flatMap(({ threshold }) => ('count' in threshold ? [threshold.count / LEAST_CAP] : [])),
];

const countOfWave = ({ size }: Wave): readonly number[] => (size.by === 'count' ? [size.count] : []);

/** The largest factor by which the numbers of a plan can be divided and still mean the same. */
export const largestScale = (plan: Plan): number =>
  Math.max(1, Math.floor(Math.min(...limitsOf(plan), Number.POSITIVE_INFINITY)));

const divide = (count: number, by: number): number => Math.max(1, Math.round(count / by));

const scaledWave = (wave: Wave, by: number): Wave =>
  wave.size.by === 'count' ? { ...wave, size: { by: 'count', count: divide(wave.size.count, by) } } : wave;

const scaledRollout = (rollout: Rollout, by: number): Rollout => {
  if (rollout.by === 'waves') return { ...rollout, waves: rollout.waves.map((wave) => scaledWave(wave, by)) };
  if (rollout.by === 'all') return rollout;
  const { perMinute, factor, every, most } = rollout;
  return {
    by: 'ramp',
    factor,
    perMinute: divide(perMinute, by),
    every: divide(every, by),
    most: divide(most, by),
  };
};

/** A percentage needs its whole minimum: of a few devices any share may fail by chance. */
const scaledRule = (rule: StopRule, by: number): StopRule =>
  'count' in rule.threshold
    ? { ...rule, minimum: divide(rule.minimum, by), threshold: { count: divide(rule.threshold.count, by) } }
    : rule;

/** The plan for a sample in which each device stands for `by` of them. */
export const scaledPlan = (plan: Plan, by: number): Plan =>
  by === 1
    ? plan
    : {
        ...plan,
        concurrency: plan.concurrency === null ? null : divide(plan.concurrency, by),
        budgets: plan.budgets.map(({ attribute, most }) => ({ attribute, most: divide(most, by) })),
        rollout: scaledRollout(plan.rollout, by),
        stopRules: plan.stopRules.map((rule) => scaledRule(rule, by)),
      };

/** How far a campaign has come, counted in devices of such a sample. */
export const scaledProgress = (progress: Progress, by: number): Progress => ({
  ...progress,
  tripped: progress.tripped.map((tripped) => ({
    ...tripped,
    closed: Math.round(tripped.closed / by),
    hits: Math.round(tripped.hits / by),
  })),
});
