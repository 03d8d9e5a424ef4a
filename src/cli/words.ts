/** An instant for people: in UTC, to the second; `-` for none. */
export const moment = (at: string | null | undefined): string =>
  at === null || at === undefined ? '-' : at.replace('T', ' ').replace(/\.\d+Z$/, 'Z');

const steps = [
  [1_000, 'kB'],
  [1_000_000, 'MB'],
  [1_000_000_000, 'GB'],
  [1_000_000_000_000, 'TB'],
] as const;

/** So many bytes for people, in powers of ten. */
export const bytes = (count: number): string => {
  const step = steps.findLast(([size]) => count >= size);
  return step === undefined ? `${count} B` : `${(count / step[0]).toFixed(1)} ${step[1]}`;
};

/** A whole number with a narrow gap between thousands. */
export const number = (count: number): string => String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ' ');

/** One thing, or so many of them. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : many}`;

/** So many seconds for people, in the two largest units. */
export const duration = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
};

/** Words of a list, or `-`. */
export const joined = (words: readonly string[]): string => (words.length === 0 ? '-' : words.join(', '));

/** Names and values of a record, one in each line, or `-`. */
export const pairs = (record: Readonly<Record<string, unknown>>): string =>
  Object.keys(record).length === 0
    ? '-'
    : Object.entries(record)
        .map(([name, value]) => `${name}=${String(value)}`)
        .join('\n');

export const yesNo = (value: boolean): string => (value ? 'yes' : 'no');
