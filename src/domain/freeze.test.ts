import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Freeze, frozenUntil } from './freeze.ts';

const freeze = (from: number, to: number): Freeze => ({ name: '', from, to });

describe('a freeze', () => {
  it.each([
    ['none', [], undefined],
    ['one that begins now', [freeze(10, 12)], 12],
    ['one that ends now', [freeze(5, 10)], undefined],
    ['one ahead', [freeze(11, 12)], undefined],
    ['one that another follows without a gap', [freeze(12, 14), freeze(8, 12)], 14],
    ['one that another follows after a gap', [freeze(8, 12), freeze(13, 14)], 12],
    ['one inside another', [freeze(8, 20), freeze(9, 11)], 20],
  ] as const)('given %s at 10, holds until %s', (_, freezes, until) => {
    expect(frozenUntil(freezes, [], 10)).toBe(until);
    expect(frozenUntil([], freezes, 10)).toBe(until);
  });

  it('holds at every instant before its end and not at that, from whichever list', () => {
    const some = fc.array(
      fc
        .tuple(fc.nat(30), fc.integer({ min: 1, max: 9 }))
        .map(([from, length]) => freeze(from, from + length)),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(some, some, fc.nat(40), (own, others, now) => {
        const isFrozen = (at: number) => [...own, ...others].some(({ from, to }) => from <= at && at < to);
        const until = frozenUntil(own, others, now);
        expect(until !== undefined).toBe(isFrozen(now));
        if (until === undefined) return;
        for (let at = now; at < until; at += 1) expect(isFrozen(at)).toBe(true);
        expect(isFrozen(until)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });
});
