import { sql } from 'kysely';
import { type Engine, type Failure, MisfitError, type Phrase } from './engine.ts';
import type { Expected } from './migrations/migration.ts';

// https://sqlite.org/rescode.html: the low byte is the primary code.
const DATA_FAULTS: ReadonlySet<number> = new Set([1, 18, 19, 20, 25]);
const DUPLICATES: ReadonlySet<number> = new Set([1555, 2067]);

const SQLITE_FULL = 13;

const codeOf = (error: unknown): number =>
  typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) : 0;

const failureOf = (error: unknown): Failure => {
  if (error instanceof MisfitError) return 'bad-data';
  const code = codeOf(error);
  if (DUPLICATES.has(code)) return 'duplicate';
  return DATA_FAULTS.has(code & 0xff) ? 'bad-data' : 'outage';
};

// A path cannot escape a quote, and the meaning of a backslash in one differs between releases.
const isPlain = (name: string): boolean => /^[^"\\\p{Cc}\p{Cs}]+$/u.test(name);
const pathTo = (name: string): string => `$."${name}"`;

/** The value with that name, cast by `pick`; a path is faster than going through all names. */
const member = (
  object: Phrase,
  name: string,
  byPath: (path: string) => Phrase<never>,
  pick: Phrase,
): Phrase<never> =>
  isPlain(name) ? byPath(pathTo(name)) : sql`(select ${pick} from json_each(${object}) where key = ${name})`;

// Without statistics SQLite takes any key that begins with the account for as good as a whole one. Given ones
// make plans that never change (https://sqlite.org/optoverview.html, "manual control of query plans").
const statistics = (expected: Expected): readonly string[] => [
  'analyze sqlite_schema',
  ...Object.entries(expected).flatMap(([table, indexes]) =>
    Object.entries(indexes).map(
      ([index, numbers]) =>
        `insert into sqlite_stat1 (tbl, idx, stat) values ('${table}', '${index}', '${numbers}')`,
    ),
  ),
  'analyze sqlite_schema',
];

export const sqliteEngine: Engine = {
  rowLocks: false,
  rowByRow: true,
  longestLook: 5_000,
  now: sql`cast(unixepoch('subsec') * 1000 as integer)`,
  schema: {
    text: 'text',
    json: 'text',
    exactJson: 'text',
    instant: 'integer',
    clustered: ' without rowid',
    clusteredAndChanging: ' without rowid',
    partitions: false,
    setUp: [],
    expect: statistics,
  },
  failureOf,
  isFull: (error) => (codeOf(error) & 0xff) === SQLITE_FULL,
  // Lists of values, not of objects: reading a value by its place takes half as long as by its name.
  listOf: (list, columns) => {
    const names = Object.keys(columns) as (keyof typeof columns)[];
    return JSON.stringify(list.map((row) => names.map((name) => row[name])));
  },
  rows: (list, columns) => {
    const fields = Object.keys(columns).map(
      (name, index) => sql`json_extract(value, ${sql.lit(`$[${index}]`)}) as ${sql.ref(name)}`,
    );
    return sql`(select ${sql.join(fields)} from json_each(${list}))`;
  },
  texts: (json) => sql`(select value from json_each(${json}))`,
  integers: (json) => sql`(select value from json_each(${json}))`,
  text: (value) => sql`${value}`,
  number: (value) => sql`${value}`,
  contains: (text, part) => sql`instr(${text}, ${part}) > 0`,
  elementsOf: (array) => sql`(select value from json_each(${array}))`,
  hasElement: (array, text) => sql`(exists (select 1 from json_each(${array}) where value = ${text}))`,
  textAt: (object, name) =>
    member(
      object,
      name,
      (path) => sql`case json_type(${object}, ${path}) when 'text' then json_extract(${object}, ${path}) end`,
      sql`case type when 'text' then value end`,
    ),
  numberAt: (object, name) =>
    member(
      object,
      name,
      (path) => sql`case when json_type(${object}, ${path}) in ('integer', 'real')
        then cast(json_extract(${object}, ${path}) as real) end`,
      sql`case when type in ('integer', 'real') then cast(value as real) end`,
    ),
  isBooleanAt: (object, name, value) =>
    sql`${member(object, name, (path) => sql`json_type(${object}, ${path})`, sql`type`)} = ${sql.lit(`${value}`)}`,
  hasName: (object, name) =>
    sql`${member(object, name, (path) => sql`json_type(${object}, ${path})`, sql`type`)} is not null`,
};
