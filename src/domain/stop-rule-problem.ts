import { firstProblem, invalid, type Problem } from './invalid.ts';
import type { Plan } from './plan.ts';
import { phases } from './position.ts';
import type { Wave } from './rollout.ts';
import type { StopRule } from './stop-rule.ts';

/** Why a rule could never fire, or `undefined`. Only what the plan alone tells. */
const idleProblem = ({ signal, scope, threshold }: StopRule, field: string, plan: Plan): Problem => {
  if ('percent' in threshold && (threshold.percent <= 0 || threshold.percent > 100)) {
    return invalid(`${field}.threshold.percent`, 'more than 0 and at most 100', threshold.percent);
  }
  if ('count' in threshold && threshold.count < 1) {
    return invalid(`${field}.threshold.count`, 'at least 1 device', threshold.count);
  }
  if (scope.by === 'wave' && plan.rollout.by !== 'waves') {
    return invalid(`${field}.scope`, 'another scope, or a rollout in waves', scope.by);
  }
  const waitsForTime = signal === 'timed-out' || signal === 'silent';
  return waitsForTime && phases.every((phase) => plan.timeouts[phase] === null)
    ? invalid(`${field}.signal`, 'another signal, or a time-out for some phase', signal)
    : undefined;
};

const actionProblem = ({ action, scope, rollBackTo }: StopRule, field: string, plan: Plan): Problem => {
  if (action === 'hold' && scope.by === 'campaign') {
    return invalid(`${field}.action`, 'pause, or a scope that is a part of the campaign', action);
  }
  if (action !== 'roll-back') {
    return rollBackTo === null
      ? undefined
      : invalid(`${field}.rollBackTo`, 'nothing, or the action roll-back', rollBackTo);
  }
  if (rollBackTo === null || rollBackTo === '') {
    return invalid(`${field}.rollBackTo`, 'the package to go back to', rollBackTo);
  }
  return plan.packages.includes(rollBackTo)
    ? invalid(`${field}.rollBackTo`, 'another package than those that the campaign brings', rollBackTo)
    : undefined;
};

/** The most devices that a wave can have, where the plan tells. */
const largestOf = ({ size }: Wave): number => {
  if (size.by === 'count') return size.count;
  return size.by === 'devices' ? size.devices.length : Number.POSITIVE_INFINITY;
};

/** A rule for waves that is too large for each of them would guard nothing but what comes after the last. */
const sampleProblem = (
  { scope, minimum, threshold }: StopRule,
  field: string,
  { rollout }: Plan,
): Problem => {
  if (scope.by !== 'wave' || rollout.by !== 'waves') return undefined;
  const largest = Math.max(...rollout.waves.map(largestOf));
  const expected = `at most ${largest}, since no wave has more devices`;
  if (minimum > largest) return invalid(`${field}.minimum`, expected, minimum);
  return 'count' in threshold && threshold.count > largest
    ? invalid(`${field}.threshold.count`, expected, threshold.count)
    : undefined;
};

/** What is wrong with the stop rules of a plan, or `undefined`. */
export const stopRuleProblem = (plan: Plan): Problem =>
  firstProblem(plan.stopRules, (rule, index) => {
    const field = `stopRules.${index}`;
    if (rule.minimum < 1) return invalid(`${field}.minimum`, 'at least 1 closed device', rule.minimum);
    if (rule.scope.by === 'attribute' && rule.scope.attribute === '') {
      return invalid(`${field}.scope.attribute`, 'the name of an attribute', rule.scope.attribute);
    }
    return (
      idleProblem(rule, field, plan) ?? sampleProblem(rule, field, plan) ?? actionProblem(rule, field, plan)
    );
  });
