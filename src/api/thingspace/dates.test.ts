import { describe, expect, it } from 'vitest';
import type { ThingSpaceDates } from '../../app/thingspace-campaign.ts';
import { type DatesGiven, datesAhead, datesUnderWay } from './dates.ts';

/** Noon of the day before the campaign of these tests begins. */
const before = Date.parse('2026-02-01T12:00:00Z');
const during = Date.parse('2026-02-03T12:00:00Z');
const hours = (startTime: number, endTime: number) => ({ startTime, endTime });

const given: DatesGiven = {
  startDate: '2026-02-02',
  endDate: '2026-02-08',
  downloadAfterDate: '2026-02-02',
  downloadTimeWindowList: [hours(2, 6)],
  installAfterDate: '2026-02-03',
  installTimeWindowList: [hours(3, 4), hours(4, 5)],
};
const was: ThingSpaceDates = {
  startDate: '2026-02-02',
  endDate: '2026-02-08',
  downloadAfterDate: '2026-02-02',
  downloadWindows: [hours(2, 6)],
  installAfterDate: '2026-02-03',
  installWindows: [hours(3, 4), hours(4, 5)],
};
const {
  downloadAfterDate: _,
  installAfterDate: __,
  ...v3Given
} = {
  ...given,
  campaignTimeWindowList: [hours(2, 6)],
};
const v3Was: ThingSpaceDates = {
  ...was,
  downloadAfterDate: null,
  installAfterDate: null,
  installWindows: was.downloadWindows,
};

describe('dates before the start', () => {
  it('are days with their windows in hours', () => {
    expect(datesAhead(given, 'v2', before)).toEqual(was);
  });

  it('are, in v3, ruled by one list of windows under either of its names', () => {
    const { campaignTimeWindowList, ...others } = v3Given;
    expect(datesAhead(v3Given, 'v3', before)).toEqual(v3Was);
    expect(datesAhead({ ...others, timeWindowList: campaignTimeWindowList }, 'v3', before)).toEqual(v3Was);
  });

  it('may have no windows, which is the whole day, and no further dates', () => {
    const dates = { startDate: '2026-02-01', endDate: '2026-02-01' };
    expect(datesAhead(dates, 'v1', before)).toEqual({
      ...dates,
      ...{ downloadAfterDate: null, downloadWindows: [], installAfterDate: null, installWindows: [] },
    });
  });

  it.each<[string, DatesGiven, string]>([
    ['starts yesterday', { startDate: '2026-01-31' }, 'Invalid start date'],
    ['starts on no day', { startDate: '2026-02-30' }, 'Invalid start date'],
    ['starts at an instant', { startDate: '2026-02-02T00:00:00Z' }, 'Invalid start date'],
    ['starts never', { startDate: undefined as never }, 'Invalid start date'],
    ['ends before it starts', { endDate: '2026-02-01' }, 'Invalid end date'],
    ['ends never', { endDate: undefined as never }, 'Invalid end date'],
    ['downloads after its end', { downloadAfterDate: '2026-02-09' }, 'Invalid download after date'],
    ['installs on no day', { installAfterDate: 'soon' }, 'Invalid install after date'],
    ['has a window of no length', { downloadTimeWindowList: [hours(0, 0)] }, 'Invalid time window'],
    ['has a window that ends first', { downloadTimeWindowList: [hours(6, 2)] }, 'Invalid time window'],
    ['has a window past the day', { installTimeWindowList: [hours(20, 25)] }, 'Invalid time window'],
    ['has a window before the day', { installTimeWindowList: [hours(-1, 5)] }, 'Invalid time window'],
    ['has a window of minutes', { installTimeWindowList: [hours(1.5, 5)] }, 'Invalid time window'],
    ['has half a window', { installTimeWindowList: [{ startTime: 1 }] }, 'Invalid time window'],
    ['has overlapping windows', { installTimeWindowList: [hours(1, 3), hours(2, 4)] }, 'Invalid time window'],
    ['has a window twice', { installTimeWindowList: [hours(1, 3), hours(1, 3)] }, 'Invalid time window'],
  ])('are refused of a campaign that %s', (_title, wrong, message) => {
    expect(() => datesAhead({ ...given, ...wrong }, 'v2', before)).toThrow(message);
  });

  it('have windows of one hour in v2, and of four and more in v3', () => {
    const short = { ...v3Given, campaignTimeWindowList: [hours(18, 21)] };
    expect(() => datesAhead(short, 'v3', before)).toThrow('Time window must be at least 4 hours');
    const long = { ...v3Given, campaignTimeWindowList: [hours(18, 22), hours(0, 18)] };
    expect(datesAhead(long, 'v3', before).installWindows).toEqual([hours(18, 22), hours(0, 18)]);
  });

  it('may start today, and not yesterday, in UTC', () => {
    const midnight = Date.parse('2026-02-02T00:00:00Z');
    expect(datesAhead(given, 'v2', midnight + 86_399_999).startDate).toBe('2026-02-02');
    expect(() => datesAhead(given, 'v2', midnight + 86_400_000)).toThrow('Invalid start date');
  });

  it('say of a start in v1 what was published', () => {
    expect(() => datesAhead({ ...given, startDate: 'soon' }, 'v1', before)).toThrow(
      'FotaPostUpgrades: invalid state date',
    );
  });

  it('take hours as text', () => {
    const texts = [{ startTime: '2', endTime: '6' }];
    expect(datesAhead({ ...given, downloadTimeWindowList: texts }, 'v2', before)).toEqual(was);
  });
});

describe('dates after the start', () => {
  const change = (wrong: DatesGiven) => datesUnderWay({ ...given, ...wrong }, 'v2', was, during);

  it('may have another end, in 24 hours or later', () => {
    const endOf = (endDate: string, now: number) =>
      datesUnderWay({ ...given, endDate }, 'v2', was, now).endDate;
    expect(endOf('2026-02-04', during)).toBe('2026-02-04');
    expect(endOf('2026-02-03', Date.parse('2026-02-03T00:00:00Z'))).toBe('2026-02-03');
    expect(() => endOf('2026-02-03', Date.parse('2026-02-03T00:00:00.001Z'))).toThrow(
      'End date must be at least 24 hours from now',
    );
  });

  it('keep their start', () => {
    expect(() => change({ startDate: '2026-02-03' })).toThrow('Invalid start date');
  });

  it('may have more windows in v2', () => {
    const more = [...was.downloadWindows, hours(8, 9)];
    expect(change({ downloadTimeWindowList: more }).downloadWindows).toEqual(more);
  });

  it.each<[string, DatesGiven]>([
    ['download', { downloadTimeWindowList: [hours(2, 7)] }],
    ['install', { installTimeWindowList: [hours(3, 4)] }],
    ['any', { downloadTimeWindowList: [], installTimeWindowList: [] }],
  ])('keep the %s windows that were there', (_title, fewer) => {
    expect(() => change(fewer)).toThrow('Existing time windows cannot be removed');
  });

  it('have the same windows in v3', () => {
    const changeV3 = (other: DatesGiven) => datesUnderWay({ ...v3Given, ...other }, 'v3', v3Was, during);
    expect(changeV3({ endDate: '2026-02-10' })).toEqual({ ...v3Was, endDate: '2026-02-10' });
    for (const windows of [[], [hours(2, 6), hours(8, 12)], [hours(2, 7)]]) {
      expect(() => changeV3({ campaignTimeWindowList: windows })).toThrow(
        'Time windows cannot be changed after the start',
      );
    }
  });
});
