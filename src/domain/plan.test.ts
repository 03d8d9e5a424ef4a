import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentOf, defaultPlan, type Plan, timingOf, type Window } from './plan.ts';
import { HOUR } from './time.ts';

const plan: Plan = { ...defaultPlan, name: 'spring', packages: ['p1', 'p2'] };
const night: Window = { days: [6, 7], from: 1320, to: 120, zone: 'device' };
const nightly: Plan['install'] = { notBefore: null, windows: [night], spread: 0 };

describe('the content of a plan, which approvals are bound to', () => {
  it.each<[string, Partial<Plan>]>([
    ['name', { name: 'summer' }],
    ['description', { description: 'for the south' }],
    ['settings', { settings: { 'pulse.color': 'green' } }],
  ])('does not contain its %s', (_, changes) => {
    expect(contentOf({ ...plan, ...changes })).toBe(contentOf(plan));
  });

  const others: Readonly<Record<Exclude<keyof Plan, 'name' | 'description' | 'settings'>, Partial<Plan>>> = {
    packages: { packages: ['p2', 'p1'] },
    target: { target: { by: 'query', expression: 'tag = "a"', list: null, reevaluateSeconds: 0 } },
    endAt: { endAt: 5 },
    download: { download: { notBefore: 1, windows: [], spread: 0 } },
    install: { install: { notBefore: 1, windows: [], spread: 0 } },
    checkpoints: { checkpoints: ['activation'] },
    concurrency: { concurrency: 1 },
    retry: { retry: { ...plan.retry, attempts: 1 } },
    timeouts: { timeouts: { ...plan.timeouts, activation: HOUR } },
    endWhenComplete: { endWhenComplete: true },
    freezes: { freezes: [{ name: 'Harvest', from: 1, to: 2 }] },
    rollout: { rollout: { by: 'ramp', perMinute: 1, factor: 2, every: 10, most: 100 } },
    budgets: { budgets: [{ attribute: 'site', most: 1 }] },
    stopRules: {
      stopRules: [
        {
          signal: 'any',
          scope: { by: 'campaign' },
          minimum: 1,
          threshold: { count: 1 },
          action: 'pause',
          rollBackTo: null,
        },
      ],
    },
    priority: { priority: 51 },
    order: { order: 'first-in-first-out' },
    downgrades: { downgrades: true },
  };

  it.each(Object.entries(others))('contains its %s', (_, changes) => {
    expect(contentOf({ ...plan, ...changes })).not.toBe(contentOf(plan));
  });

  it('does not depend on the order in which fields were written', () => {
    const rich: Plan = { ...plan, install: nightly, endAt: 9_000 };
    fc.assert(
      fc.property(
        fc.shuffledSubarray(Object.keys(rich), { minLength: 13 }),
        fc.boolean(),
        (keys, backwards) => {
          expect(contentOf(reordered(rich, keys, backwards))).toBe(contentOf(rich));
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

/** The same plan with its keys in another order, and those of its parts turned round. */
const reordered = (of: Plan, keys: readonly string[], backwards: boolean): Plan => {
  const entries = Object.entries(of).sort(([a], [b]) => keys.indexOf(a) - keys.indexOf(b));
  const turned = entries.map(([key, value]) => [key, backwards ? turnedRound(value) : value]);
  return { ...(Object.fromEntries(turned) as Plan) };
};

const turnedRound = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(turnedRound);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, turnedRound(inner)]),
  );
};

describe('the timing of a phase', () => {
  it('is its own for the download, and shared by execution and activation', () => {
    const download = { notBefore: 1, windows: [], spread: 0 };
    const install = { notBefore: 2, windows: [], spread: 0 };
    const timed = { ...plan, download, install };
    expect(timingOf(timed, 'download')).toBe(download);
    expect(timingOf(timed, 'execution')).toBe(install);
    expect(timingOf(timed, 'activation')).toBe(install);
  });
});
