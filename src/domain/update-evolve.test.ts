import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../test/support/deep-freeze.ts';
import { phases, positions } from './position.ts';
import { evolve, newUpdate, outcomes, queues, reasons, type Update, type UpdateEvent } from './update.ts';

const phase = fc.constantFrom(...phases);
const reason = fc.constantFrom(...reasons);
const message = fc.constantFrom('', 'exit status 1');
const slot = fc.record({ begin: fc.nat(200), end: fc.option(fc.nat(300), { nil: null }) });
const packages = fc.uniqueArray(fc.constantFrom('p1', 'p2', 'p3'));
const outcome = fc.constantFrom(...outcomes.filter((one) => one !== 'succeeded'));
const openFields = Object.keys(newUpdate(0)).sort();
const closedFields = [...openFields, 'outcome', 'reason', 'message']
  .filter((field) => field !== 'notBefore' && field !== 'recall' && field !== 'queue')
  .sort();

describe('evolve', () => {
  const position = fc.constantFrom(...positions);
  const event: fc.Arbitrary<UpdateEvent> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constant('update-moved' as const), to: position }) },
    fc.record({ type: fc.constant('update-slot-set' as const), phase, slot }),
    fc.record({ type: fc.constant('update-packages-set' as const), packages }),
    fc.constant<UpdateEvent>({ type: 'update-admitted', wave: 0, scopes: ['', 'wave/0'] }),
    fc.record({ type: fc.constant('update-recalled' as const), outcome, reason, message }),
    fc.record({ type: fc.constant('update-queued' as const), queue: fc.constantFrom(...queues) }),
    fc.record({ type: fc.constant('update-recall-refused' as const), message }),
    fc.record({ type: fc.constant('update-retried' as const), to: position, notBefore: fc.nat() }),
    fc.record({
      type: fc.constant('update-closed' as const),
      outcome: fc.constantFrom(...outcomes),
      reason,
      message,
    }),
  );

  it('is total and pure, and keeps a closed update as it is', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) => {
        let state: Update = deepFreeze(newUpdate(1));
        for (const [now, one] of events.entries()) {
          const once = evolve(state, deepFreeze(one), now);
          expect(evolve(state, one, now)).toEqual(once);
          expect(Object.keys(once).sort()).toEqual(once.status === 'open' ? openFields : closedFields);
          if (state.status === 'closed') expect(once).toBe(state);
          state = deepFreeze(once);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
