import Type, { type Static } from 'typebox';
import { Count, exact, Id, Instant, Name, nullable, page, paging, Revision } from './common.ts';
import { routeTable } from './route.ts';

/** Names of permissions; which there are is asked at `GET /permissions`. */
export const PermissionNames = Type.Array(Type.String({ maxLength: 64 }), {
  maxItems: 128,
  uniqueItems: true,
  examples: [['View Campaign', 'Start Campaign']],
});

export const Role = exact({
  id: Type.String(),
  name: Type.String(),
  permissions: Type.Array(Type.String()),
  builtIn: Type.Boolean({ description: 'Every account begins with it.' }),
  createdAt: Instant,
  revision: Revision,
});
export type Role = Static<typeof Role>;

const params = exact({ role: Id });
const tag = 'Roles';

export const roleRoutes = routeTable({
  listRoles: {
    method: 'GET',
    path: '/roles',
    access: 'View Role',
    tag,
    summary: 'List the roles of this account',
    query: exact(paging),
    status: 200,
    reply: page(Role),
  },
  createRole: {
    method: 'POST',
    path: '/roles',
    access: 'Create Role',
    tag,
    summary: 'Create a role that allows no more than the caller may',
    body: exact({ name: Name, permissions: PermissionNames }),
    status: 201,
    reply: Role,
    idempotent: true,
  },
  getRole: {
    method: 'GET',
    path: '/roles/:role',
    access: 'View Role',
    tag,
    summary: 'Read a role of this account',
    params,
    status: 200,
    reply: Role,
  },
  editRole: {
    method: 'PATCH',
    path: '/roles/:role',
    access: 'Edit Role',
    tag,
    summary: 'Change a role of this account',
    description: 'The caller must have what it adds. The built-in Administrator stays as it is.',
    params,
    body: exact({ name: Type.Optional(Name), permissions: Type.Optional(PermissionNames) }),
    status: 200,
    reply: Role,
    conditional: true,
  },
  deleteRole: {
    method: 'DELETE',
    path: '/roles/:role',
    access: 'Delete Role',
    tag,
    summary: 'Delete a role that nobody has',
    params,
    status: 204,
    conditional: true,
  },
  listPermissions: {
    method: 'GET',
    path: '/permissions',
    access: 'signed-in',
    tag,
    summary: 'List what roles and tokens can allow',
    status: 200,
    reply: exact({
      items: Type.Array(exact({ name: Type.String(), number: Count })),
      next: nullable(Type.String()),
    }),
  },
});
