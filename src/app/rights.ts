import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Role, StoredAccount, StoredRole, StoredUser } from './account-records.ts';
import type { Caller } from './caller.ts';
import { defaultRoles, type Permission, permissions } from './permissions.ts';
import type { Store } from './ports.ts';
import type { Write } from './writes.ts';

const MANY = 1000;

/** Permissions by name, each once, in the order of the list of all. */
export const parsePermissions = (names: readonly string[]): Result<readonly Permission[], Refusal> => {
  const unknown = names.find((name) => !permissions.some((permission) => permission === name));
  return unknown === undefined
    ? ok(permissions.filter((permission) => names.includes(permission)))
    : refused({
        code: 'invalid',
        field: 'permissions',
        expected: 'names of permissions',
        got: JSON.stringify(unknown),
      });
};

/** Nobody hands out more than they have: the first permission the caller lacks. */
export const checkHeld = (caller: Caller, wanted: readonly Permission[]): Refusal | undefined => {
  const missing = wanted.find((permission) => !caller.permissions.has(permission));
  return missing === undefined ? undefined : { code: 'forbidden', permission: missing };
};

export const isServerAdministrator = (caller: Caller): boolean => caller.permissions.has('Administer Server');

/** The one role of an account that stays as it is, so that somebody can always do everything. */
export const isAdministratorRole = (role: Role): boolean =>
  role.builtIn && role.name === defaultRoles[0]?.name;

/** The roles of the caller's account that have these ids. */
export const findRoles = async (
  store: Store,
  caller: Caller,
  ids: readonly string[],
): Promise<Result<readonly StoredRole[], Refusal>> => {
  const roles = await store.roles.list(caller.account.key);
  const unknown = ids.find((id) => !roles.some((role) => role.id === id));
  return unknown === undefined
    ? ok(roles.filter(({ id }) => ids.includes(id)))
    : refused({
        code: 'invalid',
        field: 'roleIds',
        expected: 'ids of roles of this account',
        got: JSON.stringify(unknown),
      });
};

/**
 * Lets somebody stop being an administrator of an account as long as another one, who is not disabled, stays.
 * The writes claim the role, so that of two administrators who remove each other at once one fails.
 */
export const leaveAdministrators = async (
  store: Store,
  account: StoredAccount,
  person: StoredUser,
): Promise<Result<readonly Write[], Refusal>> => {
  const role = (await store.roles.list(account.key)).find(isAdministratorRole);
  const membership = await store.users.membership(account.key, person.id);
  if (role === undefined || !membership?.roleIds.includes(role.id)) return ok([]);
  return (await hasOtherHolder(store, account, role.id, person.id))
    ? ok([{ save: 'role', was: role, value: role }])
    : refused({
        code: 'in-use',
        entity: 'user',
        id: person.id,
        by: [`the account "${account.id}" as its last administrator`],
      });
};

const hasOtherHolder = async (
  store: Store,
  account: StoredAccount,
  roleId: string,
  except: string,
): Promise<boolean> => {
  let after: number | null = 0;
  while (after !== null) {
    const page: Awaited<ReturnType<Store['users']['list']>> = await store.users.list(account.key, {
      after,
      limit: MANY,
    });
    if (page.items.some((user) => user.id !== except && !user.disabled && user.roleIds.includes(roleId))) {
      return true;
    }
    after = page.next;
  }
  return false;
};
