import Type, { type Static } from 'typebox';
import { Description, Empty, Id, Int64, Line, PageResponse, pageQuery, record } from './common.ts';
import { pulseRoutes } from './route.ts';

/** By its id, or by the object that a reply shows. */
const Named = Type.Union([Id, Type.Object({ id: Id })]);
export type Named = Static<typeof Named>;
const Roles = Type.Array(Named, { maxItems: 64 });
const Groups = Type.Array(Named, { maxItems: 256 });
/** Lists took other queries too in some builds; only what belongs to the organisation itself is ever shown. */
const listQuery = Type.Object({ ...pageQuery, queryType: Type.Optional(Line) });
const Created = Type.Object({ id: Id });

/** A role with its permissions by number. */
export const Role = Type.Object({
  id: Type.String(),
  name: Type.String(),
  displayName: Type.String(),
  permissions: Type.Array(Type.Integer()),
  ...record,
});
export type Role = Static<typeof Role>;

/** Users who have the same roles together. */
export const Group = Type.Object({
  id: Type.String(),
  name: Type.String(),
  displayName: Type.String(),
  description: Type.String(),
  roles: Type.Array(Role),
  users: Type.Array(Type.String()),
  ...record,
});
export type Group = Static<typeof Group>;

/** A user, and how they got their roles. */
export const User = Type.Object({
  id: Type.String(),
  userName: Type.String(),
  displayName: Type.String(),
  tenantId: Type.String(),
  status: Type.String(),
  email: Type.String(),
  accessToken: Type.String({ description: 'Always empty: secrets are shown once, when they are made.' }),
  refreshToken: Type.String({ description: 'Always empty.' }),
  roles: Type.Array(Role, { description: 'Beyond those of the groups.' }),
  groups: Type.Array(Group),
  ...record,
});
export type User = Static<typeof User>;

/** Empty text is as good as none. */
const UserBody = Type.Object({
  userName: Type.Optional(Line),
  displayName: Type.Optional(Line),
  email: Type.Optional(Line),
  password: Type.Optional(Type.String({ maxLength: 1_024 })),
  status: Type.Optional(
    Type.Unsafe<'ACTIVE' | 'INACTIVE' | ''>({ type: 'string', enum: ['ACTIVE', 'INACTIVE', ''] }),
  ),
  roles: Type.Optional(Roles),
  groups: Type.Optional(Groups),
});
export type UserBody = Static<typeof UserBody>;

/** Permissions by number or by name. */
const RoleBody = Type.Object({
  name: Type.Optional(Line),
  permissions: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 256 })),
});

const GroupBody = Type.Object({
  name: Type.Optional(Line),
  description: Type.Optional(Description),
  roles: Type.Optional(Roles),
  users: Type.Optional(Type.Array(Named, { maxItems: 1_000 })),
});

const Permission = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  displayName: Type.String(),
});

/** Users and roles. */
export const peopleRoutes = pulseRoutes({
  listUsers: {
    method: 'GET',
    path: '/users',
    access: 'View User',
    summary: 'List the users of the organisation',
    source: 'known',
    query: listQuery,
    reply: Type.Object({ users: Type.Array(User), pageInfo: PageResponse }),
  },
  createUser: {
    method: 'POST',
    path: '/users',
    access: 'Create User',
    summary: 'Create a user, in groups and with roles of its own',
    source: 'known',
    body: UserBody,
    reply: Created,
  },
  getUser: {
    method: 'GET',
    path: '/users/:userId',
    access: 'View User',
    summary: 'Get a user',
    source: 'known',
    reply: User,
  },
  editUser: {
    method: 'PUT',
    path: '/users/:userId',
    access: 'Edit User',
    summary: 'Change a user; what is absent stays',
    source: 'known',
    body: UserBody,
    reply: Created,
  },
  deleteUser: {
    method: 'DELETE',
    path: '/users/:userId',
    access: 'Delete User',
    summary: 'Take a user out of the organisation',
    source: 'known',
    reply: Empty,
  },
  listRoles: {
    method: 'GET',
    path: '/roles',
    access: 'View Role',
    summary: 'List the roles of the organisation',
    source: 'known',
    query: listQuery,
    reply: Type.Object({ roles: Type.Array(Role), pageInfo: PageResponse }),
  },
  createRole: {
    method: 'POST',
    path: '/roles',
    access: 'Create Role',
    summary: 'Create a role',
    source: 'known',
    body: RoleBody,
    reply: Created,
  },
  getRole: {
    method: 'GET',
    path: '/roles/:roleId',
    access: 'View Role',
    summary: 'Get a role',
    source: 'known',
    reply: Role,
  },
  editRole: {
    method: 'PUT',
    path: '/roles/:roleId',
    access: 'Edit Role',
    summary: 'Change a role; what is absent stays',
    source: 'known',
    body: RoleBody,
    reply: Created,
  },
  deleteRole: {
    method: 'DELETE',
    path: '/roles/:roleId',
    access: 'Delete Role',
    summary: 'Delete a role that nobody has',
    source: 'known',
    reply: Empty,
  },
  listPermissions: {
    method: 'GET',
    path: '/permissions',
    access: 'View Role',
    summary: 'List the permissions that a role can have',
    source: 'known',
    query: Type.Object({ queryType: Type.Optional(Line) }),
    reply: Type.Object({ permissions: Type.Array(Permission), total: Int64 }),
  },
});

/** Groups of users. */
export const groupRoutes = pulseRoutes({
  listGroups: {
    method: 'GET',
    path: '/groups',
    access: 'View User',
    summary: 'List the groups of the organisation',
    source: 'known',
    query: listQuery,
    reply: Type.Object({ groups: Type.Array(Group), pageInfo: PageResponse }),
  },
  createGroup: {
    method: 'POST',
    path: '/groups',
    access: 'Edit User',
    summary: 'Create a group; its users get its roles',
    source: 'known',
    body: GroupBody,
    reply: Created,
  },
  getGroup: {
    method: 'GET',
    path: '/groups/:groupId',
    access: 'View User',
    summary: 'Get a group',
    source: 'known',
    reply: Group,
  },
  editGroup: {
    method: 'PUT',
    path: '/groups/:groupId',
    access: 'Edit User',
    summary: 'Change a group, and the roles of its users with it; what is absent stays',
    source: 'known',
    body: GroupBody,
    reply: Created,
  },
  deleteGroup: {
    method: 'DELETE',
    path: '/groups/:groupId',
    access: 'Edit User',
    summary: 'Delete a group; its users lose the roles that they had through it alone',
    source: 'known',
    reply: Empty,
  },
});
