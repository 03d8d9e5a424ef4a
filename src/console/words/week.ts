import type { CampaignPlan } from '../../wire/muster/plan.ts';
import { openHours } from './rules.ts';

export type Window = CampaignPlan['download']['windows'][number];
export type Zone = Window['zone'];

/** Whether each hour of a week is open: 7 rows, Monday first, of 24. */
export type Hours = readonly (readonly boolean[])[];

/** A corner of what somebody marks: a day from 0, Monday, and an hour from 0. */
export type Place = { readonly day: number; readonly hour: number };

export const weekDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export const dayLabels = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
export const HOURS_A_DAY = 24;
const DAYS = weekDays.length;
const WEEK = DAYS * HOURS_A_DAY;

export const noHours: Hours = weekDays.map(() => Array.from({ length: HOURS_A_DAY }, () => false));

/** The zone of all windows; `undefined` where they have several. Without windows that of the device. */
export const zoneOf = (windows: readonly Window[]): Zone | undefined => {
  const [zone = 'device', ...others] = new Set(windows.map((window) => window.zone));
  return others.length === 0 ? zone : undefined;
};

/** Windows as whole hours; `undefined` where they are not, or are of several zones. No window is no hour here. */
export const hoursOf = (windows: readonly Window[]): Hours | undefined => {
  if (windows.length === 0) return noHours;
  if (zoneOf(windows) === undefined) return undefined;
  const shares = openHours([...windows]);
  return shares.flat().every((share) => share === 0 || share === 1)
    ? shares.map((row) => row.map((share) => share === 1))
    : undefined;
};

type Run = { readonly from: number; readonly length: number };

/** Stretches of open hours over the circle of a week; one that begins on Sunday may end on Monday. */
const runsOf = (hours: Hours): readonly Run[] => {
  const open = hours.flat();
  if (open.every(Boolean)) return [{ from: 0, length: WEEK }];
  const runs: Run[] = [];
  for (const [at, isOpen] of open.entries()) {
    if (!isOpen || open[(at + WEEK - 1) % WEEK]) continue;
    let length = 1;
    while (open[(at + length) % WEEK]) length += 1;
    runs.push({ from: at, length });
  }
  return runs;
};

const hourText = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

type Span = { readonly day: number; readonly from: string; readonly to: string };

/** A stretch of less than a day is one window, over midnight too; a longer one is one for each of its days. */
const spansOf = ({ from, length }: Run): readonly Span[] => {
  const day = Math.floor(from / HOURS_A_DAY);
  const hour = from % HOURS_A_DAY;
  if (hour + length <= HOURS_A_DAY) return [{ day, from: hourText(hour), to: hourText(hour + length) }];
  if (length < HOURS_A_DAY) return [{ day, from: hourText(hour), to: hourText(hour + length - HOURS_A_DAY) }];
  const first = HOURS_A_DAY - hour;
  return [
    { day, from: hourText(hour), to: hourText(HOURS_A_DAY) },
    ...spansOf({ from: (from + first) % WEEK, length: length - first }),
  ];
};

/** The fewest windows that mean these hours: days with the same hours share one. */
export const windowsOf = (hours: Hours, zone: Zone): Window[] => {
  const spans = runsOf(hours).flatMap(spansOf);
  return [...Map.groupBy(spans, ({ from, to }) => `${from} ${to}`).values()].map((same) => {
    const days = new Set(same.map(({ day }) => day));
    const { from = '', to = '' } = same[0] ?? {};
    return { days: weekDays.filter((_, day) => days.has(day)), from, to, zone };
  });
};

/** The same hours with all of a rectangle open or shut. */
export const marked = (hours: Hours, a: Place, b: Place, open: boolean): Hours => {
  const isIn = (at: number, one: number, other: number): boolean =>
    at >= Math.min(one, other) && at <= Math.max(one, other);
  return hours.map((row, day) =>
    row.map((was, hour) => (isIn(day, a.day, b.day) && isIn(hour, a.hour, b.hour) ? open : was)),
  );
};

/** How many hours of the week are open. */
export const openCount = (hours: Hours): number => hours.flat().filter(Boolean).length;

const whole = (open: (day: number, hour: number) => boolean): Hours =>
  noHours.map((row, day) => row.map((_, hour) => open(day, hour)));

const MORNING = 6;
const EVENING = 22;
const SATURDAY = 5;

/** Hours that many campaigns have. */
export const usualHours: readonly { readonly label: string; readonly hours: Hours }[] = [
  { label: 'Nights', hours: whole((_, hour) => hour < MORNING || hour >= EVENING) },
  { label: 'Weekends', hours: whole((day) => day >= SATURDAY) },
  { label: 'Office hours', hours: whole((day, hour) => day < SATURDAY && hour >= 8 && hour < 18) },
];
