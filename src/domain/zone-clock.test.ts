import { describe, expect, it } from 'vitest';
import { DAY, HOUR, type Instant } from './time.ts';
import { clockOf, instantOf, wallTimeAt, weekdayOf } from './zone-clock.ts';

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'America/Santiago',
  'Africa/Casablanca',
  'America/Havana',
  'Asia/Beirut',
  'Pacific/Chatham',
  'Africa/Cairo',
  'Antarctica/Troll',
];
const from = Date.UTC(2026, 0, 1);
const to = Date.UTC(2030, 11, 31);

const changesOf = (zone: string): readonly Instant[] => {
  const found: Instant[] = [];
  let when: Temporal.ZonedDateTime | null =
    Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone);
  for (;;) {
    when = when.getTimeZoneTransition('next');
    if (when === null || when.epochMilliseconds > to) return found;
    found.push(when.epochMilliseconds);
  }
};

const wallBy = (zone: string, now: Instant): number => {
  const there = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);
  return there.toPlainDateTime().toZonedDateTime('UTC').epochMilliseconds;
};
const instantBy = (zone: string, wall: number): Instant =>
  Temporal.Instant.fromEpochMilliseconds(wall)
    .toZonedDateTimeISO('UTC')
    .toPlainDateTime()
    .toZonedDateTime(zone).epochMilliseconds;

/** Around each change: a millisecond before and after, minutes, hours and days; else a moment of each quarter. */
const momentsOf = (zone: string): readonly Instant[] => {
  const offsets = [-2 * DAY, -DAY, -3 * HOUR, -HOUR, -1, 0, 1, HOUR / 2, HOUR, 3 * HOUR, DAY, 2 * DAY];
  const around = changesOf(zone).flatMap((change) => offsets.map((offset) => change + offset));
  return [...around, ...Array.from({ length: 20 }, (_, index) => from + index * 91 * DAY)];
};

describe.each(zones)('the wall clock of %s', (zone) => {
  it('shows what the calendar has, at every change of clocks from 2026 to 2030, in any order of asking', () => {
    const moments = momentsOf(zone);
    for (const now of [...moments, ...[...moments].reverse()]) {
      expect(wallTimeAt(clockOf(zone), now)).toBe(wallBy(zone, now));
    }
  });

  it('is read back as the calendar does, gaps and overlaps too', () => {
    for (const now of momentsOf(zone)) {
      const clock = clockOf(zone);
      const wall = wallTimeAt(clock, now);
      for (const near of [wall, wall + HOUR, wall - HOUR, wall + DAY, wall - DAY]) {
        expect(instantOf(clock, near)).toBe(instantBy(zone, near));
      }
    }
  });
});

describe('the weekday of a day', () => {
  it.each([
    [-4, 7],
    [-3, 1],
    [0, 4],
    [3, 7],
    [4, 1],
  ])('counted from 1970, given %i, is %i', (day, weekday) => {
    expect(weekdayOf(day)).toBe(weekday);
  });
});
