import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowedBy, isWaveMet, nextStart, type Rollout, rateOf, type Wave, waveOf } from './rollout.ts';
import type { DeviceFacts } from './targeting.ts';
import { MINUTE, SECOND } from './time.ts';

const device = (id: string, given: Partial<DeviceFacts> = {}): DeviceFacts => ({
  id,
  name: '',
  make: '',
  model: '',
  protocol: 'ddi',
  standing: 'accepted',
  timeZone: 'UTC',
  tags: [],
  versions: {},
  attributes: {},
  lastSeenAt: 0,
  createdAt: 0,
  ...given,
});
const fleet = Array.from({ length: 20_000 }, (_, index) => device(`urn:dev:${index}`));

const wave = (size: Wave['size']): Wave => ({ name: '', size, success: 100, soak: 0, manual: false });
const percents = (...shares: readonly number[]): Rollout => ({
  by: 'waves',
  waves: shares.map((percent) => wave({ by: 'percent', percent })),
});
const nobody = () => 0;
const inWave = (rollout: Rollout, campaign: string, upTo: number) =>
  fleet.filter((one) => (waveOf(rollout, campaign, one, nobody) ?? 0) <= upTo);

describe('the wave of a device', () => {
  it('is none where there are no waves', () => {
    expect(waveOf({ by: 'all' }, 'c', device('d'), nobody)).toBeNull();
    const ramp = { by: 'ramp', perMinute: 1, factor: 1, every: 1, most: 1 } as const;
    expect(waveOf(ramp, 'c', device('d'), nobody)).toBeNull();
  });

  it('takes its share of the fleet, and the rest comes after the last one', () => {
    const rollout = percents(1, 4, 20);
    const sizes = [0, 1, 2, 3].map(
      (index) => fleet.filter((one) => waveOf(rollout, 'c', one, nobody) === index).length,
    );
    for (const [index, share] of [0.01, 0.04, 0.2, 0.75].entries()) {
      expect(Math.abs((sizes[index] ?? 0) / fleet.length - share)).toBeLessThan(0.01);
    }
  });

  it('is the same each time, and a larger share contains the smaller one', () => {
    const shares = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 3 });
    fc.assert(
      fc.property(shares, fc.string(), (unordered, campaign) => {
        const [small = 0, large = 0] = [...unordered].sort((a, b) => a - b);
        const ids = new Set(inWave(percents(large), campaign, 0).map(({ id }) => id));
        expect(inWave(percents(small), campaign, 0).every(({ id }) => ids.has(id))).toBe(true);
        expect(inWave(percents(large), campaign, 0).map(({ id }) => id)).toEqual([...ids]);
      }),
      { numRuns: 10 },
    );
  });

  it('leaves everybody where they are when a later wave changes', () => {
    const before = inWave(percents(5, 20), 'c', 0);
    expect(inWave(percents(5, 60, 30), 'c', 0)).toEqual(before);
    expect(inWave(percents(5, 20, 50), 'c', 1)).toEqual(inWave(percents(5, 20), 'c', 1));
  });

  it('does not depend on when a device joins, or on who else does', () => {
    const rollout = percents(10, 20);
    const late = device('latecomer', { createdAt: 9_000_000 });
    expect(waveOf(rollout, 'c', late, () => 1_000_000)).toBe(
      waveOf(rollout, 'c', device('latecomer'), nobody),
    );
  });

  it('is the first that takes it: by name, by query, by count, by share', () => {
    const rollout: Rollout = {
      by: 'waves',
      waves: [
        wave({ by: 'devices', devices: ['lab-1', 'lab-2'] }),
        wave({ by: 'query', expression: 'tag = pilot' }),
        wave({ by: 'count', count: 10 }),
        wave({ by: 'percent', percent: 100 }),
      ],
    };
    const full = (index: number) => (index === 2 ? 10 : 0);
    expect(waveOf(rollout, 'c', device('lab-2', { tags: ['pilot'] }), full)).toBe(0);
    expect(waveOf(rollout, 'c', device('x', { tags: ['pilot'] }), full)).toBe(1);
    expect(waveOf(rollout, 'c', device('x'), () => 9)).toBe(2);
    expect(waveOf(rollout, 'c', device('x'), full)).toBe(3);
  });

  it('is none of the waves for a query that does not parse', () => {
    const broken: Rollout = { by: 'waves', waves: [wave({ by: 'query', expression: 'tag =' })] };
    expect(waveOf(broken, 'c', device('x'), nobody)).toBe(1);
  });
});

describe('the condition of a wave', () => {
  it.each([
    ['nobody has counted the wave', 90, undefined, 100, false],
    ['the wave is empty', 90, 0, 0, true],
    ['nothing has to succeed', 0, 50, 0, true],
    ['just enough succeeded', 90, 50, 45, true],
    ['one too few succeeded', 90, 50, 44, false],
    ['all have to and one has not', 100, 3, 2, false],
  ] as const)('given that %s', (_, success, size, succeeded, met) => {
    expect(isWaveMet({ ...wave({ by: 'percent', percent: 5 }), success }, size, succeeded)).toBe(met);
  });
});

describe('a ramp', () => {
  const ramp = { by: 'ramp', perMinute: 50, factor: 2, every: 1000, most: 300 } as const;

  it.each([
    [0, 50],
    [999, 50],
    [1000, 100],
    [2000, 200],
    [3000, 300],
    [10_000_000, 300],
  ])('after %i successes lets in %i a minute', (succeeded, rate) => {
    expect(rateOf(ramp, succeeded)).toBe(rate);
  });

  const rates = fc.oneof(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 100_000 }));
  const instants = fc.integer({ min: 0, max: 10 * MINUTE });

  it('never lets in more than its rate in any minute, by whatever many contacts', () => {
    const contacts = fc.array(fc.tuple(fc.nat(59_999), fc.integer({ min: 1, max: 500 })), { maxLength: 100 });
    fc.assert(
      fc.property(rates, contacts, (rate, unordered) => {
        let started = 0;
        for (const [at, count] of [...unordered].sort(([a], [b]) => a - b)) {
          for (let contact = 0; contact < count && started < allowedBy(rate, at); contact += 1) started += 1;
          expect(started).toBeLessThanOrEqual(rate);
        }
        expect(allowedBy(rate, MINUTE - 1)).toBe(rate);
      }),
      { numRuns: 300 },
    );
  });

  it('deals its starts evenly: at no moment more than one second ahead', () => {
    fc.assert(
      fc.property(rates, instants, (rate, now) => {
        const allowed = allowedBy(rate, now);
        expect(allowed).toBeGreaterThanOrEqual(1);
        expect(allowed).toBeLessThan((rate * ((now % MINUTE) + SECOND)) / MINUTE + 1);
      }),
      { numRuns: 1_000 },
    );
  });

  it('names the very instant at which one more may start', () => {
    fc.assert(
      fc.property(rates, instants, fc.nat(100_000), (rate, now, more) => {
        const started = Math.min(rate, allowedBy(rate, now) + (more % rate));
        const next = nextStart(rate, started, now);
        expect(next).toBeGreaterThan(now);
        const nextMinute = now - (now % MINUTE) + MINUTE;
        if (next === nextMinute) expect(started).toBe(rate);
        else {
          expect(next).toBeLessThan(nextMinute);
          expect(allowedBy(rate, next)).toBeGreaterThan(started);
        }
        expect(allowedBy(rate, next - 1)).toBeLessThanOrEqual(started);
      }),
      { numRuns: 2_000 },
    );
  });
});
