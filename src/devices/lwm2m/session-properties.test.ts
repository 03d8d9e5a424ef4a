import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { play, type Thing } from '../../../test/support/lwm2m-session.ts';
import type { ObjectState, Readings, Session } from './session-types.ts';

const states: readonly (ObjectState | undefined)[] = [
  'idle',
  'downloading',
  'downloaded',
  'updating',
  'installed',
  undefined,
];

const anyReadings = fc.record({
  state: fc.constantFrom(...states),
  result: fc.constantFrom(undefined, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 50, 53, 58, 99),
  version: fc.constantFrom(undefined, '', '1.0', '2.0'),
  active: fc.constantFrom(undefined, true, false),
  protocols: fc.constantFrom([], [0], [2], [0, 2], [9]),
  method: fc.constantFrom(undefined, 0, 1, 2, 7),
  cancels: fc.boolean(),
});
const anyAnswer = fc.constantFrom('2.04', '4.00', '4.04', '4.05', '4.08', '4.13', '5.00', 'broken', null);

/** A device that says whatever it likes; the last thing that it said it says for ever. */
const erratic = (readings: readonly (Readings | null)[], answers: readonly (string | null)[]): Thing => {
  let [reads, asks] = [0, 0];
  return {
    read: () => {
      const found = readings[Math.min(reads, readings.length - 1)];
      reads += 1;
      return found ?? undefined;
    },
    ask: () => {
      const found = answers[Math.min(asks, answers.length - 1)];
      asks += 1;
      return found ?? undefined;
    },
  };
};

describe('whatever a device does', () => {
  const anyDevice = fc.tuple(
    fc.array(fc.option(anyReadings), { minLength: 1, maxLength: 30 }),
    fc.array(anyAnswer, { minLength: 1, maxLength: 12 }),
    fc.constantFrom('firmware', 'software'),
    fc.option(fc.nat(600_000)),
  );

  it('the session ends or waits, executes only what it has read to be there, and succeeds only with a proof', () => {
    fc.assert(
      fc.property(anyDevice, ([readings, answers, kind, recallAt]) => {
        let last: Readings | undefined;
        let isRead = false;
        const inner = erratic(readings, answers);
        const thing: Thing = {
          read: (now) => {
            last = inner.read(now);
            isRead = last?.state === 'downloaded' || last?.state === 'downloading';
            return last;
          },
          ask: (action, now) => {
            if (action.do === 'execute') {
              expect(isRead).toBe(true);
              isRead = false;
            }
            return inner.ask(action, now);
          },
        };
        const played = play(thing, { order: { kind }, ...(recallAt !== null && { recallAt }) });
        // 2,000 steps of one hour would be a session that runs in circles.
        expect(played.actions.length).toBeLessThan(1_500);
        if (played.ended !== 'succeeded') return;
        const success = kind === 'firmware' ? 1 : 2;
        const proofs = readings.filter(
          (one) => one !== null && (one.result === success || one.version === '2.0'),
        );
        expect(proofs.length).toBeGreaterThan(0);
      }),
      { numRuns: 3_000 },
    );
  });

  it('a process that dies and knows only what it kept never executes twice without reading in between', () => {
    fc.assert(
      fc.property(anyDevice, fc.nat(20), ([readings, answers, kind], dies) => {
        let step = 0;
        let isRead = false;
        const inner = erratic(readings, answers);
        const thing: Thing = {
          read: (now) => {
            const found = inner.read(now);
            isRead = found?.state === 'downloaded' || found?.state === 'downloading';
            return found;
          },
          ask: (action, now) => {
            if (action.do === 'execute') {
              expect(isRead).toBe(true);
              isRead = false;
            }
            return inner.ask(action, now);
          },
        };
        play(thing, {
          order: { kind },
          kept: (session) => {
            step += 1;
            // What the store gives back after a crash: the same, from JSON.
            return step % (dies + 1) === 0 ? (JSON.parse(JSON.stringify(session)) as Session) : session;
          },
        });
      }),
      { numRuns: 1_000 },
    );
  });
});
