import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../test/support/deep-freeze.ts';
import { type CampaignStatus, campaignStatuses } from './campaign.ts';
import { askGate, type GateQuestion, type GateRule, gateRules } from './gate.ts';
import { defaultPlan, type Plan, type Timing, type Window } from './plan.ts';
import { nextPhase, type Position, phases, positions, rank } from './position.ts';
import { DAY, HOUR, MINUTE, type Slot } from './time.ts';

/** Wednesday, noon in UTC. */
const now = Temporal.Instant.from('2026-06-17T12:00Z').epochMilliseconds;

type Given = {
  readonly status?: CampaignStatus;
  readonly startAt?: number | null;
  readonly plan?: Partial<Plan>;
  readonly position?: Position;
  readonly notBefore?: number;
  readonly slots?: GateQuestion['update']['slots'];
  readonly checkpoint?: boolean;
  readonly zone?: string;
  readonly inProgress?: number;
  readonly together?: boolean;
};

const question = (given: Given): GateQuestion => ({
  campaign: {
    status: given.status ?? 'running',
    startAt: given.startAt ?? null,
    plan: { ...defaultPlan, ...given.plan },
  },
  update: {
    status: 'open',
    position: given.position ?? 'inventoried',
    since: now - HOUR,
    attempt: 1,
    notBefore: given.notBefore ?? 0,
    slots: given.slots ?? {},
    packages: null,
    generation: 1,
    recall: null,
  },
  checkpoint: given.checkpoint ?? false,
  zone: given.zone ?? 'UTC',
  inProgress: given.inProgress ?? 0,
  together: given.together ?? false,
});

const after = (notBefore: number): Timing => ({ notBefore, windows: [] });
const within = (from: number, to: number, zone: Window['zone'] = 'utc'): Timing => ({
  notBefore: null,
  windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: from * 60, to: to * 60, zone }],
});

type Case = readonly [given: string, Given];
type ShutCase = readonly [given: string, Given, until: number | null];

const shut: Readonly<Record<GateRule, readonly ShutCase[]>> = {
  'campaign-status': [
    ['a scheduled campaign', { status: 'scheduled', startAt: now + 1 }, now + 1],
    ['a scheduled campaign whose start is due', { status: 'scheduled', startAt: now }, null],
    ['a paused campaign that has started', { status: 'paused', startAt: now - 1 }, null],
    ['a stopped campaign that had a date', { status: 'stopped', startAt: now + 1 }, null],
    ['a draft', { status: 'draft' }, null],
  ],
  'campaign-end': [
    ['an end now', { plan: { endAt: now } }, null],
    ['an end in the past', { plan: { endAt: now - 1 } }, null],
  ],
  'back-off': [['a retry a millisecond ahead', { notBefore: now + 1 }, now + 1]],
  'not-before': [
    ['a download allowed later', { plan: { download: after(now + 1) } }, now + 1],
    [
      'an installation allowed later',
      { plan: { install: after(now + 5) }, position: 'download-complete' },
      now + 5,
    ],
    [
      'an activation allowed later',
      { plan: { install: after(now + 5) }, position: 'execution-complete' },
      now + 5,
    ],
    [
      'all in one go and an installation allowed later',
      { plan: { download: after(now + 1), install: after(now + 5) }, together: true },
      now + 5,
    ],
    [
      'all in one go and a download allowed later',
      { plan: { download: after(now + 5), install: after(now - 1) }, together: true },
      now + 5,
    ],
  ],
  approval: [
    ['a checkpoint without a slot', { checkpoint: true }, null],
    [
      'a checkpoint whose slot is over',
      { checkpoint: true, slots: { download: { begin: now - 9, end: now } } },
      null,
    ],
    [
      'a checkpoint with a slot for another phase',
      { checkpoint: true, slots: { execution: { begin: 0, end: null } } },
      null,
    ],
  ],
  slot: [
    ['a slot ahead', { slots: { download: { begin: now + 1, end: null } } }, now + 1],
    [
      'a slot ahead at a checkpoint',
      { checkpoint: true, slots: { download: { begin: now + 9, end: now + 10 } } },
      now + 9,
    ],
  ],
  window: [
    ['a window later today', { plan: { download: within(13, 14) } }, now + HOUR],
    ['a window that closes now', { plan: { download: within(11, 12) } }, now + 23 * HOUR],
    [
      'a window in the zone of the device',
      { plan: { download: within(12, 13, 'device') }, zone: 'Asia/Kathmandu' },
      now + 24 * HOUR - (5 * HOUR + 45 * MINUTE),
    ],
    [
      'a window for the installation',
      { plan: { install: within(13, 14) }, position: 'download-complete' },
      now + HOUR,
    ],
    [
      'all in one go and a window for the installation',
      { plan: { install: within(13, 14) }, together: true },
      now + HOUR,
    ],
    [
      'all in one go and a later window for the download',
      { plan: { download: within(14, 15), install: within(13, 14) }, together: true },
      now + 2 * HOUR,
    ],
  ],
  concurrency: [
    ['as many in progress as allowed', { plan: { concurrency: 5 }, inProgress: 5 }, null],
    ['more in progress than allowed', { plan: { concurrency: 5 }, inProgress: 6 }, null],
    [
      'a full campaign and an update that was scheduled',
      { plan: { concurrency: 1 }, inProgress: 1, position: 'download-scheduled' },
      null,
    ],
    [
      'a full campaign and an update not yet handed out',
      { plan: { concurrency: 1 }, inProgress: 1, position: 'download-ready' },
      null,
    ],
  ],
};

const open: Readonly<Record<GateRule, readonly Case[]>> = {
  'campaign-status': [['a running campaign with a start in the past', { startAt: now - 1 }]],
  'campaign-end': [['an end a millisecond ahead', { plan: { endAt: now + 1 } }]],
  'back-off': [['a retry due now', { notBefore: now }]],
  'not-before': [
    ['a download allowed from now', { plan: { download: after(now) } }],
    ['only the installation later', { plan: { install: after(now + 1) } }],
    [
      'all in one go, begun, and only the download later',
      { plan: { download: after(now + 1) }, position: 'download-complete', together: true },
    ],
    ['only the download later', { plan: { download: after(now + 1) }, position: 'download-complete' }],
  ],
  approval: [
    [
      'a checkpoint with a slot that has begun',
      { checkpoint: true, slots: { download: { begin: now, end: null } } },
    ],
  ],
  slot: [
    ['a slot that begins now', { slots: { download: { begin: now, end: now + 1 } } }],
    ['a slot that is over, and no checkpoint', { slots: { download: { begin: now - 2, end: now } } }],
    ['a slot ahead for another phase', { slots: { execution: { begin: now + 1, end: null } } }],
  ],
  window: [
    [
      'all in one go and both windows open',
      { plan: { download: within(11, 13), install: within(12, 14) }, together: true },
    ],
    ['a window that opens now', { plan: { download: within(12, 13) } }],
    [
      'two windows of which one is open',
      {
        plan: {
          download: { notBefore: null, windows: [...within(3, 4).windows, ...within(11, 13).windows] },
        },
      },
    ],
  ],
  concurrency: [
    ['room for one', { plan: { concurrency: 5 }, inProgress: 4 }],
    [
      'a full campaign and an update in progress',
      { plan: { concurrency: 1 }, inProgress: 1, position: 'download-complete' },
    ],
  ],
};

const shutCases = gateRules.flatMap((rule) =>
  shut[rule].map(([text, given, until]) => ({ rule, text, given, until })),
);
const openCases = gateRules.flatMap((rule) => open[rule].map(([text, given]) => ({ rule, text, given })));

describe('one rule of the gate', () => {
  it.each(shutCases)('given $text, then it is shut by $rule alone', ({ rule, given, until }) => {
    expect(askGate(deepFreeze(question(given)), now)).toEqual({
      open: false,
      reasons: [{ rule, until }],
      until,
    });
  });

  it.each(openCases)('given $text, then $rule leaves it open', ({ given }) => {
    const { update, ...rest } = question(given);
    expect(askGate({ update, ...rest }, now)).toEqual({ open: true, phase: nextPhase(update.position) });
  });
});

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
});

const given: fc.Arbitrary<Given> = fc.record({
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
    concurrency: fc.option(fc.integer({ min: 1, max: 3 }), { nil: null }),
  }),
  position: fc.constantFrom(...positionsAhead),
  notBefore: fc.oneof(fc.constant(0), instant),
  slots: fc.record({ download: slot, execution: slot, activation: slot }, { requiredKeys: [] }),
  checkpoint: fc.boolean(),
  zone: fc.constantFrom('UTC', 'Europe/Berlin', 'Pacific/Apia'),
  inProgress: fc.nat(2),
  together: fc.boolean(),
});

/** The question with all but one rule made harmless. */
const only: Readonly<Record<GateRule, (asked: Given) => Given>> = {
  'campaign-status': ({ status = 'running', startAt = null }) => ({ status, startAt }),
  'campaign-end': ({ plan }) => ({ plan: { endAt: plan?.endAt ?? null } }),
  'back-off': ({ notBefore = 0 }) => ({ notBefore }),
  'not-before': ({ plan, together = false }) => ({
    together,
    plan: withTiming(plan, ({ notBefore }) => ({ notBefore, windows: [] })),
  }),
  approval: ({ checkpoint = false, slots = {} }) => ({ checkpoint, slots: onlyBegun(slots) }),
  slot: ({ slots = {} }) => ({ slots }),
  window: ({ plan, zone = 'UTC', together = false }) => ({
    zone,
    together,
    plan: withTiming(plan, ({ windows }) => ({ notBefore: null, windows })),
  }),
  concurrency: ({ plan, inProgress = 0 }) => ({
    inProgress,
    plan: { concurrency: plan?.concurrency ?? null },
  }),
};

const withTiming = (plan: Partial<Plan> | undefined, change: (timing: Timing) => Timing): Partial<Plan> => ({
  download: change(plan?.download ?? defaultPlan.download),
  install: change(plan?.install ?? defaultPlan.install),
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
        const position = asked.position ?? 'inventoried';
        const alone = gateRules.flatMap((rule) => {
          const answer = askGate(question({ ...only[rule](asked), position }), now);
          return answer.open ? [] : answer.reasons;
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
        if (answer.open)
          expect(answer).toEqual({ open: true, phase: nextPhase(asked.position ?? 'inventoried') });
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
