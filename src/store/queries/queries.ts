import type { SavedQuery, StoredQuery } from '../../app/records.ts';
import type { AccountKey } from '../../domain/ids.ts';
import { all, atMost, bounded, change, type Db, prepared } from '../db.ts';
import { toQueryRow } from '../rows/fleet.ts';
import type { QueryRow } from '../tables.ts';
import { allocate } from './sequences.ts';

export const findQuery = prepared((db: Db, account: AccountKey, id: string) =>
  db.q.selectFrom('queries').selectAll().where('account', '=', account).where('id', '=', id),
);

/** By key, one more than the limit. */
export const listQueries = (
  db: Db,
  account: AccountKey,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly QueryRow[]> =>
  all(
    db,
    db.q
      .selectFrom('queries')
      .selectAll()
      .where('account', '=', account)
      .where('key', '>', bounded(after))
      .orderBy('key')
      .limit(atMost(limit + 1)),
  );

export const insertQuery = async (db: Db, account: AccountKey, value: SavedQuery): Promise<number> => {
  const key = await allocate(db, account, 'queries');
  return change(db, db.q.insertInto('queries').values({ ...toQueryRow(value), account, key, version: 1 }));
};

export const updateQuery = (
  db: Db,
  account: AccountKey,
  was: StoredQuery,
  value: SavedQuery,
): Promise<number> =>
  change(
    db,
    db.q
      .updateTable('queries')
      .set({ ...toQueryRow(value), version: was.version + 1 })
      .where('account', '=', account)
      .where('id', '=', was.id)
      .where('version', '=', was.version),
  );

export const deleteQuery = (db: Db, account: AccountKey, was: StoredQuery): Promise<number> =>
  change(
    db,
    db.q
      .deleteFrom('queries')
      .where('account', '=', account)
      .where('id', '=', was.id)
      .where('version', '=', was.version),
  );
