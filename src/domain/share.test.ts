import { describe, expect, it } from 'vitest';
import { placeOf } from './share.ts';

const ids = Array.from({ length: 100_000 }, (_, index) => `urn:dev:${index}`);
const share = (salt: string, upTo: number) => new Set(ids.filter((id) => placeOf(salt, id) < upTo));

describe('the place of a device', () => {
  it('is the same each time, from 0 to below 1', () => {
    for (const id of ids.slice(0, 1000)) {
      expect(placeOf('c', id)).toBe(placeOf('c', id));
      expect(placeOf('c', id)).toBeGreaterThanOrEqual(0);
      expect(placeOf('c', id)).toBeLessThan(1);
    }
  });

  it('deals shares of the size asked for, each within the larger one', () => {
    const shares = [0.01, 0.05, 0.25, 0.5].map((upTo) => share('campaign', upTo));
    for (const [index, upTo] of [0.01, 0.05, 0.25, 0.5].entries()) {
      expect(Math.abs((shares[index]?.size ?? 0) / ids.length - upTo)).toBeLessThan(0.005);
    }
    for (const [smaller, larger] of [
      [0, 1],
      [1, 2],
      [2, 3],
    ] as const) {
      expect([...(shares[smaller] ?? [])].every((id) => shares[larger]?.has(id))).toBe(true);
    }
  });

  it('spreads ids that differ in one character over tenths evenly', () => {
    const tenths = new Array<number>(10).fill(0);
    for (const id of ids) {
      const tenth = Math.floor(placeOf('x', id) * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('is another with another salt', () => {
    const both = [...share('one', 0.1)].filter((id) => placeOf('two', id) < 0.1).length;
    expect(both).toBeGreaterThan(800);
    expect(both).toBeLessThan(1200);
  });
});
