import { DAY, type Instant, MINUTE } from './time.ts';

/**
 * Milliseconds since 1970 on the wall clock of a zone, as if that clock were UTC: a whole number of `DAY`s is a
 * midnight there.
 */
export type WallTime = number;

/** A span `[from, to)` in which a zone keeps the same distance from UTC. */
type Stretch = { readonly from: Instant; readonly to: Instant; readonly offset: number };

/** How a zone's wall clock goes. What was asked is remembered, since `Temporal` takes microseconds. */
export type ZoneClock = {
  readonly zone: string;
  stretch: Stretch;
  /** Instants of wall times near a change of clocks. */
  readonly nearChange: Map<WallTime, Instant>;
};

const forever: Stretch = {
  from: Number.NEGATIVE_INFINITY,
  to: Number.POSITIVE_INFINITY,
  offset: 0,
};
const unknown: Stretch = { from: 0, to: 0, offset: 0 };

export const utcClock: ZoneClock = { zone: 'UTC', stretch: forever, nearChange: new Map() };

const clocks = new Map<string, ZoneClock>();
const CLOCKS = 10_000;
const NEAR_CHANGE = 1_000;

/** The clock of an IANA zone. */
export const clockOf = (zone: string): ZoneClock => {
  if (zone === 'UTC') return utcClock;
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  if (clocks.size >= CLOCKS) clocks.clear();
  const clock: ZoneClock = { zone, stretch: unknown, nearChange: new Map() };
  clocks.set(zone, clock);
  return clock;
};

const stretchAt = ({ zone }: ZoneClock, now: Instant): Stretch => {
  const there = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);
  const next = there.getTimeZoneTransition('next');
  // A change at this very instant is the beginning of the stretch; `previous` would look past it.
  const after = there.add({ nanoseconds: 1 });
  const from = after.getTimeZoneTransition('previous');
  return {
    from: from === null ? Number.NEGATIVE_INFINITY : from.epochMilliseconds,
    to: next === null ? Number.POSITIVE_INFINITY : next.epochMilliseconds,
    offset: there.offsetNanoseconds / 1_000_000,
  };
};

/** What the wall clock shows at an instant. */
export const wallTimeAt = (clock: ZoneClock, now: Instant): WallTime => {
  const { stretch } = clock;
  if (now >= stretch.from && now < stretch.to) return now + stretch.offset;
  clock.stretch = stretchAt(clock, now);
  return now + clock.stretch.offset;
};

/**
 * The instant at which the wall clock shows this: the first of two, and what lies in a gap is as much later as the gap
 * is long (the `compatible` disambiguation of `Temporal`).
 */
export const instantOf = (clock: ZoneClock, wall: WallTime): Instant => {
  const { from, to, offset } = clock.stretch;
  const at = wall - offset;
  // A day is more than any change of clocks moves.
  if (at - DAY >= from && at + DAY < to) return at;
  const known = clock.nearChange.get(wall);
  if (known !== undefined) return known;
  if (clock.nearChange.size >= NEAR_CHANGE) clock.nearChange.clear();
  const exact = instantByCalendar(clock.zone, wall);
  clock.nearChange.set(wall, exact);
  return exact;
};

const instantByCalendar = (zone: string, wall: WallTime): Instant => {
  const there = Temporal.Instant.fromEpochMilliseconds(wall).toZonedDateTimeISO('UTC').toPlainDateTime();
  return there.toZonedDateTime(zone).epochMilliseconds;
};

/** The ISO weekday, 1 Monday to 7 Sunday, of a day counted from 1970-01-01, which was a Thursday. */
export const weekdayOf = (day: number): number => ((((day + 3) % 7) + 7) % 7) + 1;

/** The wall time of a minute of a day; minute 1440 is the next midnight. */
export const wallTimeOf = (day: number, minute: number): WallTime => day * DAY + minute * MINUTE;
