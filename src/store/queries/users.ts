import { sql } from 'kysely';
import type { Membership, StoredUser, User } from '../../app/account-records.ts';
import type { AccountKey } from '../../domain/ids.ts';
import { all, atMost, bounded, change, type Db, prepared } from '../db.ts';
import { toUserRow } from '../rows/people.ts';
import type { MembershipRow, UserRow } from '../tables.ts';
import { allocate, SERVER } from './sequences.ts';

export const findUser = prepared((db: Db, id: string) =>
  db.q.selectFrom('users').selectAll().where('id', '=', id),
);

export const findUserByEmail = prepared((db: Db, email: string) =>
  db.q.selectFrom('users').selectAll().where('email', '=', email),
);

export const countUsers = prepared((db: Db) =>
  db.q.selectFrom('users').select((eb) => eb.fn.countAll<number>().as('count')),
);

/** The people of an account by key, one more than the limit. */
export const listUsers = (
  db: Db,
  account: AccountKey,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly (UserRow & Pick<MembershipRow, 'role_ids'>)[]> =>
  all(
    db,
    db.q
      .selectFrom('memberships')
      .innerJoin('users', 'users.key', 'memberships.user')
      .selectAll('users')
      .select('memberships.role_ids')
      .where('memberships.account', '=', account)
      .where('memberships.user', '>', bounded(after))
      .orderBy('memberships.user')
      .limit(atMost(limit + 1)),
  );

export const insertUser = async (db: Db, value: User): Promise<number> => {
  const key = await allocate(db, SERVER, 'users');
  return change(db, db.q.insertInto('users').values({ ...toUserRow(value), key, version: 1 }));
};

export const updateUser = (db: Db, was: StoredUser, value: User): Promise<number> =>
  change(
    db,
    db.q
      .updateTable('users')
      .set({ ...toUserRow(value), version: was.version + 1 })
      .where('key', '=', was.key)
      .where('version', '=', was.version),
  );

export const findMembership = prepared((db: Db, account: AccountKey, userId: string) =>
  db.q
    .selectFrom('users')
    .innerJoin('memberships', 'memberships.user', 'users.key')
    .select('memberships.role_ids')
    .where('users.id', '=', userId)
    .where('memberships.account', '=', account),
);

/** Gives a person these roles instead of any before; 0 when there is no such person. */
export const saveMembership = (db: Db, account: AccountKey, value: Membership): Promise<number> =>
  change(
    db,
    db.q
      .insertInto('memberships')
      .columns(['account', 'user', 'role_ids'])
      .expression((eb) =>
        eb
          .selectFrom('users')
          .select([
            sql<number>`cast(${account} as integer)`.as('account'),
            'key',
            sql<string>`cast(${JSON.stringify(value.roleIds)} as ${sql.raw(db.engine.schema.json)})`.as(
              'ids',
            ),
          ])
          .where('id', '=', value.userId),
      )
      .onConflict((conflict) =>
        conflict.columns(['account', 'user']).doUpdateSet({ role_ids: sql`excluded.role_ids` }),
      ),
  );

export const deleteMembership = (db: Db, account: AccountKey, userId: string): Promise<number> =>
  change(
    db,
    db.q
      .deleteFrom('memberships')
      .where('account', '=', account)
      .where('user', 'in', (eb) => eb.selectFrom('users').select('key').where('id', '=', userId)),
  );
