import type { StoredDelivery } from '../app/delivery-records.ts';
import type { Instant } from '../domain/time.ts';
import { type Database, type Db, persist } from './db.ts';
import { deliveriesAt, type Place } from './queries/deliveries.ts';
import { takeDue } from './queries/delivery-claims.ts';
import {
  countOnTheWay,
  hasReadyQueue,
  type Look,
  queueName,
  type Ready,
  readyQueues,
  setQueues,
} from './queries/delivery-queues.ts';
import { fromDeliveryRow } from './rows/delivery.ts';

type Terms = {
  readonly now: Instant;
  readonly leaseUntil: Instant;
  readonly limit: number;
  readonly perDestination: number;
};

/** Claims deliveries as `Store.deliveries.claim` says. */
export const claimDeliveries = async (
  database: Database,
  terms: Terms,
): Promise<readonly StoredDelivery[]> => {
  if (terms.limit <= 0 || terms.perDestination <= 0) return [];
  if (!(await hasReadyQueue(database.read, terms.now))) return [];
  return persist(database, async (db) => claimed(db, await take(db, terms)));
};

const take = async (db: Db, terms: Terms): Promise<readonly Place[]> => {
  const places: Place[] = [];
  while (places.length < terms.limit) {
    const queues = await readyQueues(db, terms.now, terms.limit - places.length);
    if (queues.length === 0) break;
    const onTheWay = await countOnTheWay(db, queues, terms.now);
    const looks: Look[] = [];
    for (const queue of queues) {
      const left = terms.limit - places.length;
      if (left === 0) break;
      const room = Math.max(0, terms.perDestination - (onTheWay.get(queueName(queue)) ?? 0));
      const keys = await takeFrom(db, queue, Math.min(room, left), terms);
      places.push(...keys.map((key) => ({ account: queue.account, key })));
      looks.push(lookAfter(queue, { taken: keys.length, room, left }, terms));
    }
    await setQueues(db, looks);
  }
  return places;
};

const takeFrom = async (db: Db, queue: Ready, limit: number, { now, leaseUntil }: Terms) =>
  limit === 0 ? [] : takeDue(db, queue, now, leaseUntil, limit);

type Taking = { readonly taken: number; readonly room: number; readonly left: number };

/** A queue that was emptied, or is full, is looked at again when that may have changed; else at the next claim. */
const lookAfter = (queue: Ready, { taken, room, left }: Taking, { now }: Terms): Look => {
  const { account, destination } = queue;
  const look = { account, destination, served: Math.max(now, queue.served + 1) };
  if (taken === room) return { ...look, after: now, full: 1 };
  return { ...look, after: taken === left ? -1 : now, full: 0 };
};

const claimed = async (db: Db, places: readonly Place[]): Promise<readonly StoredDelivery[]> => {
  if (places.length === 0) return [];
  const turn = new Map(places.map((place, index) => [placeName(place), index]));
  const rows = await deliveriesAt(db, places);
  return rows
    .toSorted((a, b) => (turn.get(placeName(a)) ?? 0) - (turn.get(placeName(b)) ?? 0))
    .map(fromDeliveryRow);
};

const placeName = ({ account, key }: Place): string => `${account}/${key}`;
