import type { Destination, StoredDestination } from '../../app/delivery-records.ts';
import type { PageRequest, Slice } from '../../app/lists.ts';
import type { AccountKey } from '../../domain/ids.ts';
import { all, atMost, bounded, change, type Db, prepared } from '../db.ts';
import { sliceOrder } from '../order.ts';
import type { DestinationRow } from '../push-tables.ts';
import { toDestinationRow } from '../rows/push.ts';
import { insertName, markGone } from './delivery-names.ts';
import { deleteQueue, insertQueue, updateQueue } from './delivery-queues.ts';
import { allocate } from './sequences.ts';

export const findDestination = prepared((db: Db, account: AccountKey, id: string) =>
  db.q.selectFrom('destinations').selectAll().where('account', '=', account).where('id', '=', id),
);

const ofAccount = (db: Db, account: AccountKey) =>
  db.q.selectFrom('destinations').where('account', '=', account);

/** By key, one more than the limit. */
export const listDestinations = (
  db: Db,
  account: AccountKey,
  { after, limit }: PageRequest,
): Promise<readonly DestinationRow[]> =>
  all(
    db,
    ofAccount(db, account)
      .selectAll()
      .where('key', '>', bounded(after))
      .orderBy('key')
      .limit(atMost(limit + 1)),
  );

export const countDestinations = (
  db: Db,
  account: AccountKey,
): Promise<readonly { readonly count: number }[]> =>
  all(
    db,
    ofAccount(db, account).select((eb) => eb.fn.countAll<number>().as('count')),
  );

/** Sorted by key or name alone, since the rows are long. */
export const sliceDestinations = (
  db: Db,
  account: AccountKey,
  slice: Slice,
): Promise<readonly DestinationRow[]> => {
  const keys = ofAccount(db, account)
    .select('key')
    .orderBy(sliceOrder(slice))
    .limit(atMost(slice.limit))
    .offset(atMost(slice.skip));
  return all(db, ofAccount(db, account).selectAll().where('key', 'in', keys).orderBy(sliceOrder(slice)));
};

export const insertDestination = async (db: Db, account: AccountKey, value: Destination): Promise<number> => {
  const key = await allocate(db, account, 'push');
  await change(
    db,
    db.q.insertInto('destinations').values({ ...toDestinationRow(value), account, key, version: 1 }),
  );
  await insertName(db, account, key, value.id);
  return insertQueue(db, account, key, value);
};

const isOtherwise = (was: Destination, value: Destination): boolean =>
  was.order !== value.order || (was.disabled === null) !== (value.disabled === null);

export const updateDestination = async (
  db: Db,
  account: AccountKey,
  was: StoredDestination,
  value: Destination,
): Promise<number> => {
  const changed = await change(
    db,
    db.q
      .updateTable('destinations')
      .set({ ...toDestinationRow(value), version: was.version + 1 })
      .where('account', '=', account)
      .where('key', '=', was.key)
      .where('version', '=', was.version),
  );
  if (changed > 0 && isOtherwise(was, value)) await updateQueue(db, account, was.key, value);
  return changed;
};

/**
 * Deletes a destination; its subscriptions are the caller's to delete. What waits for it can neither be seen nor
 * claimed any more: it may be a great deal, and is deleted in pieces later (`expireDeliveries`).
 */
export const deleteDestination = async (
  db: Db,
  account: AccountKey,
  was: StoredDestination,
): Promise<number> => {
  const changed = await change(
    db,
    db.q
      .deleteFrom('destinations')
      .where('account', '=', account)
      .where('key', '=', was.key)
      .where('version', '=', was.version),
  );
  if (changed === 0) return 0;
  await deleteQueue(db, account, was.key);
  await markGone(db, account, [was.key]);
  return changed;
};
