import type { Window } from './plan.ts';
import { DAY, type Instant } from './time.ts';
import {
  clockOf,
  instantOf,
  utcClock,
  wallTimeAt,
  wallTimeOf,
  weekdayOf,
  type ZoneClock,
} from './zone-clock.ts';

/** `[opens, closes)` */
export type Span = { readonly opens: Instant; readonly closes: Instant };

/**
 * A device's own place in a span: it begins `share * min(spread, length)` milliseconds after the opening, or after
 * `notBefore` where that is inside the span.
 */
export type Place = { readonly share: number; readonly spread: number; readonly notBefore: Instant };

/** The place of a device that may begin at once. */
export const atOnce: Place = { share: 0, spread: 0, notBefore: 0 };

/** The instant from which a device in its place may begin inside a span. */
export const turnIn = (opens: Instant, closes: Instant, { share, spread, notBefore }: Place): Instant => {
  if (spread === 0) return opens;
  const from = notBefore > opens && notBefore < closes ? notBefore : opens;
  return from + Math.floor(share * Math.min(spread, closes - from));
};

const zoneOf = (window: Window, device: ZoneClock): ZoneClock => (window.zone === 'utc' ? utcClock : device);

/**
 * Today's span may be past, and a gap may swallow the one a week later; yesterday's may still be open. A span that
 * a gap has swallowed has no length.
 */
const LOOK_AHEAD = 14;

/** The first span of a window, by its opening, in which the turn of a device's place has come or is ahead. */
const firstSpan = (window: Window, clock: ZoneClock, now: Instant): Span | undefined => {
  const { days, from, to } = window;
  const today = Math.floor(wallTimeAt(clock, now) / DAY);
  const closing = to <= from ? 1 : 0;
  for (let day = today - 1; day <= today + LOOK_AHEAD; day += 1) {
    if (!days.includes(weekdayOf(day))) continue;
    const closes = instantOf(clock, wallTimeOf(day + closing, to));
    if (closes <= now) continue;
    const opens = instantOf(clock, wallTimeOf(day, from));
    if (opens < closes) return { opens, closes };
  }
  return undefined;
};

/**
 * When a device in its place may begin in one of the windows: now or before where it is its turn, else the first
 * instant at which that comes. `null` only without windows. It is the device's turn until the window closes.
 */
export const turnOf = (
  windows: readonly Window[],
  zone: string,
  place: Place,
  now: Instant,
): Instant | null => {
  const device = clockOf(zone);
  let first: Instant | null = null;
  for (const window of windows) {
    const span = firstSpan(window, zoneOf(window, device), now);
    if (span === undefined) continue;
    const turn = turnIn(span.opens, span.closes, place);
    if (first === null || turn < first) first = turn;
  }
  return first;
};

/** The spans of the windows that hold an instant. */
export const spansAt = (windows: readonly Window[], zone: string, now: Instant): readonly Span[] => {
  const device = clockOf(zone);
  const open: Span[] = [];
  for (const window of windows) {
    const span = firstSpan(window, zoneOf(window, device), now);
    if (span !== undefined && span.opens <= now) open.push(span);
  }
  return open;
};

/** Whether an instant lies in a window, read on the wall clock of its zone; a gap or overlap moves with it. */
export const isInside = (window: Window, deviceZone: string, now: Instant): boolean => {
  const span = firstSpan(window, zoneOf(window, clockOf(deviceZone)), now);
  return span !== undefined && span.opens <= now;
};

/** The first instant after `now` at which one of the windows opens; `null` only without windows. */
export const nextOpening = (windows: readonly Window[], deviceZone: string, now: Instant): Instant | null => {
  const openings = windows
    .map((window) => openingAfter(window, zoneOf(window, clockOf(deviceZone)), now))
    .filter((opening) => opening !== undefined);
  return openings.length === 0 ? null : Math.min(...openings);
};

const openingAfter = (window: Window, clock: ZoneClock, now: Instant): Instant | undefined => {
  const span = firstSpan(window, clock, now);
  if (span === undefined || span.opens > now) return span?.opens;
  const { days, from, to } = window;
  const today = Math.floor(wallTimeAt(clock, now) / DAY);
  for (let day = today; day <= today + LOOK_AHEAD; day += 1) {
    if (!days.includes(weekdayOf(day))) continue;
    const opens = instantOf(clock, wallTimeOf(day, from));
    if (opens <= now) continue;
    if (opens < instantOf(clock, wallTimeOf(to <= from ? day + 1 : day, to))) return opens;
  }
  return undefined;
};
