import { HOURS_A_DAY, weekDays } from './week.ts';

type Stretch = {
  readonly from: string;
  readonly succeeded: number;
  readonly failed: number;
  readonly other: number;
};

/** How many updates ended in each hour of the week: 7 rows, Monday first, of 24. */
export type Heat = readonly (readonly number[])[];

const HOUR = 3_600_000;
const SUNDAY_LAST = 6;

/**
 * When the updates of a campaign ended, by the hours of a week in the reader's time zone. What ended in a stretch that is longer
 * than an hour is shared among its hours.
 */
export const heatOf = (stretches: readonly Stretch[], everySeconds: number): Heat => {
  const heat = weekDays.map(() => Array.from({ length: HOURS_A_DAY }, () => 0));
  const parts = Math.max(1, Math.round((everySeconds * 1_000) / HOUR));
  for (const { from, succeeded, failed, other } of stretches) {
    for (let part = 0; part < parts; part += 1) {
      const at = new Date(Date.parse(from) + part * HOUR);
      const row = heat[(at.getDay() + SUNDAY_LAST) % weekDays.length];
      if (row === undefined) continue;
      const hour = at.getHours();
      row[hour] = (row[hour] ?? 0) + (succeeded + failed + other) / parts;
    }
  }
  return heat;
};

/** The most of any hour. */
export const hottest = (heat: Heat): number => Math.max(0, ...heat.flat());
