const HOURS_A_DAY = 24;
const HOUR = 3_600_000;

/** Hours on end with the same share; `from` and `length` in hours since the beginning. */
export type Run = { readonly from: number; readonly length: number; readonly share: number };

/** The runs of hours that are open, at least for a part. */
export const runsOf = (shares: readonly number[]): readonly Run[] => {
  const runs: Run[] = [];
  for (const [hour, share] of shares.entries()) {
    const last = runs.at(-1);
    if (share === 0) continue;
    if (last !== undefined && last.share === share && last.from + last.length === hour)
      runs[runs.length - 1] = { ...last, length: last.length + 1 };
    else runs.push({ from: hour, length: 1, share });
  }
  return runs;
};

/** When a phase may begin, in a few words. */
export const openingOf = (shares: readonly number[]): string => {
  const open = shares.filter((share) => share > 0).length;
  if (open === shares.length) return 'at any hour';
  const first = shares.findIndex((share) => share > 0);
  if (first === -1) return 'not in these days';
  if (first === 0) return 'in this hour';
  const [days, hours] = [Math.floor(first / HOURS_A_DAY), first % HOURS_A_DAY];
  if (days === 0) return `in ${hours} h`;
  return `in ${days} d${hours === 0 ? '' : ` ${hours} h`}`;
};

/** The share of all devices that may begin, by hour. */
export const shareOfAll = (
  zones: readonly { readonly devices: number; readonly shares: readonly number[] }[],
): readonly number[] => {
  const all = zones.reduce((sum, { devices }) => sum + devices, 0);
  const hours = zones[0]?.shares.length ?? 0;
  return Array.from({ length: hours }, (_, hour) =>
    all === 0 ? 0 : zones.reduce((sum, { devices, shares }) => sum + devices * (shares[hour] ?? 0), 0) / all,
  );
};

/** The days of the reader that begin within so many hours, with the hours until then. */
export const midnights = (
  from: string,
  hours: number,
): readonly { readonly hour: number; readonly at: Date }[] => {
  const begin = Date.parse(from);
  const day = new Date(begin);
  day.setHours(0, 0, 0, 0);
  const found: { hour: number; at: Date }[] = [];
  for (;;) {
    day.setDate(day.getDate() + 1);
    const hour = (day.getTime() - begin) / HOUR;
    if (hour >= hours) return found;
    found.push({ hour, at: new Date(day) });
  }
};
