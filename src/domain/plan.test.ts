import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentOf, defaultPlan, type Plan, planProblem, timingOf, type Window } from './plan.ts';
import { HOUR } from './time.ts';

const now = 1_000;
const plan: Plan = { ...defaultPlan, name: 'spring', packages: ['p1', 'p2'] };
const night: Window = { days: [6, 7], from: 1320, to: 120, zone: 'device' };
const within = (changes: Partial<Window>): Plan['download'] => ({
  notBefore: null,
  windows: [night, { ...night, ...changes }],
});

describe('what is wrong with a plan', () => {
  it.each<[string, Partial<Plan>]>([
    ['the default of everything else', {}],
    ['no packages yet', { packages: [] }],
    ['an end ahead', { endAt: now + 1 }],
    ['a beginning before the end', { endAt: 9_000, install: { notBefore: 8_999, windows: [] } }],
    ['a beginning in the past', { download: { notBefore: 1, windows: [] } }],
    ['a window over midnight', { install: within({}) }],
    ['a window of the whole day', { install: within({ from: 0, to: 1440 }) }],
    ['a window from the end of the day', { install: within({ from: 1440, to: 60 }) }],
  ])('given %s, is nothing', (_, changes) => {
    expect(planProblem({ ...plan, ...changes }, now)).toBeUndefined();
  });

  it.each<[string, Partial<Plan>, field: string, got: string]>([
    ['no name', { name: '' }, 'name', '""'],
    ['a name of spaces', { name: ' \t' }, 'name', '" \\t"'],
    ['a package twice', { packages: ['p1', 'p2', 'p1'] }, 'packages', '["p1","p2","p1"]'],
    ['an end now', { endAt: now }, 'endAt', '1000'],
    [
      'a download not before the end',
      { endAt: 9_000, download: { notBefore: 9_000, windows: [] } },
      'download.notBefore',
      '9000',
    ],
    [
      'an installation after the end',
      { endAt: 9_000, install: { notBefore: 9_001, windows: [] } },
      'install.notBefore',
      '9001',
    ],
    ['a window on no day', { download: within({ days: [] }) }, 'download.windows.1.days', '[]'],
    ['a window twice on a day', { install: within({ days: [1, 1] }) }, 'install.windows.1.days', '[1,1]'],
    ['a window of no length', { install: within({ from: 60, to: 60 }) }, 'install.windows.1.to', '60'],
    [
      'a window from midnight to midnight',
      { install: within({ from: 1440, to: 0 }) },
      'install.windows.1.to',
      '0',
    ],
  ])('given %s, is told with its field and value', (_, changes, field, got) => {
    expect(planProblem({ ...plan, ...changes }, now)).toMatchObject({ code: 'invalid', field, got });
  });
});

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
    target: { target: { by: 'query', expression: 'tag = "a"', reevaluateSeconds: 0 } },
    endAt: { endAt: 5 },
    download: { download: { notBefore: 1, windows: [] } },
    install: { install: { notBefore: 1, windows: [] } },
    checkpoints: { checkpoints: ['activation'] },
    concurrency: { concurrency: 1 },
    retry: { retry: { ...plan.retry, attempts: 1 } },
    timeouts: { timeouts: { ...plan.timeouts, activation: HOUR } },
    endWhenComplete: { endWhenComplete: true },
  };

  it.each(Object.entries(others))('contains its %s', (_, changes) => {
    expect(contentOf({ ...plan, ...changes })).not.toBe(contentOf(plan));
  });

  it('does not depend on the order in which fields were written', () => {
    const rich: Plan = { ...plan, install: within({}), endAt: 9_000 };
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
    const download = { notBefore: 1, windows: [] };
    const install = { notBefore: 2, windows: [] };
    const timed = { ...plan, download, install };
    expect(timingOf(timed, 'download')).toBe(download);
    expect(timingOf(timed, 'execution')).toBe(install);
    expect(timingOf(timed, 'activation')).toBe(install);
  });
});
