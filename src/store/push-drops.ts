import type { StoredDestination, StoredSubscription } from '../app/delivery-records.ts';
import type { AccountKey, CampaignKey } from '../domain/ids.ts';
import type { Db } from './db.ts';
import type { SubscriptionRow } from './push-tables.ts';
import { tidyLanes } from './queries/delivery-lanes.ts';
import { markGone } from './queries/delivery-names.ts';
import { deleteDeliveries, type Side, someWaitingOf } from './queries/delivery-outcomes.ts';
import { holdQueues, holdQueuesOf, refreshQueues } from './queries/delivery-queues.ts';
import { deleteDestination } from './queries/destinations.ts';
import {
  deleteSubscription,
  deleteSubscriptionsOfCampaign,
  deleteSubscriptionsOfDestination,
} from './queries/subscriptions.ts';

/** Drops a subscription with what waits of it; 0 when it is not as it was read. */
export const dropSubscription = async (
  db: Db,
  account: AccountKey,
  was: StoredSubscription,
): Promise<number> => {
  const deleted = await deleteSubscription(db, account, was);
  await dropWaitingOf(db, account, deleted, NO_DESTINATION);
  return deleted.length;
};

/** Drops the subscriptions to a campaign with what waits of them. */
export const dropSubscriptionsOfCampaign = async (
  db: Db,
  account: AccountKey,
  campaign: CampaignKey,
): Promise<void> =>
  dropWaitingOf(db, account, await deleteSubscriptionsOfCampaign(db, account, campaign), NO_DESTINATION);

/** Drops a destination with its subscriptions and what waits for it; what was settled stays. */
export const dropDestination = async (
  db: Db,
  account: AccountKey,
  was: StoredDestination,
): Promise<number> => {
  const deleted = await deleteDestination(db, account, was);
  if (deleted === 0) return 0;
  const subscriptions = await deleteSubscriptionsOfDestination(db, account, was.id);
  await dropWaitingOf(db, account, subscriptions, was.key);
  return deleted;
};

/** Keys count from 1. */
const NO_DESTINATION = 0;
/** So many at once, so that memory does not grow with the backlog. */
const PIECE = 50_000;

/** Deletes what waits of dropped subscriptions, but for one destination, which is dropped as a whole. */
const dropWaitingOf = async (
  db: Db,
  account: AccountKey,
  subscriptions: readonly SubscriptionRow[],
  except: number,
): Promise<void> => {
  if (subscriptions.length === 0) return;
  const keys = subscriptions.map(({ key }) => key);
  await holdQueuesOf(
    db,
    subscriptions.map(({ destination_id }) => ({ account, id: destination_id })),
  );
  for (const side of ['above', 'below'] as const) {
    while (await dropSome(db, account, keys, { destination: except, side }));
  }
  await markGone(db, account, keys);
};

const dropSome = async (
  db: Db,
  account: AccountKey,
  subscriptions: readonly number[],
  beside: { readonly destination: number; readonly side: Side },
): Promise<boolean> => {
  const length = Math.min(db.engine.longestLook, PIECE);
  const waiting = await someWaitingOf(db, account, subscriptions, beside, length);
  if (waiting.length === 0) return false;
  await holdQueues(db, waiting);
  await deleteDeliveries(db, waiting);
  await tidyLanes(db, waiting);
  await refreshQueues(db, waiting);
  await new Promise(setImmediate);
  return true;
};
