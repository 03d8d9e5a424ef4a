import Type, { type Static } from 'typebox';
import { exact, Id, Instant, Name, nullable, page, paging, Revision } from './common.ts';
import { routeTable } from './route.ts';
import { Email, NewPassword } from './session.ts';

export const User = exact({
  id: Type.String(),
  email: Type.String(),
  name: Type.String(),
  disabled: Type.Boolean(),
  serverAdministrator: Type.Boolean(),
  lockedUntil: nullable(Instant),
  roleIds: Type.Array(Type.String(), { description: 'Roles in this account.' }),
  createdAt: Instant,
  revision: Revision,
});
export type User = Static<typeof User>;

const RoleIds = Type.Array(Id, { maxItems: 64, uniqueItems: true });
const params = exact({ user: Id });
const tag = 'Users';

export const userRoutes = routeTable({
  listUsers: {
    method: 'GET',
    path: '/users',
    access: 'View User',
    tag,
    summary: 'List the people of this account',
    query: exact(paging),
    status: 200,
    reply: page(User),
  },
  createUser: {
    method: 'POST',
    path: '/users',
    access: 'Create User',
    tag,
    summary: 'Bring a person into this account',
    description:
      'Somebody who is known from another account joins as they are: the name and the password given here ' +
      'are ignored. Without a password nobody can sign in as a new person until one is set. Roles can only ' +
      'be granted by callers who have all their permissions.',
    body: exact({ email: Email, name: Name, password: Type.Optional(NewPassword), roleIds: RoleIds }),
    status: 201,
    reply: User,
    idempotent: true,
  },
  getUser: {
    method: 'GET',
    path: '/users/:user',
    access: 'View User',
    tag,
    summary: 'Read a person of this account',
    params,
    status: 200,
    reply: User,
  },
  editUser: {
    method: 'PATCH',
    path: '/users/:user',
    access: 'Edit User',
    tag,
    summary: 'Change a person of this account',
    description:
      'Setting a password and disabling end all sessions and tokens of the person. Name, password and ' +
      'disabled hold in every account: for people of several accounts they need a server administrator.',
    params,
    body: exact({
      name: Type.Optional(Name),
      disabled: Type.Optional(Type.Boolean()),
      password: Type.Optional(NewPassword),
      roleIds: Type.Optional(RoleIds),
    }),
    status: 200,
    reply: User,
    conditional: true,
  },
  deleteUser: {
    method: 'DELETE',
    path: '/users/:user',
    access: 'Delete User',
    tag,
    summary: 'Remove a person from this account',
    params,
    status: 204,
    conditional: true,
  },
});
