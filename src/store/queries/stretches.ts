import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { all, atMost, type Db, first, raw } from '../db.ts';
import type { Stretch } from '../slices.ts';

type Look = {
  /** The column of keys, and the tables it is from. */
  readonly key: RawBuilder<unknown>;
  readonly tables: RawBuilder<unknown>;
  readonly condition: RawBuilder<SqlBool>;
  readonly order: RawBuilder<unknown>;
  readonly isLast: boolean;
};

/** The keys that a condition holds for. */
export const stretchOf = (db: Db, { key, tables, condition, order, isLast }: Look): Stretch => ({
  isLast,
  count: async () => {
    const counted = sql<{ count: number }>`select count(*) as count from ${tables} where ${condition}`;
    return (await first(db, raw(db, counted)))?.count ?? 0;
  },
  keys: async (skip, limit) => {
    const found = sql<{ key: number }>`select ${key} as key from ${tables} where ${condition}
      order by ${order} limit ${atMost(limit)} offset ${atMost(skip)}`;
    return (await all(db, raw(db, found))).map((row) => row.key);
  },
});

/** Rows in the order of the keys that they were asked for by. */
export const inOrderOf = <Row>(
  keys: readonly number[],
  rows: readonly Row[],
  keyOf: (row: Row) => number,
): readonly Row[] => {
  const found = new Map(rows.map((row) => [keyOf(row), row]));
  return keys.map((key) => found.get(key)).filter((row) => row !== undefined);
};
