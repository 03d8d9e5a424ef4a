import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Campaign, createCampaign } from './campaign.ts';
import { makeContact, type Surroundings } from './journey.ts';
import { defaultPlan, type Plan } from './plan.ts';
import { HOUR } from './time.ts';
import { decide, evolveAll, newUpdate, type OpenUpdate, type Update, type UpdateCommand } from './update.ts';

const now = Date.UTC(2026, 10, 21, 8);

const running = (plan: Partial<Plan> = {}): Campaign => {
  const base = { id: 'c', digest: 'd', policy: 'none', createdBy: 'u' } as const;
  const { status: _, ...draft } = createCampaign({ ...base, plan: { ...defaultPlan, ...plan } }, now);
  return { ...draft, status: 'running', startedAt: now };
};

const around = (plan: Partial<Plan> = {}, rest: Partial<Surroundings> = {}): Surroundings => ({
  campaign: running(plan),
  packageIds: ['p1'],
  headless: true,
  zone: 'UTC',
  inProgress: 0,
  agreed: false,
  together: false,
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
    const plan = { download: { notBefore: now + HOUR, windows: [] } };
    const early = makeContact(newUpdate(now), around(plan), now);
    expect(early).toMatchObject({
      due: undefined,
      update: { position: 'download-scheduled' },
      gate: { open: false, until: now + HOUR, reasons: [{ rule: 'not-before', until: now + HOUR }] },
    });
    expect(makeContact(stillOpen(early.update), around(plan), now + HOUR).due).toBe('download');
  });

  it('takes back what was ready and not fetched when the gate shuts', () => {
    const { update } = makeContact(newUpdate(now), around(), now);
    const ready: OpenUpdate = { ...stillOpen(update), position: 'download-ready' };
    const full = around({ concurrency: 1 }, { inProgress: 1 });
    expect(makeContact(ready, full, now)).toMatchObject({
      due: undefined,
      update: { position: 'download-scheduled' },
    });
  });

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
    const later = around({ download: { notBefore: now + HOUR, windows: [] } }, { agreed: true });
    expect(makeContact(newUpdate(now), later, now).due).toBeUndefined();
  });

  describe('of a device that goes through all phases in one go', () => {
    const together = (plan: Partial<Plan> = {}, rest: Partial<Surroundings> = {}) =>
      around(plan, { together: true, ...rest });
    const shut = together({ install: { notBefore: now + HOUR, windows: [] } });

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
      const paused = { ...shut, campaign: { ...running(), status: 'paused', startedAt: now } as const };
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
      const late = around({ install: { notBefore: now + 2 * HOUR, windows: [] } }, { together: true });
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
          inProgress: fc.integer({ min: 0, max: 3 }),
          slot: fc.option(fc.integer({ min: now - HOUR, max: now + HOUR })),
        }),
        ({ headless, checkpoint, notBefore, concurrency, inProgress, slot }) => {
          const surroundings = around(
            {
              checkpoints: checkpoint ? ['download'] : [],
              download: { notBefore, windows: [] },
              concurrency,
            },
            { headless, inProgress },
          );
          const start = newUpdate(now);
          const update =
            slot === null ? start : { ...start, slots: { download: { begin: slot, end: null } } };
          const allowed =
            (notBefore === null || notBefore <= now) &&
            (concurrency === null || inProgress < concurrency) &&
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
