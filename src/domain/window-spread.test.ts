import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Window } from './plan.ts';
import { placeOf } from './share.ts';
import { DAY, HOUR, MINUTE } from './time.ts';
import { isInside, turnIn, turnOf } from './window.ts';

const at = (text: string): number => Temporal.Instant.from(text).epochMilliseconds;
const nightly: Window = { days: [1, 2, 3, 4, 5, 6, 7], from: 22 * 60, to: 120, zone: 'device' };

/** How many of the turns fall into each slice of a span, by a hash of 100,000 devices. */
const histogram = (opens: number, closes: number, spread: number, slices: number): number[] => {
  const counts = new Array<number>(slices).fill(0);
  const length = Math.min(spread, closes - opens);
  for (let device = 0; device < 100_000; device += 1) {
    const share = placeOf('campaign/spread', `urn:dev:${device}`);
    const turn = turnIn(opens, closes, { share, spread, notBefore: 0 });
    const slice = Math.floor(((turn - opens) * slices) / length);
    counts[slice] = (counts[slice] ?? 0) + 1;
  }
  return counts;
};

describe('devices spread over a window', () => {
  it.each([
    ['two hours of four', 2 * HOUR],
    ['all of it', 4 * HOUR],
    ['longer than it is', DAY],
  ])('over %s begin evenly: the peak of a minute is at most twice the mean', (_, spread) => {
    const minutes = Math.min(spread, 4 * HOUR) / MINUTE;
    const counts = histogram(0, 4 * HOUR, spread, minutes);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(100_000);
    expect(Math.max(...counts)).toBeLessThanOrEqual((2 * 100_000) / minutes);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  it('begin after the first instant that is allowed, where that is inside the window', () => {
    const place = { share: 0.5, spread: 4 * HOUR, notBefore: 2 * HOUR };
    expect(turnIn(0, 4 * HOUR, place)).toBe(3 * HOUR);
    expect(turnIn(0, HOUR, place)).toBe(HOUR / 2);
    expect(turnIn(3 * HOUR, 4 * HOUR, place)).toBe(3.5 * HOUR);
  });

  it('wait for the next opening once it is past their turn and the window has closed', () => {
    const place = { share: 0.25, spread: 4 * HOUR, notBefore: 0 };
    expect(turnOf([nightly], 'Europe/Berlin', place, at('2026-06-17T10:00Z'))).toBe(at('2026-06-17T21:00Z'));
    expect(turnOf([nightly], 'Europe/Berlin', place, at('2026-06-18T00:00Z'))).toBe(at('2026-06-18T21:00Z'));
  });

  const places = fc.record({
    share: fc.double({ min: 0, max: 0.999_999, noNaN: true }),
    spread: fc.nat(8 * HOUR),
    notBefore: fc.constant(0),
  });

  it('have their turn while a window is open, through every change of clocks, and keep it until that closes', () => {
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Africa/Cairo',
      'Pacific/Apia',
    ];
    const instants = fc.integer({ min: at('2026-01-01T00:00Z'), max: at('2030-12-31T00:00Z') });
    fc.assert(
      fc.property(fc.constantFrom(...zones), instants, places, (zone, now, place) => {
        const turn = turnOf([nightly], zone, place, now) ?? 0;
        const begins = Math.max(turn, now);
        expect(isInside(nightly, zone, begins)).toBe(true);
        if (turn > now) expect(turnOf([nightly], zone, place, turn - 1)).toBe(turn);
        expect(turnOf([nightly], zone, place, begins)).toBe(turn);
      }),
      { numRuns: 1_000 },
    );
  });
});
