import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { secondsToSleep } from './poll-pace.ts';

const NOW = 1_000_000_000_000;

const poll = fc
  .tuple(
    fc.integer({ min: 1, max: 86_399 }),
    fc.integer({ min: 1, max: 86_399 }),
    fc.integer({ min: 1, max: 86_399 }),
  )
  .map((given) => {
    const [least, usual, most] = given.toSorted((a, b) => a - b) as [number, number, number];
    return { least, usual, most };
  });
const until = fc.option(fc.integer({ min: NOW - 100_000, max: NOW + 200_000_000 }));

describe('the time to sleep', () => {
  it('is between the bounds, the same each time, and not before the gate opens where they allow it', () => {
    fc.assert(
      fc.property(poll, until, fc.string(), (bounds, instant, id) => {
        const seconds = secondsToSleep(bounds, instant, id, NOW);
        expect(seconds).toBe(secondsToSleep(bounds, instant, id, NOW));
        expect(seconds).toBeGreaterThanOrEqual(bounds.least);
        expect(seconds).toBeLessThanOrEqual(bounds.most);
        const wanted = instant === null ? bounds.usual : (instant - NOW) / 1_000;
        if (wanted <= bounds.most) expect(seconds).toBeGreaterThanOrEqual(wanted);
        expect(seconds).toBeLessThanOrEqual(Math.max(bounds.least, Math.ceil(wanted)) * 1.1);
      }),
    );
  });

  it('spreads devices evenly over a tenth', () => {
    const bounds = { least: 1, usual: 1_000, most: 86_399 };
    const tenths = new Array<number>(10).fill(0);
    for (let device = 0; device < 10_000; device += 1) {
      const late = secondsToSleep(bounds, null, `dev-${device}`, NOW) - 1_000;
      tenths[Math.floor(late / 10)] = (tenths[Math.floor(late / 10)] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
