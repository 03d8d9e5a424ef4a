import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../test/support/deep-freeze.ts';
import { type Position, phaseOf, phases, positions, rank, wasDelivered } from './position.ts';
import type { Slot } from './time.ts';
import {
  type Aftermath,
  decide,
  evolve,
  evolveAll,
  type OpenUpdate,
  outcomes,
  reasons,
  type Update,
  type UpdateCommand,
  type UpdateEvent,
} from './update.ts';

const many = { numRuns: 1_000 };

const fresh: OpenUpdate = {
  status: 'open',
  position: 'pending',
  since: 1,
  attempt: 1,
  notBefore: 0,
  slots: {},
  packages: null,
  generation: 1,
  admission: null,
  recall: null,
  queue: 'none',
};

const phase = fc.constantFrom(...phases);
const reason = fc.constantFrom(...reasons);
const message = fc.constantFrom('', 'exit status 1');
const slot: fc.Arbitrary<Slot> = fc.record({
  begin: fc.nat(200),
  end: fc.option(fc.nat(300), { nil: null }),
});
const packages = fc.uniqueArray(fc.constantFrom('p1', 'p2', 'p3'));
const admission = fc.constantFrom<OpenUpdate['admission']>(
  null,
  { wave: null, scopes: [''] },
  { wave: 1, scopes: ['', 'wave/1'] },
);
const aftermath: fc.Arbitrary<Aftermath> = fc.oneof(
  fc.constantFrom<Aftermath>({ do: 'close' }, { do: 'reset' }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant('retry' as const), notBefore: fc.nat(300) }) },
);
const failure = { reason, message, aftermath };
const outcome = fc.constantFrom(...outcomes.filter((one) => one !== 'succeeded'));

/** Commands in the frequency that lets half of the walks see the later phases. */
const command: fc.Arbitrary<UpdateCommand> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<UpdateCommand>({ type: 'check-in' }) },
  {
    weight: 20,
    arbitrary: fc.record({
      type: fc.constant('advance' as const),
      checkpoint: fc.constantFrom(false, false, true),
      gateOpen: fc.constantFrom(true, true, false),
    }),
  },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('schedule' as const), phase, slot }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constant('deliver' as const), packages, admission }) },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('report' as const),
      phase,
      step: fc.constantFrom('running' as const, 'complete' as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('report-failure' as const), ...failure }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('time-out' as const), message, aftermath }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('report-reset' as const),
      step: fc.constantFrom('complete' as const, 'failed' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('set-packages' as const),
      packages: fc.option(packages, { nil: null }),
    }),
  },
  fc.oneof(
    fc.record({ type: fc.constant('reject' as const), message }),
    fc.record({ type: fc.constant('close' as const), outcome, reason, message }),
    fc.record({ type: fc.constant('recall' as const), outcome, reason, message }),
  ),
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('answer-recall' as const),
      answer: fc.constantFrom('refused' as const, 'refused' as const, 'stopped' as const),
      message,
    }),
  },
);

type Step = {
  readonly before: Update;
  readonly command: UpdateCommand;
  readonly now: number;
  readonly events: readonly UpdateEvent[];
  readonly after: Update;
};

/** What became of an update, with a command every few milliseconds. */
const walk = (first: Update, commands: readonly (readonly [UpdateCommand, number])[]): Step[] => {
  let before: Update = deepFreeze(first);
  let now = 1;
  return commands.map(([given, pause]) => {
    now += pause;
    const decision = decide(before, deepFreeze(given), now);
    const events = decision.ok ? deepFreeze(decision.value) : [];
    const step = { before, command: given, now, events, after: deepFreeze(evolveAll(before, events, now)) };
    before = step.after;
    return step;
  });
};

/** Where no update rests. */
const passing: readonly Position[] = [
  'download-failed',
  'execution-failed',
  'activation-complete',
  'activation-failed',
  'reset',
  'reset-failed',
];

const commands = fc.array(fc.tuple(command, fc.nat(20)), { maxLength: 50 });
const walksOn = commands.map((rest) => walk(fresh, [[{ type: 'check-in' }, 1], ...rest]));

/** Few are recalled on their way, so some begin there. */
const recalledWalks = fc
  .tuple(
    fc.constantFrom(...positions.filter((position) => wasDelivered(position) && !passing.includes(position))),
    fc.record({ outcome, reason, message }),
    commands,
  )
  .map(([position, recall, rest]) => walk({ ...fresh, position, packages: ['p1'], recall }, rest));
const walks = fc.oneof({ weight: 4, arbitrary: walksOn }, { weight: 1, arbitrary: recalledWalks });

const openFields =
  'admission attempt generation notBefore packages position queue recall since slots status'.split(' ');
const closedFields =
  'admission attempt generation message outcome packages position reason since slots status'.split(' ');

const accepted = (first: Update, now: number, ...commands: readonly UpdateCommand[]): Update =>
  commands.reduce((update, given) => {
    const decision = decide(update, given, now);
    if (!decision.ok) throw new Error(decision.refusal.code);
    return evolveAll(update, decision.value, now);
  }, first);

describe('any sequence of commands', () => {
  it('comes past every position and to every outcome in these tests', () => {
    const seen = fc
      .sample(walks, { numRuns: 1_000, seed: 7 })
      .flatMap((steps) =>
        steps.flatMap(({ before, events, after }) => [
          before.position,
          ...events.map((event) => ('to' in event ? event.to : undefined)),
          ...(after.status === 'closed' ? [after.outcome] : []),
        ]),
      );
    expect(new Set(seen.filter((one) => one !== undefined))).toEqual(new Set([...positions, ...outcomes]));
  });

  it('leaves an update with exactly the fields of its status, resting where an update can rest', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { after } of steps) {
          const open = after.status === 'open';
          expect(Object.keys(after).sort()).toEqual(open ? openFields : closedFields);
          if (open) expect(passing).not.toContain(after.position);
        }
      }),
      many,
    );
  });

  it('succeeds only where the last phase is complete, and a complete last phase is a success', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { after } of steps) {
          if (after.status === 'open') continue;
          expect(after.outcome === 'succeeded').toBe(after.position === 'activation-complete');
        }
      }),
      many,
    );
  });

  it('goes only forward but for a retry, and for a phase that waits again before it is handed out', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { before, events, after } of steps) {
          const retried = events.some(({ type }) => type === 'update-retried');
          expect(after.attempt).toBe(before.attempt + (retried ? 1 : 0));
          expect(after.since).toBeGreaterThanOrEqual(before.since);
          if (retried || rank(after.position) >= rank(before.position)) continue;
          const [from, to] = [phaseOf(before.position), phaseOf(after.position)];
          expect(to?.phase).toBe(from?.phase);
          expect(['scheduled', 'ready']).toContain(from?.step);
        }
      }),
      many,
    );
  });

  it('retries a phase from its entry, and never before the back-off is over or in the past', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { events, after, now } of steps) {
          if (after.status === 'closed' || !events.some(({ type }) => type === 'update-retried')) continue;
          expect(['inventoried', 'download-complete', 'execution-complete']).toContain(after.position);
          expect(after.notBefore).toBeGreaterThanOrEqual(now);
        }
      }),
      many,
    );
  });

  it('never changes what a device gets once it was told to start', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { before, command: given, after } of steps) {
          if (wasDelivered(before.position)) expect(after.packages).toEqual(before.packages);
          const delivered = given.type === 'deliver' && after.position === 'download-running';
          if (delivered && after !== before) expect(after.packages).not.toBeNull();
        }
      }),
      many,
    );
  });

  it('lets a device in once, with its first delivery, and keeps under what', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { before, command: given, after } of steps) {
          if (before.admission !== null) expect(after.admission).toBe(before.admission);
          else if (after.admission !== null) {
            expect(given).toMatchObject({ type: 'deliver', admission: after.admission });
            expect([before.position, after.position]).toEqual(['download-ready', 'download-running']);
          }
        }
      }),
      many,
    );
  });

  it('recalls only what was delivered, and some of it in these tests', () => {
    let found = 0;
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { after } of steps) {
          if (after.status === 'closed' || after.recall === null) continue;
          found += 1;
          expect(wasDelivered(after.position)).toBe(true);
        }
      }),
      many,
    );
    expect(found).toBeGreaterThan(100);
  });

  it('never takes a step of its own accord with a recalled update, and lets nobody try again', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { before, command: given, events, after } of steps) {
          if (before.status === 'closed' || before.recall === null) continue;
          expect(after.attempt).toBe(before.attempt);
          if (['check-in', 'advance', 'deliver', 'recall'].includes(given.type)) expect(events).toEqual([]);
          if (given.type === 'schedule') expect(after.position).toBe(before.position);
        }
      }),
      many,
    );
  });

  it('ends as the recall says when the device stopped, goes on when it refused, and a success wins', () => {
    fc.assert(
      fc.property(walks, message, (steps, text) => {
        for (const { after: update, now } of steps) {
          if (update.status === 'closed' || update.recall === null) continue;
          const answer = (said: 'stopped' | 'refused') =>
            accepted(update, now, { type: 'answer-recall', answer: said, message: text });
          expect(answer('stopped')).toMatchObject({ status: 'closed', ...update.recall });
          expect(answer('refused')).toEqual({ ...update, recall: null });
          if (rank(update.position) >= rank('resetting')) continue;
          const done = accepted(update, now, { type: 'report', phase: 'activation', step: 'complete' });
          expect(done).toMatchObject({ status: 'closed', outcome: 'succeeded', reason: 'none' });
          expect(accepted(done, now, { type: 'recall', ...update.recall })).toBe(done);
        }
      }),
      many,
    );
  });

  it('keeps the generation of the journey', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { before, after } of steps) expect(after.generation).toBe(before.generation);
      }),
      many,
    );
  });

  it('never changes a closed update', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { before, events, after } of steps) {
          if (before.status === 'open') continue;
          expect(events).toEqual([]);
          expect(after).toBe(before);
        }
      }),
      many,
    );
  });

  it('changes nothing more when the last accepted command comes again', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { command: given, events, now, after } of steps) {
          if (given.type === 'advance' || events.length === 0) continue;
          expect(decide(after, given, now)).toEqual({ ok: true, value: [] });
        }
      }),
      many,
    );
  });

  it('comes to rest within three times when the same advance is made again and again', () => {
    fc.assert(
      fc.property(walks, fc.boolean(), fc.boolean(), (steps, checkpoint, gateOpen) => {
        const again: UpdateCommand = { type: 'advance', checkpoint, gateOpen };
        for (const { after, now } of steps) {
          const rested = accepted(after, now, again, again, again);
          expect(decide(rested, again, now)).toEqual({ ok: true, value: [] });
        }
      }),
      many,
    );
  });

  it('is applied event by event as it is at once', () => {
    fc.assert(
      fc.property(walks, (steps) => {
        for (const { before, now, events, after } of steps) {
          let state = before;
          for (const event of events) state = evolve(state, event, now);
          expect(state).toEqual(after);
        }
      }),
      many,
    );
  });
});
