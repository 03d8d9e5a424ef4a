import type { StoredRole, StoredUser } from '../../app/account-records.ts';
import type { Caller } from '../../app/caller.ts';
import type { Seat } from '../../app/group-people.ts';
import type { ShownGroup } from '../../app/groups.ts';
import { type Permission, permissions } from '../../app/permissions.ts';
import type { Group, Named, Role, User } from '../../wire/pulse/people.ts';

/** Permissions by number: their place in the list, from 1. */
export const numberOf = (permission: Permission): number => permissions.indexOf(permission) + 1;

/** `View Campaign` is also `VIEW_CAMPAIGN`. */
export const constantOf = (permission: Permission): string => permission.toUpperCase().replaceAll(' ', '_');

/** The name of a permission that is given by number or by name; a text that is none stays what it is. */
export const toPermission = (given: string): string => {
  const byNumber = /^\d{1,4}$/.test(given) ? permissions[Number(given) - 1] : undefined;
  return byNumber ?? permissions.find((permission) => constantOf(permission) === given) ?? given;
};

/** A record may be named by its id, or by the object that replies show. */
export const idOf = (given: Named): string => (typeof given === 'string' ? given : given.id);

type Account = Caller['account'];

const recordOf = ({ id: orgId }: Account, createdAt: number, version: number) => ({
  orgId,
  createdTime: `${createdAt}`,
  lastUpdatedTime: `${createdAt}`,
  updateVersion: version,
});

export const toRole =
  (account: Account) =>
  (role: StoredRole): Role => ({
    id: role.id,
    name: role.name,
    displayName: role.name,
    permissions: role.permissions.map(numberOf),
    ...recordOf(account, role.createdAt, role.version),
  });

export const toGroup =
  (account: Account) =>
  (group: ShownGroup): Group => ({
    id: group.id,
    name: group.name,
    displayName: group.name,
    description: group.description,
    roles: group.roles.map(toRole(account)),
    users: [...group.userIds],
    ...recordOf(account, group.document.createdAt, group.document.version),
    lastUpdatedTime: `${group.updatedAt}`,
  });

/** Somebody, with the roles and groups they have in this account. */
export const toUser =
  (account: Account) =>
  (user: StoredUser, { roles, groups }: Seat): User => ({
    id: user.id,
    userName: user.email,
    displayName: user.name,
    tenantId: account.id,
    status: user.disabled ? 'INACTIVE' : 'ACTIVE',
    email: user.email,
    accessToken: '',
    refreshToken: '',
    roles: roles.map(toRole(account)),
    groups: groups.map(toGroup(account)),
    ...recordOf(account, user.createdAt, user.version),
  });
