import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { DeliveryFilter } from '../../app/lists.ts';
import type { AccountKey } from '../../domain/ids.ts';
import { all, atMost, built, type Db, first, raw } from '../db.ts';
import type { DeliveryRow } from '../push-tables.ts';
import { type NamedDeliveryRow, statusIndex } from '../rows/delivery.ts';
import { keysNamed } from './delivery-names.ts';

/** Which delivery. */
export type Place = Pick<DeliveryRow, 'account' | 'key'>;
export const placeColumns = { account: 'integer', key: 'bigint' } as const;

export const listOfPlaces = (db: Db, places: readonly Place[]): string =>
  db.engine.listOf<Place>(
    places.map(({ account, key }) => ({ account, key })),
    placeColumns,
  );

/** With the ids of its destination and subscription. */
const named = sql`select d.account, d.key, d.id, d.campaign, d.device, d.seq, d.event, d.body, d.latest_only,
    d.created_at, d.due_at, d.status, d.tries, d.attempts, dn.id as destination_id, sn.id as subscription_id
  from deliveries as d
  join delivery_names as dn on dn.account = d.account and dn.key = d.destination
  join delivery_names as sn on sn.account = d.account and sn.key = d.subscription`;

/** What waits for a destination that was dropped is as good as deleted, and soon will be. */
const isThere = sql<SqlBool>`(d.status > 0 or exists (
  select 1 from delivery_queues as q where q.account = d.account and q.destination = d.destination))`;

export const findDelivery = built((db: Db, account: AccountKey, id: string) =>
  raw(db, sql<NamedDeliveryRow>`${named} where d.account = ${account} and d.id = ${id} and ${isThere}`),
);

/** In no order. */
export const deliveriesAt = (db: Db, places: readonly Place[]): Promise<readonly NamedDeliveryRow[]> =>
  all(
    db,
    raw(
      db,
      sql<NamedDeliveryRow>`${named}
        join ${db.engine.rows<Place>(listOfPlaces(db, places), placeColumns)} as r
          on r.account = d.account and r.key = d.key`,
    ),
  );

/** Keys from `from` up to, and without, `to`. */
export type KeySpan = { readonly from: number; readonly to: number };

/** A filter on `deliveries as d` of one account; `undefined` when nothing can be let through. */
export const deliveriesWhere = async (
  db: Db,
  account: AccountKey,
  { destinationId, campaign, statuses, from, to }: DeliveryFilter,
): Promise<RawBuilder<SqlBool> | undefined> => {
  const destinations = destinationId === '' ? [] : await keysNamed(db, account, destinationId);
  if (destinationId !== '' && destinations.length === 0) return undefined;
  const wanted = statuses.map((status) => sql.lit(statusIndex(status)));
  const conditions = [
    // The bound of the key and that of the status name the conditions of indexes.
    sql`d.account = ${account} and d.key > 0`,
    ...(destinations.length === 0 ? [] : [sql`d.destination in (${sql.join(destinations)})`]),
    ...(campaign === null ? [] : [sql`d.campaign = ${campaign} and d.campaign > 0`]),
    ...(wanted.length === 0 ? [] : [sql`d.status in (${sql.join(wanted)})`]),
    ...(wanted.length === 0 || statuses.includes('delivered') ? [] : [sql`d.status <> 1`]),
    ...(from === null ? [] : [sql`d.created_at >= ${from}`]),
    ...(to === null ? [] : [sql`d.created_at < ${to}`]),
  ];
  return sql`${sql.join(conditions, sql` and `)}`;
};

/** Newest first. */
export const deliveriesIn = (
  db: Db,
  where: RawBuilder<SqlBool>,
  { from, to }: KeySpan,
  limit: number,
): Promise<readonly NamedDeliveryRow[]> =>
  all(
    db,
    raw(
      db,
      sql<NamedDeliveryRow>`${named} where ${where} and ${isThere} and d.key >= ${from} and d.key < ${to}
        order by d.key desc limit ${atMost(limit)}`,
    ),
  );

/** The largest key, 0 when there are no deliveries. */
export const lastDelivery = async (db: Db, account: AccountKey): Promise<number> => {
  const query = db.q.selectFrom('deliveries').select('key').where('account', '=', account);
  return (await first(db, query.orderBy('key', 'desc').limit(sql.lit(1))))?.key ?? 0;
};
