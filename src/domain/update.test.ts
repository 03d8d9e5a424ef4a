import { describe, expect, it } from 'vitest';
import type { Phase } from './position.ts';
import {
  type Aftermath,
  decide,
  evolveAll,
  newUpdate,
  type OpenUpdate,
  type Update,
  type UpdateCommand,
} from './update.ts';

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

const accepted = (first: Update, now: number, ...commands: readonly UpdateCommand[]): Update =>
  commands.reduce((update, given) => {
    const decision = decide(update, given, now);
    if (!decision.ok) throw new Error(decision.refusal.code);
    return evolveAll(update, decision.value, now);
  }, first);

const failed = (aftermathOf: Aftermath): UpdateCommand => ({
  type: 'report-failure',
  reason: 'install-failed',
  message: 'exit status 1',
  aftermath: aftermathOf,
});
const retry = failed({ do: 'retry', notBefore: 500 });
const advance: UpdateCommand = { type: 'advance', checkpoint: false, gateOpen: true };
const deliver: UpdateCommand = { type: 'deliver', packages: ['p1'], admission: null };
const report = (of: Phase, step: 'running' | 'complete'): UpdateCommand => ({
  type: 'report',
  phase: of,
  step,
});

describe('an update', () => {
  const executing = accepted(
    fresh,
    10,
    { type: 'check-in' },
    advance,
    deliver,
    report('download', 'complete'),
    advance,
    deliver,
  );

  it('is brought to success by one report of a device that installs at once', () => {
    const done = accepted(
      fresh,
      10,
      { type: 'check-in' },
      advance,
      deliver,
      report('activation', 'complete'),
    );
    expect(done).toEqual({
      status: 'closed',
      position: 'activation-complete',
      since: 10,
      attempt: 1,
      slots: {},
      packages: ['p1'],
      generation: 1,
      outcome: 'succeeded',
      reason: 'none',
      message: '',
      admission: null,
    });
  });

  it('counts a failure once, however often it is told during the back-off', () => {
    const retried = accepted(executing, 100, retry);
    expect(retried).toMatchObject({ position: 'download-complete', attempt: 2, notBefore: 500 });
    expect(accepted(retried, 300, retry, failed({ do: 'close' }))).toBe(retried);
    const waiting = accepted(retried, 310, { type: 'advance', checkpoint: false, gateOpen: false });
    expect(accepted(waiting, 320, retry)).toBe(waiting);
  });

  it('counts a failure of the next attempt, also where nobody saw it run', () => {
    const again = accepted(accepted(executing, 100, retry), 500, advance);
    expect(accepted(again, 501, retry)).toMatchObject({ position: 'download-complete', attempt: 3 });
    expect(accepted(again, 501, deliver, failed({ do: 'close' }))).toMatchObject({
      status: 'closed',
      outcome: 'failed',
      position: 'execution-failed',
      attempt: 2,
      reason: 'install-failed',
    });
  });

  it('waits for the reset that follows a failure, though the failure is told twice', () => {
    const resetting = accepted(executing, 100, failed({ do: 'reset' }));
    expect(resetting).toMatchObject({ status: 'open', position: 'resetting' });
    expect(accepted(resetting, 200, failed({ do: 'reset' }))).toBe(resetting);
    const timeOut: UpdateCommand = { type: 'time-out', message: 'silent', aftermath: { do: 'close' } };
    expect(accepted(resetting, 200, timeOut)).toMatchObject({
      outcome: 'timed-out',
      position: 'reset-failed',
    });
    expect(accepted(resetting, 200, { type: 'report-reset', step: 'complete' })).toMatchObject({
      outcome: 'failed',
      position: 'reset',
    });
  });

  it('keeps the packages that were chosen for it, and else gets those of the campaign at delivery', () => {
    const ready = accepted(fresh, 10, { type: 'check-in' }, advance);
    expect(accepted(ready, 10, deliver).packages).toEqual(['p1']);
    const chosen = accepted(ready, 10, { type: 'set-packages', packages: ['p9'] }, deliver);
    expect(chosen.packages).toEqual(['p9']);
  });

  it('takes a slot set ahead of need as the go when it comes to the checkpoint', () => {
    const slotted = accepted(fresh, 10, { type: 'check-in' }, advance, deliver, {
      type: 'schedule',
      phase: 'execution',
      slot: { begin: 50, end: 60 },
    });
    const complete = accepted(slotted, 20, report('download', 'complete'));
    const checkpoint: UpdateCommand = { type: 'advance', checkpoint: true, gateOpen: true };
    expect(accepted(complete, 49, checkpoint).position).toBe('execution-scheduled');
    expect(accepted(complete, 50, checkpoint).position).toBe('execution-ready');
    expect(accepted(complete, 60, checkpoint).position).toBe('execution-awaiting-approval');
  });

  const recall = { outcome: 'cancelled', reason: 'campaign-cancelled', message: 'it rains' } as const;

  it('ends at once when it is recalled before its download, and asks the device after', () => {
    const ready = accepted(fresh, 10, { type: 'check-in' }, advance);
    expect(accepted(ready, 20, { type: 'recall', ...recall })).toMatchObject({ status: 'closed', ...recall });
    const asked = accepted(executing, 20, { type: 'recall', ...recall });
    expect(asked).toEqual({ ...executing, recall });
    const other = { outcome: 'removed', reason: 'removed-from-campaign', message: '' } as const;
    expect(accepted(asked, 30, { type: 'recall', ...other })).toBe(asked);
  });

  it('is not tried again once it is recalled, and fails where it would have been', () => {
    const asked = accepted(executing, 20, { type: 'recall', ...recall });
    expect(accepted(asked, 30, retry)).toMatchObject({ outcome: 'failed', position: 'execution-failed' });
    expect(accepted(asked, 30, failed({ do: 'reset' }))).toMatchObject({
      position: 'resetting',
      recall,
    });
  });

  it('goes on where it was when the device refuses to stop, however often it says so', () => {
    const asked = accepted(executing, 20, { type: 'recall', ...recall });
    const refuse: UpdateCommand = { type: 'answer-recall', answer: 'refused', message: 'too late' };
    expect(accepted(asked, 30, refuse, refuse)).toEqual(executing);
    const done = accepted(asked, 30, refuse, report('activation', 'complete'));
    expect(done).toMatchObject({ outcome: 'succeeded' });
    expect(decide(done, { type: 'answer-recall', answer: 'stopped', message: '' }, 40)).toEqual({
      ok: false,
      refusal: { code: 'update/closed', outcome: 'succeeded' },
    });
  });

  it('counts the journeys of a device in a campaign', () => {
    expect(newUpdate(5)).toMatchObject({ generation: 1, since: 5, recall: null });
    const second = accepted(newUpdate(5, 2), 10, { type: 'check-in' }, { type: 'close', ...recall });
    expect(second).toMatchObject({ status: 'closed', generation: 2 });
  });

  it('that is rejected before it was let in is counted where it is told, and one that was let in stays there', () => {
    const counted = { wave: null, scopes: [''] };
    const rejected = { outcome: 'rejected', reason: 'wrong-package', message: '' } as const;
    const commands = [
      { type: 'close', ...rejected, counted },
      { type: 'reject', message: 'no', counted },
    ] as const;
    for (const command of commands) {
      expect(accepted(fresh, 20, command)).toMatchObject({ outcome: 'rejected', admission: counted });
      expect(accepted(fresh, 20, { ...command, counted: null })).toMatchObject({ admission: null });
      const admission = { wave: 1, scopes: ['', 'wave/1'] };
      const letIn = { ...executing, admission };
      expect(accepted(letIn, 20, command)).toMatchObject({ outcome: 'rejected', admission });
    }
  });

  it('says who is in the way when a command does not fit', () => {
    expect(decide(fresh, deliver, 10)).toEqual({
      ok: false,
      refusal: { code: 'update/wrong-step', command: 'deliver', position: 'pending' },
    });
  });
});
