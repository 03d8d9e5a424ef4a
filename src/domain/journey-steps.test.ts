import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Campaign, createCampaign } from './campaign.ts';
import { EVERY_STEP, makeContact, passTime, type Surroundings } from './journey.ts';
import { defaultPlan, type Plan } from './plan.ts';
import { type Phase, type Position, phases, positions } from './position.ts';
import { nobodyAhead } from './queue.ts';
import { newProgress } from './rollout.ts';
import { HOUR, type Slot } from './time.ts';
import {
  decide,
  evolveAll,
  newUpdate,
  type OpenUpdate,
  type Update,
  type UpdateCommand,
  type UpdateEvent,
} from './update.ts';

const now = Date.UTC(2026, 10, 21, 8);

const running = (plan: Partial<Plan>): Campaign => {
  const base = { id: 'c', digest: 'd', policy: 'none', createdBy: 'u' } as const;
  const { status: _, ...draft } = createCampaign({ ...base, plan: { ...defaultPlan, ...plan } }, now);
  return { ...draft, status: 'running', startedAt: now, progress: newProgress(now) };
};

/** So many devices of the campaign are in progress. */
const inProgress = (count: number): Surroundings['tallies'] => new Map([['', { 'in-progress': count }]]);

const around = (rest: Partial<Surroundings> = {}, plan: Partial<Plan> = {}): Surroundings => ({
  campaign: running(plan),
  packageIds: ['p1'],
  headless: true,
  zone: 'UTC',
  deviceId: 'd1',
  freezes: [],
  standing: { wave: null, scopes: [''] },
  tallies: inProgress(0),
  ahead: nobodyAhead,
  agreed: false,
  together: false,
  steps: 1,
  ...rest,
});

const stillOpen = (update: Update): OpenUpdate => {
  if (update.status === 'closed') throw new Error('closed');
  return update;
};

const tell = (update: Update, command: UpdateCommand): { update: Update; events: readonly UpdateEvent[] } => {
  const decision = decide(update, command, now);
  if (!decision.ok) throw new Error(decision.refusal.code);
  return { update: evolveAll(update, decision.value, now), events: decision.value };
};

const positionsIn = (events: readonly UpdateEvent[]): readonly string[] =>
  events.map((event) => (event.type === 'update-moved' ? event.to : event.type));

/** One line of a trace: what happened, what it wrote, and what the device had to do then. */
type Line = readonly [did: string, wrote: readonly string[], due?: Phase];

/** A device and its operator, with each of their acts written down. */
const trace = (surroundings: Surroundings) => {
  let update: Update = newUpdate(now);
  const lines: Line[] = [];
  const note = (did: string, events: readonly UpdateEvent[], due?: Phase) => {
    lines.push(due === undefined ? [did, positionsIn(events)] : [did, positionsIn(events), due]);
  };
  const does = (did: string, command: UpdateCommand) => {
    const told = tell(update, command);
    update = told.update;
    note(did, told.events);
  };
  return {
    lines,
    polls: (times: number) => {
      for (let n = 0; n < times; n += 1) {
        const progressed = makeContact(stillOpen(update), surroundings, now);
        update = progressed.update;
        note('poll', progressed.events, progressed.due);
      }
    },
    schedules: (phase: Phase) => {
      const told = tell(update, { type: 'schedule', phase, slot: { begin: now, end: null } });
      const passed = passTime(stillOpen(told.update), surroundings, now);
      update = passed.update;
      note('schedule', [...told.events, ...passed.events]);
    },
    completes: (phase: Phase) => does('complete', { type: 'report', phase, step: 'complete' }),
    fails: (aftermath: Extract<UpdateCommand, { type: 'report-failure' }>['aftermath']) =>
      does('fail', { type: 'report-failure', reason: 'install-failed', message: '', aftermath }),
    resets: (step: 'complete' | 'failed') => does('reset', { type: 'report-reset', step }),
  };
};

describe('with one step for each contact', () => {
  it('a device with checkpoints takes the seven polls of the reference trace', () => {
    const device = trace(around({ headless: false }));
    device.polls(2);
    for (const phase of phases) {
      device.schedules(phase);
      device.polls(1);
      device.completes(phase);
      if (phase !== 'activation') device.polls(1);
    }
    const scheduled = (phase: Phase) => ['update-slot-set', `${phase}-scheduled`, `${phase}-ready`];
    expect(device.lines).toEqual([
      ['poll', ['inventoried']],
      ['poll', ['download-awaiting-approval']],
      ['schedule', scheduled('download')],
      ['poll', ['update-packages-set', 'download-running'], 'download'],
      ['complete', ['download-complete']],
      ['poll', ['execution-awaiting-approval']],
      ['schedule', scheduled('execution')],
      ['poll', ['execution-running'], 'execution'],
      ['complete', ['execution-complete']],
      ['poll', ['activation-awaiting-approval']],
      ['schedule', scheduled('activation')],
      ['poll', ['activation-running'], 'activation'],
      ['complete', ['activation-complete', 'update-closed']],
    ]);
  });

  it('a headless device takes seven polls too, and needs nobody', () => {
    const device = trace(around());
    device.polls(3);
    device.completes('download');
    device.polls(2);
    device.completes('execution');
    device.polls(2);
    device.completes('activation');
    expect(device.lines).toEqual([
      ['poll', ['inventoried']],
      ['poll', ['download-ready']],
      ['poll', ['update-packages-set', 'download-running'], 'download'],
      ['complete', ['download-complete']],
      ['poll', ['execution-ready']],
      ['poll', ['execution-running'], 'execution'],
      ['complete', ['execution-complete']],
      ['poll', ['activation-ready']],
      ['poll', ['activation-running'], 'activation'],
      ['complete', ['activation-complete', 'update-closed']],
    ]);
  });

  it('a device that fails goes back and begins again step by step, and resets when it fails for good', () => {
    const device = trace(around());
    device.polls(3);
    device.fails({ do: 'retry', notBefore: now });
    device.polls(2);
    device.completes('download');
    device.polls(2);
    device.fails({ do: 'reset' });
    device.polls(1);
    device.resets('complete');
    expect(device.lines.slice(3)).toEqual([
      ['fail', ['download-failed', 'update-retried']],
      ['poll', ['download-ready']],
      ['poll', ['download-running'], 'download'],
      ['complete', ['download-complete']],
      ['poll', ['execution-ready']],
      ['poll', ['execution-running'], 'execution'],
      ['fail', ['execution-failed', 'resetting']],
      ['poll', []],
      ['reset', ['reset', 'update-closed']],
    ]);
  });

  it('what is due is said again without another step', () => {
    const device = trace(around());
    device.polls(4);
    expect(device.lines.at(-1)).toEqual(['poll', [], 'download']);
  });
});

const slots = fc.record({
  begin: fc.integer({ min: now - HOUR, max: now + HOUR }),
  end: fc.option(fc.integer({ min: now + HOUR + 1, max: now + 2 * HOUR }), { nil: null }),
});
const someAround = fc
  .record({
    headless: fc.boolean(),
    agreed: fc.boolean(),
    together: fc.boolean(),
    checkpoints: fc.subarray([...phases]),
    notBefore: fc.option(fc.integer({ min: now - HOUR, max: now + HOUR }), { nil: null }),
    full: fc.boolean(),
  })
  .map(({ checkpoints, notBefore, full, ...rest }) =>
    around(
      { ...rest, tallies: inProgress(full ? 1 : 0) },
      { checkpoints, install: { notBefore, windows: [], spread: 0 }, concurrency: 1 },
    ),
  );
const someUpdate = fc
  .record({ position: fc.constantFrom(...positions), slot: fc.option(slots, { nil: undefined }) })
  .map(({ position, slot }): OpenUpdate => {
    const every = slot && { download: slot, execution: slot, activation: slot };
    return { ...newUpdate(now - HOUR), position, slots: every ?? {} };
  });

/** Contacts until one changes nothing. */
const contacts = (first: OpenUpdate, surroundings: Surroundings) => {
  const events: UpdateEvent[] = [];
  let update: Update = first;
  for (;;) {
    const progressed = makeContact(stillOpen(update), surroundings, now);
    if (progressed.events.length === 0) return { update, events, due: progressed.due };
    events.push(...progressed.events);
    update = progressed.update;
  }
};

describe('however few steps a contact may take', () => {
  it('contacts come to where one contact with every step comes, by the same events', () => {
    fc.assert(
      fc.property(someUpdate, someAround, fc.integer({ min: 1, max: 9 }), (update, surroundings, steps) => {
        const {
          gate: _,
          limits: __,
          ...atOnce
        } = makeContact(update, { ...surroundings, steps: EVERY_STEP }, now);
        expect(contacts(update, { ...surroundings, steps })).toEqual(atOnce);
      }),
      { numRuns: 2_000 },
    );
  });

  it('a contact takes no more of them', () => {
    fc.assert(
      fc.property(someUpdate, someAround, fc.integer({ min: 1, max: 9 }), (update, surroundings, steps) => {
        const { events } = makeContact(update, { ...surroundings, steps }, now);
        expect(events.filter(({ type }) => type === 'update-moved').length).toBeLessThanOrEqual(steps);
      }),
      { numRuns: 1_000 },
    );
  });
});

const at = (position: Position, slot?: Slot): OpenUpdate => ({
  ...newUpdate(now - HOUR),
  position,
  slots: slot === undefined ? {} : { download: slot },
});
const open: Slot = { begin: now - 1, end: now + HOUR };
const over: Slot = { begin: now - HOUR, end: now };
const moves = (update: OpenUpdate, surroundings: Surroundings): readonly string[] =>
  positionsIn(passTime(update, surroundings, now).events);

describe('the passing of time', () => {
  const held = around({ headless: false });

  it('makes ready what waited for a slot that has begun, and not a moment before', () => {
    const waiting = at('download-scheduled', { begin: now + 1, end: now + HOUR });
    expect(passTime(waiting, held, now)).toEqual({ update: waiting, events: [], next: now + 1 });
    expect(positionsIn(passTime(waiting, held, now + 1).events)).toEqual(['download-ready']);
  });

  it('makes nothing ready while the gate is shut, and says when to look again', () => {
    const nightly = { days: [1, 2, 3, 4, 5, 6, 7], from: 10 * 60, to: 11 * 60, zone: 'utc' } as const;
    const shut = around(
      { headless: false },
      { download: { notBefore: null, windows: [nightly], spread: 0 } },
    );
    const early = at('download-scheduled', { begin: now - 1, end: now + 24 * HOUR });
    expect(passTime(early, shut, now)).toMatchObject({ events: [], next: now + 2 * HOUR });
    expect(passTime(at('download-scheduled', open), shut, now).next).toBe(now + HOUR);
    const full = around({ headless: false, tallies: inProgress(1) }, { concurrency: 1 });
    const endless = at('download-scheduled', { begin: now - 1, end: null });
    expect(passTime(endless, full, now)).toMatchObject({ events: [], next: null });
  });

  it('sends what was ready and not fetched back to its checkpoint when the slot ends', () => {
    expect(moves(at('download-ready', open), held)).toEqual([]);
    expect(passTime(at('download-ready', open), held, now).next).toBe(now + HOUR);
    expect(moves(at('download-ready', over), held)).toEqual(['download-awaiting-approval']);
    expect(moves(at('download-scheduled', over), held)).toEqual(['download-awaiting-approval']);
  });

  it('lets it wait for another go where there was no checkpoint too: at another time it may not happen', () => {
    const full = around({ tallies: inProgress(1) }, { concurrency: 1 });
    for (const surroundings of [full, around(), around({ agreed: true })]) {
      expect(moves(at('download-ready', over), surroundings)).toEqual(['download-awaiting-approval']);
      const { update, due } = makeContact(at('download-ready', over), surroundings, now);
      expect({ position: update.position, due }).toEqual({
        position: 'download-awaiting-approval',
        due: undefined,
      });
    }
    expect(moves(at('download-ready', open), full)).toEqual([]);
  });

  it('moves nothing that is asked to stop', () => {
    const recall = { outcome: 'cancelled', reason: 'campaign-cancelled', message: '' } as const;
    const slot = { begin: now, end: null };
    const stopping: OpenUpdate = { ...at('execution-scheduled'), slots: { execution: slot }, recall };
    expect(moves(stopping, around())).toEqual([]);
    expect(moves({ ...stopping, recall: null }, around())).toEqual(['execution-ready']);
  });

  it('checks nobody in, hands nothing over and leaves alone what needs a contact', () => {
    fc.assert(
      fc.property(someUpdate, someAround, (update, surroundings) => {
        const passed = passTime(update, surroundings, now);
        const waits = update.position.endsWith('-scheduled') || update.position.endsWith('-ready');
        if (!waits) expect(passed.events).toEqual([]);
        for (const event of passed.events) {
          expect(event).toMatchObject({
            type: 'update-moved',
            to: expect.stringMatching(/-(awaiting-approval|scheduled|ready)$/),
          });
        }
        // Looking again at the same instant finds nothing more to do.
        expect(passTime(stillOpen(passed.update), surroundings, now).events).toEqual([]);
        if (passed.next !== null) expect(passed.next).toBeGreaterThan(now);
      }),
      { numRuns: 2_000 },
    );
  });
});
