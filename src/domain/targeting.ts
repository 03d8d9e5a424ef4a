import { readDecimal } from './decimal.ts';
import { unreachable } from './result.ts';
import type { Instant } from './time.ts';
import { compareText, compareVersions } from './version.ts';

export { isInstant } from './targeting-fields.ts';
export { formatExpression, formatField } from './targeting-format.ts';
export { parseExpression } from './targeting-parser.ts';

export type Scalar = string | number | boolean;

/** What a device shows to a query. Texts nobody gave are empty; `lastSeenAt` 0 means never seen. */
export type DeviceFacts = {
  readonly id: string;
  readonly name: string;
  readonly make: string;
  readonly model: string;
  readonly protocol: string;
  /** `waiting` for an operator to accept it, else `accepted`. */
  readonly standing: string;
  readonly timeZone: string;
  readonly tags: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, Scalar>>;
  readonly lastSeenAt: Instant;
  readonly createdAt: Instant;
};

export type TextColumn = 'id' | 'name' | 'make' | 'model' | 'protocol' | 'standing' | 'timeZone';
export type InstantColumn = 'lastSeenAt' | 'createdAt';

/**
 * What a term speaks about. `attribute-version` is an attribute whose texts are put in version order,
 * `attribute-number` one that is read as a number even where it is a text.
 */
export type Field =
  | { readonly kind: 'column'; readonly name: TextColumn | InstantColumn }
  | { readonly kind: 'tag' }
  | { readonly kind: 'version'; readonly component: string }
  | { readonly kind: 'attribute'; readonly name: string }
  | { readonly kind: 'attribute-version'; readonly name: string }
  | { readonly kind: 'attribute-number'; readonly name: string };

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';

/**
 * A query as a tree. Every tree has a verdict for every device, and it is yes or no, never unknown:
 *
 * - A field stands for a set of values: the tags of the device, else one value, or none where the attribute or
 *   version is missing. `=`, `<`, `<=`, `>`, `>=`, `contains` and `in` ask whether some value fits, so with
 *   none they are false. `!=` is `not =`, so with none it is true.
 * - Values of different types never fit: `attributes.n = "5"` is false where n is the number 5, as is `n < 5`
 *   where n is a text. `attribute-version` has a value only where the attribute is a text, `attribute-number`
 *   where it is a number or a text that `readDecimal` takes for one.
 * - Texts are equal when their code points are, and ordered by code point (the `C` collation).
 * - `version` and `attribute-version` are equal and ordered by `versionKey`, for `in` too.
 * - Numbers are doubles. Instants are numbers, epoch milliseconds; a device never seen has 0, before all others.
 * - Booleans have no order: only `=`, `!=` and `in` reach them.
 * - `contains` finds a substring of a text as it stands, and the empty text in every text. A tag `=` is
 *   having that tag, a tag `contains` is having a tag with that substring.
 * - `exists` asks for any value; a text column exists unless empty, an instant unless 0.
 * - `and` of nothing is true, `or` and `in` of nothing are false.
 */
export type Expression =
  | { readonly type: 'all' }
  | { readonly type: 'and' | 'or'; readonly of: readonly Expression[] }
  | { readonly type: 'not'; readonly of: Expression }
  | { readonly type: 'compare'; readonly field: Field; readonly operator: Operator; readonly value: Scalar }
  | { readonly type: 'contains'; readonly field: Field; readonly value: string }
  | { readonly type: 'in'; readonly field: Field; readonly values: readonly Scalar[] }
  | { readonly type: 'exists'; readonly field: Field };

/** Whether a device belongs to a query, by the rules of `Expression`. The reference for what stores compile. */
export const matches = (e: Expression, facts: DeviceFacts): boolean => {
  switch (e.type) {
    case 'all':
      return true;
    case 'and':
      return e.of.every((part) => matches(part, facts));
    case 'or':
      return e.of.some((part) => matches(part, facts));
    case 'not':
      return !matches(e.of, facts);
    case 'compare':
      return compares(e.field, e.operator, e.value, facts);
    case 'contains':
      return valuesOf(e.field, facts).some((held) => typeof held === 'string' && held.includes(e.value));
    case 'in':
      return e.values.some((value) => compares(e.field, '=', value, facts));
    case 'exists':
      return valuesOf(e.field, facts).some((held) => e.field.kind !== 'column' || isGiven(held));
    default:
      return unreachable(e);
  }
};

const valuesOf = (field: Field, facts: DeviceFacts): readonly Scalar[] => {
  switch (field.kind) {
    case 'column':
      return [facts[field.name]];
    case 'tag':
      return facts.tags;
    case 'version':
      return own(facts.versions, field.component);
    case 'attribute':
      return own(facts.attributes, field.name);
    case 'attribute-version':
      return own(facts.attributes, field.name).filter((held) => typeof held === 'string');
    case 'attribute-number':
      return own(facts.attributes, field.name).flatMap(numbersIn);
    default:
      return unreachable(field);
  }
};

// Attribute names come from devices: `constructor` must not find what every object inherits.
const own = <T>(record: Readonly<Record<string, T>>, name: string): readonly T[] => {
  const held = Object.hasOwn(record, name) ? record[name] : undefined;
  return held === undefined ? [] : [held];
};

const numbersIn = (held: Scalar): readonly number[] => {
  const number = typeof held === 'string' ? readDecimal(held) : held;
  return typeof number === 'number' ? [number] : [];
};

const isGiven = (held: Scalar): boolean => held !== '' && held !== 0;

const compares = (field: Field, operator: Operator, value: Scalar, facts: DeviceFacts): boolean => {
  if (operator === '!=') return !compares(field, '=', value, facts);
  return valuesOf(field, facts).some((held) => fits(field, operator, held, value));
};

type Positive = Exclude<Operator, '!='>;

const fits = (field: Field, operator: Positive, held: Scalar, value: Scalar): boolean => {
  if (typeof held === 'string' && typeof value === 'string')
    return holds(operator, isVersion(field) ? compareVersions(held, value) : compareText(held, value));
  if (typeof held === 'number' && typeof value === 'number')
    return holds(operator, held === value ? 0 : held - value);
  return operator === '=' && held === value;
};

const holds = (operator: Positive, difference: number): boolean => {
  switch (operator) {
    case '=':
      return difference === 0;
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
    default:
      return unreachable(operator);
  }
};

const isVersion = (field: Field): boolean => field.kind === 'version' || field.kind === 'attribute-version';
