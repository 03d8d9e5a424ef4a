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

/** The first instant after `now` at which one of the windows opens. A window opens at least once a week. */
export const nextOpening = (windows: readonly Window[], deviceZone: string, now: Instant): Instant | null => {
  const openings = windows.flatMap((window) => openingsOf(window, zoneOf(window, deviceZone), now));
  return openings.length === 0 ? null : Math.min(...openings);
};

/** Nine days: a week ahead, and a day more on each side for zones and for days that a gap swallows. */
const openingsOf = (window: Window, zone: string, now: Instant): Instant[] => {
  const today = wallClock(now, zone).toPlainDate();
  return Array.from({ length: 9 }, (_, ahead) => spanOn(window, today.add({ days: ahead }), zone))
    .filter((span) => span !== undefined)
    .filter(([begin, end]) => begin > now && begin < end)
    .map(([begin]) => begin);
};
