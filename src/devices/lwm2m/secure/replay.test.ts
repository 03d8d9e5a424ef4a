import fc from 'fast-check';
import { expect, it } from 'vitest';
import { emptyWindow, isFresh, noted, type ReplayWindow } from './replay.ts';

const after = (...sequences: readonly number[]): ReplayWindow =>
  sequences.reduce((window, one) => (isFresh(window, one) ? noted(window, one) : window), emptyWindow);

it('takes a number once', () => {
  expect(isFresh(emptyWindow, 0)).toBe(true);
  expect(isFresh(after(0), 0)).toBe(false);
  expect(isFresh(after(0, 5, 3), 3)).toBe(false);
  expect(isFresh(after(0, 5, 3), 4)).toBe(true);
});

it('takes no number that is 64 or more before the newest', () => {
  expect(isFresh(after(100), 37)).toBe(true);
  expect(isFresh(after(100), 36)).toBe(false);
});

it('says the same as a list of all that came, for any order and any gaps', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 300 }), (sequences) => {
      let window = emptyWindow;
      const seen = new Set<number>();
      for (const one of sequences) {
        const newest = Math.max(-1, ...seen);
        const expected = !seen.has(one) && newest - one < 64;
        expect(isFresh(window, one)).toBe(expected);
        if (!expected) continue;
        window = noted(window, one);
        seen.add(one);
      }
    }),
  );
});

it('works up to the last number there is', () => {
  const last = 2 ** 48 - 1;
  expect(isFresh(after(last - 1), last)).toBe(true);
  expect(isFresh(after(last - 40, last), last - 40)).toBe(false);
  expect(isFresh(after(last - 40, last), last - 39)).toBe(true);
});
