import { firstProblem, invalid, type Problem } from './invalid.ts';
import type { Rollout, Wave } from './rollout.ts';
import { parseExpression } from './targeting.ts';

type Ramp = Extract<Rollout, { by: 'ramp' }>;

const sizeProblem = ({ size }: Wave, field: string): Problem => {
  switch (size.by) {
    case 'percent':
      return size.percent > 0 && size.percent <= 100
        ? undefined
        : invalid(`${field}.percent`, 'more than 0 and at most 100', size.percent);
    case 'count':
      return size.count >= 1 ? undefined : invalid(`${field}.count`, 'at least 1 device', size.count);
    case 'devices':
      return size.devices.length > 0
        ? undefined
        : invalid(`${field}.devices`, 'at least one device', size.devices);
    default:
      return queryProblem(size.expression, `${field}.expression`);
  }
};

/** A query for the whole fleet would leave nothing to the waves after it. */
const queryProblem = (expression: string, field: string): Problem => {
  const parsed = parseExpression(expression);
  if (!parsed.ok) {
    const { at, expected } = parsed.refusal;
    return invalid(field, `a query with ${expected} at character ${at}`, expression);
  }
  return parsed.value.type === 'all'
    ? invalid(field, 'a query that picks some of the devices', expression)
    : undefined;
};

const waveProblem = (wave: Wave, index: number): Problem => {
  const field = `rollout.waves.${index}`;
  if (wave.success < 0 || wave.success > 100) {
    return invalid(`${field}.success`, 'a percentage from 0 to 100', wave.success);
  }
  if (wave.soak < 0) return invalid(`${field}.soak`, 'no less than 0', wave.soak);
  return sizeProblem(wave, `${field}.size`);
};

const percentOf = ({ size }: Wave): number => (size.by === 'percent' ? size.percent : 0);

const wavesProblem = (waves: readonly Wave[]): Problem => {
  if (waves.length === 0) return invalid('rollout.waves', 'at least one wave', waves);
  const problem = firstProblem(waves, waveProblem);
  if (problem !== undefined) return problem;
  const sum = waves.reduce((total, wave) => total + percentOf(wave), 0);
  return sum > 100 ? invalid('rollout.waves', 'percentages of at most 100 in sum', sum) : undefined;
};

const rampProblem = ({ perMinute, factor, every, most }: Ramp): Problem => {
  if (perMinute < 1) return invalid('rollout.perMinute', 'at least 1 device a minute', perMinute);
  if (factor < 1) return invalid('rollout.factor', 'at least 1, which keeps the rate', factor);
  if (every < 1) return invalid('rollout.every', 'at least 1 success', every);
  return most < perMinute ? invalid('rollout.most', 'no less than perMinute', most) : undefined;
};

/** What is wrong with how devices are let in, or `undefined`. */
export const rolloutProblem = (rollout: Rollout): Problem => {
  if (rollout.by === 'all') return undefined;
  return rollout.by === 'waves' ? wavesProblem(rollout.waves) : rampProblem(rollout);
};
