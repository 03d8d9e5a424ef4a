import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newPlan } from '../../client/document/plan.ts';
import type { CampaignPlan } from '../../wire/muster/plan.ts';
import { sideBySide, ticksOf } from './curve.ts';
import { heatOf, hottest } from './heat.ts';
import { fromLocal, inUnit, secondsIn, toLocal } from './measures.ts';
import { rampCurve, stepsOf, usualWaves } from './pace.ts';
import { planDiff } from './plan-diff.ts';
import { openHours } from './rules.ts';
import { hoursOf, marked, noHours, openCount, usualHours, type Window, windowsOf } from './week.ts';
import { whatIfs } from './what-if.ts';

const plan: CampaignPlan = { ...newPlan, name: 'Spring' };
const week = fc.array(fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }), {
  minLength: 7,
  maxLength: 7,
});

describe('hours of a week and windows', () => {
  it('mean the same, whatever is marked', () => {
    fc.assert(
      fc.property(week, (hours) => {
        fc.pre(hours.flat().some(Boolean));
        const windows = windowsOf(hours, 'utc');
        expect(openHours(windows).map((row) => row.map((share) => share === 1))).toEqual(hours);
        expect(hoursOf(windows)).toEqual(hours);
      }),
    );
  });

  it('become windows that the API takes: no two ends alike, each day once', () => {
    fc.assert(
      fc.property(week, (hours) => {
        for (const { days, from, to } of windowsOf(hours, 'device')) {
          expect(days.length).toBeGreaterThan(0);
          expect(new Set(days).size).toBe(days.length);
          expect(from).not.toBe(to);
        }
      }),
    );
  });

  it('are few: nights are one window over midnight, the whole week is one', () => {
    const [nights, weekends] = usualHours.map(({ hours }) => windowsOf(hours, 'device'));
    expect(nights).toEqual([
      { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '22:00', to: '06:00', zone: 'device' },
    ]);
    expect(weekends).toEqual([{ days: ['sat', 'sun'], from: '00:00', to: '24:00', zone: 'device' }]);
    const all = marked(noHours, { day: 0, hour: 0 }, { day: 6, hour: 23 }, true);
    expect(windowsOf(all, 'utc')).toHaveLength(1);
    expect(windowsOf(noHours, 'utc')).toEqual([]);
  });

  it.each([
    ['half hours', [{ days: ['mon'], from: '08:30', to: '10:00', zone: 'utc' }]],
    [
      'two zones',
      [
        { days: ['mon'], from: '08:00', to: '10:00', zone: 'utc' },
        { days: ['tue'], from: '08:00', to: '10:00', zone: 'device' },
      ],
    ],
  ] as readonly (readonly [string, Window[]])[])('cannot be drawn: %s', (_, windows) => {
    expect(hoursOf(windows)).toBeUndefined();
  });

  it('are marked in rectangles, from any corner', () => {
    const some = marked(noHours, { day: 4, hour: 10 }, { day: 3, hour: 8 }, true);
    expect(openCount(some)).toBe(6);
    expect(openCount(marked(some, { day: 3, hour: 9 }, { day: 3, hour: 9 }, false))).toBe(5);
  });
});

describe('measures', () => {
  it.each([
    [0, 0, 'min'],
    [90, 90, 's'],
    [300, 5, 'min'],
    [14_400, 4, 'h'],
    [172_800, 2, 'd'],
  ] as const)('show %i seconds as %i %s, and take them back', (seconds, amount, unit) => {
    expect(inUnit(seconds)).toEqual({ amount, unit });
    expect(secondsIn(amount, unit)).toBe(seconds);
  });

  it('keep an instant through the input of a date', () => {
    const instant = '2026-11-21T08:05:00.000Z';
    expect(fromLocal(toLocal(instant))).toBe(instant);
    expect([toLocal(null), fromLocal(''), fromLocal('soon')]).toEqual(['', null, null]);
  });
});

describe('the pace of a rollout', () => {
  it('adds waves up, and leaves the rest to the end', () => {
    expect(stepsOf(usualWaves(), 200)).toEqual([
      { name: 'Canary', from: 0, to: 0.05 },
      { name: 'Early', from: 0.05, to: 0.3 },
      { name: 'The others', from: 0.3, to: 1 },
    ]);
  });

  it('does not know how large the wave of a query is', () => {
    const wave = { name: 'Lab', size: { by: 'query', expression: 'tag = lab' } } as const;
    const [first] = stepsOf([{ ...wave, success: 100, soakSeconds: 0, manual: true }], 200);
    expect(first).toEqual({ name: 'Lab', from: 0, to: null });
  });

  it('speeds a ramp up with every success, up to its most', () => {
    const ramp = { by: 'ramp', perMinute: 10, factor: 2, every: 100, most: 40 } as const;
    expect(rampCurve(ramp, 500)).toEqual([
      { minute: 0, devices: 0 },
      { minute: 10, devices: 100 },
      { minute: 15, devices: 200 },
      { minute: 22.5, devices: 500 },
    ]);
    expect(rampCurve(ramp, 0)).toEqual([{ minute: 0, devices: 0 }]);
  });
});

describe('two plans', () => {
  const nameOf = (id: string) => ({ p1: 'os 1.0', p2: 'os 2.0' })[id] ?? id;

  it('differ in what they say, and in nothing else', () => {
    const was = { ...plan, packages: ['p1'] };
    expect(planDiff(was, { ...was, name: 'Summer', description: 'Another' }, nameOf)).toEqual([]);
    expect(
      planDiff(was, { ...was, packages: ['p2'], concurrency: 5, rollout: { by: 'all' } }, nameOf),
    ).toEqual([
      { about: 'Packages', was: 'os 1.0', is: 'os 2.0' },
      { about: 'Limits', was: '', is: '5 devices in progress at a time.' },
    ]);
  });

  it('are offered to be compared, each another one', () => {
    const busy: CampaignPlan = {
      ...plan,
      concurrency: 10,
      rollout: { by: 'waves', waves: usualWaves() },
      stopRules: [
        {
          ...{ signal: 'failed', scope: { by: 'wave' }, minimum: 5, action: 'pause' },
          threshold: { percent: 5 },
        },
      ],
    };
    for (const one of [plan, busy]) {
      const options = whatIfs(one, 100);
      expect(new Set(options.map(({ label }) => label)).size).toBe(options.length);
      for (const { change } of options) expect({ ...one, ...change }).not.toEqual(one);
    }
    const atOnce = whatIfs(busy, 100).find(({ label }) => label === 'All at once');
    expect(atOnce?.change.stopRules).toEqual([]);
  });
});

describe('two forecasts', () => {
  const at = (minute: number): string => new Date(minute * 60_000).toISOString();
  const place = (minute: number, middle: number) => ({ at: at(minute), low: middle, middle, high: middle });

  it('are told side by side at every instant of either, and stay as they end', () => {
    const points = sideBySide([place(0, 0), place(10, 100)], [place(0, 0), place(5, 20), place(20, 50)]);
    expect(points.map(({ at: when, expected, compared }) => [when / 60_000, expected, compared])).toEqual([
      [0, 0, 0],
      [5, undefined, 20],
      [10, 100, 30],
      [20, 100, 50],
    ]);
    expect(sideBySide([place(0, 1), place(9, 2)], [place(0, 1)]).at(-1)).toMatchObject({ compared: 1 });
    expect(sideBySide([place(0, 1)], [])).toEqual([{ at: 0, band: [1, 1], expected: 1 }]);
  });

  it('have instants evenly below them', () => {
    expect(ticksOf([{ at: 0 }, { at: 7 }, { at: 60 }], 4)).toEqual([0, 20, 40, 60]);
  });
});

describe('the hours in which updates ended', () => {
  const stretch = (from: Date, succeeded: number, failed = 0) => ({
    ...{ from: from.toISOString(), succeeded, failed, other: 0 },
  });
  // In the time zone of whoever reads it, whatever that is.
  const wednesday = new Date(2026, 10, 18, 9, 30);

  it('are those of the week, whichever week it was', () => {
    const later = new Date(2026, 10, 25, 9, 0);
    const heat = heatOf([stretch(wednesday, 3, 1), stretch(later, 2)], 60);
    expect(heat[2]?.[9]).toBe(6);
    expect(hottest(heat)).toBe(6);
    expect(heat.flat().reduce((sum, n) => sum + n, 0)).toBe(6);
  });

  it('share what ended in a longer stretch, over midnight too', () => {
    const heat = heatOf([stretch(new Date(2026, 10, 22, 22, 0), 8)], 4 * 3_600);
    expect([heat[6]?.[22], heat[6]?.[23], heat[0]?.[0], heat[0]?.[1]]).toEqual([2, 2, 2, 2]);
  });

  it('are cold where nothing ended', () => {
    expect(hottest(heatOf([], 60))).toBe(0);
  });
});
