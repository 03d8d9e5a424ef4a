import type { StoredDelivery } from '../app/delivery-records.ts';
import type { AccountKey } from '../domain/ids.ts';
import type { Db } from './db.ts';
import {
  type Content,
  insertDeliveries,
  replaceable,
  replaceContents,
  subscriptionKeys,
  type Topic,
  takenIds,
  type Waiting,
} from './queries/delivery-intake.ts';
import { type Lane, laneName, tidyLanes } from './queries/delivery-lanes.ts';
import { holdQueuesOf, refreshQueues } from './queries/delivery-queues.ts';
import { fullName } from './queries/named.ts';
import { allocate } from './queries/sequences.ts';
import { type DeliveryCells, toDeliveryCells } from './rows/delivery.ts';

/** A delivery with the keys of what it is for. */
type Addressed = StoredDelivery & { readonly destination: number; readonly subscription: number };

/**
 * Adds deliveries as `Store.deliveries.add` says. Holds the queues of their destinations, and leaves out what has
 * nobody to go to any more.
 */
export const addDeliveries = async (db: Db, given: readonly StoredDelivery[]): Promise<void> => {
  const fresh = await withoutRepeats(db, await addressed(db, given));
  if (fresh.length === 0) return;
  const { added, replaced } = await withLatest(db, fresh);
  const inserted = await insertDeliveries(db, await withKeys(db, added));
  await replaceContents(db, replaced);
  const mixed: readonly Lane[] = [...inserted.filter(({ behind }) => behind === 1), ...replaced];
  await tidyLanes(db, mixed);
  await refreshQueues(db, fresh);
};

const addressed = async (db: Db, given: readonly StoredDelivery[]): Promise<readonly Addressed[]> => {
  if (given.length === 0) return [];
  const held = await holdQueuesOf(
    db,
    given.map(({ account, destinationId }) => ({ account, id: destinationId })),
  );
  const found = await subscriptionKeys(
    db,
    given.map(({ account, subscriptionId }) => ({ account, id: subscriptionId })),
  );
  const destinations = new Map(held.map((row) => [fullName(row), row.key]));
  const subscriptions = new Map(found.map((row) => [fullName(row), row.key]));
  return given.flatMap((delivery) => {
    const { account, destinationId, subscriptionId } = delivery;
    const destination = destinations.get(fullName({ account, id: destinationId }));
    const subscription = subscriptions.get(fullName({ account, id: subscriptionId }));
    const isExpected = destination !== undefined && subscription !== undefined;
    return isExpected ? [{ ...delivery, destination, subscription }] : [];
  });
};

const withoutRepeats = async (db: Db, deliveries: readonly Addressed[]): Promise<readonly Addressed[]> => {
  if (deliveries.length === 0) return [];
  const seen = new Set((await takenIds(db, deliveries)).map(fullName));
  return deliveries.filter((delivery) => {
    const isNew = !seen.has(fullName(delivery));
    seen.add(fullName(delivery));
    return isNew;
  });
};

const topicOf = ({ account, destination, subscription, campaign, device, event }: Addressed): Topic => ({
  ...{ account, destination, subscription, campaign: campaign ?? 0, device: device ?? 0, event },
});

const topicName = ({ account, destination, subscription, campaign, device, event }: Topic): string =>
  `latest ${account}/${destination}/${subscription}/${campaign}/${device}/${event}`;

type Replaced = Waiting & Content;

/** Of messages of which only the latest is wanted, later ones take the place of those that wait or come with them. */
const withLatest = async (
  db: Db,
  deliveries: readonly Addressed[],
): Promise<{ readonly added: readonly Addressed[]; readonly replaced: readonly Replaced[] }> => {
  const topics = deliveries.filter(({ latestOnly }) => latestOnly).map(topicOf);
  if (topics.length === 0) return { added: deliveries, replaced: [] };
  const waiting = new Map((await replaceable(db, topics)).map((row) => [topicName(row), row]));
  const replaced = new Map<string, Replaced>();
  const added = new Map<string, Addressed>();
  for (const delivery of deliveries) {
    const name = delivery.latestOnly ? topicName(topicOf(delivery)) : fullName(delivery);
    const older = replaced.get(name) ?? waiting.get(name);
    if (!delivery.latestOnly) added.set(name, delivery);
    else if (older === undefined) added.set(name, latestOf(added.get(name), delivery));
    else if (delivery.seq >= older.seq) replaced.set(name, { ...older, ...contentOf(delivery) });
  }
  return { added: [...added.values()], replaced: [...replaced.values()] };
};

const contentOf = ({ seq, body }: Addressed): Pick<Content, 'seq' | 'body'> => ({ seq, body });

const latestOf = (older: Addressed | undefined, delivery: Addressed): Addressed => {
  if (older === undefined) return delivery;
  return delivery.seq < older.seq ? older : { ...older, ...contentOf(delivery) };
};

/** In the order given, which is how ties in a lane are broken. */
const withKeys = async (db: Db, deliveries: readonly Addressed[]): Promise<readonly DeliveryCells[]> => {
  const next = new Map<AccountKey, number>();
  const counts = [...Map.groupBy(deliveries, ({ account }) => account)].sort(([a], [b]) => a - b);
  for (const [account, { length }] of counts) {
    next.set(account, await allocate(db, account, 'deliveries', length));
  }
  const cells = deliveries.map((delivery) => {
    const { account, destination, subscription } = delivery;
    const key = next.get(account) ?? 0;
    next.set(account, key + 1);
    return toDeliveryCells(delivery, { account, key, destination, subscription, behind: 1 });
  });
  const firsts = new Set(
    [...Map.groupBy(cells.filter(isWaiting), laneName).values()].map((lane) => lane.toSorted(inLine)[0]),
  );
  return cells.map((cell) => ({ ...cell, behind: isWaiting(cell) && !firsts.has(cell) ? 1 : 0 }));
};

const isWaiting = ({ status }: DeliveryCells): boolean => status === 0;

const inLine = (a: DeliveryCells, b: DeliveryCells): number => a.seq - b.seq || a.key - b.key;
