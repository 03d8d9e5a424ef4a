import type { Window } from './plan.ts';
import type { Instant } from './time.ts';

const wallClock = (now: Instant, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);

const zoneOf = (window: Window, deviceZone: string): string => (window.zone === 'utc' ? 'UTC' : deviceZone);

const at = (day: Temporal.PlainDate, minutes: number, zone: string): Instant => {
  const date = minutes >= 1440 ? day.add({ days: 1 }) : day;
  const time = new Temporal.PlainTime(Math.floor((minutes % 1440) / 60), minutes % 60);
  return date.toZonedDateTime({ timeZone: zone, plainTime: time }).epochMilliseconds;
};

/** The window's span that opens on this calendar day of its zone, if it opens on that weekday. */
const spanOn = (window: Window, day: Temporal.PlainDate, zone: string): [Instant, Instant] | undefined => {
  if (!window.days.includes(day.dayOfWeek)) return undefined;
  const closingDay = window.to <= window.from ? day.add({ days: 1 }) : day;
  return [at(day, window.from, zone), at(closingDay, window.to, zone)];
};

/** Whether an instant lies in a window, read on the wall clock of its zone; a gap or overlap moves with it. */
export const isInside = (window: Window, deviceZone: string, now: Instant): boolean => {
  const zone = zoneOf(window, deviceZone);
  const today = wallClock(now, zone).toPlainDate();
  return [today.subtract({ days: 1 }), today].some((day) => {
    const span = spanOn(window, day, zone);
    return span !== undefined && span[0] <= now && now < span[1];
  });
};

/** The first instant after `now` at which one of the windows opens; `null` only without windows. */
export const nextOpening = (windows: readonly Window[], deviceZone: string, now: Instant): Instant | null => {
  const openings = windows
    .map((window) => openingOf(window, zoneOf(window, deviceZone), now))
    .filter((opening) => opening !== undefined);
  return openings.length === 0 ? null : Math.min(...openings);
};

/** Today and two weeks more: today's span may be past, and a gap may swallow the one a week later. */
const openingOf = (window: Window, zone: string, now: Instant): Instant | undefined => {
  const today = wallClock(now, zone).toPlainDate();
  for (let ahead = 0; ahead <= 14; ahead += 1) {
    const span = spanOn(window, today.add({ days: ahead }), zone);
    if (span !== undefined && span[0] > now && span[0] < span[1]) return span[0];
  }
  return undefined;
};
