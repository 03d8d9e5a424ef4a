import type { Account, StoredAccount } from '../../app/account-records.ts';
import type { AccountKey } from '../../domain/ids.ts';
import { all, atMost, bounded, change, type Db, prepared } from '../db.ts';
import { lookup } from '../lookup.ts';
import { folded } from '../rows/codec.ts';
import { toAccountRow } from '../rows/people.ts';
import type { AccountRow } from '../tables.ts';
import { allocate, SERVER } from './sequences.ts';

const byFoldedId = lookup([], (db: Db, text: string) =>
  db.q.selectFrom('accounts').selectAll().where('folded', '=', text),
);

/** By its id, without regard to case. */
export const findAccount = (db: Db, id: string): Promise<readonly AccountRow[]> => byFoldedId(db, folded(id));

export const getAccount = lookup([], (db: Db, key: AccountKey) =>
  db.q.selectFrom('accounts').selectAll().where('key', '=', key),
);

/** By key, one more than the limit. */
export const listAccounts = (
  db: Db,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly AccountRow[]> =>
  all(
    db,
    db.q
      .selectFrom('accounts')
      .selectAll()
      .where('key', '>', bounded(after))
      .orderBy('key')
      .limit(atMost(limit + 1)),
  );

export const accountsOfUser = prepared((db: Db, userId: string) =>
  db.q
    .selectFrom('users')
    .innerJoin('memberships', 'memberships.user', 'users.key')
    .innerJoin('accounts', 'accounts.key', 'memberships.account')
    .selectAll('accounts')
    .where('users.id', '=', userId)
    .orderBy('accounts.key'),
);

export const insertAccount = async (db: Db, value: Account): Promise<number> => {
  const key = await allocate(db, SERVER, 'accounts');
  await change(db, db.q.insertInto('accounts').values({ ...toAccountRow(value), key, version: 1 }));
  return key;
};

export const updateAccount = (db: Db, was: StoredAccount, value: Account): Promise<number> =>
  change(
    db,
    db.q
      .updateTable('accounts')
      .set({ ...toAccountRow(value), version: was.version + 1 })
      .where('key', '=', was.key)
      .where('version', '=', was.version),
  );
