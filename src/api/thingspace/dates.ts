import type { ThingSpaceDates } from '../../app/thingspace-campaign.ts';
import { DAY, HOUR, type Instant } from '../../domain/time.ts';
import type { V2Dates, V3Dates } from '../../wire/thingspace/campaigns.ts';
import type { ApiVersion } from '../../wire/thingspace/common.ts';
import { BadRequest } from './errors.ts';
import { toDay } from './times.ts';
import { holdsAll, windowsIn } from './windows.ts';

/** The beginning of a day in UTC, or NaN for what is none: `YYYY-MM-DD` of a day that there is. */
const dayIn = (text: string | undefined): Instant => {
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return Number.NaN;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && toDay(at) === text ? at : Number.NaN;
};

/** What a version says of a wrong start date; the words of v1 are as they were published (reference 4). */
const wrongStart = (version: ApiVersion): BadRequest =>
  new BadRequest(version === 'v1' ? 'FotaPostUpgrades: invalid state date' : 'Invalid start date');

const dayGiven = (text: string | undefined, error: () => BadRequest): string => {
  const at = dayIn(text);
  if (Number.isNaN(at)) throw error();
  return toDay(at);
};

const dayAfter = (text: string | undefined, endDate: string, field: string): string | null => {
  if (text === undefined) return null;
  const error = () => new BadRequest(`Invalid ${field} after date`);
  const day = dayGiven(text, error);
  if (day > endDate) throw error();
  return day;
};

/** Whatever dates a request of any version has. */
export type DatesGiven = V2Dates & V3Dates;

const windowsGiven = (given: DatesGiven, version: ApiVersion) => {
  if (version !== 'v3') {
    return {
      downloadWindows: windowsIn(given.downloadTimeWindowList, version),
      installWindows: windowsIn(given.installTimeWindowList, version),
    };
  }
  const windows = windowsIn(given.campaignTimeWindowList ?? given.timeWindowList, version);
  return { downloadWindows: windows, installWindows: windows };
};

/** Dates and windows by themselves. Throws `BadRequest` (reference 3.3 and 4). */
const datesIn = (given: DatesGiven, version: ApiVersion): ThingSpaceDates => {
  const startDate = dayGiven(given.startDate, () => wrongStart(version));
  const wrongEnd = () => new BadRequest('Invalid end date');
  const endDate = dayGiven(given.endDate, wrongEnd);
  if (endDate < startDate) throw wrongEnd();
  return {
    ...{ startDate, endDate },
    downloadAfterDate: dayAfter(given.downloadAfterDate, endDate, 'download'),
    installAfterDate: dayAfter(given.installAfterDate, endDate, 'install'),
    ...windowsGiven(given, version),
  };
};

/** The dates of a campaign that has not begun: it starts today or later (reference 3.3). Throws `BadRequest`. */
export const datesAhead = (given: DatesGiven, version: ApiVersion, now: Instant): ThingSpaceDates => {
  const dates = datesIn(given, version);
  if (dates.startDate < toDay(now)) throw wrongStart(version);
  return dates;
};

const sameWindows = (a: ThingSpaceDates, b: ThingSpaceDates): boolean =>
  holdsAll(a.downloadWindows, b.downloadWindows) && holdsAll(b.downloadWindows, a.downloadWindows);

/**
 * The dates of a campaign that has begun: its start stays, it ends in 24 hours or later, and windows are only added
 * (v2) or stay (v3; reference 3.3). Throws `BadRequest`.
 */
export const datesUnderWay = (
  given: DatesGiven,
  version: ApiVersion,
  was: ThingSpaceDates,
  now: Instant,
): ThingSpaceDates => {
  const dates = datesIn(given, version);
  if (dates.startDate !== was.startDate) throw wrongStart(version);
  if (dayIn(dates.endDate) + DAY < now + 24 * HOUR)
    throw new BadRequest('End date must be at least 24 hours from now');
  if (version === 'v3') {
    if (sameWindows(dates, was)) return dates;
    throw new BadRequest('Time windows cannot be changed after the start');
  }
  const keepsAll =
    holdsAll(dates.downloadWindows, was.downloadWindows) &&
    holdsAll(dates.installWindows, was.installWindows);
  if (!keepsAll) throw new BadRequest('Existing time windows cannot be removed');
  return dates;
};
