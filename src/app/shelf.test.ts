import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createShelf } from './shelf.ts';

describe('a shelf', () => {
  it('has what was put there last under a name, and nothing that was dropped', () => {
    const shelf = createShelf<number>(4);
    shelf.put('a', 1);
    shelf.put('a', 2);
    expect(shelf.get('a')).toBe(2);
    shelf.drop('a');
    expect(shelf.get('a')).toBeUndefined();
  });

  it('has at least half of what there is room for, counted back from the last that was asked for', () => {
    const asks = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 12 })), { maxLength: 80 });
    fc.assert(
      fc.property(asks, (chosen) => {
        const shelf = createShelf<number>(8);
        let recent: readonly number[] = [];
        for (const [puts, number] of chosen) {
          const found = shelf.get(`${number}`);
          if (recent.includes(number)) expect(found).toBe(number);
          if (puts) shelf.put(`${number}`, number);
          if (puts || found !== undefined)
            recent = [number, ...recent.filter((one) => one !== number)].slice(0, 4);
        }
      }),
    );
  });

  it('has never more than there is room for', () => {
    const shelf = createShelf<number>(8);
    for (let number = 0; number < 100; number += 1) shelf.put(`${number}`, number);
    const there = Array.from({ length: 100 }, (_, number) => shelf.get(`${number}`));
    expect(there.filter((found) => found !== undefined).length).toBeLessThanOrEqual(8);
  });
});
