import type { DailyHours } from '../../app/thingspace-campaign.ts';
import type { HoursGiven } from '../../wire/thingspace/campaigns.ts';
import type { ApiVersion } from '../../wire/thingspace/common.ts';
import { BadRequest } from './errors.ts';

/** The shortest window of v3, in hours. */
const SHORTEST_V3 = 4;

const hourIn = (value: unknown): number => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d{1,2}$/.test(value.trim()) ? Number(value) : Number.NaN;
};

const windowIn = ({ startTime, endTime }: HoursGiven, version: ApiVersion): DailyHours => {
  const hours = { startTime: hourIn(startTime), endTime: hourIn(endTime) };
  const isWhole = Number.isInteger(hours.startTime) && Number.isInteger(hours.endTime);
  const isDay = hours.startTime >= 0 && hours.endTime <= 24;
  if (!isWhole || !isDay || hours.endTime <= hours.startTime) throw new BadRequest('Invalid time window');
  if (version === 'v3' && hours.endTime - hours.startTime < SHORTEST_V3)
    throw new BadRequest('Time window must be at least 4 hours');
  return hours;
};

const overlap = (a: DailyHours, b: DailyHours): boolean => a.startTime < b.endTime && b.startTime < a.endTime;

/**
 * Windows as they are asked for, in their order; none is the whole day (reference 3.3). Throws `BadRequest` for hours
 * that are none, that are empty or inverted, that overlap, and in v3 for less than four of them.
 */
export const windowsIn = (
  given: readonly HoursGiven[] | undefined,
  version: ApiVersion,
): readonly DailyHours[] => {
  const windows = (given ?? []).map((one) => windowIn(one, version));
  const areApart = windows.every((one, at) => !windows.slice(at + 1).some((other) => overlap(one, other)));
  if (!areApart) throw new BadRequest('Invalid time window');
  return windows;
};

/** Whether windows were given as text, so that they are told as text (reference 7, row 7). */
export const areText = (...lists: readonly (readonly HoursGiven[] | undefined)[]): boolean =>
  lists.some((list) => list?.some(({ startTime }) => typeof startTime === 'string'));

/** Windows in replies; `undefined` for none. */
export const toWindows = (windows: readonly DailyHours[], asText = false) =>
  windows.length === 0
    ? undefined
    : windows.map(({ startTime, endTime }) =>
        asText ? { startTime: `${startTime}`, endTime: `${endTime}` } : { startTime, endTime },
      );

const isSame = (a: DailyHours) => (b: DailyHours) => a.startTime === b.startTime && a.endTime === b.endTime;

/** Whether every window is still there. */
export const holdsAll = (windows: readonly DailyHours[], was: readonly DailyHours[]): boolean =>
  was.every((one) => windows.some(isSame(one)));
