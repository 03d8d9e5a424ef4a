import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Campaign, createCampaign } from './campaign.ts';
import { EVERY_STEP, makeContact, type Surroundings } from './journey.ts';
import { defaultPlan, type Plan } from './plan.ts';
import { nobodyAhead } from './queue.ts';
import { newProgress } from './rollout.ts';
import { HOUR } from './time.ts';
import { decide, evolveAll, newUpdate, type OpenUpdate, type Update, type UpdateCommand } from './update.ts';

const now = Date.UTC(2026, 10, 21, 8);

const running = (plan: Partial<Plan> = {}): Campaign => {
  const base = { id: 'c', digest: 'd', policy: 'none', createdBy: 'u' } as const;
  const { status: _, ...draft } = createCampaign({ ...base, plan: { ...defaultPlan, ...plan } }, now);
  return { ...draft, status: 'running', startedAt: now, progress: newProgress(now) };
};

/** So many devices of the campaign are in progress. */
const inProgress = (count: number): Surroundings['tallies'] => new Map([['', { 'in-progress': count }]]);

const around = (plan: Partial<Plan> = {}, rest: Partial<Surroundings> = {}): Surroundings => ({
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
  steps: EVERY_STEP,
  ...rest,
});

const stillOpen = (update: Update): OpenUpdate => {
  if (update.status === 'closed') throw new Error('closed');
  return update;
};

const taking = (update: Update, command: UpdateCommand): OpenUpdate => {
  const decision = decide(update, command, now);
  if (!decision.ok) throw new Error(decision.refusal.code);
  return stillOpen(evolveAll(update, decision.value, now));
};

const trail = (progressed: ReturnType<typeof makeContact>) =>
  progressed.events.map((event) => (event.type === 'update-moved' ? event.to : event.type));

describe('making contact', () => {
  it('takes a headless device to its download in one contact, with its packages frozen', () => {
    const progressed = makeContact(newUpdate(now), around(), now);
    expect(trail(progressed)).toEqual([
      'inventoried',
      'download-ready',
      'update-packages-set',
      'download-running',
    ]);
    expect(progressed).toMatchObject({ due: 'download', update: { packages: ['p1'] } });
  });

  it('says again what is due until it is reported, and writes nothing', () => {
    const { update } = makeContact(newUpdate(now), around(), now);
    expect(makeContact(stillOpen(update), around(), now)).toMatchObject({ due: 'download', events: [] });
  });

  it('stops a device that is not headless at each phase until a time is set', () => {
    const surroundings = around({}, { headless: false });
    const waiting = makeContact(newUpdate(now), surroundings, now);
    expect(waiting).toMatchObject({ due: undefined, update: { position: 'download-awaiting-approval' } });
    const slot = { begin: now + HOUR, end: null };
    const scheduled = taking(waiting.update, { type: 'schedule', phase: 'download', slot });
    expect(makeContact(scheduled, surroundings, now)).toMatchObject({ due: undefined, events: [] });
    expect(makeContact(scheduled, surroundings, now + HOUR).due).toBe('download');
  });

  it('goes back to the checkpoint when the slot passed unused', () => {
    const surroundings = around({}, { headless: false });
    const waiting = makeContact(newUpdate(now), surroundings, now).update;
    const slot = { begin: now, end: now + HOUR };
    const scheduled = taking(waiting, { type: 'schedule', phase: 'download', slot });
    const late = makeContact(scheduled, surroundings, now + 2 * HOUR);
    expect(late).toMatchObject({ due: undefined, update: { position: 'download-awaiting-approval' } });
  });

  it('hands nothing over while the gate is shut, and says when that can change', () => {
    const plan = { download: { notBefore: now + HOUR, windows: [], spread: 0 } };
    const early = makeContact(newUpdate(now), around(plan), now);
    expect(early).toMatchObject({
      due: undefined,
      update: { position: 'download-scheduled' },
      gate: { open: false, until: now + HOUR, reasons: [{ rule: 'not-before', until: now + HOUR }] },
    });
    expect(makeContact(stillOpen(early.update), around(plan), now + HOUR).due).toBe('download');
  });

  it('lets a device in under its standing, with the limits that must hold then, and later without any', () => {
    const standing = { wave: null, scopes: ['', 'attributes.site/north'] };
    const budgets = [{ attribute: 'site', most: 2 }];
    const surroundings = around({ budgets }, { standing });
    const begun = makeContact(newUpdate(now), surroundings, now);
    expect(trail(begun)).toContain('update-admitted');
    expect(begun.update.admission).toEqual(standing);
    expect(begun.limits).toEqual([{ scope: 'attributes.site/north', tally: 'in-progress', most: 2 }]);
    const fetched = taking(begun.update, { type: 'report', phase: 'download', step: 'complete' });
    const next = makeContact(fetched, surroundings, now);
    expect(next).toMatchObject({ due: 'execution', limits: [], update: { admission: standing } });
    const waiting = makeContact(newUpdate(now), around({ budgets, endAt: now }, { standing }), now);
    expect(waiting).toMatchObject({ due: undefined, limits: [], update: { admission: null } });
  });

  it('keeps its limits when it tries its first phase again, without being let in again', () => {
    const surroundings = around({ concurrency: 5 });
    const begun = makeContact(newUpdate(now), surroundings, now);
    const retried = taking(begun.update, {
      type: 'report-failure',
      reason: 'connection-lost',
      message: '',
      aftermath: { do: 'retry', notBefore: now },
    });
    const again = makeContact(retried, surroundings, now + 1);
    expect(trail(again)).toEqual(['download-ready', 'download-running']);
    expect(again.limits).toEqual([{ scope: '', tally: 'in-progress', most: 5 }]);
  });

  it('takes back what was ready and not fetched when the gate shuts', () => {
    const { update } = makeContact(newUpdate(now), around(), now);
    const ready: OpenUpdate = { ...stillOpen(update), position: 'download-ready' };
    const full = around({ concurrency: 1 }, { tallies: inProgress(1) });
    expect(makeContact(ready, full, now)).toMatchObject({
      due: undefined,
      update: { position: 'download-scheduled' },
    });
  });

  it.each([true, false])(
    'leaves a device between two phases while its campaign is paused (headless: %s)',
    (headless) => {
      const { update } = makeContact(newUpdate(now), around(), now);
      const fetched = taking(update, { type: 'report', phase: 'download', step: 'complete' });
      const { status: _, ...campaign } = running();
      const paused = around(
        {},
        { headless, campaign: { ...campaign, status: 'paused', startedAt: now, progress: newProgress(now) } },
      );
      expect(makeContact(fetched, paused, now)).toMatchObject({
        due: undefined,
        events: [],
        update: fetched,
      });
      const to = headless ? 'execution-running' : 'execution-awaiting-approval';
      expect(makeContact(fetched, around({}, { headless }), now).update.position).toBe(to);
    },
  );

  const recall = { outcome: 'cancelled', reason: 'campaign-cancelled', message: '' } as const;

  it('has nothing for a device that is asked to stop, wherever it is, until it refuses', () => {
    const begun = stillOpen(makeContact(newUpdate(now), around(), now).update);
    for (const position of ['download-running', 'download-complete', 'execution-ready'] as const) {
      const recalled = taking({ ...begun, position }, { type: 'recall', ...recall });
      expect(makeContact(recalled, around(), now)).toMatchObject({ due: undefined, events: [] });
      const refused = taking(recalled, { type: 'answer-recall', answer: 'refused', message: '' });
      expect(makeContact(refused, around(), now).due).toBe(
        position === 'download-running' ? 'download' : 'execution',
      );
    }
  });

  it('holds nobody at a checkpoint whose keeper agreed in advance', () => {
    const surroundings = around({ checkpoints: ['download'] }, { headless: false, agreed: true });
    expect(makeContact(newUpdate(now), surroundings, now).due).toBe('download');
    const later = around({ download: { notBefore: now + HOUR, windows: [], spread: 0 } }, { agreed: true });
    expect(makeContact(newUpdate(now), later, now).due).toBeUndefined();
  });

  describe('of a device that goes through all phases in one go', () => {
    const together = (plan: Partial<Plan> = {}, rest: Partial<Surroundings> = {}) =>
      around(plan, { together: true, ...rest });
    const shut = together({ install: { notBefore: now + HOUR, windows: [], spread: 0 } });

    it('begins only when it may install too', () => {
      const early = makeContact(newUpdate(now), shut, now);
      expect(early).toMatchObject({ due: undefined, gate: { until: now + HOUR } });
      expect(makeContact(stillOpen(early.update), shut, now + HOUR).due).toBe('download');
    });

    it('needs the go of every checkpoint before it begins, and none after', () => {
      for (const surroundings of [
        together({ checkpoints: ['activation'] }),
        together({}, { headless: false }),
      ]) {
        const waiting = makeContact(newUpdate(now), surroundings, now);
        expect(waiting).toMatchObject({ due: undefined, update: { position: 'download-awaiting-approval' } });
        const go = taking(waiting.update, {
          type: 'schedule',
          phase: 'download',
          slot: { begin: now, end: null },
        });
        const begun = makeContact(go, surroundings, now);
        expect(begun.due).toBe('download');
        const loaded = taking(begun.update, { type: 'report', phase: 'download', step: 'complete' });
        expect(makeContact(loaded, surroundings, now).due).toBe('execution');
      }
    });

    it('is not held once it has begun, whatever the gate says by then', () => {
      const begun = stillOpen(makeContact(newUpdate(now), together(), now).update);
      const loaded = taking(begun, { type: 'report', phase: 'download', step: 'complete' });
      const paused = {
        ...shut,
        campaign: { ...running(), status: 'paused', startedAt: now, progress: newProgress(now) } as const,
      };
      for (const surroundings of [shut, paused, together({ endAt: now })]) {
        expect(makeContact(loaded, surroundings, now)).toMatchObject({
          due: 'execution',
          update: { position: 'execution-running' },
        });
      }
    });

    it('asks the gate again before another attempt', () => {
      const begun = stillOpen(makeContact(newUpdate(now), together(), now).update);
      const loaded = taking(begun, { type: 'report', phase: 'download', step: 'complete' });
      const retried = taking(loaded, {
        type: 'report-failure',
        reason: 'device-busy',
        message: '',
        aftermath: { do: 'retry', notBefore: now + HOUR },
      });
      const waiting = makeContact(retried, together(), now);
      expect(waiting).toMatchObject({ due: undefined, gate: { until: now + HOUR } });
      const late = around(
        { install: { notBefore: now + 2 * HOUR, windows: [], spread: 0 } },
        { together: true },
      );
      const still = makeContact(stillOpen(waiting.update), late, now + HOUR);
      expect(still).toMatchObject({ due: undefined, gate: { until: now + 2 * HOUR } });
      expect(makeContact(stillOpen(still.update), late, now + 2 * HOUR).due).toBe('execution');
    });
  });

  it('never hands over a phase while the gate is shut, whatever the surroundings', () => {
    fc.assert(
      fc.property(
        fc.record({
          headless: fc.boolean(),
          checkpoint: fc.boolean(),
          notBefore: fc.option(fc.integer({ min: now - HOUR, max: now + HOUR })),
          concurrency: fc.option(fc.integer({ min: 1, max: 3 })),
          count: fc.integer({ min: 0, max: 3 }),
          slot: fc.option(fc.integer({ min: now - HOUR, max: now + HOUR })),
        }),
        ({ headless, checkpoint, notBefore, concurrency, count, slot }) => {
          const surroundings = around(
            {
              checkpoints: checkpoint ? ['download'] : [],
              download: { notBefore, windows: [], spread: 0 },
              concurrency,
            },
            { headless, tallies: inProgress(count) },
          );
          const start = newUpdate(now);
          const update =
            slot === null ? start : { ...start, slots: { download: { begin: slot, end: null } } };
          const allowed =
            (notBefore === null || notBefore <= now) &&
            (concurrency === null || count < concurrency) &&
            (slot === null ? headless && !checkpoint : slot <= now);
          const { due, events, update: next } = makeContact(update, surroundings, now);
          expect(due).toBe(allowed ? 'download' : undefined);
          // A second contact at the same instant finds nothing more to do.
          expect(makeContact(stillOpen(next), surroundings, now).events).toEqual([]);
          expect(evolveAll(update, events, now)).toEqual(next);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
