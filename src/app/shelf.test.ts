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

  it('has all of what it was given last while that is no more than there is room for', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('get', 'put', 'drop'), fc.nat({ max: 7 })));
    fc.assert(
      fc.property(steps, (chosen) => {
        const shelf = createShelf<number>(8);
        const model = new Map<string, number>();
        for (const [index, [step, number]] of chosen.entries()) {
          const name = `${number}`;
          if (step === 'put') {
            shelf.put(name, index);
            model.set(name, index);
          }
          if (step === 'drop') {
            shelf.drop(name);
            model.delete(name);
          }
          expect(shelf.get(name)).toBe(model.get(name));
        }
      }),
    );
  });

  it('keeps what is asked for again and again, whatever comes and goes', () => {
    const shelf = createShelf<string>(4);
    for (const name of ['one', 'two', 'three']) shelf.put(name, name);
    for (let number = 0; number < 100; number += 1) {
      for (const name of ['one', 'two', 'three']) expect(shelf.get(name)).toBe(name);
      shelf.put(`${number}`, 'passes by');
    }
  });

  it('has never more than there is room for', () => {
    const shelf = createShelf<number>(8);
    for (let number = 0; number < 100; number += 1) shelf.put(`${number}`, number);
    const there = Array.from({ length: 100 }, (_, number) => shelf.get(`${number}`));
    expect(there.filter((found) => found !== undefined).length).toBeLessThanOrEqual(8);
  });
});
