import { describe, expect, it } from 'vitest';
import { midnights, openingOf, runsOf, shareOfAll } from './open-now.ts';

describe('open hours', () => {
  it('are drawn as runs of the same share', () => {
    expect(runsOf([0, 1, 1, 0.5, 0, 1])).toEqual([
      { from: 1, length: 2, share: 1 },
      { from: 3, length: 1, share: 0.5 },
      { from: 5, length: 1, share: 1 },
    ]);
  });

  it.each([
    [[1, 1], 'at any hour'],
    [[0, 0], 'not in these days'],
    [[0.5, 0], 'in this hour'],
    [[0, 0, 1], 'in 2 h'],
    [[...Array.from({ length: 24 }, () => 0), 1], 'in 1 d'],
    [[...Array.from({ length: 50 }, () => 0), 1], 'in 2 d 2 h'],
  ])('are said in words', (shares, words) => {
    expect(openingOf(shares)).toBe(words);
  });

  it('of all zones are weighed by their devices', () => {
    const zones = [
      { devices: 30, shares: [1, 0, 0.5] },
      { devices: 10, shares: [1, 1, 0] },
    ];
    expect(shareOfAll(zones)).toEqual([1, 0.25, 0.375]);
    expect(shareOfAll([{ devices: 0, shares: [1] }])).toEqual([0]);
  });

  it('are marked by the days that begin within them', () => {
    const from = new Date(2026, 10, 21, 20).toISOString();
    expect(midnights(from, 48).map(({ hour }) => hour)).toEqual([4, 28]);
  });
});
