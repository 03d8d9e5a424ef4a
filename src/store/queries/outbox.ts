import { sql } from 'kysely';
import type { StoredEvent } from '../../app/event-records.ts';
import type { Instant } from '../../domain/time.ts';
import { atMost, built, type Db, prepared, raw } from '../db.ts';
import { fromEventRow } from '../rows/event.ts';

type Place = { readonly account: number; readonly seq: number };
const placeColumns = { account: 'integer', seq: 'bigint' } as const;
const listOfPlaces = (db: Db, places: readonly Place[]): string =>
  db.engine.listOf(
    places.map(({ account, seq }) => ({ account, seq })),
    placeColumns,
  );
const placesOf = (db: Db, list: string) => db.engine.rows<Place>(list, placeColumns).as('r');

/** An event of this transaction: by how much its number is below the next one of its account. */
export type Newest = { readonly account: number; readonly back: number };
const newestColumns = { account: 'integer', back: 'bigint' } as const;

/** Those of the events that are to be handed on: of accounts that have a subscription. */
export const insertOutbox = async (db: Db, events: readonly Newest[]): Promise<void> => {
  const list = events.map(({ account, back }) => ({ account, back }));
  await insertListed(db, db.engine.listOf<Newest>(list, newestColumns));
};

const insertListed = prepared((db: Db, list: string) =>
  raw(
    db,
    sql`insert into outbox (account, seq, lease) select r.account, s.next - r.back, 0
      from ${db.engine.rows<Newest>(list, newestColumns)} as r
      join sequences as s on s.account = r.account and s.name = 'events'
      where exists (select 1 from subscriptions as f where f.account = r.account)`,
  ),
);

/*
 * The oldest row of an account stands for all of it: claims take events from there on, so that it is leased whenever
 * any is, and whoever has locked it is the only one that claims from the account.
 */
const oldestFree = built((db: Db, now: Instant, limit: number) =>
  raw(
    db,
    // Looks up one account after the other, since a backlog may be long and those who have one are few.
    sql<Place>`with recursive owners(account) as (
        select min(account) from outbox
        union all
        select (select min(o.account) from outbox as o where o.account > owners.account) from owners
          where owners.account is not null
      ), oldest as materialized (
        select owners.account,
          (select o.seq from outbox as o where o.account = owners.account order by o.seq limit 1) as seq,
          (select o.lease from outbox as o where o.account = owners.account order by o.seq limit 1) as lease
        from owners where owners.account is not null
      )
      select account, seq from oldest where lease <= ${now} order by account limit ${atMost(limit)}`,
  ),
);

const holdListed = built((db: Db, list: string, now: Instant) =>
  raw(
    db,
    sql<Place>`select o.account, o.seq from ${db.engine.rows<Place>(list, placeColumns)} as r
      join outbox as o on o.account = r.account and o.seq = r.seq
      where o.lease <= ${now} ${db.engine.rowLocks ? sql`for no key update of o skip locked` : sql``}`,
  ),
);

/** Whether there is anything to claim: a read that spares most polls a write. */
export const hasUnclaimed = async (db: Db, now: Instant): Promise<boolean> =>
  (await oldestFree(db, now, 1)).length > 0;

/** From which event on, and how many at most; those of an account have no gaps. */
type Share = { readonly a: number; readonly s: number; readonly n: number };
const shareColumns = { a: 'integer', s: 'bigint', n: 'bigint' } as const;

const leaseListed = built((db: Db, list: string, until: Instant) =>
  raw(
    db,
    sql<Place>`update outbox set lease = ${until} from ${db.engine.rows<Share>(list, shareColumns)} as r
      where outbox.account = r.a and outbox.seq >= r.s and outbox.seq < r.s + r.n returning account, seq`,
  ),
);

/** Each account is a question of its own; who has one keeps it until it is handed on, so that the next claim takes others. */
const MOST_ACCOUNTS = 16;

/** Leases the next events of accounts of which none is leased, in order per account; accounts share the limit. */
export const claimEvents = async (
  db: Db,
  now: Instant,
  leaseUntil: Instant,
  limit: number,
): Promise<readonly StoredEvent[]> => {
  const oldest = await oldestFree(db, now, Math.min(limit, MOST_ACCOUNTS));
  const free = (await holdListed(db, listOfPlaces(db, oldest), now)).toSorted(
    (a, b) => a.account - b.account,
  );
  if (free.length === 0) return [];
  const shares = free.map(({ account, seq }, index) => ({
    ...{ a: account, s: seq },
    n: Math.floor(limit / free.length) + (index < limit % free.length ? 1 : 0),
  }));
  const leased = await leaseListed(db, db.engine.listOf<Share>(shares, shareColumns), leaseUntil);
  const places = new Set(leased.map(({ account, seq }) => `${account}/${seq}`));
  const found = await Promise.all(shares.map(({ a, s, n }) => eventsFrom(db, a, s, s + n)));
  return found
    .flat()
    .filter(({ account, seq }) => places.has(`${account}/${seq}`))
    .map(fromEventRow);
};

/** Neighbours: in a history of many partitions each is looked at once, and not once for each event. */
const eventsFrom = built((db: Db, account: number, from: number, to: number) =>
  db.q
    .selectFrom('events')
    .selectAll()
    .where('account', '=', account)
    .where('seq', '>=', from)
    .where('seq', '<', to)
    .orderBy('seq'),
);

const deleteListed = built((db: Db, list: string) =>
  db.q
    .deleteFrom('outbox')
    .where(({ eb, refTuple, selectFrom }) =>
      eb(
        refTuple('account', 'seq'),
        'in',
        selectFrom(placesOf(db, list)).select(['r.account', 'r.seq']).$asTuple('account', 'seq'),
      ),
    ),
);

export const deleteOutbox = async (db: Db, places: readonly Place[]): Promise<void> => {
  await deleteListed(db, listOfPlaces(db, places));
};
