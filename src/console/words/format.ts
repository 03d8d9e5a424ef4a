const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** 12480 as `12,480`. */
export const count = (n: number): string => whole.format(n);

/** `1 device`, `12,480 devices`; `many` where an `s` is not enough. */
export const plural = (n: number, one: string, many = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`;

/** A share as percent: `0.4 %`, `37 %`; never 0 or 100 % for what is only near it. It does not break. */
export const percent = (part: number, of: number): string => {
  if (of === 0) return '0\u00a0%';
  const share = (100 * part) / of;
  if (part > 0 && share < 0.1) return '<\u00a00.1\u00a0%';
  if (part < of && share > 99.9) return '>\u00a099.9\u00a0%';
  return `${(share > 0 && share < 10) || (share > 99 && share < 100) ? fine.format(share) : whole.format(share)}\u00a0%`;
};

const sizes = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Bytes in powers of 1,000: `1.4 MB`. */
export const bytes = (n: number): string => {
  const power = n < 1 ? 0 : Math.min(sizes.length - 1, Math.floor(Math.log10(n) / 3));
  const value = n / 1_000 ** power;
  return `${value < 10 && power > 0 ? fine.format(value) : whole.format(value)} ${sizes[power]}`;
};

const units = [
  { size: DAY, short: 'd', next: { size: HOUR, short: 'h' } },
  { size: HOUR, short: 'h', next: { size: MINUTE, short: 'min' } },
  { size: MINUTE, short: 'min', next: { size: SECOND, short: 's' } },
] as const;

/** Milliseconds in at most two units: `3 d 4 h`, `12 min`, `40 s`. */
export const duration = (milliseconds: number): string => {
  const rest = Math.max(0, milliseconds);
  const unit = units.find(({ size }) => rest >= size);
  if (unit === undefined) return `${Math.floor(rest / SECOND)} s`;
  const first = Math.floor(rest / unit.size);
  const second = Math.floor((rest % unit.size) / unit.next.size);
  const more = second > 0 && first < 10 ? ` ${second} ${unit.next.short}` : '';
  return `${first} ${unit.short}${more}`;
};

/** How long ago, or how far ahead, in one unit: `12 s ago`, `in 3 h`. */
export const ago = (at: number, now: number): string => {
  const apart = Math.abs(now - at);
  if (apart < SECOND) return 'now';
  const unit = units.find(({ size }) => apart >= size) ?? { size: SECOND, short: 's' };
  const text = `${Math.floor(apart / unit.size)} ${unit.short}`;
  return at <= now ? `${text} ago` : `in ${text}`;
};

const moment = new Intl.DateTimeFormat('en-GB', {
  ...{ day: 'numeric', month: 'short', year: 'numeric' },
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' },
});
const dayTime = new Intl.DateTimeFormat('en-GB', {
  ...{ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
});

/** An instant whole, in the reader's time zone: `21 Nov 2026, 08:00:05 UTC`. */
export const instant = (at: string | number): string => moment.format(new Date(at));

/** An instant short, in the reader's time zone: `21 Nov, 08:00`. */
export const shortInstant = (at: string | number): string => dayTime.format(new Date(at));

/** `Wave 1`, `in-progress` as `In progress`. */
export const sentence = (words: string): string => {
  const text = words.replaceAll('-', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
};
