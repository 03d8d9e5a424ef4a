import { sql } from 'kysely';
import type { Destination } from '../../app/delivery-records.ts';
import type { AccountKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { atMost, built, change, type Db, prepared, raw } from '../db.ts';
import type { DeliveryQueueRow } from '../push-tables.ts';
import { flag } from '../rows/codec.ts';
import { listOfNamed, type Named, namedIn } from './named.ts';

/*
 * Each destination has one small row, its queue, which says when there may be something to claim. A claim reads the
 * few queues whose time has come and no others, and in each of them the first rows of an index: what it costs does
 * not depend on how much waits, nor on how many destinations there are.
 *
 * The queue is also the lock: whoever adds, claims, settles or drops deliveries of a destination holds its queue
 * from before the first look at them until the end of the transaction. Claims pass over queues that somebody holds.
 */

/** Which queue. */
export type Queue = Pick<DeliveryQueueRow, 'account' | 'destination'>;

const columns = { account: 'integer', destination: 'integer' } as const;

export const queueName = ({ account, destination }: Queue): string => `${account}/${destination}`;

/** Each once. */
export const distinctQueues = (queues: readonly Queue[]): readonly Queue[] => [
  ...new Map(
    queues.map(({ account, destination }) => [queueName({ account, destination }), { account, destination }]),
  ).values(),
];

const heldListed = prepared((db: Db, list: string) =>
  raw(
    db,
    sql<Queue>`select q.account, q.destination from ${db.engine.rows<Queue>(list, columns)} as r
      join delivery_queues as q on q.account = r.account and q.destination = r.destination
      order by q.account, q.destination
      ${db.engine.rowLocks ? sql`for no key update of q` : sql``}`,
  ),
);

/** Holds queues until this transaction ends. Gives those there are. */
export const holdQueues = (db: Db, queues: readonly Queue[]): Promise<readonly Queue[]> =>
  heldListed(db, db.engine.listOf(distinctQueues(queues), columns));

const heldNamed = prepared((db: Db, list: string) =>
  raw(
    db,
    sql<Named & { readonly key: number }>`select d.account, d.id, d.key
      from ${namedIn(db, list)} as r
      join destinations as d on d.account = r.account and d.id = r.id
      join delivery_queues as q on q.account = d.account and q.destination = d.key
      order by q.account, q.destination
      ${db.engine.rowLocks ? sql`for no key update of q` : sql``}`,
  ),
);

/** The same by the ids of the destinations. Gives the keys of those there are. */
export const holdQueuesOf = (
  db: Db,
  destinations: readonly Named[],
): Promise<readonly (Named & { readonly key: number })[]> => heldNamed(db, listOfNamed(db, destinations));

export type Ready = Queue & Pick<DeliveryQueueRow, 'strict' | 'served'>;

const readyBy = (db: Db, now: Instant, limit: number, isHeld: boolean) =>
  raw(
    db,
    sql<Ready>`select q.account, q.destination, q.strict, q.served from delivery_queues as q
      where q.disabled = 0 and q.next_at <= ${now}
      order by q.served, q.account, q.destination limit ${atMost(limit)}
      ${isHeld && db.engine.rowLocks ? sql`for no key update of q skip locked` : sql``}`,
  );

/** Queues in which there is likely something to claim, the one that was served longest ago first; holds them. */
export const readyQueues = prepared((db: Db, now: Instant, limit: number) => readyBy(db, now, limit, true));

const anyReady = prepared((db: Db, now: Instant, limit: number) => readyBy(db, now, limit, false));

/** Whether there is likely anything to claim: a read that spares most polls a write. */
export const hasReadyQueue = async (db: Db, now: Instant): Promise<boolean> =>
  (await anyReady(db, now, 1)).length > 0;

const onTheWayListed = built((db: Db, list: string, now: Instant) =>
  raw(
    db,
    sql<Queue & { readonly count: number }>`select r.account, r.destination,
        (select count(*) from deliveries as d where d.account = r.account and d.destination = r.destination
          and d.lease > 0 and d.lease > ${now}) as count
      from ${db.engine.rows<Queue>(list, columns)} as r`,
  ),
);

/** How many deliveries of each queue are on their way, by its name. */
export const countOnTheWay = async (
  db: Db,
  queues: readonly Queue[],
  now: Instant,
): Promise<ReadonlyMap<string, number>> => {
  const list = queues.map(({ account, destination }) => ({ account, destination }));
  const counts = await onTheWayListed(db, db.engine.listOf<Queue>(list, columns), now);
  return new Map(counts.map((row) => [queueName(row), row.count]));
};

/**
 * What a queue is set by: `after` is the instant up to which all that can be claimed was claimed, `full` (1) says
 * that nothing more can be until something on its way is settled, and `served` is the turn it had, 0 for none.
 */
export type Look = Queue & {
  readonly after: Instant;
  readonly full: 0 | 1;
  readonly served: number;
};

const lookColumns = {
  ...columns,
  after: 'bigint',
  full: 'integer',
  served: 'bigint',
} as const;

const firstDue = (behind: 0 | 1) => sql`select d.due_at as at from deliveries as d
  where d.account = r.account and d.destination = r.destination and d.status = 0 and d.tries >= 0
    and d.behind = ${sql.lit(behind)} and d.lease = 0 and d.due_at > r.after
  order by d.due_at, d.key limit 1`;

const setListed = built((db: Db, list: string) =>
  raw(
    db,
    sql`update delivery_queues set
        served = case when r.served > delivery_queues.served then r.served else delivery_queues.served end,
        next_at = (select min(at) from (
          select at from (${firstDue(0)}) as due where r.full = 0
          union all select at from (${firstDue(1)}) as due where r.full = 0 and delivery_queues.strict = 0
          union all select min(l.lease) as at from deliveries as l
            where l.account = r.account and l.destination = r.destination and l.lease > 0 and l.lease > r.after
        ) as times)
      from ${db.engine.rows<Look>(list, lookColumns)} as r
      where delivery_queues.account = r.account and delivery_queues.destination = r.destination`,
  ),
);

/** Sets when there is something to claim in each queue. */
export const setQueues = async (db: Db, looks: readonly Look[]): Promise<void> => {
  if (looks.length > 0) await setListed(db, db.engine.listOf<Look>(looks, lookColumns));
};

/** The same after what waits in them has changed. */
export const refreshQueues = (db: Db, queues: readonly Queue[]): Promise<void> =>
  setQueues(
    db,
    distinctQueues(queues).map((queue) => ({ ...queue, after: -1, full: 0, served: 0 })),
  );

const mannerOf = ({ order, disabled }: Destination) => ({
  ...{ strict: flag(order === 'strict'), disabled: flag(disabled !== null) },
});

export const insertQueue = (
  db: Db,
  account: AccountKey,
  destination: number,
  value: Destination,
): Promise<number> => {
  const row = { account, destination, ...mannerOf(value), next_at: null, served: 0 };
  return change(db, db.q.insertInto('delivery_queues').values(row));
};

/** Follows what its destination says of order and of being disabled. */
export const updateQueue = async (
  db: Db,
  account: AccountKey,
  destination: number,
  value: Destination,
): Promise<void> => {
  await change(
    db,
    db.q
      .updateTable('delivery_queues')
      .set(mannerOf(value))
      .where('account', '=', account)
      .where('destination', '=', destination),
  );
  await refreshQueues(db, [{ account, destination }]);
};

export const deleteQueue = (db: Db, account: AccountKey, destination: number): Promise<number> =>
  change(
    db,
    db.q.deleteFrom('delivery_queues').where('account', '=', account).where('destination', '=', destination),
  );
