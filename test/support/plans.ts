import fc from 'fast-check';
import type { CampaignPlan } from '../../src/wire/muster/campaigns.ts';
import { stopActions } from '../../src/wire/muster/stop-rule.ts';

const instant = fc
  .integer({ min: Date.UTC(2990, 0), max: Date.UTC(2999, 0) })
  .map((at) => new Date(at).toISOString());
const seconds = fc.integer({ min: 0, max: 100_000 });
const some = fc.integer({ min: 1, max: 1_000 });
const line = fc
  .string({
    unit: fc.constantFrom('a', 'Z', '0', ' ', '-', ':', '#', '"', "'", 'ü', '🚚', '{', '%', '&'),
    minLength: 1,
    maxLength: 20,
  })
  .map((text) => `n${text}`);

const window = fc.record({
  days: fc.uniqueArray(fc.constantFrom('mon', 'wed', 'fri', 'sun'), { minLength: 1 }),
  from: fc.constantFrom('00:00', '08:30', '22:00'),
  to: fc.constantFrom('05:00', '12:00', '24:00'),
  zone: fc.constantFrom('utc', 'device'),
});

const timing = fc.record({
  notBefore: fc.option(instant),
  windows: fc.array(window, { maxLength: 2 }),
  spreadSeconds: fc.integer({ min: 0, max: 600 }),
});

const expression = fc.constantFrom('*', '', 'model = "GW-2"', 'tag = "a: b # c"');

const wave = fc.record({
  name: line,
  size: fc.oneof(
    fc.record({ by: fc.constant('percent'), percent: fc.integer({ min: 1, max: 100 }) }),
    fc.record({ by: fc.constant('count'), count: some }),
    fc.record({ by: fc.constant('query'), expression: fc.constantFrom('*', 'model = "GW-2"') }),
    fc.record({ by: fc.constant('devices'), devices: fc.constant(['d1', 'd2']) }),
  ),
  success: fc.integer({ min: 0, max: 100 }),
  soakSeconds: seconds,
  manual: fc.boolean(),
});

const rollout = fc.oneof(
  fc.record({ by: fc.constant('all') }),
  fc.record({ by: fc.constant('waves'), waves: fc.array(wave, { minLength: 1, maxLength: 3 }) }),
  fc.record({
    by: fc.constant('ramp'),
    perMinute: some,
    factor: fc.integer({ min: 1, max: 9 }),
    every: some,
    most: fc.constant(5_000),
  }),
);

const stopRule = (packages: readonly string[]) =>
  fc
    .record({
      signal: fc.constantFrom('failed', 'any', 'silent'),
      scope: fc.oneof(
        fc.record({ by: fc.constantFrom('campaign', 'wave') }),
        fc.record({ by: fc.constant('attribute'), attribute: fc.constantFrom('site', 'hw') }),
      ),
      minimum: some,
      threshold: fc.oneof(
        fc.record({ percent: fc.integer({ min: 1, max: 100 }) }),
        fc.record({ count: some }),
      ),
      action: fc.constantFrom(...stopActions),
      back: fc.constantFrom(...packages),
    })
    .map(({ back, ...rule }) => ({ ...rule, rollBackTo: rule.action === 'roll-back' ? back : null }));

const tries = { attempts: fc.integer({ min: 1, max: 9 }), backOffSeconds: seconds };

/** Plans of every kind, with the ids of packages that are there. */
export const anyPlan = (packages: readonly string[]): fc.Arbitrary<CampaignPlan> =>
  fc.record({
    name: line,
    description: fc.constantFrom('', 'two\nlines: "quoted"', '- a list?'),
    packages: fc.subarray([...packages]),
    target: fc.oneof(
      fc.record({ by: fc.constant('hand') }),
      fc.record({
        by: fc.constant('query'),
        expression,
        list: fc.constant(null),
        reevaluateSeconds: seconds,
      }),
    ),
    endAt: fc.option(instant),
    download: timing,
    install: timing,
    checkpoints: fc.subarray(['download', 'execution', 'activation']),
    concurrency: fc.option(some),
    retry: fc.record({
      ...tries,
      classes: fc.record({ busy: fc.record(tries), data: fc.record(tries) }, { requiredKeys: [] }),
      coolDownSeconds: seconds,
    }),
    timeouts: fc.record({
      downloadSeconds: fc.option(some),
      executionSeconds: fc.option(some),
      activationSeconds: fc.option(some),
    }),
    endWhenComplete: fc.boolean(),
    freezes: fc.constantFrom(
      [],
      [{ name: 'new year', from: '2990-01-01T00:00:00.000Z', to: '2990-01-02T00:00:00.000Z' }],
    ),
    rollout,
    budgets: fc.constantFrom([], [{ attribute: 'site', most: 3 }]),
    stopRules: fc.array(stopRule(packages), { maxLength: 2 }),
    priority: fc.integer({ min: 0, max: 100 }),
    order: fc.constantFrom('recently-seen', 'first-in-first-out'),
    downgrades: fc.boolean(),
    settings: fc.constantFrom({}, { 'a: b': 'yes', n: '1' }),
    // Each field has the words of the wire; records of arbitraries widen them.
  }) as fc.Arbitrary<CampaignPlan>;
