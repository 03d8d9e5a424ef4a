import { getSeated, placingIn, sliceSeated } from '../../app/group-people.ts';
import { createPerson, editPerson, removePerson } from '../../app/people.ts';
import { permissions } from '../../app/permissions.ts';
import { createRole, deleteRole, editRole, getRole, sliceRoles } from '../../app/roles.ts';
import { ok } from '../../domain/result.ts';
import type { Named, peopleRoutes, UserBody } from '../../wire/pulse/people.ts';
import type { Handlers } from './call.ts';
import { BadRequest } from './errors.ts';
import { emptied, mapped } from './mapped.ts';
import { pagingOf, toPageResponse } from './paging.ts';
import { constantOf, idOf, numberOf, toPermission, toRole, toUser } from './people-map.ts';
import { inWords, named, some } from './phrases.ts';
import type { PulseDeps } from './plugin.ts';

const INVALID_USERNAME = 'Invalid Username';
const INVALID_ROLES = 'Invalid Roles';

const user = {
  noun: 'user',
  phrases: { roleIds: INVALID_ROLES, groupIds: 'Invalid Groups' },
};
const role = { noun: 'role', phrases: { permissions: 'Invalid Permissions' } };

/** As long as the Muster API wants it; never repeated in an answer. */
const passwordOf = ({ password = '' }: UserBody): string | undefined => {
  if (password === '') return undefined;
  if (password.length >= 12 && password.length <= 128) return password;
  throw new BadRequest(`password: expected 12 to 128 characters; got ${password.length}.`);
};

const isAddress = (text: string): boolean => /^[^\s@]+@[^\s@]+$/.test(text);
const given = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
const idsOf = (list: readonly Named[] | undefined): readonly string[] | undefined => list?.map(idOf);

/** Whoever signs in does so with one name: the user name where it has the form of an address, else the address. */
const addressOf = ({ userName, email }: UserBody): string => {
  const name = named(userName, INVALID_USERNAME);
  const address = [name, email ?? ''].find(isAddress);
  if (address !== undefined && address.length <= 254) return address;
  const message = `${INVALID_USERNAME}: expected user@domain, or an email beside it; got ${JSON.stringify(name)}.`;
  throw new BadRequest(message, 'INVALID_ARGUMENT', 400, INVALID_USERNAME);
};

/** A user who is in no group needs a role of their own, if roles are named at all. */
const belongingOf = ({ roles, groups }: UserBody) => ({
  roleIds: groups === undefined || groups.length === 0 ? some(idsOf(roles), INVALID_ROLES) : idsOf(roles),
  groupIds: idsOf(groups),
});

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** What somebody signs in with is theirs for good. */
const refuseRenaming = (was: string, { userName }: UserBody, email: string | undefined): void => {
  const name = given(userName);
  if (name === undefined || isSame(name, was) || (!isAddress(name) && isSame(email ?? was, was))) return;
  const message = `${INVALID_USERNAME}: expected ${JSON.stringify(was)}, which cannot change; got ${JSON.stringify(name)}.`;
  throw new BadRequest(message, 'INVALID_ARGUMENT', 400, INVALID_USERNAME);
};

/** Users and their roles. */
export const peopleHandlers = (deps: PulseDeps): Handlers<typeof peopleRoutes> => {
  const { firstPage } = deps.settings;
  return {
    listUsers: async ({ caller, query }) => {
      const paging = pagingOf(query, firstPage);
      const { items, total } = await sliceSeated(deps, caller, paging.slice);
      const users = items.map((person) => toUser(caller.account)(person, person.seat));
      return ok({ users, pageInfo: toPageResponse(paging, total) });
    },
    createUser: async ({ caller, body }) => {
      const email = addressOf(body);
      const belonging = belongingOf(body);
      const roleIds = belonging.roleIds ?? [];
      const input = {
        ...{ email, roleIds, name: given(body.displayName) ?? body.userName ?? email },
        ...{ password: passwordOf(body), disabled: body.status === 'INACTIVE' },
      };
      const placing = placingIn(deps, caller, { ...belonging, roleIds });
      const created = await createPerson(deps, caller, input, undefined, placing);
      return mapped(inWords(created, user), ({ id }) => ({ id }));
    },
    getUser: async ({ caller, params }) =>
      mapped(await getSeated(deps, caller, params['userId'] ?? ''), (person) =>
        toUser(caller.account)(person, person.seat),
      ),
    editUser: async ({ caller, params, body }) => {
      const found = await getSeated(deps, caller, params['userId'] ?? '');
      if (!found.ok) return found;
      const { id, email } = found.value;
      refuseRenaming(email, body, given(body.email));
      const patch = {
        name: given(body.displayName),
        password: passwordOf(body),
        disabled: body.status === undefined || body.status === '' ? undefined : body.status === 'INACTIVE',
      };
      const placing = placingIn(deps, caller, belongingOf(body));
      const edited = await editPerson(deps, caller, id, patch, undefined, placing);
      return mapped(inWords(edited, user), () => ({ id }));
    },
    deleteUser: async ({ caller, params }) =>
      emptied(await removePerson(deps, caller, params['userId'] ?? '')),
    listRoles: async ({ caller, query }) => {
      const paging = pagingOf(query, firstPage);
      const { items, total } = await sliceRoles(deps, caller, paging.slice);
      return ok({ roles: items.map(toRole(caller.account)), pageInfo: toPageResponse(paging, total) });
    },
    createRole: async ({ caller, body }) => {
      const name = named(body.name, 'Invalid Role Name');
      const granted = some(body.permissions ?? [], 'Invalid Permissions') ?? [];
      const created = await createRole(deps, caller, { name, permissions: granted.map(toPermission) });
      return mapped(inWords(created, role), ({ id }) => ({ id }));
    },
    getRole: async ({ caller, params }) =>
      mapped(await getRole(deps, caller, params['roleId'] ?? ''), toRole(caller.account)),
    editRole: async ({ caller, params, body }) => {
      const name = body.name === undefined ? undefined : named(body.name, 'Invalid Role Name');
      const granted = some(body.permissions, 'Invalid Permissions')?.map(toPermission);
      const edited = await editRole(deps, caller, params['roleId'] ?? '', { name, permissions: granted });
      return mapped(inWords(edited, role), ({ id }) => ({ id }));
    },
    deleteRole: async ({ caller, params }) => emptied(await deleteRole(deps, caller, params['roleId'] ?? '')),
    listPermissions: async () => {
      const inRoles = permissions.filter((permission) => permission !== 'Administer Server');
      const shown = inRoles.map((permission) => ({
        id: numberOf(permission),
        name: constantOf(permission),
        displayName: permission,
      }));
      return ok({ permissions: shown, total: `${shown.length}` });
    },
  };
};
