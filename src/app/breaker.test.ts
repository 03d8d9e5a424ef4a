import { describe, expect, it } from 'vitest';
import { type Breaker, createBreaker } from './breaker.ts';

const SECOND = 1_000;

const failing = (breaker: Breaker, times: number, from: number, to: number): void => {
  for (let n = 0; n < times; n += 1)
    breaker.note('r', true, from + ((to - from) * n) / Math.max(1, times - 1));
};

describe('a receiver', () => {
  it('that has failed a few times is tried at once', () => {
    const breaker = createBreaker();
    failing(breaker, 15, 0, 60 * SECOND);
    expect(breaker.admits('r', 60 * SECOND)).toBe(true);
  });

  it('that fails often in a moment is tried at once: it may be starting again', () => {
    const breaker = createBreaker();
    failing(breaker, 500, 0, 4 * SECOND);
    expect(breaker.admits('r', 4 * SECOND)).toBe(true);
  });

  it('that fails and fails is tried once in half a minute', () => {
    const breaker = createBreaker();
    failing(breaker, 100, 0, 6 * SECOND);
    expect(breaker.admits('r', 7 * SECOND)).toBe(false);
    expect(breaker.admits('r', 36 * SECOND)).toBe(true);
    expect(breaker.admits('r', 36 * SECOND)).toBe(false);
    breaker.note('r', true, 37 * SECOND);
    expect(breaker.admits('r', 66 * SECOND)).toBe(false);
    expect(breaker.admits('r', 67 * SECOND)).toBe(true);
  });

  it('that succeeds once is as good as new', () => {
    const breaker = createBreaker();
    failing(breaker, 100, 0, 60 * SECOND);
    expect(breaker.knows('r')).toBe(true);
    breaker.note('r', false, 61 * SECOND);
    expect(breaker.knows('r')).toBe(false);
    failing(breaker, 15, 61 * SECOND, 99 * SECOND);
    expect(breaker.admits('r', 99 * SECOND)).toBe(true);
  });

  it('is not held back for the failures of another', () => {
    const breaker = createBreaker();
    failing(breaker, 100, 0, 60 * SECOND);
    expect(breaker.admits('other', 60 * SECOND)).toBe(true);
  });
});
