import type { DeliveryFilter } from '../app/lists.ts';
import type { Settlement } from '../app/writes.ts';
import type { AccountKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import { attemptsAfter } from './attempts.ts';
import { type Database, type Db, persist } from './db.ts';
import { deliveriesWhere, lastDelivery, type Place } from './queries/deliveries.ts';
import { tidyLanes } from './queries/delivery-lanes.ts';
import { deleteNames, leftBehind } from './queries/delivery-names.ts';
import {
  deleteDeliveries,
  deleteSomeSettled,
  deliveriesNamed,
  type Laned,
  type Outcome,
  repeatableIn,
  repeatableNamed,
  repeatDeliveries,
  setOutcomes,
  type Tried,
} from './queries/delivery-outcomes.ts';
import { holdQueues, holdQueuesOf, queueName, refreshQueues } from './queries/delivery-queues.ts';
import { fullName } from './queries/named.ts';
import { attemptsOf, statusIndex } from './rows/delivery.ts';

/** Notes how claimed deliveries went, as `Store.deliveries.settle` says. */
export const settleDeliveries = async (db: Db, settlements: readonly Settlement[]): Promise<void> => {
  const held = await holdQueuesOf(
    db,
    settlements.map(({ was }) => ({ account: was.account, id: was.destinationId })),
  );
  const queues = new Set(held.map(({ account, key }) => queueName({ account, destination: key })));
  const found = await deliveriesNamed(
    db,
    settlements.map(({ was }) => was),
  );
  const waiting = found.filter((row) => row.status === WAITING && queues.has(queueName(row)));
  await setOutcomes(db, outcomesOf(waiting, settlements));
  await tidyLanes(db, waiting);
  await refreshQueues(db, waiting);
};

/** Each once, even when two workers had it, one of them longer than its lease. */
const outcomesOf = (waiting: readonly Tried[], settlements: readonly Settlement[]): readonly Outcome[] => {
  const rows = new Map(waiting.map((row) => [fullName(row), row]));
  const outcomes = new Map<string, Outcome>();
  for (const { was, attempt, status, dueAt } of settlements) {
    const row = rows.get(fullName(was));
    const before = outcomes.get(fullName(was));
    if (row === undefined || (before !== undefined && before.status !== WAITING)) continue;
    outcomes.set(fullName(was), {
      ...{ account: row.account, key: row.key, status: statusIndex(status), due_at: dueAt },
      tries: (before ?? row).tries + 1,
      attempts: attemptsAfter(before?.attempts ?? attemptsOf(row.attempts), attempt),
    });
  }
  return [...outcomes.values()];
};

const WAITING = statusIndex('waiting');

/** So many are written in one transaction, and others have their turn between. */
const PIECE = 1_000;

/** Sends again as `Store.deliveries.replay` says, piece by piece. */
export const replayDeliveries = async (
  database: Database,
  account: AccountKey,
  which: { readonly ids: readonly string[] } | DeliveryFilter,
  now: Instant,
): Promise<number> => {
  let count = 0;
  for await (const piece of pieces(database.read, account, which)) {
    count += (await persist(database, (db) => repeat(db, piece, now))).length;
    await new Promise(setImmediate);
  }
  return count;
};

const repeat = async (db: Db, piece: readonly Laned[], now: Instant): Promise<readonly Laned[]> => {
  await holdQueues(db, piece);
  const repeated = await repeatDeliveries(db, piece, now);
  await tidyLanes(db, repeated);
  await refreshQueues(db, repeated);
  return repeated;
};

async function* pieces(
  db: Db,
  account: AccountKey,
  which: { readonly ids: readonly string[] } | DeliveryFilter,
): AsyncGenerator<readonly Laned[]> {
  for await (const found of 'ids' in which ? named(db, account, which.ids) : shown(db, account, which)) {
    for (let start = 0; start < found.length; start += PIECE) yield found.slice(start, start + PIECE);
  }
}

async function* named(db: Db, account: AccountKey, ids: readonly string[]): AsyncGenerator<readonly Laned[]> {
  for (let start = 0; start < ids.length; start += PIECE) {
    yield await repeatableNamed(db, account, ids.slice(start, start + PIECE));
  }
}

/** What comes while it goes on is not looked at. */
async function* shown(db: Db, account: AccountKey, filter: DeliveryFilter): AsyncGenerator<readonly Laned[]> {
  const where = await deliveriesWhere(db, account, filter);
  if (where === undefined) return;
  const length = Math.min(db.engine.longestLook, LONGEST_LIST);
  const last = await lastDelivery(db, account);
  for (let from = 1; from <= last; from += length) {
    yield await repeatableIn(db, where, { from, to: Math.min(from + length, last + 1) });
    await new Promise(setImmediate);
  }
}

/** More rows than this at once would take memory that grows with the backlog. */
const LONGEST_LIST = 50_000;

/** Deletes what was settled and created before an instant, and what is left of dropped destinations. */
export const expireDeliveries = async (database: Database, before: Instant): Promise<void> => {
  await inPieces(database, (db) => deleteSomeSettled(db, before, PIECE));
  await inPieces(database, deleteSomeLeft);
  await persist(database, deleteNames);
};

const deleteSomeLeft = async (db: Db): Promise<number> => {
  const places: readonly Place[] = await leftBehind(db, PIECE);
  return places.length === 0 ? 0 : deleteDeliveries(db, places);
};

const inPieces = async (database: Database, work: (db: Db) => Promise<number>): Promise<void> => {
  while ((await persist(database, work)) > 0) await new Promise(setImmediate);
};
