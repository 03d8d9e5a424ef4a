import type { StoredDelivery } from '../app/delivery-records.ts';
import type { DeliveryFilter, Page, PageRequest } from '../app/lists.ts';
import type { Store } from '../app/ports.ts';
import type { AccountKey } from '../domain/ids.ts';
import { type Database, type Db, pageOf, persist } from './db.ts';
import { claimDeliveries } from './delivery-claims.ts';
import { addDeliveries } from './delivery-intake.ts';
import { expireDeliveries, replayDeliveries, settleDeliveries } from './delivery-outcomes.ts';
import { deliveriesIn, deliveriesWhere, findDelivery, lastDelivery } from './queries/deliveries.ts';
import {
  countDestinations,
  findDestination,
  listDestinations,
  sliceDestinations,
} from './queries/destinations.ts';
import {
  countDocuments,
  findDocument,
  findDocumentByName,
  listDocuments,
  sliceDocuments,
} from './queries/documents.ts';
import { claimEvents, deleteOutbox, hasUnclaimed } from './queries/outbox.ts';
import {
  findSubscription,
  listSubscriptions,
  subscriptionsAbout,
  subscriptionsOfDestination,
} from './queries/subscriptions.ts';
import { countOf, keyOf, many, one } from './readers.ts';
import { fromDeliveryRow, type NamedDeliveryRow } from './rows/delivery.ts';
import { fromDestinationRow, fromDocumentRow, fromSubscriptionRow } from './rows/push.ts';

/** What wires keep for their callers. */
export const documents = ({ read }: Database): Store['documents'] => ({
  find: (account, kind, id) => one(findDocument(read, account, kind, id), fromDocumentRow),
  findByName: (account, kind, name) => one(findDocumentByName(read, account, kind, name), fromDocumentRow),
  list: async (account, kind, page) =>
    pageOf(await listDocuments(read, account, kind, page), page.limit, keyOf, fromDocumentRow),
  slice: async (account, kind, slice) => ({
    items: await many(sliceDocuments(read, account, kind, slice), fromDocumentRow),
    total: await countOf(countDocuments(read, account, kind)),
  }),
});

type Pushed = Pick<Store, 'destinations' | 'subscriptions' | 'deliveries' | 'outbox'>;

/** What is pushed, and where. */
export const push = (database: Database): Pushed => {
  const { read } = database;
  return {
    destinations: {
      find: (account, id) => one(findDestination(read, account, id), fromDestinationRow),
      list: async (account, page) =>
        pageOf(await listDestinations(read, account, page), page.limit, keyOf, fromDestinationRow),
      slice: async (account, slice) => ({
        items: await many(sliceDestinations(read, account, slice), fromDestinationRow),
        total: await countOf(countDestinations(read, account)),
      }),
    },
    subscriptions: {
      find: (account, id) => one(findSubscription(read, account, id), fromSubscriptionRow),
      list: async (account, page) =>
        pageOf(await listSubscriptions(read, account, page), page.limit, keyOf, fromSubscriptionRow),
      about: (account, campaign) =>
        many(subscriptionsAbout(read, account, campaign ?? 0), fromSubscriptionRow),
      ofDestination: (account, destinationId) =>
        many(subscriptionsOfDestination(read, account, destinationId), fromSubscriptionRow),
    },
    deliveries: deliveries(database),
    outbox: outbox(database),
  };
};

const deliveries = (database: Database): Store['deliveries'] => ({
  find: (account, id) => one(findDelivery(database.read, account, id), fromDeliveryRow),
  list: (...request) => listDeliveries(database.lists, ...request),
  add: async (account, given) => {
    if (given.length === 0) return;
    await persist(database, (db) =>
      addDeliveries(
        db,
        given.map((delivery) => ({ ...delivery, account })),
      ),
    );
  },
  claim: (now, leaseUntil, limit, perDestination) =>
    claimDeliveries(database, { now, leaseUntil, limit, perDestination }),
  settle: async (settlements) => {
    if (settlements.length > 0) await persist(database, (db) => settleDeliveries(db, settlements));
  },
  replay: (...request) => replayDeliveries(database, ...request),
  expire: (before) => expireDeliveries(database, before),
});

/** The newest first, in spans of keys no longer than the engine may look at in one go. */
const listDeliveries = async (
  db: Db,
  account: AccountKey,
  filter: DeliveryFilter,
  { after, limit }: PageRequest,
): Promise<Page<StoredDelivery>> => {
  const where = await deliveriesWhere(db, account, filter);
  const found: NamedDeliveryRow[] = [];
  let to = Math.min(after, (await lastDelivery(db, account)) + 1);
  while (where !== undefined && to > 1 && found.length <= limit) {
    const from = Math.max(1, to - db.engine.longestLook);
    found.push(...(await deliveriesIn(db, where, { from, to }, limit + 1 - found.length)));
    if (from > 1) await new Promise(setImmediate);
    to = from;
  }
  return pageOf(found, limit, keyOf, fromDeliveryRow);
};

const outbox = (database: Database): Store['outbox'] => ({
  claim: async (now, leaseUntil, limit) =>
    (await hasUnclaimed(database.read, now))
      ? persist(database, (db) => claimEvents(db, now, leaseUntil, limit))
      : [],
  done: async (events, given) => {
    if (events.length === 0 && given.length === 0) return;
    await persist(database, async (db) => {
      await addDeliveries(db, given);
      await deleteOutbox(db, events);
    });
  },
});
