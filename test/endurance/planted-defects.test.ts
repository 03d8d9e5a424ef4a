import { describe, expect, it } from 'vitest';
import { type Simulated, simulateDays } from './simulation/days.ts';
import { type DefectName, defects } from './simulation/defects.ts';
import { problemsOf } from './simulation/simulation.ts';

const SEEDS = 2;
const DEVICES = 200;
const names = Object.keys(defects) as DefectName[];

const isFound = ({ options, ...simulated }: Simulated): boolean => {
  const { defect } = options;
  if (defect === undefined) return false;
  return problemsOf({ options, ...simulated } as Simulated).some((problem) =>
    defects[defect].found.test(problem),
  );
};

const simulate = async (days: readonly Simulated['options'][]): Promise<readonly Simulated[]> => {
  const all: Simulated[] = [];
  await simulateDays(days, (one) => all.push(one));
  return all;
};

describe('a simulated day of a server with a defect', () => {
  it('tells which promise was broken, and again from the same seed', async () => {
    const seeds = Array.from({ length: SEEDS }, (_, at) => at + 1);
    const days = await simulate(
      seeds.flatMap((seed) => names.map((defect) => ({ seed, devices: DEVICES, defect }))),
    );
    const first = names.map((name) =>
      days
        .filter(({ options }) => options.defect === name)
        .toSorted((a, b) => a.options.seed - b.options.seed)
        .find(isFound),
    );
    const found = first.filter((day) => day !== undefined);
    expect(found.map(({ options }) => options.defect)).toEqual(names);
    const again = await simulate(found.map(({ options }) => options));
    for (const day of found) {
      const replayed = again.find(({ options }) => options.defect === day.options.defect);
      expect(replayed && problemsOf(replayed)).toEqual(problemsOf(day));
    }
  }, 300_000);
});
