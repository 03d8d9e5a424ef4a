import { sql } from 'kysely';
import type { AccountKey } from '../../domain/ids.ts';
import { all, change, type Db, prepared, raw } from '../db.ts';

/** Deliveries know their destination and subscription by keys, and outlive both: their ids are kept here. */
export const insertName = (db: Db, account: AccountKey, key: number, id: string): Promise<number> =>
  change(db, db.q.insertInto('delivery_names').values({ account, key, id, gone: null }));

/** Every key that a destination or a subscription of this id has or had. */
export const keysNamed = async (db: Db, account: AccountKey, id: string): Promise<readonly number[]> =>
  (await named(db, account, id)).map(({ key }) => key);

const named = prepared((db: Db, account: AccountKey, id: string) =>
  db.q.selectFrom('delivery_names').select('key').where('account', '=', account).where('id', '=', id),
);

/** What has these keys was dropped: no delivery from here on is of it. */
export const markGone = (db: Db, account: AccountKey, keys: readonly number[]): Promise<number> =>
  change(
    db,
    raw(
      db,
      sql`update delivery_names set gone = coalesce(
          (select next from sequences where account = ${account} and name = 'deliveries'), 1)
        where account = ${account} and key in ${db.engine.integers(JSON.stringify(keys))}`,
    ),
  );

type Place = { readonly account: number; readonly key: number };

/** Waiting deliveries of dropped destinations, which nobody sees any more. */
export const leftBehind = (db: Db, limit: number): Promise<readonly Place[]> =>
  all(
    db,
    raw(
      db,
      sql<Place>`select d.account, d.key from delivery_names as n
        join deliveries as d on d.account = n.account and d.destination = n.key and d.status = 0 and d.tries >= 0
        where n.gone is not null limit ${sql.lit(limit)}`,
    ),
  );

/** Forgets the ids of what was dropped and has no deliveries left. */
export const deleteNames = (db: Db): Promise<number> =>
  change(
    db,
    raw(
      db,
      sql`delete from delivery_names where gone is not null and (
        select d.key from deliveries as d where d.account = delivery_names.account and d.key < delivery_names.gone
        order by d.key limit 1) is null`,
    ),
  );
