import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';

/** A whole number from `least` on. */
export const wholeNumber =
  (least = 0) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`expected a whole number from ${least} on`);
    return value;
  };

/** How many records to show: a number, or all. */
const limit = (text: string): number => (text === 'all' ? Number.POSITIVE_INFINITY : wholeNumber(1)(text));

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** A span such as 90s, 15m, 2h or 3d, in seconds. */
export const span = (text: string): number => {
  const [, digits = '', unit = 's'] = /^(\d{1,9})([smhd])?$/.exec(text) ?? [];
  if (digits === '') throw new InvalidArgumentError('expected a span such as 90s, 15m, 2h or 3d');
  return Number(digits) * (unitSeconds[unit] ?? 1);
};

/** An instant in ISO 8601; one without an offset is in the zone of this machine. */
export const instant = (text: string): string => {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('expected an instant such as 2026-12-01T08:00:00Z');
  return new Date(at).toISOString();
};

/** Gathers the values of an option that may be repeated. */
export const repeated = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

export type Paged = { readonly limit: number };

/** Adds `--limit` to a command that lists. */
export const paged = (command: Command): Command =>
  command.option('--limit <n>', 'how many to show, or all', limit, 100);

export type DryRun = { readonly dryRun?: true };

/** Adds `--dry-run` to a command that changes something. */
export const changing = (command: Command): Command =>
  command.option('--dry-run', 'say what would be done, and change nothing');

/** Members that may be absent, in place of being `undefined`. */
type Given<Options> = {
  readonly [Name in keyof Options as undefined extends Options[Name] ? never : Name]: Options[Name];
} & {
  readonly [Name in keyof Options as undefined extends Options[Name] ? Name : never]?: Exclude<
    Options[Name],
    undefined
  >;
};

/** The members of `options` that are given, for bodies and queries. */
export const given = <Options extends object>(options: Options): Given<Options> =>
  // Entries lose which member has which type.
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<Options>;
