import { describe, expect, it } from 'vitest';
import { createCampaign } from './campaign.ts';
import {
  type Assumptions,
  defaultAssumptions,
  type Forecast,
  forecast,
  type Outlook,
  type Sample,
} from './forecast.ts';
import { defaultPlan, type Plan } from './plan.ts';
import type { StopRule } from './stop-rule.ts';
import { DAY, HOUR, type Instant, MINUTE } from './time.ts';

const NOON: Instant = 1_772_366_400_000;
const INTERVAL = 5 * MINUTE;

const sample = (index: number, given: Partial<Sample> = {}): Sample => ({
  device: {
    ...{ id: `device-${index}`, name: '', make: '', model: '', protocol: 'ddi', timeZone: 'UTC' },
    standing: 'accepted',
    ...{ tags: [], versions: {}, attributes: { site: index % 4 }, lastSeenAt: NOON, createdAt: NOON },
  },
  ...{ agreed: false, together: index % 2 === 0, update: undefined, unable: undefined },
  ...{ interval: INTERVAL, nextContact: NOON + ((index * 7_919) % INTERVAL) },
  ...given,
});

const sure: Assumptions = { ...defaultAssumptions, broken: 0, failing: 0, silent: 0, variation: 0.2 };

const outlook = (plan: Partial<Plan>, devices: number, given: Partial<Outlook> = {}): Outlook => ({
  campaign: createCampaign(
    {
      ...{ id: 'spring', digest: '', policy: 'none', createdBy: 'ada' },
      plan: { ...defaultPlan, name: 'spring', packages: ['p1'], ...plan },
    },
    NOON,
  ),
  ...{ freezes: [], headless: true, resettable: false, assumptions: sure },
  packages: [
    {
      ...{ name: 'os', version: '2', kind: 'firmware', make: '', model: '', fromVersion: '' },
      ...{ description: '', labels: {}, size: 1_000_000 },
    },
  ],
  samples: Array.from({ length: devices }, (_, index) => sample(index)),
  ...{ population: devices, from: NOON, until: NOON + 400 * DAY },
  ...given,
});

const foretell = (of: Outlook): Forecast => {
  const playing = forecast(of);
  for (;;) {
    const next = playing.next();
    if (next.done === true) return next.value;
  }
};

describe('a forecast', () => {
  it('is the same for the same outlook', () => {
    const one = outlook({ concurrency: 7 }, 60, { assumptions: defaultAssumptions });
    expect(foretell(one)).toEqual(foretell(one));
  });

  it('has a curve of at most 200 points that never falls and ends with all that succeed', () => {
    const { curve, succeeded, finished } = foretell(outlook({}, 300));
    expect(finished).toBe(1);
    expect(succeeded).toEqual({ low: 300, middle: 300, high: 300 });
    expect(curve.length).toBeLessThanOrEqual(200);
    expect(curve[0]).toMatchObject({ at: NOON });
    expect(curve.at(-1)).toMatchObject({ low: 300, high: 300 });
    for (const [index, point] of curve.entries()) {
      expect(point.middle).toBeGreaterThanOrEqual(curve[index - 1]?.middle ?? 0);
      expect(point.low).toBeLessThanOrEqual(point.high);
    }
  });

  it('counts the bytes of every attempt', () => {
    expect(foretell(outlook({}, 50)).bytes.middle).toBe(50 * 1_000_000);
    const broken = outlook({}, 50, { assumptions: { ...sure, broken: 0.5 } });
    expect(foretell(broken).bytes.middle).toBeGreaterThan(60 * 1_000_000);
  });

  it.each<[string, Partial<Plan>, keyof Forecast['peak'], number]>([
    ['a limit', { concurrency: 6 }, 'inProgress', 6],
    ['budgets', { budgets: [{ attribute: 'site', most: 3 }] }, 'inProgress', 12],
    [
      'a ramp',
      { rollout: { by: 'ramp', perMinute: 2, factor: 1, every: 10, most: 2 } },
      'startsPerMinute',
      2,
    ],
  ])('keeps to %s, and comes to an end all the same', (_, plan, peak, most) => {
    const found = foretell(outlook(plan, 80));
    expect(found.peak[peak]).toEqual({ low: most, middle: most, high: most });
    expect(found).toMatchObject({ finished: 1, succeeded: { low: 80 }, waiting: [] });
  });

  it('takes longer under a narrower limit', () => {
    const finish = (concurrency: number) => foretell(outlook({ concurrency }, 60)).finish?.middle ?? 0;
    expect(finish(2)).toBeGreaterThan(finish(10) + HOUR);
  });

  it('opens waves in turn, after their soak', () => {
    const waves = [1, 2].map((part) => ({
      ...{ name: `${part}`, size: { by: 'percent', percent: 20 } as const },
      ...{ success: 100, soak: 3 * HOUR, manual: part === 2 },
    }));
    const { waves: found, finished } = foretell(outlook({ rollout: { by: 'waves', waves } }, 100));
    expect(finished).toBe(1);
    const [first, second, rest] = found.map(({ opens }) => opens?.middle ?? 0);
    expect(first).toBe(NOON);
    expect(second).toBeGreaterThan(NOON + 3 * HOUR);
    expect(second).toBeLessThan(NOON + 5 * HOUR);
    expect(rest).toBeGreaterThan((second ?? 0) + 3 * HOUR + (sure.opening ?? 0));
  });

  it('stays at a wave whose condition cannot be met', () => {
    const wave = {
      name: 'pilot',
      size: { by: 'percent', percent: 20 },
      success: 100,
      soak: 0,
      manual: false,
    } as const;
    const failing = { ...sure, failing: 0.9 };
    const found = foretell(
      outlook({ rollout: { by: 'waves', waves: [wave] } }, 100, { assumptions: failing }),
    );
    expect(found).toMatchObject({
      finish: null,
      finished: 0,
      waves: [{ wave: 0 }, { wave: 1, opens: null }],
    });
    expect(found.waiting.map(({ rule }) => rule)).toEqual(['wave']);
  });

  it.each([
    ['pause', 'campaign-status'],
    ['hold', 'held'],
  ] as const)('tells that a rule fires, and that devices wait after it: %s', (action, rule) => {
    const stop: StopRule = {
      ...{ signal: 'failed', scope: { by: 'attribute', attribute: 'site' }, minimum: 5 },
      ...{ threshold: { percent: 50 }, action, rollBackTo: null },
    };
    const found = foretell(
      outlook({ concurrency: 4, stopRules: [stop] }, 200, { assumptions: { ...sure, failing: 1 } }),
    );
    expect(found.trips).toMatchObject([{ rule: 0, share: 1 }]);
    expect(found.waiting.map((one) => one.rule)).toContain(rule);
    expect(found.failed.high).toBeLessThan(100);
  });

  it('waits for hours, freezes and the go of people', () => {
    const morning = { days: [1, 2, 3, 4, 5, 6, 7], from: 360, to: 480, zone: 'utc' } as const;
    const timing = { notBefore: null, windows: [morning], spread: 0 };
    const byHours = foretell(outlook({ download: timing, install: timing }, 20));
    expect(byHours.curve.find(({ high }) => high > 0)?.at).toBeGreaterThan(NOON + 18 * HOUR);
    const frozen = foretell(outlook({}, 20, { freezes: [{ name: 'x', from: NOON, to: NOON + DAY }] }));
    expect(frozen.curve.find(({ high }) => high > 0)?.at).toBeGreaterThan(NOON + DAY);
    const asked = { checkpoints: ['download'] } as const;
    expect(foretell(outlook(asked, 20)).waiting).toEqual([{ rule: 'approval', devices: 20 }]);
    const soon = foretell(outlook(asked, 20, { assumptions: { ...sure, approval: HOUR } }));
    expect(soon).toMatchObject({ finished: 1, waiting: [] });
    expect(soon.finish?.low).toBeGreaterThan(NOON + HOUR);
  });

  it('ends at the end date', () => {
    const found = foretell(outlook({ concurrency: 1, endAt: NOON + HOUR }, 50));
    expect(found).toMatchObject({ finished: 0, finish: null });
    expect(found.succeeded.high).toBeLessThan(20);
    expect(found.curve.at(-1)?.at).toBeLessThanOrEqual(NOON + HOUR);
  });

  it('gives silent devices up by their time-out and the retry policy', () => {
    const silent = { ...sure, silent: 1 };
    const retry = { ...defaultPlan.retry, attempts: 2 };
    const timeouts = { ...defaultPlan.timeouts, download: 2 * HOUR };
    const found = foretell(outlook({ retry, timeouts }, 10, { assumptions: silent }));
    expect(found).toMatchObject({ finished: 1, failed: { low: 10 }, succeeded: { high: 0 } });
    expect(found.finish?.middle).toBeGreaterThan(NOON + 4 * HOUR);
  });

  it('leaves out the devices that cannot take part, and names them', () => {
    const samples = [sample(0), sample(1, { unable: 'wrong-model' }), sample(2, { unable: 'never-seen' })];
    const found = foretell(outlook({}, 3, { samples }));
    expect(found).toMatchObject({ devices: 3, played: 1, succeeded: { middle: 1 } });
    expect(found.unable).toEqual([
      { reason: 'wrong-model', devices: 1, examples: ['device-1'] },
      { reason: 'never-seen', devices: 1, examples: ['device-2'] },
    ]);
  });

  it('plays parts of a large fleet under a part of its caps, and tells of the whole', () => {
    const found = foretell(outlook({ concurrency: 1_000 }, 24_000));
    expect(found.played).toBeLessThan(24_000);
    expect(found.succeeded.middle).toBeGreaterThan(23_900);
    expect(found.succeeded.middle).toBeLessThan(24_100);
    expect(found.peak.inProgress.middle).toBeGreaterThan(900);
    expect(found.peak.inProgress.middle).toBeLessThan(1_100);
  });

  it('lets others have a turn often', () => {
    let turns = 0;
    for (const playing = forecast(outlook({}, 500)); playing.next().done !== true; ) turns += 1;
    expect(turns).toBeGreaterThan(40);
  });

  it('of nobody is empty', () => {
    expect(foretell(outlook({}, 0))).toMatchObject({ devices: 0, succeeded: { high: 0 }, unable: [] });
  });
});
