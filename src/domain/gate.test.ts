import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../test/support/deep-freeze.ts';
import { type Given, inWave, minute, now, question, ramp, waves } from '../../test/support/gate-question.ts';
import { campaignStatuses } from './campaign.ts';
import { askGate, type GateQuestion, type GateRule, gateRules } from './gate.ts';
import { defaultPlan, orders, type Plan, type Timing, type Window } from './plan.ts';
import { nextPhase, phases, positions, rank } from './position.ts';
import type { Rollout } from './rollout.ts';
import type { Admission, Tallies } from './tally.ts';
import { DAY, HOUR, type Slot } from './time.ts';

const positionsAhead = positions.filter((position) => nextPhase(position) !== undefined);
const instant = fc.integer({ min: -3 * DAY, max: 3 * DAY }).map((span) => now + span);
const slot: fc.Arbitrary<Slot> = fc
  .tuple(instant, fc.option(fc.integer({ min: 1, max: DAY }), { nil: null }))
  .map(([begin, length]) => ({ begin, end: length === null ? null : begin + length }));
const window: fc.Arbitrary<Window> = fc
  .record({
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
    from: fc.nat(1440),
    to: fc.nat(1440),
    zone: fc.constantFrom('utc' as const, 'device' as const),
  })
  .filter(({ from, to }) => from !== to && !(from === 1440 && to === 0));
const timing = fc.record({
  notBefore: fc.option(instant, { nil: null }),
  windows: fc.array(window, { maxLength: 2 }),
  spread: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 8 * HOUR })),
});
const quiet = fc
  .tuple(instant, fc.integer({ min: 1, max: DAY }))
  .map(([from, length]) => ({ name: '', from, to: from + length }));
const standings = fc.constantFrom<Admission>({ wave: null, scopes: [''] }, inWave(0), inWave(1), inWave(2));
const rollout = fc.constantFrom<Rollout | undefined>(
  undefined,
  ramp,
  waves(true).rollout,
  waves(false).rollout,
);
const counts = fc.record({ started: fc.nat(4), succeeded: fc.nat(20), 'in-progress': fc.nat(3) });

const given = fc.record({
  status: fc.oneof(
    { weight: 3, arbitrary: fc.constant('running' as const) },
    fc.constantFrom(...campaignStatuses),
  ),
  startAt: fc.option(instant, { nil: null }),
  plan: fc.record({
    endAt: fc.option(
      instant.map((end) => end + 3 * DAY),
      { nil: null },
    ),
    download: timing,
    install: timing,
    order: fc.constantFrom(...orders),
    concurrency: fc.option(fc.integer({ min: 1, max: 3 }), { nil: null }),
    freezes: fc.array(quiet, { maxLength: 2 }),
    rollout: rollout.map((one) => one ?? defaultPlan.rollout),
    budgets: fc.constantFrom([], [{ attribute: 'site', most: 2 }]),
  }),
  freezes: fc.array(quiet, { maxLength: 2 }),
  standing: standings,
  admission: fc.option(standings, { nil: null }),
  progress: fc.option(
    fc.record({
      wave: fc.nat(2),
      metAt: fc.option(
        fc.integer({ min: -2 * HOUR, max: 0 }).map((span) => now + span),
        { nil: null },
      ),
      held: fc.subarray(['wave/1', 'attributes.site/north']),
    }),
    { nil: undefined },
  ),
  tallies: fc
    .record({ [minute]: counts, 'attributes.site/north': counts })
    .map((given): Readonly<Record<string, Tallies>> => given),
  position: fc.constantFrom(...positionsAhead),
  notBefore: fc.oneof(fc.constant(0), instant),
  slots: fc.record({ download: slot, execution: slot, activation: slot }, { requiredKeys: [] }),
  checkpoint: fc.boolean(),
  zone: fc.constantFrom('UTC', 'Europe/Berlin', 'Pacific/Apia'),
  inProgress: fc.nat(2),
  together: fc.boolean(),
  empty: fc.boolean(),
  ahead: fc.record({
    campaign: fc.nat(3),
    budgets: fc.nat(2).map((north) => new Map([['attributes.site/north', north]])),
  }),
});

type Asked = typeof given extends fc.Arbitrary<infer One> ? One : never;

const hoursOf = ({ plan, zone, together }: Asked): Given => ({
  zone,
  together,
  plan: {
    download: plan.download,
    install: plan.install,
    endAt: plan.endAt,
  },
});

/** What decides about a single rule, all else left harmless. */
const only: Readonly<Record<GateRule, (asked: Asked) => Given>> = {
  'campaign-status': ({ status, startAt }) => ({ status, startAt }),
  'campaign-end': ({ plan }) => ({ plan: { endAt: plan.endAt } }),
  freeze: ({ plan, freezes }) => ({ freezes, plan: { freezes: plan.freezes } }),
  'back-off': ({ notBefore }) => ({ notBefore }),
  'not-before': ({ plan, together }) => ({
    together,
    plan: withTiming(plan, ({ notBefore }) => ({ notBefore, windows: [], spread: 0 })),
  }),
  approval: ({ checkpoint, slots }) => ({ checkpoint, slots: onlyBegun(slots) }),
  slot: ({ slots }) => ({ slots }),
  window: hoursOf,
  spread: hoursOf,
  wave: ({ plan, progress, standing, admission }) => ({
    ...(progress && { progress: { wave: progress.wave, metAt: progress.metAt } }),
    standing,
    admission,
    plan: { rollout: plan.rollout },
  }),
  held: ({ progress, standing }) => ({
    ...(progress && { progress: { held: progress.held } }),
    standing,
  }),
  pace: ({ plan, tallies, admission }) => ({
    tallies,
    admission,
    plan: { rollout: plan.rollout },
  }),
  budget: ({ plan, tallies, standing }) => ({ tallies, standing, plan: { budgets: plan.budgets } }),
  concurrency: ({ plan, inProgress }) => ({
    inProgress,
    plan: { concurrency: plan.concurrency },
  }),
  queue: ({ plan, tallies, standing, admission, inProgress, ahead }) => ({
    ...{ tallies, standing, admission, inProgress, ahead },
    plan: { order: plan.order, concurrency: plan.concurrency, rollout: plan.rollout, budgets: plan.budgets },
  }),
  packages: ({ empty }) => ({ empty }),
};

const withTiming = (plan: Asked['plan'], change: (timing: Timing) => Timing): Partial<Plan> => ({
  download: change(plan.download),
  install: change(plan.install),
});

/** A slot is as good a go before it begins as after: here it has begun, so that it shuts nothing itself. */
const onlyBegun = (slots: GateQuestion['update']['slots']): GateQuestion['update']['slots'] =>
  Object.fromEntries(
    phases.flatMap((phase) => {
      const one = slots[phase];
      return one === undefined ? [] : [[phase, { begin: Math.min(one.begin, now), end: one.end }]];
    }),
  );

describe('the gate', () => {
  it('says what each rule says alone, so the order of the rules decides nothing', () => {
    fc.assert(
      fc.property(given, (asked) => {
        const { position } = asked;
        const alone = gateRules.flatMap((rule) => {
          const answer = askGate(question({ ...only[rule](asked), position }), now);
          return answer.open ? [] : answer.reasons.filter((reason) => reason.rule === rule);
        });
        const together = askGate(question(asked), now);
        expect(together.open ? [] : together.reasons).toEqual(alone);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is open without reasons, and shut with at least one', () => {
    fc.assert(
      fc.property(given, (asked) => {
        const answer = askGate(deepFreeze(question(asked)), now);
        if (answer.open) expect(answer).toEqual({ open: true, phase: nextPhase(asked.position) });
        else expect(answer.reasons.length).toBeGreaterThan(0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('names an instant ahead, which is the latest of its reasons, or none when a reason has none', () => {
    fc.assert(
      fc.property(given, (asked) => {
        const answer = askGate(question(asked), now);
        if (answer.open) return;
        const untils = answer.reasons.map(({ until }) => until);
        for (const until of untils) expect(until ?? Number.POSITIVE_INFINITY).toBeGreaterThan(now);
        const known = untils.filter((until) => until !== null);
        expect(answer.until).toBe(known.length < untils.length ? null : Math.max(...known));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is still shut a millisecond before that instant, and at every instant between', () => {
    fc.assert(
      fc.property(given, fc.double({ min: 0, max: 1, noNaN: true }), (asked, part) => {
        const answer = askGate(question(asked), now);
        if (answer.open || answer.until === null) return;
        const between = now + Math.floor((answer.until - 1 - now) * part);
        expect(askGate(question(asked), answer.until - 1).open).toBe(false);
        expect(askGate(question(asked), between).open).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(positions.filter((position) => nextPhase(position) === undefined))(
    'has nothing to open and nothing to explain at %s',
    (position) => {
      expect(askGate(question({ position }), now)).toEqual({ open: false, reasons: [], until: null });
    },
  );

  it('counts every update against the limit until its download is handed out, and none after', () => {
    const full = { plan: { concurrency: 1 }, inProgress: 1 };
    for (const position of positionsAhead) {
      const answer = askGate(question({ ...full, position }), now);
      expect(answer.open).toBe(rank(position) > rank('download-running'));
    }
  });
});

const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo', 'Asia/Kathmandu'];
const span = { min: Date.UTC(2026, 0, 1), max: Date.UTC(2030, 11, 31) };
/** The changes of clocks of the northern and the southern half fall into these months. */
const seasons = fc.constantFrom(
  ...[2026, 2027, 2028, 2029, 2030].flatMap((year) => [`${year}-03`, `${year}-10`]),
);
const then = fc.oneof(
  fc.integer(span),
  fc
    .tuple(seasons, fc.nat(40 * DAY))
    .map(([season, ahead]) => Temporal.Instant.from(`${season}-01T00:00Z`).epochMilliseconds + ahead),
);
const hours = fc.record({
  notBefore: fc.constant(null),
  windows: fc.array(window, { minLength: 1, maxLength: 2 }),
  spread: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 8 * HOUR })),
});

describe('the hours of the gate, through all changes of clocks', () => {
  it('are known to the millisecond: shut until then, and open at that very instant', () => {
    fc.assert(
      fc.property(hours, fc.constantFrom(...zones), then, (download, zone, at) => {
        const asked = question({ plan: { download }, zone });
        const answer = askGate(asked, at);
        if (answer.open) return;
        const until = answer.until ?? 0;
        expect(until).toBeGreaterThan(at);
        expect(askGate(asked, until - 1)).toMatchObject({ open: false, until });
        expect(askGate(asked, until).open).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of two phases that go together are never named too late', () => {
    fc.assert(
      fc.property(
        fc.record({ download: hours, install: hours }),
        fc.constantFrom(...zones),
        then,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (plan, zone, at, part) => {
          const asked = question({ plan, zone, together: true });
          const answer = askGate(asked, at);
          if (answer.open) return;
          const until = answer.until ?? 0;
          expect(until).toBeGreaterThan(at);
          expect(askGate(asked, until - 1).open).toBe(false);
          expect(askGate(asked, at + Math.floor((until - 1 - at) * part)).open).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
