import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wakeSpanOf } from './wake-pace.ts';

const SECOND = 1_000;
const SPAN = 30 * SECOND;

describe('a wake-up', () => {
  it.each([
    ['the first', [], 10, 0, null],
    ['the second in a span', [1], 10, 1, 30],
    ['the third in a span', [1, 2], 10, 1, 30],
    ['the first of the next span', [1], 31, 1, null],
    ['one in a span that a late one has', [1, 2], 31, 2, 60],
    ['one after spans of silence', [1, 2, 3], 100, 3, null],
    ['one at the edge of a span', [29.999], 30, 1, null],
    ['one after a chain', [1, 2, 31, 32, 61], 70, 3, 90],
  ] as const)('%s: after %j at second %d in span %d, not before %j', (_, earlier, at, span, notBefore) => {
    const causes = earlier.map((second) => second * SECOND);
    expect(wakeSpanOf(causes, at * SECOND)).toEqual({
      span,
      notBefore: notBefore === null ? null : notBefore * SECOND,
    });
  });

  const instants = fc
    .array(fc.integer({ min: 0, max: 10 * SPAN }), { minLength: 1, maxLength: 30 })
    .map((list) => list.toSorted((a, b) => a - b));

  /** When each of the causes has its gateway woken. */
  const wakesOf = (causes: readonly number[]) =>
    causes.map((at, index) => {
      const { span, notBefore } = wakeSpanOf(causes.slice(0, index), at);
      return { at, span, sentAt: notBefore ?? at };
    });

  it('comes once in a span at most, and never before its cause nor more than a span after it', () => {
    fc.assert(
      fc.property(instants, (causes) => {
        const wakes = wakesOf(causes);
        for (const { at, span, sentAt } of wakes) {
          expect(Math.floor(sentAt / SPAN)).toBe(span);
          expect(sentAt).toBeGreaterThanOrEqual(at);
          expect(sentAt - at).toBeLessThanOrEqual(SPAN);
        }
        // Those of one span are one message: what is sent first is not sent before any of the others happened.
        for (const same of Map.groupBy(wakes, ({ span }) => span).values()) {
          const [first] = same;
          for (const { at } of same) expect(first?.sentAt).toBeGreaterThanOrEqual(at);
        }
      }),
    );
  });
});
