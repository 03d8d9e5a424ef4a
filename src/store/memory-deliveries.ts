import type { Delivery, StoredDelivery } from '../app/delivery-records.ts';
import type { DeliveryFilter } from '../app/lists.ts';
import type { Settlement } from '../app/writes.ts';
import type { Instant } from '../domain/time.ts';
import { attemptsAfter } from './attempts.ts';
import type { Home } from './memory-state.ts';
import { copy, put, take, type Undo } from './memory-table.ts';

/** A delivery with its key, which counts up, and until when whoever claimed it has it; 0 when nobody did. */
export type Held = {
  readonly key: number;
  readonly lease: Instant;
  readonly record: StoredDelivery;
};

/** The deliveries of an account. */
export type Deliveries = {
  readonly rows: Map<number, Held>;
  /** Keys by id. */
  readonly keys: Map<string, number>;
  /** By destination: the one that was served last has the largest number. */
  readonly served: Map<string, number>;
  /** Never the same again. */
  readonly nextKey: () => number;
};

export const newDeliveries = (): Deliveries => {
  let last = 0;
  const nextKey = (): number => {
    last += 1;
    return last;
  };
  return { rows: new Map(), keys: new Map(), served: new Map(), nextKey };
};

const hold = (undo: Undo, { rows, keys }: Deliveries, held: Held): void => {
  put(undo, rows, held.key, copy(held));
  put(undo, keys, held.record.id, held.key);
};

const letGo = (undo: Undo, { rows, keys }: Deliveries, { key, record }: Held): void => {
  take(undo, rows, key);
  take(undo, keys, record.id);
};

const heldOf = ({ rows, keys }: Deliveries, id: string): Held | undefined => rows.get(keys.get(id) ?? 0);

export const findDelivery = ({ deliveries }: Home, id: string): StoredDelivery | undefined =>
  heldOf(deliveries, id)?.record;

const isWaiting = ({ record }: Held): boolean => record.status === 'waiting';

const shows =
  ({ destinationId, campaign, statuses, from, to }: DeliveryFilter) =>
  ({ record }: Held): boolean =>
    (destinationId === '' || record.destinationId === destinationId) &&
    (campaign === null || record.campaign === campaign) &&
    (statuses.length === 0 || statuses.includes(record.status)) &&
    (from === null || record.createdAt >= from) &&
    (to === null || record.createdAt < to);

/** By key, the newest first. */
export const deliveriesShown = ({ deliveries }: Home, filter: DeliveryFilter): readonly Held[] =>
  [...deliveries.rows.values()].filter(shows(filter)).sort((a, b) => b.key - a.key);

const latestOf = ({ rows }: Deliveries, delivery: Delivery): Held | undefined => {
  let latest: Held | undefined;
  for (const held of rows.values()) {
    if (keepsUp(held, delivery) && held.key > (latest?.key ?? 0)) latest = held;
  }
  return latest;
};

const keepsUp = (older: Held, { subscriptionId, campaign, device, event }: Delivery): boolean =>
  isWaiting(older) &&
  older.lease === 0 &&
  older.record.latestOnly &&
  older.record.subscriptionId === subscriptionId &&
  older.record.campaign === campaign &&
  older.record.device === device &&
  older.record.event === event;

/** Adds deliveries as `Store.deliveries.add` says. */
export const addDeliveries = (undo: Undo, home: Home, given: readonly Delivery[]): void => {
  const { deliveries, account } = home;
  for (const delivery of given) {
    if (heldOf(deliveries, delivery.id) !== undefined || !isExpected(home, delivery)) continue;
    const { latestOnly, seq, body } = delivery;
    const older = latestOnly ? latestOf(deliveries, delivery) : undefined;
    if (older === undefined) {
      hold(undo, deliveries, { key: deliveries.nextKey(), lease: 0, record: { ...delivery, account } });
    } else if (seq >= older.record.seq) {
      hold(undo, deliveries, { ...older, record: { ...older.record, seq, body } });
    }
  }
};

const isExpected = (
  { destinations, subscriptions }: Home,
  { destinationId, subscriptionId }: Delivery,
): boolean =>
  destinations.find(destinationId) !== undefined && subscriptions.find(subscriptionId) !== undefined;

const laneOf = ({ record }: Held): string => `${record.device}`;

const inLine = (a: Held, b: Held): number => a.record.seq - b.record.seq || a.key - b.key;

/** The first of each lane, unless one of the lane is on its way. */
const heads = (waiting: readonly Held[], now: Instant): readonly Held[] =>
  [...Map.groupBy(waiting, laneOf).values()]
    .filter((lane) => lane.every(({ lease }) => lease <= now))
    .flatMap((lane) => lane.toSorted(inLine).slice(0, 1));

const claimable = (
  { destinations, deliveries }: Home,
  destinationId: string,
  now: Instant,
  perDestination: number,
): readonly Held[] => {
  const destination = destinations.find(destinationId)?.record;
  if (destination === undefined || destination.disabled !== null) return [];
  const waiting = [...deliveries.rows.values()].filter(
    (held) => isWaiting(held) && held.record.destinationId === destinationId,
  );
  const onTheWay = waiting.filter(({ lease }) => lease > now).length;
  return (destination.order === 'strict' ? heads(waiting, now) : waiting)
    .filter(({ lease, record }) => lease <= now && record.dueAt <= now)
    .sort((a, b) => a.record.dueAt - b.record.dueAt || a.key - b.key)
    .slice(0, Math.max(0, perDestination - onTheWay));
};

type Turn = { readonly home: Home; readonly destinationId: string; readonly served: number };

/** Destinations with something that waits, the one that was served longest ago first. */
const turns = (homes: Iterable<Home>): readonly Turn[] =>
  [...homes]
    .flatMap((home) => {
      const waiting = [...home.deliveries.rows.values()].filter(isWaiting);
      const ids = new Set(waiting.map(({ record }) => record.destinationId));
      return [...ids].map((destinationId) => ({
        ...{ home, destinationId, served: home.deliveries.served.get(destinationId) ?? 0 },
      }));
    })
    .sort((a, b) => a.served - b.served);

/** Claims deliveries as `Store.deliveries.claim` says. */
export const claimDeliveries = (
  homes: Iterable<Home>,
  now: Instant,
  leaseUntil: Instant,
  limit: number,
  perDestination: number,
): readonly StoredDelivery[] => {
  const claimed: StoredDelivery[] = [];
  for (const { home, destinationId, served } of turns(homes)) {
    const { deliveries } = home;
    for (const held of claimable(home, destinationId, now, perDestination).slice(0, limit - claimed.length)) {
      deliveries.rows.set(held.key, copy({ ...held, lease: leaseUntil }));
      deliveries.served.set(destinationId, Math.max(now, served + 1));
      claimed.push(held.record);
    }
  }
  return claimed;
};

/** Notes how a delivery went, if it still waits. */
export const settleDelivery = (
  undo: Undo,
  { deliveries }: Home,
  { was, attempt, status, dueAt }: Settlement,
): void => {
  const held = heldOf(deliveries, was.id);
  if (held === undefined || !isWaiting(held)) return;
  const { record } = held;
  const attempts = attemptsAfter(record.attempts, attempt);
  const settled = { ...record, attempts, tries: record.tries + 1, status, dueAt };
  hold(undo, deliveries, { ...held, lease: 0, record: settled });
};

/** Sends again as `Store.deliveries.replay` says. */
export const replayDeliveries = (
  undo: Undo,
  home: Home,
  which: { readonly ids: readonly string[] } | DeliveryFilter,
  now: Instant,
): { readonly count: number } => {
  const { deliveries } = home;
  const named = 'ids' in which ? new Set(which.ids) : undefined;
  const isMeant = 'ids' in which ? ({ record }: Held) => named?.has(record.id) === true : shows(which);
  const again = [...deliveries.rows.values()].filter(
    (held) => !isWaiting(held) && isMeant(held) && isExpected(home, held.record),
  );
  for (const held of again) {
    const record: StoredDelivery = { ...held.record, status: 'waiting', tries: 0, dueAt: now };
    hold(undo, deliveries, { ...held, lease: 0, record });
  }
  return { count: again.length };
};

/** Deletes what waits and is meant. */
export const dropWaiting = (
  undo: Undo,
  { deliveries }: Home,
  isMeant: (record: StoredDelivery) => boolean,
): void => {
  for (const held of [...deliveries.rows.values()]) {
    if (isWaiting(held) && isMeant(held.record)) letGo(undo, deliveries, held);
  }
};

/** Deletes what was settled and created before an instant. */
export const expireDeliveries = (undo: Undo, { deliveries }: Home, before: Instant): void => {
  for (const held of [...deliveries.rows.values()]) {
    if (!isWaiting(held) && held.record.createdAt < before) letGo(undo, deliveries, held);
  }
};
