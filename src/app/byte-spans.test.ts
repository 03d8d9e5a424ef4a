import { describe, expect, it } from 'vitest';
import type { Range } from './blobs.ts';
import { type Spans, sizeOf, withSpan } from './byte-spans.ts';

const spansOf = (ranges: readonly Range[]): Spans => ranges.reduce<Spans>(withSpan, []);
const range = (start: number, end: number): Range => ({ start, end });

describe('parts', () => {
  it('that overlap or touch are one', () => {
    expect(spansOf([range(0, 10), range(10, 20), range(15, 30)])).toEqual([range(0, 30)]);
    expect(spansOf([range(20, 30), range(0, 10), range(9, 21)])).toEqual([range(0, 30)]);
    expect(spansOf([range(5, 6), range(0, 100)])).toEqual([range(0, 100)]);
  });

  it('that are apart stay apart, in order', () => {
    const spans = spansOf([range(20, 30), range(0, 10), range(40, 41)]);
    expect(spans).toEqual([range(0, 10), range(20, 30), range(40, 41)]);
    expect(sizeOf(spans)).toBe(21);
  });

  it('are counted once however often they are fetched', () => {
    const spans = spansOf([range(0, 10), range(0, 10), range(3, 4)]);
    expect(sizeOf(spans)).toBe(10);
  });

  it('equal a count of each byte, whatever comes in whatever order', () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let round = 0; round < 200; round += 1) {
      const bytes = new Set<number>();
      const ranges = Array.from({ length: random(12) }, () => {
        const start = random(60);
        return range(start, start + random(12));
      });
      for (const { start, end } of ranges) for (let byte = start; byte < end; byte += 1) bytes.add(byte);
      expect(sizeOf(spansOf(ranges))).toBe(bytes.size);
    }
  });

  it('of nothing are none', () => {
    expect(spansOf([range(5, 5), range(6, 2)])).toEqual([]);
  });

  it('are bounded, and still grow where they are', () => {
    const many = spansOf(Array.from({ length: 1_000 }, (_, n) => range(n * 10, n * 10 + 1)));
    expect(many).toHaveLength(256);
    expect(sizeOf(withSpan(many, range(0, 10_000)))).toBe(10_000);
  });
});
