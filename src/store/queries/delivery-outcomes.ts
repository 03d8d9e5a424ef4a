import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { AccountKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { all, atMost, built, change, type Db, raw } from '../db.ts';
import type { DeliveryRow } from '../push-tables.ts';
import { type DeliveryCells, toAttemptsCell } from '../rows/delivery.ts';
import { type KeySpan, listOfPlaces, type Place, placeColumns } from './deliveries.ts';
import type { Lane } from './delivery-lanes.ts';
import { listOfNamed, type Named, namedIn } from './named.ts';

/** A delivery with its lane. */
export type Laned = Place & Lane;

export type Tried = Laned & Pick<DeliveryRow, 'id' | 'status' | 'tries' | 'attempts'>;

const namedListed = built((db: Db, list: string) =>
  raw(
    db,
    sql<Tried>`select d.account, d.key, d.destination, d.device, d.id, d.status, d.tries, d.attempts
      from ${namedIn(db, list)} as r
      join deliveries as d on d.account = r.account and d.id = r.id`,
  ),
);

/** Those of the ids that there are. */
export const deliveriesNamed = (db: Db, named: readonly Named[]): Promise<readonly Tried[]> =>
  namedListed(db, listOfNamed(db, named));

/** How a delivery stands after an attempt. */
export type Outcome = Pick<DeliveryCells, 'account' | 'key' | 'status' | 'tries' | 'due_at'> & {
  readonly attempts: NonNullable<DeliveryCells['attempts']>;
};
const outcomeColumns = {
  a: 'integer',
  k: 'bigint',
  s: 'integer',
  t: 'integer',
  d: 'bigint',
  h: 'json',
} as const;
type OutcomeCells = {
  readonly a: number;
  readonly k: number;
  readonly s: number;
  readonly t: number;
  readonly d: number;
  readonly h: DeliveryCells['attempts'];
};

const setListed = built((db: Db, list: string) =>
  raw(
    db,
    sql`update deliveries set status = r.s, tries = r.t, due_at = r.d, attempts = r.h, lease = 0,
        behind = case when r.s = 0 then deliveries.behind else 0 end
      from ${db.engine.rows<OutcomeCells>(list, outcomeColumns)} as r
      where deliveries.account = r.a and deliveries.key = r.k`,
  ),
);

export const setOutcomes = async (db: Db, outcomes: readonly Outcome[]): Promise<void> => {
  const cells = outcomes.map(({ account, key, status, tries, due_at, attempts }) => ({
    ...{ a: account, k: key, s: status, t: tries, d: due_at, h: toAttemptsCell(attempts) },
  }));
  if (cells.length > 0) await setListed(db, db.engine.listOf<OutcomeCells>(cells, outcomeColumns));
};

/** What was settled and can be sent again, since what it was for is still there; a condition on `deliveries as d`. */
const isRepeatable = sql<SqlBool>`d.status > 0
  and exists (select 1 from delivery_queues as q where q.account = d.account and q.destination = d.destination)
  and exists (select 1 from subscriptions as s where s.account = d.account and s.key = d.subscription)`;

const laned = sql`select d.account, d.key, d.destination, d.device from deliveries as d`;

/** By key. */
export const repeatableIn = (
  db: Db,
  where: RawBuilder<SqlBool>,
  { from, to }: KeySpan,
): Promise<readonly Laned[]> =>
  all(
    db,
    raw(
      db,
      sql<Laned>`${laned} where ${where} and ${isRepeatable} and d.key >= ${from} and d.key < ${to} order by d.key`,
    ),
  );

export const repeatableNamed = (
  db: Db,
  account: AccountKey,
  ids: readonly string[],
): Promise<readonly Laned[]> =>
  all(
    db,
    raw(
      db,
      sql<Laned>`${laned} where d.account = ${account} and d.id in ${db.engine.texts(JSON.stringify(ids))}
        and ${isRepeatable}`,
    ),
  );

/** Those of the places that can still be sent again wait again, behind others until their lanes are tidied. */
export const repeatDeliveries = (db: Db, places: readonly Place[], now: Instant): Promise<readonly Laned[]> =>
  all(
    db,
    raw(
      db,
      sql<Laned>`update deliveries set status = 0, tries = 0, due_at = ${now}, lease = 0, behind = 1
        where (account, key) in (
          select d.account, d.key from ${db.engine.rows<Place>(listOfPlaces(db, places), placeColumns)} as r
          join deliveries as d on d.account = r.account and d.key = r.key
          where ${isRepeatable})
        returning account, key, destination, device`,
    ),
  );

/** On which side of a destination's key others lie. */
export type Side = 'below' | 'above';

/** Some of what waits of these subscriptions for other destinations than one (0: for any), in no order. */
export const someWaitingOf = (
  db: Db,
  account: AccountKey,
  subscriptions: readonly number[],
  beside: { readonly destination: number; readonly side: Side },
  limit: number,
): Promise<readonly Laned[]> =>
  all(
    db,
    raw(
      db,
      sql<Laned>`${laned} where d.account = ${account} and d.status = 0
        and d.subscription > 0 and d.subscription in ${db.engine.integers(JSON.stringify(subscriptions))}
        and d.destination ${beside.side === 'above' ? sql`>` : sql`<`} ${beside.destination}
        limit ${atMost(limit)}`,
    ),
  );

/** Deletes some of what was settled and created before an instant; gives how many. */
export const deleteSomeSettled = (db: Db, before: Instant, limit: number): Promise<number> =>
  change(
    db,
    raw(
      db,
      sql`delete from deliveries where (account, key) in (
        select account, key from deliveries where status > 0 and created_at < ${before}
        order by created_at limit ${atMost(limit)})`,
    ),
  );

export const deleteDeliveries = (db: Db, places: readonly Place[]): Promise<number> =>
  change(
    db,
    raw(
      db,
      sql`delete from deliveries where (account, key) in (
        select account, key from ${db.engine.rows<Place>(listOfPlaces(db, places), placeColumns)} as r)`,
    ),
  );
