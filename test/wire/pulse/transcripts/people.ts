import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { preparePerson, refusal } from '../prepare.ts';

export const setUp = async (api: Api) => ({
  viewer: await preparePerson(api, 'Viewer'),
  // May do all that has to do with people, and next to nothing else.
  keeper: await preparePerson(api, 'Identity and Access Administrator'),
});

const phrase = (said: string, detail: string) => ({
  status: 400,
  replyHeaders: { 'grpc-status': '3', 'grpc-message': said },
  reply: { code: 3, message: `${said}: ${detail}.`, details: [] },
});
const nowhere = '00000000-0000-4000-8000-000000000000';
const record = { orgId: 'DEFAULT', createdTime: '$$ms', lastUpdatedTime: '$$ms' };
const password = 'correct horse battery staple';

const operators = {
  id: '$role',
  name: 'Operators',
  displayName: 'Operators',
  permissions: [1, 5, 6],
  ...record,
  updateVersion: 1,
};
const crew = {
  id: '$group',
  name: 'Crew',
  displayName: 'Crew',
  description: 'Night shift',
  roles: [operators],
  users: ['$ada'],
  ...record,
  updateVersion: 2,
};
const ada = {
  id: '$ada',
  userName: 'ada@example.com',
  displayName: 'Ada',
  tenantId: 'DEFAULT',
  status: 'ACTIVE',
  email: 'ada@example.com',
  accessToken: '',
  refreshToken: '',
  roles: [],
  groups: [crew],
  ...record,
  updateVersion: 1,
};

const beginnings: readonly Exchange[] = [
  {
    operation: 'createRole',
    path: '/api/roles',
    body: { name: 'Operators', permissions: [1, 5, 6] },
    status: 200,
    reply: { id: '$role' },
  },
  {
    operation: 'createGroup',
    path: '/api/groups',
    body: { name: 'Crew', roles: ['$role'], description: 'Night shift' },
    status: 200,
    reply: { id: '$group' },
  },
];

const users: readonly Exchange[] = [
  {
    operation: 'createUser',
    shows: 'in a group',
    path: '/api/users',
    body: {
      userName: 'ada@example.com',
      displayName: 'Ada',
      email: 'ada@example.com',
      password,
      status: 'ACTIVE',
      groups: ['$group'],
    },
    status: 200,
    reply: { id: '$ada' },
  },
  {
    operation: 'createUser',
    shows: 'no user name',
    path: '/api/users',
    body: { userName: '', displayName: 'Bob', password, status: 'ACTIVE', roles: ['$role'] },
    ...phrase('Invalid Username', 'expected some text; got none'),
  },
  {
    operation: 'createUser',
    shows: 'a user name that nobody could sign in with',
    path: '/api/users',
    body: { userName: 'bob', password },
    ...phrase('Invalid Username', 'expected user@domain, or an email beside it; got "bob"'),
  },
  {
    operation: 'createUser',
    shows: 'a password that is too short',
    path: '/api/users',
    body: { userName: 'bob@example.com', password: 'hunter2' },
    ...refusal(400, 3, 'password: expected 12 to 128 characters; got 7.'),
  },
  {
    operation: 'createUser',
    shows: 'neither roles nor groups',
    path: '/api/users',
    body: { userName: 'bob@example.com', password, status: 'ACTIVE', roles: [] },
    ...phrase('Invalid Roles', 'expected at least one; got none'),
  },
  {
    operation: 'createUser',
    shows: 'a role that there is not',
    path: '/api/users',
    body: { userName: 'bob@example.com', password, roles: [nowhere] },
    ...phrase('Invalid Roles', `expected ids of roles of this account; got "${nowhere}"`),
  },
  {
    operation: 'createUser',
    shows: 'a group that there is not',
    path: '/api/users',
    body: { userName: 'bob@example.com', password, roles: ['$role'], groups: [nowhere] },
    ...phrase('Invalid Groups', `expected ids of groups of this account; got "${nowhere}"`),
  },
  {
    operation: 'createUser',
    shows: 'somebody who is there',
    path: '/api/users',
    body: { userName: 'ADA@example.com', password },
    ...refusal(409, 6, 'There is a user "ADA@example.com" already.'),
  },
  {
    operation: 'createUser',
    shows: 'a role that allows more than the caller may',
    path: '/api/users',
    as: '$keeper',
    body: { userName: 'bob@example.com', groups: ['$group'] },
    ...refusal(403, 7, 'This needs the permission "View Campaign" in this account.'),
  },
  {
    operation: 'createUser',
    shows: 'without the permission',
    path: '/api/users',
    as: '$viewer',
    body: { userName: 'bob@example.com' },
    ...refusal(403, 7, 'This needs the permission "Create User" in this account.'),
  },
  { operation: 'getUser', path: '/api/users/$ada', as: '$viewer', status: 200, reply: ada },
  {
    operation: 'getUser',
    shows: 'one that is not there',
    path: `/api/users/${nowhere}`,
    ...refusal(404, 5, `There is no user "${nowhere}" in this account.`),
  },
  {
    operation: 'getGroup',
    shows: 'who came in through the user',
    path: '/api/groups/$group',
    as: '$viewer',
    status: 200,
    reply: crew,
  },
  {
    operation: 'listUsers',
    path: '/api/users?page.number=3&page.size=1',
    as: '$viewer',
    status: 200,
    reply: {
      users: [ada],
      pageInfo: { totalPages: '4', totalElements: '4', page: 3, pageSize: 1 },
    },
  },
  {
    operation: 'editUser',
    shows: 'what a reply showed, sent back',
    path: '/api/users/$ada',
    body: ada,
    status: 200,
    reply: { id: '$ada' },
  },
  {
    operation: 'editUser',
    shows: 'out of the group, with a role of their own',
    path: '/api/users/$ada',
    body: { displayName: 'Ada L.', status: 'INACTIVE', groups: [], roles: [{ id: '$role' }] },
    status: 200,
    reply: { id: '$ada' },
  },
  {
    operation: 'getUser',
    shows: 'what was changed',
    path: '/api/users/$ada',
    status: 200,
    reply: {
      ...ada,
      displayName: 'Ada L.',
      status: 'INACTIVE',
      roles: [operators],
      groups: [],
      updateVersion: 2,
    },
  },
  {
    operation: 'editUser',
    shows: 'another user name',
    path: '/api/users/$ada',
    body: { userName: 'lovelace@example.com' },
    ...phrase(
      'Invalid Username',
      'expected "ada@example.com", which cannot change; got "lovelace@example.com"',
    ),
  },
  {
    operation: 'editUser',
    shows: 'neither roles nor groups',
    path: '/api/users/$ada',
    body: { roles: [], groups: [] },
    ...phrase('Invalid Roles', 'expected at least one; got none'),
  },
  {
    operation: 'editUser',
    shows: 'without the permission',
    path: '/api/users/$ada',
    as: '$viewer',
    body: { displayName: 'A' },
    ...refusal(403, 7, 'This needs the permission "Edit User" in this account.'),
  },
];

const endings: readonly Exchange[] = [
  {
    operation: 'editGroup',
    shows: 'who belongs to it',
    path: '/api/groups/$group',
    body: { name: 'Night', users: ['$ada'] },
    status: 200,
    reply: { id: '$group' },
  },
  {
    operation: 'getGroup',
    path: '/api/groups/$group',
    status: 200,
    reply: { ...crew, name: 'Night', displayName: 'Night', updateVersion: 4 },
  },
  {
    operation: 'deleteRole',
    shows: 'one that somebody has',
    path: '/api/roles/$role',
    status: 400,
    replyHeaders: { 'grpc-status': '9' },
  },
  { operation: 'deleteGroup', path: '/api/groups/$group', body: {}, status: 200, reply: {} },
  {
    operation: 'getUser',
    shows: 'what is left without the group',
    path: '/api/users/$ada',
    status: 200,
  },
  { operation: 'deleteUser', path: '/api/users/$ada', status: 200, reply: {} },
  {
    operation: 'deleteUser',
    shows: 'somebody who is gone',
    path: '/api/users/$ada',
    status: 404,
    replyHeaders: { 'grpc-status': '5' },
  },
  { operation: 'deleteRole', path: '/api/roles/$role', status: 200, reply: {} },
];

export const exchanges: readonly Exchange[] = [...beginnings, ...users, ...endings];
