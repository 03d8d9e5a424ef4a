import { sql } from 'kysely';
import { type Engine, type Failure, MisfitError } from './engine.ts';

/** The same text as `versionKey` of the domain gives, whose docstring has the derivation. */
const versionKey = String.raw`create function version_key(given text) returns text
  language sql immutable strict parallel safe
  return replace(
    regexp_replace(
      regexp_replace(
        translate(
          regexp_replace(btrim(split_part(given, '+', 1), E' \t\r\n'), '^[vV]([0-9])', '\1'),
          'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
          'abcdefghijklmnopqrstuvwxyz'
        ),
        '([0-9]+)', '000000000000\1', 'g'
      ),
      '[0-9]*([0-9]{12})', '\1', 'g'
    ),
    '-', '!'
  ) || '-'`;

/** The same number as `readDecimal` of the domain gives. */
const readDecimal = String.raw`create function read_decimal(given text) returns float8
  language sql immutable strict parallel safe
  return case when given ~ '^-?[0-9]{1,15}(\.[0-9]{1,15})?$' then given::float8 end`;

const stateOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

// https://www.postgresql.org/docs/current/errcodes-appendix.html: the first two characters are the class.
const DISK_FULL = '53100';

const failureOf = (error: unknown): Failure => {
  if (error instanceof MisfitError) return 'bad-data';
  const state = stateOf(error);
  if (state === '23505') return 'duplicate';
  if (state === '40001' || state === '40P01') return 'conflict';
  return /^(22|23|42|54)[0-9A-Z]{3}$/.test(state) ? 'bad-data' : 'outage';
};

const types = { integer: 'integer', bigint: 'bigint', text: 'text', json: 'json' } as const;

export const postgresEngine: Engine = {
  rowLocks: true,
  rowByRow: false,
  longestLook: Number.POSITIVE_INFINITY,
  schema: {
    text: 'text collate "C"',
    json: 'jsonb',
    exactJson: 'json',
    instant: 'bigint',
    clustered: '',
    // Room for a changed row beside the old one spares its indexes.
    clusteredAndChanging: ' with (fillfactor = 85)',
    partitions: true,
    setUp: [versionKey, readDecimal],
    expect: () => [],
  },
  failureOf,
  now: sql`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`,
  isFull: (error) => stateOf(error) === DISK_FULL,
  listOf: (list) => JSON.stringify(list),
  rows: (list, columns) => {
    const fields = Object.entries<keyof typeof types>(columns).map(
      ([name, type]) => sql`${sql.ref(name)} ${sql.raw(types[type])}`,
    );
    return sql`(select * from json_to_recordset(${list}::json) as listed(${sql.join(fields)}))`;
  },
  texts: (json) => sql`(select value from jsonb_array_elements_text(${json}::jsonb) as listed(value))`,
  integers: (json) =>
    sql`(select value::integer from jsonb_array_elements_text(${json}::jsonb) as listed(value))`,
  text: (value) => sql`${value}::text`,
  number: (value) => sql`${value}::float8`,
  contains: (text, part) => sql`strpos(${text}, ${part}) > 0`,
  elementsOf: (array) =>
    sql`(select value collate "C" as value from jsonb_array_elements_text(${array}) as listed(value))`,
  // Takes a fifth of the time that a look at each element takes, and runs in several processes.
  hasElement: (array, text) => sql`(${array} ? ${text})`,
  textAt: (object, name) => sql`(case jsonb_typeof(${object} -> ${name}::text)
    when 'string' then ${object} ->> ${name}::text end) collate "C"`,
  numberAt: (object, name) => sql`case jsonb_typeof(${object} -> ${name}::text)
    when 'number' then (${object} ->> ${name}::text)::float8 end`,
  isBooleanAt: (object, name, value) => sql`(${object} -> ${name}::text) = ${sql.lit(`${value}`)}::jsonb`,
  hasName: (object, name) => sql`(${object} -> ${name}::text) is not null`,
};
