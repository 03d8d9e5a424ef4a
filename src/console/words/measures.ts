const units = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'min', seconds: 60 },
  { name: 's', seconds: 1 },
] as const;
export type Unit = (typeof units)[number]['name'];

/** Units of a duration as somebody chooses them, the smallest first. */
export const unitOptions: readonly { readonly value: Unit; readonly label: string }[] = [
  { value: 's', label: 'seconds' },
  { value: 'min', label: 'minutes' },
  { value: 'h', label: 'hours' },
  { value: 'd', label: 'days' },
];

/** Seconds in the largest unit in which they are whole; none are so many minutes. */
export const inUnit = (seconds: number): { readonly amount: number; readonly unit: Unit } => {
  if (seconds === 0) return { amount: 0, unit: 'min' };
  const unit = units.find((one) => seconds % one.seconds === 0) ?? { name: 's', seconds: 1 };
  return { amount: seconds / unit.seconds, unit: unit.name };
};

export const secondsIn = (amount: number, unit: Unit): number =>
  Math.round(amount * (units.find(({ name }) => name === unit)?.seconds ?? 1));

const two = (n: number): string => String(n).padStart(2, '0');

/** An instant as an input of date and time has it, in the reader's time zone: `2026-11-21T08:00`. */
export const toLocal = (instant: string | null): string => {
  if (instant === null) return '';
  const at = new Date(instant);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
};

/** The same backwards; `null` for what is no date. */
export const fromLocal = (text: string): string | null => {
  const at = new Date(text);
  return text === '' || Number.isNaN(at.getTime()) ? null : at.toISOString();
};
