import { describe, expect, it } from 'vitest';
import { defaultPlan, type Plan, type Window } from './plan.ts';
import { planProblem } from './plan-problem.ts';
import type { Rollout, Wave } from './rollout.ts';
import type { StopRule } from './stop-rule.ts';
import { DAY, HOUR } from './time.ts';

const now = 1_000;
const plan: Plan = { ...defaultPlan, name: 'spring', packages: ['p1', 'p2'] };
const night: Window = { days: [6, 7], from: 1320, to: 120, zone: 'device' };
const within = (changes: Partial<Window>): Plan['download'] => ({
  notBefore: null,
  windows: [night, { ...night, ...changes }],
  spread: 0,
});

const wave = (size: Wave['size'], changes: Partial<Wave> = {}): Wave => ({
  name: 'pilot',
  size,
  success: 100,
  soak: 0,
  manual: false,
  ...changes,
});
const percent = (share: number): Wave => wave({ by: 'percent', percent: share });
const waves = (...of: readonly Wave[]): Partial<Plan> => ({ rollout: { by: 'waves', waves: of } });
const ramp = (changes: Partial<Extract<Rollout, { by: 'ramp' }>>): Partial<Plan> => ({
  rollout: { by: 'ramp', perMinute: 10, factor: 2, every: 100, most: 1000, ...changes },
});
const rule = (changes: Partial<StopRule>, rest: Partial<Plan> = {}): Partial<Plan> => ({
  ...rest,
  stopRules: [
    {
      signal: 'any',
      scope: { by: 'campaign' },
      minimum: 10,
      threshold: { percent: 5 },
      action: 'pause',
      rollBackTo: null,
      ...changes,
    },
  ],
});

/** Thursday, 1970-01-01: from here to noon of the same day. */
const untilNoon = (download: Partial<Plan['download']>): Partial<Plan> => ({
  endAt: 12 * HOUR,
  download: { ...defaultPlan.download, ...download },
});
const hours = (from: number, to: number, zone: Window['zone'] = 'utc', days = [4]): Window => ({
  days,
  from: from * 60,
  to: to * 60,
  zone,
});

describe('what is wrong with a plan', () => {
  it.each<[string, Partial<Plan>]>([
    ['the default of everything else', {}],
    ['no packages yet', { packages: [] }],
    ['an end ahead', { endAt: now + 1 }],
    ['a beginning before the end', { endAt: 9_000, install: { notBefore: 8_999, windows: [], spread: 0 } }],
    ['a beginning in the past', { download: { notBefore: 1, windows: [], spread: 0 } }],
    ['a window over midnight', { install: within({}) }],
    ['a window of the whole day', { install: within({ from: 0, to: 1440 }) }],
    ['a window from the end of the day', { install: within({ from: 1440, to: 60 }) }],
    ['a window that opens before the end', untilNoon({ windows: [hours(11, 13)] })],
    ['a window that is open already', untilNoon({ windows: [hours(23, 1, 'utc', [3])] })],
    ['a window that opens in time where clocks are ahead', untilNoon({ windows: [hours(20, 21, 'device')] })],
    [
      'a window of yesterday that is open where clocks are behind',
      untilNoon({ windows: [hours(13, 14, 'device', [3])] }),
    ],
    ['devices spread over a window', untilNoon({ windows: [hours(10, 11)], spread: HOUR })],
    ['devices spread after an instant', { download: { notBefore: now, windows: [], spread: HOUR } }],
    ['a freeze of a part', { endAt: DAY, freezes: [{ name: '', from: 0, to: DAY - 1 }] }],
    ['a freeze without an end', { freezes: [{ name: '', from: 0, to: DAY }] }],
    ['exactly once', { retry: { attempts: 1, backOff: 0, classes: {}, coolDown: 0 } }],
    ['waves that leave nobody out', waves(percent(40), percent(60))],
    ['waves that nothing has to follow', waves(wave({ by: 'count', count: 1 }, { success: 0, soak: 0 }))],
    ['a wave by a query', waves(wave({ by: 'query', expression: 'tag = pilot' }))],
    ['a ramp that stays', ramp({ factor: 1, most: 10 })],
    ['a budget for an attribute that nobody has', { budgets: [{ attribute: 'orbit', most: 1 }] }],
    ['a rule for the waves', rule({ scope: { by: 'wave' } }, waves(percent(5)))],
    [
      'a rule for a wave of devices',
      rule({ scope: { by: 'wave' }, minimum: 2 }, waves(wave({ by: 'devices', devices: ['a', 'b'] }))),
    ],
    ['a rule that rolls back', rule({ action: 'roll-back', rollBackTo: 'p0' })],
    [
      'a rule that holds a site',
      rule({ action: 'hold', scope: { by: 'attribute', attribute: 'site' }, threshold: { count: 1 } }),
    ],
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
      { endAt: 9_000, download: { notBefore: 9_000, windows: [], spread: 0 } },
      'download.notBefore',
      '9000',
    ],
    [
      'an installation after the end',
      { endAt: 9_000, install: { notBefore: 9_001, windows: [], spread: 0 } },
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
    [
      'windows that never open between the dates',
      untilNoon({ windows: [hours(12, 13), hours(1, 2, 'utc', [5])] }),
      'download.windows',
      JSON.stringify([hours(12, 13), hours(1, 2, 'utc', [5])]),
    ],
    [
      'a window that is over when the phase may begin',
      untilNoon({ notBefore: 3 * HOUR, windows: [hours(1, 3)] }),
      'download.windows',
      JSON.stringify([hours(1, 3)]),
    ],
    [
      'a window that opens too late in every zone',
      untilNoon({ windows: [hours(2, 3, 'device', [5])] }),
      'download.windows',
      JSON.stringify([hours(2, 3, 'device', [5])]),
    ],
    ['a spread after nothing', { download: { ...plan.download, spread: 5 } }, 'download.spread', '5'],
    ['a freeze that ends first', { freezes: [{ name: '', from: 5, to: 5 }] }, 'freezes.0.to', '5'],
    [
      'freezes that leave no time',
      {
        endAt: DAY,
        freezes: [
          { name: 'late', from: 9 * HOUR, to: DAY },
          { name: 'early', from: 0, to: 10 * HOUR },
        ],
      },
      'freezes',
      '[{"name":"late","from":32400000,"to":86400000},{"name":"early","from":0,"to":36000000}]',
    ],
    [
      'no attempt at all',
      { retry: { ...plan.retry, classes: { busy: { attempts: 0, backOff: 0 } } } },
      'retry.classes.busy.attempts',
      '0',
    ],
    ['a cool-down in the past', { retry: { ...plan.retry, coolDown: -1 } }, 'retry.coolDown', '-1'],
    ['a priority over all', { priority: 101 }, 'priority', '101'],
    [
      'two budgets for one attribute',
      {
        budgets: [
          { attribute: 'site', most: 1 },
          { attribute: 'site', most: 2 },
        ],
      },
      'budgets',
      '["site","site"]',
    ],
    ['a budget of nothing', { budgets: [{ attribute: 'site', most: 0 }] }, 'budgets.0.most', '0'],
    ['a budget for no attribute', { budgets: [{ attribute: '', most: 1 }] }, 'budgets.0.attribute', '""'],
    ['waves over 100 percent', waves(percent(60), percent(41)), 'rollout.waves', '101'],
    ['no waves', waves(), 'rollout.waves', '[]'],
    ['a wave of nothing', waves(percent(0)), 'rollout.waves.0.size.percent', '0'],
    [
      'a wave of no devices',
      waves(wave({ by: 'devices', devices: [] })),
      'rollout.waves.0.size.devices',
      '[]',
    ],
    ['a count of none', waves(wave({ by: 'count', count: 0 })), 'rollout.waves.0.size.count', '0'],
    [
      'a query that does not parse',
      waves(percent(1), wave({ by: 'query', expression: 'tag =' })),
      'rollout.waves.1.size.expression',
      '"tag ="',
    ],
    [
      'a wave of the whole fleet',
      waves(wave({ by: 'query', expression: '' })),
      'rollout.waves.0.size.expression',
      '""',
    ],
    [
      'a success over 100 percent',
      waves(wave({ by: 'count', count: 1 }, { success: 101 })),
      'rollout.waves.0.success',
      '101',
    ],
    ['a ramp that stands', ramp({ perMinute: 0 }), 'rollout.perMinute', '0'],
    ['a ramp that slows down', ramp({ factor: 0.5 }), 'rollout.factor', '0.5'],
    ['a ramp that grows after nothing', ramp({ every: 0 }), 'rollout.every', '0'],
    ['a ramp above its own ceiling', ramp({ most: 9 }), 'rollout.most', '9'],
    ['a rule without a sample', rule({ minimum: 0 }), 'stopRules.0.minimum', '0'],
    [
      'a rule over 100 percent',
      rule({ threshold: { percent: 101 } }),
      'stopRules.0.threshold.percent',
      '101',
    ],
    ['a rule that always fires', rule({ threshold: { percent: 0 } }), 'stopRules.0.threshold.percent', '0'],
    ['a rule for no device', rule({ threshold: { count: 0 } }), 'stopRules.0.threshold.count', '0'],
    ['a rule for waves that are not there', rule({ scope: { by: 'wave' } }), 'stopRules.0.scope', '"wave"'],
    [
      'a rule that no wave is large enough for',
      rule({ scope: { by: 'wave' }, minimum: 11 }, waves(wave({ by: 'count', count: 10 }))),
      'stopRules.0.minimum',
      '11',
    ],
    [
      'a threshold that no wave is large enough for',
      rule(
        { scope: { by: 'wave' }, minimum: 2, threshold: { count: 3 } },
        waves(wave({ by: 'devices', devices: ['a', 'b'] })),
      ),
      'stopRules.0.threshold.count',
      '3',
    ],
    [
      'a rule for time-outs where there are none',
      rule({ signal: 'silent' }, { timeouts: { download: null, execution: null, activation: null } }),
      'stopRules.0.signal',
      '"silent"',
    ],
    [
      'a rule for no attribute',
      rule({ scope: { by: 'attribute', attribute: '' } }),
      'stopRules.0.scope.attribute',
      '""',
    ],
    ['a rule that holds everything', rule({ action: 'hold' }), 'stopRules.0.action', '"hold"'],
    ['a rule that goes back to nothing', rule({ action: 'roll-back' }), 'stopRules.0.rollBackTo', 'null'],
    [
      'a rule that goes back to what it brings',
      rule({ action: 'roll-back', rollBackTo: 'p2' }),
      'stopRules.0.rollBackTo',
      '"p2"',
    ],
    ['a package to go back to for nothing', rule({ rollBackTo: 'p0' }), 'stopRules.0.rollBackTo', '"p0"'],
  ])('given %s, is told with its field and value', (_, changes, field, got) => {
    expect(planProblem({ ...plan, ...changes }, now)).toMatchObject({ code: 'invalid', field, got });
  });
});
