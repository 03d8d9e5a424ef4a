import { sql } from 'kysely';
import type { StoredSubscription, Subscription } from '../../app/delivery-records.ts';
import type { PageRequest } from '../../app/lists.ts';
import type { AccountKey, CampaignKey } from '../../domain/ids.ts';
import { all, atMost, bounded, change, type Db, prepared } from '../db.ts';
import type { SubscriptionRow } from '../push-tables.ts';
import { toSubscriptionRow } from '../rows/push.ts';
import { insertName } from './delivery-names.ts';
import { allocate } from './sequences.ts';

export const findSubscription = prepared((db: Db, account: AccountKey, id: string) =>
  db.q.selectFrom('subscriptions').selectAll().where('account', '=', account).where('id', '=', id),
);

/** By key, one more than the limit. */
export const listSubscriptions = (
  db: Db,
  account: AccountKey,
  { after, limit }: PageRequest,
): Promise<readonly SubscriptionRow[]> =>
  all(
    db,
    db.q
      .selectFrom('subscriptions')
      .selectAll()
      .where('account', '=', account)
      .where('key', '>', bounded(after))
      .orderBy('key')
      .limit(atMost(limit + 1)),
  );

/** Those of the account as a whole, and those of a campaign; 0 is none. */
export const subscriptionsAbout = prepared((db: Db, account: AccountKey, campaign: number) =>
  db.q
    .selectFrom('subscriptions')
    .selectAll()
    .where('account', '=', account)
    .where(sql<boolean>`campaign in (0, ${campaign})`)
    .orderBy('key'),
);

export const subscriptionsOfDestination = prepared((db: Db, account: AccountKey, destinationId: string) =>
  db.q
    .selectFrom('subscriptions')
    .selectAll()
    .where('account', '=', account)
    .where('destination_id', '=', destinationId)
    .orderBy('key'),
);

export const insertSubscription = async (
  db: Db,
  account: AccountKey,
  value: Subscription,
): Promise<number> => {
  const key = await allocate(db, account, 'push');
  await insertName(db, account, key, value.id);
  return change(
    db,
    db.q.insertInto('subscriptions').values({ ...toSubscriptionRow(value), account, key, version: 1 }),
  );
};

export const updateSubscription = (
  db: Db,
  account: AccountKey,
  was: StoredSubscription,
  value: Subscription,
): Promise<number> =>
  change(
    db,
    db.q
      .updateTable('subscriptions')
      .set({ ...toSubscriptionRow(value), version: was.version + 1 })
      .where('account', '=', account)
      .where('id', '=', was.id)
      .where('version', '=', was.version),
  );

/** Gives what was deleted, if it is as it was read. */
export const deleteSubscription = (
  db: Db,
  account: AccountKey,
  was: Pick<StoredSubscription, 'id' | 'version'>,
): Promise<readonly SubscriptionRow[]> =>
  all(
    db,
    db.q
      .deleteFrom('subscriptions')
      .where('account', '=', account)
      .where('id', '=', was.id)
      .where('version', '=', was.version)
      .returningAll(),
  );

/** Gives what was deleted. */
export const deleteSubscriptionsOfCampaign = (
  db: Db,
  account: AccountKey,
  campaign: CampaignKey,
): Promise<readonly SubscriptionRow[]> =>
  all(
    db,
    db.q
      .deleteFrom('subscriptions')
      .where('account', '=', account)
      .where('campaign', '=', campaign)
      .returningAll(),
  );

/** Gives what was deleted. */
export const deleteSubscriptionsOfDestination = (
  db: Db,
  account: AccountKey,
  destinationId: string,
): Promise<readonly SubscriptionRow[]> =>
  all(
    db,
    db.q
      .deleteFrom('subscriptions')
      .where('account', '=', account)
      .where('destination_id', '=', destinationId)
      .returningAll(),
  );
