import pg from 'pg';

export type MovedClock = {
  /** From now on it is so many milliseconds later than it was, for the database and all who share its clock. */
  readonly pass: (milliseconds: number) => Promise<void>;
  readonly query: <Row>(sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
  readonly end: () => Promise<void>;
};

/**
 * Gives an empty database a clock that can be set: names are looked up in a schema of ours first, and there is a
 * `clock_timestamp` of ours.
 */
export const moveClockOf = async (url: string): Promise<MovedClock> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const name = new URL(url).pathname.slice(1);
  await client.query(`create schema moved; create table moved.ahead (by interval not null);
    insert into moved.ahead values ('0');
    create function moved.clock_timestamp() returns timestamptz language sql volatile
      as 'select pg_catalog.clock_timestamp() + by from moved.ahead';
    alter database "${name}" set search_path to moved, pg_catalog, public;
    set search_path to moved, pg_catalog, public`);
  return {
    pass: async (milliseconds) => {
      await client.query("update moved.ahead set by = by + $1 * interval '1 ms'", [milliseconds]);
    },
    query: async <Row>(sql: string, values: readonly unknown[] = []) =>
      (await client.query(sql, [...values])).rows as Row[],
    end: () => client.end(),
  };
};
