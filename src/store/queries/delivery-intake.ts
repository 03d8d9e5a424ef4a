import { sql } from 'kysely';
import { built, change, type Db, prepared, raw } from '../db.ts';
import type { DeliveryRow } from '../push-tables.ts';
import type { DeliveryCells } from '../rows/delivery.ts';
import type { Lane } from './delivery-lanes.ts';
import { listOfNamed, type Named, namedIn } from './named.ts';

/** Keys of the subscriptions there are. */
export const subscriptionKeys = (
  db: Db,
  named: readonly Named[],
): Promise<readonly (Named & { readonly key: number })[]> => keysListed(db, listOfNamed(db, named));

const keysListed = prepared((db: Db, list: string) =>
  raw(
    db,
    sql<Named & { readonly key: number }>`select s.account, s.id, s.key from ${namedIn(db, list)} as r
      join subscriptions as s on s.account = r.account and s.id = r.id`,
  ),
);

/** Those of the ids that some delivery has. */
export const takenIds = (db: Db, named: readonly Named[]): Promise<readonly Named[]> =>
  takenListed(db, listOfNamed(db, named));

const takenListed = built((db: Db, list: string) =>
  raw(
    db,
    sql<Named>`select d.account, d.id from ${namedIn(db, list)} as r
      join deliveries as d on d.account = r.account and d.id = r.id`,
  ),
);

/** What makes two messages of which only the latest is wanted the same. */
export type Topic = Pick<
  DeliveryRow,
  'account' | 'destination' | 'subscription' | 'campaign' | 'device' | 'event'
>;

export type Waiting = Topic & Pick<DeliveryRow, 'key' | 'seq'>;

type Place = Pick<Topic, 'account' | 'destination' | 'subscription' | 'device'>;
const placeColumns = {
  account: 'integer',
  destination: 'integer',
  subscription: 'integer',
  device: 'integer',
} as const;

const waitingListed = built((db: Db, list: string) =>
  raw(
    db,
    sql<Waiting>`select w.account, w.subscription, w.campaign, w.device, w.event, w.key, w.destination, w.seq
      from ${db.engine.rows<Place>(list, placeColumns)} as r
      join deliveries as w on w.account = r.account and w.subscription = r.subscription
        and w.destination = r.destination and w.latest_only = 1 and w.device = r.device
        and w.status = 0 and w.subscription > 0
      where w.lease = 0 order by w.account, w.key`,
  ),
);

/** Deliveries of the same subscriptions and devices that a later one may take the place of: unclaimed ones. */
export const replaceable = (db: Db, topics: readonly Topic[]): Promise<readonly Waiting[]> => {
  const places = topics.map(({ account, destination, subscription, device }) => ({
    ...{ account, destination, subscription, device },
  }));
  const distinct = new Map(places.map((place) => [JSON.stringify(place), place]));
  return waitingListed(db, db.engine.listOf<Place>([...distinct.values()], placeColumns));
};

/** What takes the place of the content of a delivery. */
export type Content = Pick<DeliveryRow, 'account' | 'key' | 'seq' | 'body'>;
const contentColumns = { a: 'integer', k: 'bigint', s: 'bigint', b: 'text' } as const;
type ContentCells = { readonly a: number; readonly k: number; readonly s: number; readonly b: string };

export const replaceContents = async (db: Db, contents: readonly Content[]): Promise<void> => {
  if (contents.length === 0) return;
  const cells = contents.map(({ account, key, seq, body }) => ({ a: account, k: key, s: seq, b: body }));
  const list = db.engine.listOf<ContentCells>(cells, contentColumns);
  await change(
    db,
    raw(
      db,
      sql`update deliveries set seq = r.s, body = r.b
        from ${db.engine.rows<ContentCells>(list, contentColumns)} as r
        where deliveries.account = r.a and deliveries.key = r.k`,
    ),
  );
};

const columns = {
  account: 'integer',
  key: 'bigint',
  destination: 'integer',
  subscription: 'integer',
  campaign: 'integer',
  device: 'integer',
  seq: 'bigint',
  status: 'integer',
  behind: 'integer',
  latest_only: 'integer',
  tries: 'integer',
  created_at: 'bigint',
  due_at: 'bigint',
  id: 'text',
  event: 'text',
  attempts: 'json',
  body: 'text',
} as const;
const names = Object.keys(columns).filter((name) => name !== 'behind');

const insertListed = built((db: Db, list: string) =>
  raw(
    db,
    sql<
      Lane & { readonly behind: number }
    >`insert into deliveries (lease, behind, ${sql.join(names.map((name) => sql.ref(name)))})
      select 0, case when r.status = 0 and (r.behind = 1 or (select w.key from deliveries as w
          where w.account = r.account and w.destination = r.destination and w.device = r.device
            and w.status = 0 and w.device >= 0 limit 1) is not null)
        then 1 else 0 end, ${sql.join(names.map((name) => sql.ref(`r.${name}`)))}
      from ${db.engine.rows<DeliveryCells>(list, columns)} as r
      returning account, destination, device, behind`,
  ),
);

/** Inserts deliveries behind those that wait in their lanes. Gives the lane of each, and whether it is behind. */
export const insertDeliveries = async (
  db: Db,
  cells: readonly DeliveryCells[],
): Promise<readonly (Lane & { readonly behind: number })[]> =>
  cells.length === 0 ? [] : insertListed(db, db.engine.listOf<DeliveryCells>(cells, columns));
