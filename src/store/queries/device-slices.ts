import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Slice } from '../../app/lists.ts';
import type { AccountKey } from '../../domain/ids.ts';
import type { Expression } from '../../domain/targeting.ts';
import { all, type Db } from '../db.ts';
import { type LongList, type Stretch, sliceOf } from '../slices.ts';
import type { DeviceRow } from '../tables.ts';
import { type Alphabet, keyedParts, namedParts, orderOf, type Part } from './alphabet.ts';
import { deviceEnds } from './members.ts';
import { inOrderOf, stretchOf } from './stretches.ts';
import { where } from './where.ts';

const key = sql`devices.key`;
const tables = sql`devices`;

const byKey = (descending: boolean): RawBuilder<unknown> =>
  sql`devices.key ${descending ? sql`desc` : sql`asc`}`;

/** Those of the keys that the slice shows, by an alphabet of devices. */
export const sortedDevices = (
  db: Db,
  account: AccountKey,
  alphabet: Alphabet,
  keys: readonly number[],
  { skip, limit, descending }: Slice,
): Promise<readonly number[]> => {
  const condition = sql<SqlBool>`devices.account = ${account}
    and devices.key in ${db.engine.integers(JSON.stringify(keys))}`;
  const order = orderOf(alphabet, descending);
  return stretchOf(db, { key, tables, condition, order, isLast: true }).keys(skip, limit);
};

const listOf = (db: Db, account: AccountKey, expression: Expression): LongList => {
  const matching = sql<SqlBool>`devices.account = ${account} and ${where(db.engine, expression)}`;
  const stretch = ({ condition, isLast }: Part, order: RawBuilder<unknown>): Stretch =>
    stretchOf(db, { key, tables, condition: sql`${condition} and ${matching}`, order, isLast });
  return {
    byKey: async function* (which) {
      const ends = await deviceEnds(db, account);
      for (const part of keyedParts(db, key, ends, which)) yield stretch(part, byKey(which.descending));
    },
    byName: async function* (descending) {
      for await (const part of namedParts(db, account, 'name', descending)) {
        yield stretch(part, orderOf('name', descending));
      }
    },
    sorted: (keys, slice) => sortedDevices(db, account, 'name', keys, slice),
  };
};

/** Devices that match, by key or by name, and how many there are. */
export const sliceDevices = async (
  db: Db,
  account: AccountKey,
  expression: Expression,
  slice: Slice,
): Promise<{ readonly rows: readonly DeviceRow[]; readonly total: number }> => {
  const { keys, total } = await sliceOf(listOf(db, account, expression), slice);
  if (keys.length === 0) return { rows: [], total };
  const query = db.q
    .selectFrom('devices')
    .selectAll()
    .where('account', '=', account)
    .where('key', 'in', db.engine.integers(JSON.stringify(keys)));
  return { rows: inOrderOf(keys, await all(db, query), (row) => row.key), total };
};
