import { describe, expect, it } from 'vitest';
import { endingOf, fateOf } from './fate.ts';
import { type Faults, faultProfiles, readFaults, readMix } from './profile.ts';
import { type FleetPlan, traitsOf, usualHabits, usualVersions } from './traits.ts';

const planOf = (more: Partial<FleetPlan> = {}): FleetPlan => ({
  ...{ seed: 1, devices: 4_000, mix: readMix('ddi=8,gateway=2'), faults: faultProfiles.usual },
  ...{ habits: usualHabits, versions: usualVersions, prefix: 'd-' },
  ...more,
});
const indexes = Array.from({ length: 4_000 }, (_, index) => index);
const share = (fits: (index: number) => boolean): number => indexes.filter(fits).length / indexes.length;

describe('what a device is', () => {
  it('is the same each time, and another with another seed', () => {
    const plan = planOf();
    const all = indexes.map((index) => traitsOf(plan, index));
    expect(
      indexes
        .toReversed()
        .map((index) => traitsOf(plan, index))
        .toReversed(),
    ).toEqual(all);
    expect(traitsOf(planOf({ seed: 2 }), 7)).not.toEqual(all[7]);
  });

  it('is spread as the mix says', () => {
    const plan = planOf();
    expect(share((index) => traitsOf(plan, index).protocol === 'ddi')).toBeCloseTo(0.8, 1);
    expect(share((index) => traitsOf(plan, index).protocol === 'lwm2m')).toBe(0);
  });
});

describe('the fate of an attempt', () => {
  const only = (faults: Partial<Faults>) => planOf({ faults: { ...faultProfiles.none, ...faults } });
  const ends = (plan: FleetPlan, model: string, version = '2.0', attempt = 0) =>
    indexes.map((index) => endingOf(plan, index, { model }, version, attempt));
  const failing = (all: readonly string[]) =>
    all.filter((ending) => ending !== 'succeeds').length / all.length;

  it('is that of the odds, times the factors of model and version', () => {
    const plan = only({ installFails: 0.1, models: { old: 2 }, versions: { bad: 3 } });
    expect(failing(ends(plan, 'new'))).toBeCloseTo(0.1, 1);
    expect(failing(ends(plan, 'old'))).toBeCloseTo(0.2, 1);
    expect(failing(ends(plan, 'old', 'bad'))).toBeCloseTo(0.6, 1);
  });

  it('is drawn anew for each attempt, and never again otherwise', () => {
    const plan = only({ diskFull: 0.5, powerLoss: 0.5 });
    expect(ends(plan, 'm')).toEqual(ends(plan, 'm'));
    expect(ends(plan, 'm', '2.0', 1)).not.toEqual(ends(plan, 'm'));
    expect(fateOf(plan, 3, 0)).toEqual(fateOf(plan, 3, 0));
    expect(share((index) => fateOf(plan, index, 0).powerLoss !== undefined)).toBeCloseTo(0.5, 1);
  });

  it('is never bad where nothing goes wrong', () => {
    expect(new Set(ends(only({}), 'm'))).toEqual(new Set(['succeeds']));
  });
});

describe('what is read', () => {
  it('of a mix is its weights', () => {
    expect(readMix('ddi=3, lwm2m')).toEqual({ ddi: 3, gateway: 0, lwm2m: 1, 'oma-dm': 0 });
  });

  it.each(['http=1', 'ddi=-1', 'ddi=x', 'ddi=0'])('of the mix %s is refused', (text) => {
    expect(() => readMix(text)).toThrow(/mix|expected/);
  });

  it('of faults stands on a profile that they name', () => {
    const read = readFaults('{"base": "usual", "diskFull": 0.5, "versions": {"2.0": 3}}');
    expect(read).toEqual({ ...faultProfiles.usual, diskFull: 0.5, versions: { '2.0': 3 } });
  });

  it.each(['{', '[1]', '{"base": "worse"}', '{"diskFull": 2}', '{"other": 0.1}', '{"models": {"a": "b"}}'])(
    'of the faults %s is refused',
    (json) => {
      expect(() => readFaults(json)).toThrow();
    },
  );
});
