import { describe, expect, it } from 'vitest';
import { aheadOf, pagesOf, reachOf, scaleOf, scrolled, seenRows, settled } from './places.ts';

const VIEW = 800;
const ROW = 44;

describe('a long list', () => {
  it('is as high as its rows where a browser can scroll that', () => {
    const scale = scaleOf(10_000, ROW, VIEW);
    expect(scale).toEqual({ height: 440_000, ratio: 1 });
    expect(scrolled({ top: 0, offset: 0 }, 300_000, scale, VIEW).offset).toBe(300_000);
  });

  it('reaches its first and its last row on a body that is lower than all of them', () => {
    const rows = 1_000_000;
    const scale = scaleOf(rows, ROW, VIEW);
    expect(scale.height).toBeLessThan(17_000_000);
    const end = scrolled({ top: 0, offset: 0 }, scale.height - VIEW, scale, VIEW);
    expect(seenRows(end, rows, ROW, VIEW).to).toBe(rows);
    expect(seenRows(scrolled(end, 0, scale, VIEW), rows, ROW, VIEW).from).toBe(0);
    const middle = scrolled(end, (scale.height - VIEW) / 2, scale, VIEW);
    expect(middle.offset).toBeCloseTo((rows * ROW - VIEW) / 2, 0);
  });

  it('moves by as much as a small step, however long it is', () => {
    const scale = scaleOf(1_000_000, ROW, VIEW);
    const at = scrolled({ top: 0, offset: 0 }, 6_000_000, scale, VIEW);
    const next = scrolled(at, 6_000_000 + VIEW, scale, VIEW);
    expect(next.offset - at.offset).toBeCloseTo(VIEW, 5);
    expect(settled(next, scale)).toBeCloseTo(next.offset / scale.ratio, 5);
    expect(scrolled({ top: 500, offset: 100 }, 0, scale, VIEW).offset).toBe(0);
  });
});

it('knows the pages of rows', () => {
  expect(pagesOf(0, 20, 100)).toEqual([0]);
  expect(pagesOf(90, 130, 100)).toEqual([0, 100]);
  expect(pagesOf(-50, 0, 100)).toEqual([0]);
  expect(pagesOf(100, 200, 100)).toEqual([100]);
});

it('goes to a place from the last mark before it', () => {
  const marks = [
    { place: 0, cursor: 'a' },
    { place: 900, cursor: 'b' },
    { place: 1_700, cursor: 'c' },
  ];
  expect(reachOf([], 300)).toEqual({ offset: 300 });
  expect(reachOf(marks, 0)).toEqual({ cursor: 'a', offset: 0 });
  expect(reachOf(marks, 899)).toEqual({ cursor: 'a', offset: 899 });
  expect(reachOf(marks, 900)).toEqual({ cursor: 'b', offset: 0 });
  expect(reachOf(marks, 99_999)).toEqual({ cursor: 'c', offset: 98_299 });
});

it('has more rows ready where somebody scrolls to, the faster the more', () => {
  const seen = { from: 5_000, to: 5_020 };
  expect(aheadOf(seen, 0, 10_000)).toEqual({ from: 4_940, to: 5_080 });
  expect(aheadOf(seen, 0.5, 10_000)).toEqual({ from: 4_940, to: 5_320 });
  expect(aheadOf(seen, -0.5, 10_000)).toEqual({ from: 4_700, to: 5_080 });
  expect(aheadOf(seen, 90, 5_500)).toEqual({ from: 4_940, to: 5_500 });
});
