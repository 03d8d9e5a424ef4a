import type { Filter, KeyObj, operators, Pair, valueTypes } from '../../wire/pulse/filters.ts';
import { BadRequest } from './errors.ts';
import { type Key, readKey } from './filter-keys.ts';

export type PulseOperator = (typeof operators)[number];
type ValueType = (typeof valueTypes)[number];

/** A comparison with a value of the type that the key was said to have; INT64 and DOUBLE are both numbers. */
export type Condition = {
  readonly operator: PulseOperator;
  readonly value: string | number | boolean;
};

/** A key with conditions of which any must hold. */
export type Clause = { readonly key: Key; readonly anyOf: readonly Condition[] };

const members = {
  INT64: 'valueInt64',
  DOUBLE: 'valueDouble',
  STRING: 'valueString',
  BOOLEAN: 'valueBoolean',
} as const satisfies Record<ValueType, keyof Pair>;

const isType = (name: string): name is ValueType => Object.hasOwn(members, name);

type Given = { readonly type: ValueType; readonly value: string | number | boolean };

/** The value of a pair and its type: that of the key, else that of the only member given. */
const givenIn = (pair: Pair, wanted: ValueType | undefined): Given => {
  const given = Object.keys(members)
    .filter(isType)
    .flatMap((type): readonly Given[] => {
      const value = pair[members[type]];
      return value === undefined ? [] : [{ type, value }];
    });
  const [only, ...more] = given;
  const found = given.find(({ type }) => type === wanted) ?? (more.length === 0 ? only : undefined);
  if (found === undefined)
    throw new BadRequest(`oredOperatorValuePair: expected one of ${Object.values(members).join(', ')}.`);
  return { type: wanted ?? found.type, value: found.value };
};

/** The value as its type has it. Throws `BadRequest`. */
const readValue = ({ type, value }: Given): string | number | boolean => {
  const text = `${value}`.trim();
  if (type === 'STRING') return `${value}`;
  if (type === 'BOOLEAN' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  const number = text === '' ? Number.NaN : Number(text);
  if (type === 'INT64' && Number.isSafeInteger(number)) return number + 0;
  if (type === 'DOUBLE' && Number.isFinite(number) && isShown(number)) return number + 0;
  throw new BadRequest(
    `oredOperatorValuePair: expected a value of the type ${type}; got ${JSON.stringify(text)}.`,
  );
};

/** Whether a number can be written and read back: whole ones beyond 2^53 are other numbers by then. */
const isShown = (number: number): boolean => !Number.isInteger(number) || Number.isSafeInteger(number);

const equality: readonly PulseOperator[] = ['EQUAL_TO', 'NOT_EQUAL_TO'];

/** The condition as its key can be asked. Throws `BadRequest`. */
const fitted = (key: Key, { operator, value }: Condition): Condition => {
  if (key.kind === 'text' || key.kind === 'word') return { operator, value: `${value}` };
  if (key.kind === 'instant') return { operator: ordered(operator), value: instantOf(value) };
  if (typeof value === 'boolean' && !equality.includes(operator))
    throw new BadRequest(`operator: expected ${equality.join(' or ')} for a BOOLEAN; got ${operator}.`);
  return { operator: typeof value === 'number' ? ordered(operator) : operator, value };
};

const ordered = (operator: PulseOperator): PulseOperator => {
  if (operator !== 'CONTAINS') return operator;
  throw new BadRequest('operator: CONTAINS needs a key and a value of the type STRING.');
};

const instantOf = (value: string | number | boolean): number => {
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number + 0;
  throw new BadRequest(`oredOperatorValuePair: expected epoch milliseconds; got ${JSON.stringify(value)}.`);
};

const conditionOf = (key: Key, { valueType }: KeyObj, pair: Pair): Condition =>
  fitted(key, { operator: pair.operator, value: readValue(givenIn(pair, valueType)) });

/** What filters say. Throws `BadRequest` for what cannot be said of a device. */
export const readFilters = (filters: readonly Filter[]): readonly Clause[] =>
  filters.map(({ keyObj, oredOperatorValuePair, oredOperatorValuePairs, oredOperationValuePair }) => {
    const pairs = oredOperatorValuePair ?? oredOperatorValuePairs ?? oredOperationValuePair ?? [];
    const key = readKey(keyObj);
    if (pairs.length === 0) throw new BadRequest('oredOperatorValuePair: expected at least one.');
    return { key, anyOf: pairs.map((pair) => conditionOf(key, keyObj, pair)) };
  });
