import type { Field, Scalar } from './targeting.ts';
import { isInstant } from './targeting-fields.ts';
import type { Token } from './targeting-tokens.ts';

export type Literal = Extract<Token, { readonly kind: 'word' | 'string' }>;

/** A value, or in plain words what was expected in its place. */
export type Reading = { readonly value: Scalar } | { readonly expected: string };

/**
 * The value that a literal means where it is compared with a field. A bare word takes the type of its field:
 * `version = 1.10` means the text 1.10 and `id = 007` the text 007. Attributes have no type, so there a bare
 * JSON number is a number, `true` and `false` are booleans, and anything else is a text.
 */
export const readLiteral = (literal: Literal, field: Field): Reading => {
  if (isInstant(field)) return readInstant(literal);
  if (field.kind === 'attribute-number')
    return NUMBER.test(literal.text) ? readNumber(literal.text) : { expected: 'a number' };
  if (field.kind !== 'attribute' || literal.kind === 'string') return { value: literal.text };
  const truth = TRUTHS.get(literal.text.toLowerCase());
  if (truth !== undefined) return { value: truth };
  return NUMBER.test(literal.text) ? readNumber(literal.text) : { value: literal.text };
};

const TRUTHS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE]-?[0-9]+)?$/;
const INTEGER = /^-?[0-9]+$/;

const readNumber = (text: string): Reading => {
  const value = Number(text);
  // A longer integer would silently be rounded to the number of another device.
  const isRounded = INTEGER.test(text) && !Number.isSafeInteger(value);
  if (isRounded || !Number.isFinite(value))
    return { expected: 'a number that a double can hold (put longer ones in quotes, as text)' };
  return { value: value === 0 ? 0 : value };
};

const readInstant = (literal: Literal): Reading => {
  const value =
    literal.kind === 'word' && INTEGER.test(literal.text) ? Number(literal.text) : isoInstant(literal.text);
  if (value === undefined || !Number.isSafeInteger(value))
    return { expected: 'epoch milliseconds, a date, or a date and time with Z or offset (ISO 8601)' };
  return { value: value === 0 ? 0 : value };
};

const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;

// A date alone begins in UTC. A time without offset is refused: it would mean another instant on each machine.
const isoInstant = (text: string): number | undefined => {
  try {
    return Temporal.Instant.from(DATE.test(text) ? `${text}T00:00Z` : text).epochMilliseconds;
  } catch {
    return undefined;
  }
};
