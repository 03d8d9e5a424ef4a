import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWheel } from './wheel.ts';

const taken = (wheel: ReturnType<typeof createWheel>, now: number): readonly number[] => {
  const all: number[] = [];
  wheel.due(now, (index) => all.push(index));
  return all.sort((a, b) => a - b);
};

describe('a wheel', () => {
  it('gives each number once, at its time and not before', () => {
    const wheel = createWheel(4, 10, 1000);
    wheel.set(0, 1050);
    wheel.set(1, 1051);
    wheel.set(2, 1_000_000);
    expect(taken(wheel, 1049)).toEqual([]);
    expect(taken(wheel, 1050)).toEqual([0]);
    expect(taken(wheel, 1060)).toEqual([1]);
    expect(taken(wheel, 999_990)).toEqual([]);
    expect(taken(wheel, 1_000_000)).toEqual([2]);
    expect(taken(wheel, 2_000_000)).toEqual([]);
  });

  it('forgets the time that was set before, and what is removed', () => {
    const wheel = createWheel(3, 10, 0);
    for (const index of [0, 1, 2]) wheel.set(index, 100);
    wheel.set(1, 300);
    wheel.remove(0);
    expect(taken(wheel, 100)).toEqual([2]);
    expect(taken(wheel, 300)).toEqual([1]);
  });

  it('wakes what is set while it turns at the next turn', () => {
    const wheel = createWheel(1, 10, 0);
    wheel.set(0, 10);
    wheel.due(10, (index) => wheel.set(index, 0));
    expect(taken(wheel, 10)).toEqual([]);
    expect(taken(wheel, 20)).toEqual([0]);
  });

  it('agrees with a list of times, whatever is set and however it is turned', () => {
    const step = fc.record({ index: fc.nat(9), after: fc.nat(200_000), pass: fc.nat(90_000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const wheel = createWheel(10, 10, 0);
        const model = new Map<number, number>();
        let now = 0;
        for (const { index, after, pass } of steps) {
          const at = Math.max(Math.floor(now / 10) + 1, Math.ceil((now + after) / 10));
          model.set(index, at);
          wheel.set(index, now + after);
          now += pass;
          const due = [...model].filter(([, tick]) => tick <= Math.floor(now / 10)).map(([one]) => one);
          for (const one of due) model.delete(one);
          expect(taken(wheel, now)).toEqual(due.sort((a, b) => a - b));
        }
      }),
    );
  });
});
