import { unreachable } from './result.ts';
import type { Expression, Field, Scalar } from './targeting.ts';
import { ATTRIBUTES, FIRMWARE, isInstant, VERSION } from './targeting-fields.ts';
import { isWord } from './targeting-tokens.ts';

/**
 * The canonical text of a query: attributes by full name, texts in double quotes, instants in ISO 8601, `not`
 * in front, parentheses only where they change the tree. Whatever `parseExpression` gave comes back equal;
 * so does any well-typed tree once its empty and single `and`, `or` and `in` are written out. It can be longer
 * than the text a query was read from, and so over its limit: keep the text that was read.
 */
export const formatExpression = (expression: Expression): string => {
  const e = plain(expression);
  switch (e.type) {
    case 'all':
      return '*';
    case 'and':
      return e.of.map((part) => grouped(part, ['and', 'or'])).join(' and ');
    case 'or':
      return e.of.map((part) => grouped(part, ['or'])).join(' or ');
    case 'not':
      return `not ${grouped(e.of, ['and', 'or'])}`;
    case 'compare':
      return `${formatField(e.field)} ${e.operator} ${formatValue(e.value, e.field)}`;
    case 'contains':
      return `${formatField(e.field)} contains ${quoted(e.value)}`;
    case 'in':
      return `${formatField(e.field)} in (${e.values.map((value) => formatValue(value, e.field)).join(', ')})`;
    case 'exists':
      return `exists(${formatField(e.field)})`;
    default:
      return unreachable(e);
  }
};

const ALL: Expression = { type: 'all' };
const NONE: Expression = { type: 'not', of: ALL };

const plain = (e: Expression): Expression => {
  if (e.type === 'in') return e.values.length === 0 ? NONE : e;
  if (e.type !== 'and' && e.type !== 'or') return e;
  const [first, second] = e.of;
  if (!first) return e.type === 'and' ? ALL : NONE;
  return second ? e : plain(first);
};

const grouped = (e: Expression, looser: readonly Expression['type'][]): string =>
  looser.includes(plain(e).type) ? `(${formatExpression(e)})` : formatExpression(e);

/** A field as a query names it. */
export const formatField = (field: Field): string => {
  switch (field.kind) {
    case 'column':
      return field.name;
    case 'tag':
      return 'tag';
    case 'version':
      return field.component === FIRMWARE ? 'version' : `${VERSION}${formatName(field.component)}`;
    case 'attribute':
      return `${ATTRIBUTES}${formatName(field.name)}`;
    case 'attribute-version':
      return `version(${ATTRIBUTES}${formatName(field.name)})`;
    case 'attribute-number':
      return `number(${ATTRIBUTES}${formatName(field.name)})`;
    default:
      return unreachable(field);
  }
};

const formatName = (name: string): string => (isWord(name) ? name : quoted(name));

const formatValue = (value: Scalar, field: Field): string => {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean') return String(value);
  return isInstant(field) ? formatInstant(value) : formatNumber(value);
};

const LAST_INSTANT = 8_640_000_000_000_000;

// Outside the years that ISO 8601 texts can name, the bare number still reads back.
const formatInstant = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) <= LAST_INSTANT
    ? quoted(Temporal.Instant.fromEpochMilliseconds(value).toString())
    : String(value);

// Integers beyond 2^53 and exponents with `+` do not read back.
const formatNumber = (value: number): string => {
  const isLong = Number.isInteger(value) && !Number.isSafeInteger(value);
  return (isLong ? value.toExponential() : String(value)).replace('+', '');
};

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['"', '\\"'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

const quoted = (text: string): string =>
  `"${text.replace(/[\\"\n\r\t]/g, (character) => ESCAPES.get(character) ?? character)}"`;
