import { sql } from 'kysely';
import type { Role, StoredRole } from '../../app/account-records.ts';
import type { AccountKey } from '../../domain/ids.ts';
import { all, change, type Db, prepared } from '../db.ts';
import { fromRoleIds, toRoleRow } from '../rows/people.ts';
import { allocate } from './sequences.ts';

export const findRole = prepared((db: Db, account: AccountKey, id: string) =>
  db.q.selectFrom('roles').selectAll().where('account', '=', account).where('id', '=', id),
);

export const listRoles = prepared((db: Db, account: AccountKey) =>
  db.q.selectFrom('roles').selectAll().where('account', '=', account).orderBy('key'),
);

const holders = (db: Db, account: AccountKey, id: string) =>
  db.q
    .selectFrom('memberships')
    .where('account', '=', account)
    .where(sql<boolean>`${db.engine.hasElement(sql`memberships.role_ids`, db.engine.text(id))}`);

export const countHolders = (db: Db, account: AccountKey, id: string) =>
  all(
    db,
    holders(db, account, id).select((eb) => eb.fn.countAll<number>().as('count')),
  );

export const insertRole = async (db: Db, account: AccountKey, value: Role): Promise<number> => {
  const key = await allocate(db, account, 'roles');
  return change(db, db.q.insertInto('roles').values({ ...toRoleRow(value), account, key, version: 1 }));
};

export const updateRole = (db: Db, account: AccountKey, was: StoredRole, value: Role): Promise<number> =>
  change(
    db,
    db.q
      .updateTable('roles')
      .set({ ...toRoleRow(value), version: was.version + 1 })
      .where('account', '=', account)
      .where('id', '=', was.id)
      .where('version', '=', was.version),
  );

/** Deletes a role and takes it from all who have it. */
export const deleteRole = async (db: Db, account: AccountKey, was: StoredRole): Promise<number> => {
  for (const { user, role_ids } of await all(db, holders(db, account, was.id).select(['user', 'role_ids']))) {
    const left = fromRoleIds(role_ids).filter((id) => id !== was.id);
    await change(
      db,
      db.q
        .updateTable('memberships')
        .set({ role_ids: JSON.stringify(left) })
        .where('account', '=', account)
        .where('user', '=', user),
    );
  }
  return change(
    db,
    db.q
      .deleteFrom('roles')
      .where('account', '=', account)
      .where('id', '=', was.id)
      .where('version', '=', was.version),
  );
};
