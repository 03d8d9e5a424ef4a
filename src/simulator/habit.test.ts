import { describe, expect, it } from 'vitest';
import { draw } from './draw.ts';
import { firstContact, nextContact } from './habit.ts';
import type { Habit } from './traits.ts';

const HOUR = 3_600_000;
const noon = Date.UTC(2026, 10, 21, 12);

const contacts = (habit: Habit, zone: string, many: number): readonly number[] => {
  let now = noon + firstContact(habit, zone, noon, draw(1, 0, 'first'));
  return Array.from({ length: many }, (_, n) => {
    const at = now;
    now += nextContact(habit, zone, now, draw(1, 0, 'next', n));
    return at;
  });
};

const hourIn = (zone: string) => (at: number) =>
  Temporal.Instant.fromEpochMilliseconds(Math.floor(at)).toZonedDateTimeISO(zone).hour;

describe('a habit', () => {
  it('of an interval comes a tenth earlier or later at most', () => {
    const all = contacts({ kind: 'interval', every: HOUR }, 'UTC', 50);
    const gaps = all.slice(1).map((at, n) => at - (all[n] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.9 * HOUR);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1.1 * HOUR);
    expect(new Set(gaps).size).toBeGreaterThan(40);
  });

  it.each(['Europe/Oslo', 'America/Denver', 'Asia/Tokyo'])('of the night comes only then, in %s', (zone) => {
    const hours = contacts({ kind: 'night', every: HOUR }, zone, 60).map(hourIn(zone));
    expect(hours.filter((hour) => hour < 22 && hour >= 7)).toEqual([]);
    expect(new Set(hours).size).toBeGreaterThan(5);
  });

  it('of a week comes once in each', () => {
    const all = contacts({ kind: 'weekly', at: 50 * HOUR }, 'UTC', 10);
    const weeks = all.map((at) => Math.floor((at - 50 * HOUR) / (168 * HOUR)));
    expect(weeks).toEqual(weeks.map((_, n) => (weeks[0] ?? 0) + n));
  });
});
