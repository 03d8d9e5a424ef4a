import { sql } from 'kysely';
import type { NewEvent, StoredEvent, Subject } from '../../app/records.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { all, atMost, change, type Db, first, literal, prepared } from '../db.ts';
import { asKey } from '../rows/codec.ts';
import { type EventCells, fromEventRow, toEventCells } from '../rows/event.ts';
import { allocateEvents } from './sequences.ts';

/** An event of a change that holds, with the account it belongs to and the keys of what it is about. */
export type Happening = {
  readonly account: AccountKey;
  readonly event: Pick<StoredEvent, 'at' | 'actor' | 'campaign' | 'device' | 'body'>;
};

const keyOf = async <Key extends number>(
  db: Db,
  table: 'campaigns' | 'devices',
  account: AccountKey,
  subject: Subject<Key>,
): Promise<Key | null> => {
  if (subject === null || typeof subject === 'number') return subject;
  const query = db.q
    .selectFrom(table)
    .select('key')
    .where('account', '=', account)
    .where('id', '=', subject.inserted);
  const row = await first(db, query);
  return row === undefined ? null : asKey<Key>(row.key);
};

/** The event with the keys of what its change has inserted. */
export const settleEvent = async (db: Db, account: AccountKey, event: NewEvent): Promise<Happening> => ({
  account,
  event: {
    ...event,
    campaign: await keyOf(db, 'campaigns', account, event.campaign),
    device: await keyOf(db, 'devices', account, event.device),
  },
});

const tally = (happenings: readonly Happening[]): ReadonlyMap<number, number> => {
  const counts = new Map<number, number>();
  for (const { account } of happenings) counts.set(account, (counts.get(account) ?? 0) + 1);
  return counts;
};

/**
 * Appends events and their outbox rows, in the order given. Comes last in a transaction: from here on others
 * of the account wait, which is what makes sequence numbers follow the order of commit.
 */
export const appendEvents = async (db: Db, happenings: readonly Happening[]): Promise<void> => {
  if (happenings.length === 0) return;
  const next = new Map(await allocateEvents(db, tally(happenings)));
  const cells = happenings.map(({ account, event }) => {
    const seq = next.get(account) ?? 0;
    next.set(account, seq + 1);
    return toEventCells(event, account, seq);
  });
  await insertEvents(db, db.engine.listOf(cells, eventColumns));
  await insertOutbox(db, listOfPlaces(db, cells));
};

const eventColumns = {
  account: 'integer',
  seq: 'bigint',
  at: 'bigint',
  actor_kind: 'integer',
  actor_id: 'text',
  campaign: 'integer',
  device: 'integer',
  body: 'json',
} as const;
const eventNames = Object.keys(eventColumns) as (keyof typeof eventColumns)[];

const insertEvents = prepared((db: Db, list: string) =>
  db.q
    .insertInto('events')
    .columns(eventNames)
    .expression((eb) =>
      eb
        .selectFrom(db.engine.rows<EventCells>(list, eventColumns).as('r'))
        .select(eventNames.map((name) => `r.${name}` as const)),
    ),
);

type Place = { readonly account: number; readonly seq: number };
const placeColumns = { account: 'integer', seq: 'bigint' } as const;
const listOfPlaces = (db: Db, places: readonly Place[]): string =>
  db.engine.listOf(
    places.map(({ account, seq }) => ({ account, seq })),
    placeColumns,
  );
const placesOf = (db: Db, list: string) => db.engine.rows<Place>(list, placeColumns).as('r');

const insertOutbox = prepared((db: Db, list: string) =>
  db.q
    .insertInto('outbox')
    .columns(['account', 'seq', 'lease'])
    .expression((eb) =>
      eb.selectFrom(placesOf(db, list)).select(['r.account', 'r.seq', sql.lit(0).as('lease')]),
    ),
);

/** Newest first. Without a device these are the campaign's own. */
export const listEvents = async (
  db: Db,
  account: AccountKey,
  about: { readonly campaign: CampaignKey | null; readonly device: DeviceKey | null },
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<readonly StoredEvent[]> => {
  const { campaign, device } = about;
  const ofAccount = db.q.selectFrom('events').selectAll().where('account', '=', account);
  const ofDevice =
    device === null && campaign === null ? ofAccount : ofAccount.where('device', '=', device ?? 0);
  const ofCampaign = campaign === null ? ofDevice : ofDevice.where('campaign', '=', campaign);
  const upTo = Math.min(before, Number.MAX_SAFE_INTEGER);
  return (await all(db, ofCampaign.where('seq', '<', upTo).orderBy('seq', 'desc').limit(atMost(limit)))).map(
    fromEventRow,
  );
};

/** Whether there is anything to claim: a read that spares most polls a write. */
export const hasUnclaimed = async (db: Db, now: Instant): Promise<boolean> =>
  (await all(db, db.q.selectFrom('outbox').select('seq').where('lease', '<=', now).limit(literal(1))))
    .length > 0;

/** Whether there is anything at all. */
export const hasEvents = async (db: Db): Promise<boolean> =>
  (await all(db, db.q.selectFrom('outbox').select('seq').limit(literal(1)))).length > 0;

export const clearOutbox = (db: Db): Promise<number> => change(db, db.q.deleteFrom('outbox'));

const claimPlaces = (db: Db, now: Instant, leaseUntil: Instant, limit: number): Promise<readonly Place[]> => {
  const free = db.q
    .selectFrom('outbox')
    .select(['account', 'seq'])
    .where('lease', '<=', now)
    .orderBy('account')
    .orderBy('seq')
    .limit(atMost(limit));
  const locked = db.engine.rowLocks ? free.forUpdate().skipLocked() : free;
  return all(
    db,
    db.q
      .updateTable('outbox')
      .set({ lease: leaseUntil })
      .where(({ eb, refTuple }) => eb(refTuple('account', 'seq'), 'in', locked.$asTuple('account', 'seq')))
      .returning(['account', 'seq']),
  );
};

/** Leases the next events, in order per account. */
export const claimEvents = async (
  db: Db,
  now: Instant,
  leaseUntil: Instant,
  limit: number,
): Promise<readonly StoredEvent[]> => {
  const places = await claimPlaces(db, now, leaseUntil, limit);
  if (places.length === 0) return [];
  return (await eventsAt(db, listOfPlaces(db, places))).map(fromEventRow);
};

const eventsAt = prepared((db: Db, list: string) =>
  db.q
    .selectFrom(placesOf(db, list))
    .innerJoin('events', (join) =>
      join.onRef('events.account', '=', 'r.account').onRef('events.seq', '=', 'r.seq'),
    )
    .selectAll('events')
    .orderBy('events.account')
    .orderBy('events.seq'),
);

const deleteListed = prepared((db: Db, list: string) =>
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
