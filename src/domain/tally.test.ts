import { describe, expect, it } from 'vitest';
import { updatesOfEveryKind } from '../../test/support/samples.ts';
import { wasDelivered } from './position.ts';
import { attributeScope, countOf, isScope, minuteScope, type Tally, tallyOf, waveScope } from './tally.ts';
import { newUpdate, type Update } from './update.ts';

const admission = { wave: 0, scopes: [''] };
const open = (position: Update['position']): Update => ({ ...newUpdate(0), position, admission });
const closed = (rest: Partial<Extract<Update, { status: 'closed' }>>): Update => {
  const { notBefore: _, recall: __, queue: ___, ...journey } = newUpdate(0);
  return {
    ...journey,
    admission,
    position: 'execution-failed',
    status: 'closed',
    outcome: 'failed',
    reason: 'unknown',
    message: '',
    ...rest,
  };
};

describe('where an update is counted', () => {
  it.each<[string, Update, Tally | undefined]>([
    ['one that waits for its first phase again', open('inventoried'), undefined],
    ['one that runs', open('download-running'), 'in-progress'],
    ['one between two phases', open('execution-awaiting-approval'), 'in-progress'],
    ['one that undoes what failed', open('resetting'), 'in-progress'],
    ['a success', closed({ outcome: 'succeeded', position: 'activation-complete' }), 'succeeded'],
    ['a failure', closed({}), 'failed'],
    ['a failure that was undone', closed({ position: 'reset' }), 'rolled-back'],
    ['a failure that could not be undone', closed({ position: 'reset-failed' }), 'failed'],
    ['a rejection', closed({ outcome: 'rejected', reason: 'device-rejected' }), 'rejected'],
    ['a phase that took too long', closed({ outcome: 'timed-out', reason: 'phase-timed-out' }), 'timed-out'],
    ['a device that said nothing at all', closed({ outcome: 'timed-out', reason: 'never-seen' }), 'silent'],
    [
      'one that the end of the campaign met',
      closed({ outcome: 'timed-out', reason: 'campaign-ended' }),
      'other',
    ],
    ['one that was taken out', closed({ outcome: 'removed', reason: 'removed-from-campaign' }), 'other'],
    ['one that was cancelled', closed({ outcome: 'cancelled', reason: 'campaign-cancelled' }), 'other'],
    ['one that an operator closed', closed({ outcome: 'closed-by-operator' }), 'other'],
  ])('%s', (_, update, tally) => {
    expect(tallyOf(update)).toBe(tally);
    expect(tallyOf({ ...update, admission: null })).toBeUndefined();
  });

  it('is one place for every update that was let in and has begun, or is over', () => {
    for (const update of updatesOfEveryKind()) {
      const waits = update.status === 'open' && !wasDelivered(update.position);
      expect(tallyOf(update) === undefined).toBe(waits);
    }
  });
});

describe('the name of a scope', () => {
  it.each([
    [waveScope(0), true],
    [attributeScope('site', 'north/1\n'), true],
    [attributeScope('doors', 4), true],
    ['', false],
    [minuteScope(29_000_000), false],
    ['wave/', false],
    ['wave/1x', false],
    ['attributes.site', false],
  ])('%j can be held: %s', (scope, holds) => {
    expect(isScope(scope)).toBe(holds);
  });

  it('reads as 0 where nothing was counted', () => {
    const counted = new Map([['', { failed: 2 }]]);
    expect(countOf(counted, '', 'failed')).toBe(2);
    expect(countOf(counted, '', 'started')).toBe(0);
    expect(countOf(counted, 'wave/0', 'failed')).toBe(0);
  });
});
