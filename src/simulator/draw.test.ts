import { describe, expect, it } from 'vitest';
import { between, draw, pick } from './draw.ts';

describe('a draw', () => {
  it('follows from the seed and its purpose alone', () => {
    const first = [draw(1, 7, 'fate', 0), draw(1, 8, 'fate', 0)];
    expect([draw(1, 7, 'fate', 0), draw(1, 8, 'fate', 0)]).toEqual(first);
  });

  it('is another for another seed, device, purpose or time', () => {
    const drawn = [
      draw(1, 7, 'a', 0),
      draw(2, 7, 'a', 0),
      draw(1, 8, 'a', 0),
      draw(1, 7, 'b', 0),
      draw(1, 7, 'a', 1),
    ];
    expect(new Set(drawn).size).toBe(drawn.length);
  });

  it('spreads evenly over devices', () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let device = 0; device < 20_000; device += 1) {
      const tenth = Math.floor(draw(42, device, 'link') * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });

  it('picks by weight, and never what weighs nothing', () => {
    const drawn = Array.from({ length: 4000 }, (_, n) => pick({ a: 3, b: 1, c: 0 }, draw(5, n)));
    expect(drawn).not.toContain('c');
    expect(drawn.filter((name) => name === 'a').length / 4000).toBeCloseTo(0.75, 1);
  });

  it('lies between its bounds, half of the time below their geometric mean', () => {
    expect([between(1, 100, 0), between(1, 100, 0.5)]).toEqual([1, 10]);
    expect(between(1, 100, 0.999)).toBeLessThan(100);
  });
});
