import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newAgenda } from './agenda.ts';
import { drawAround, drawLeast, randomFrom } from './random.ts';

it('an agenda gives back everything that was added, the earliest first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 200 }), (times) => {
      const agenda = newAgenda(1);
      for (const [index, at] of times.entries()) agenda.add(at, index);
      const taken = times.map(() => agenda.take());
      expect(taken.map((entry) => entry?.at)).toEqual(times.toSorted((a, b) => a - b));
      expect(taken.map((entry) => times[entry?.what ?? -1])).toEqual(taken.map((entry) => entry?.at));
      expect(agenda.take()).toBeUndefined();
    }),
  );
});

it('draws are the same for the same seed, and others for another', () => {
  const draws = (seed: number) => {
    const random = randomFrom(seed);
    return Array.from({ length: 100 }, random);
  };
  expect(draws(1)).toEqual(draws(1));
  expect(draws(1)).not.toEqual(draws(2));
  expect(draws(3).every((draw) => draw >= 0 && draw < 1)).toBe(true);
});

it('draws around a median lie on both sides of it alike, and of many the least is small', () => {
  const random = randomFrom(7);
  const around = Array.from({ length: 10_000 }, () => drawAround(random, 60, 0.5));
  const below = around.filter((draw) => draw < 60).length;
  expect(below).toBeGreaterThan(4_700);
  expect(below).toBeLessThan(5_300);
  expect(drawAround(random, 60, 0)).toBe(60);
  const least = Array.from({ length: 10_000 }, () => drawLeast(random, 9, 100));
  const mean = least.reduce((sum, draw) => sum + draw, 0) / least.length;
  expect(mean).toBeGreaterThan(9.5);
  expect(mean).toBeLessThan(10.5);
});
