import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { AccountKey } from '../../domain/ids.ts';
import { atMost, bounded, type Db, first, raw } from '../db.ts';
import { growingSpans, type KeyOrder, spansBetween } from '../slices.ts';
import type { Ends } from './members.ts';

/** What devices are sorted by without regard to case; each has an index that goes on with the key. */
const alphabets = { name: sql`devices.folded`, id: sql`lower(devices.id)` } as const;
export type Alphabet = keyof typeof alphabets;

/** The order of an alphabet, and of those with the same name by key; backwards as a whole. */
export const orderOf = (alphabet: Alphabet, descending: boolean): RawBuilder<unknown> => {
  const way = descending ? sql`desc` : sql`asc`;
  return sql`${alphabets[alphabet]} ${way}, devices.key ${way}`;
};

/** A place in an alphabet. */
type Mark = { readonly name: string; readonly key: number };

type Sign = '<' | '<=' | '>' | '>=';

// The name is compared alone too: SQLite finds no expression in an index by its place in a row of values.
const compared = (alphabet: Alphabet, sign: Sign, { name, key }: Mark): RawBuilder<SqlBool> => {
  const place = sql<SqlBool>`(${alphabets[alphabet]}, devices.key) ${sql.raw(sign)} (${name}, ${key})`;
  if (alphabet === 'name') return place;
  return sql`${alphabets[alphabet]} ${sign.startsWith('<') ? sql`<=` : sql`>=`} ${name} and ${place}`;
};

const behind = (alphabet: Alphabet, mark: Mark | undefined, descending: boolean): RawBuilder<SqlBool> =>
  mark === undefined ? sql`1 = 1` : compared(alphabet, descending ? '<' : '>', mark);

const upTo = (alphabet: Alphabet, mark: Mark | undefined, descending: boolean): RawBuilder<SqlBool> =>
  mark === undefined ? sql`1 = 1` : compared(alphabet, descending ? '>=' : '<=', mark);

/** Rows that lie one by one all over a table take longer to look at than those that lie together. */
const SCATTERED = 5;

/** The place so many devices further; `undefined` when there are not as many. */
const markAfter = (
  db: Db,
  account: AccountKey,
  alphabet: Alphabet,
  mark: Mark | undefined,
  descending: boolean,
): Promise<Mark | undefined> => {
  const length = db.engine.longestLook / SCATTERED;
  if (!Number.isFinite(length)) return Promise.resolve(undefined);
  const next = sql<Mark>`select ${alphabets[alphabet]} as name, devices.key as key from devices
    where devices.account = ${account} and ${behind(alphabet, mark, descending)}
    order by ${orderOf(alphabet, descending)} limit 1 offset ${atMost(length - 1)}`;
  return first(db, raw(db, next));
};

/** A condition that holds for a stretch of a list. */
export type Part = { readonly condition: RawBuilder<SqlBool>; readonly isLast: boolean };

/** An account's devices in the order of an alphabet; conditions on `devices`. */
export async function* namedParts(
  db: Db,
  account: AccountKey,
  alphabet: Alphabet,
  descending: boolean,
): AsyncGenerator<Part> {
  let from: Mark | undefined;
  do {
    const to: Mark | undefined = await markAfter(db, account, alphabet, from, descending);
    const condition = sql<SqlBool>`devices.account = ${account}
      and ${behind(alphabet, from, descending)} and ${upTo(alphabet, to, descending)}`;
    yield { condition, isLast: to === undefined };
    from = to;
  } while (from !== undefined);
}

/** All between two keys, in the order of keys; conditions on a column of keys. */
export const keyedParts = (
  db: Db,
  column: RawBuilder<unknown>,
  ends: Ends | undefined,
  { descending, after = 0, counted }: KeyOrder,
): readonly Part[] => {
  if (ends === undefined || ends.first === null || ends.last === null) return [];
  const rest = { first: Math.max(ends.first, bounded(after) + 1), last: ends.last };
  const { longestLook } = db.engine;
  const spans =
    counted === false && !descending
      ? growingSpans(rest, longestLook)
      : spansBetween(rest, longestLook, descending);
  return spans.map(({ from, to }, index) => ({
    condition: sql<SqlBool>`${column} between ${from} and ${to}`,
    isLast: index === spans.length - 1,
  }));
};
