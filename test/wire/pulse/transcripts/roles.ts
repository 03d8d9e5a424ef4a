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

const operators = {
  id: '$role',
  name: 'Operators',
  displayName: 'Operators',
  permissions: [1, 5, 6],
  ...record,
  updateVersion: 2,
};
export const exchanges: readonly Exchange[] = [
  {
    operation: 'listPermissions',
    path: '/api/permissions',
    as: '$viewer',
    status: 200,
    reply: { permissions: '$permissions', total: '45' },
  },
  {
    operation: 'createRole',
    path: '/api/roles',
    body: { name: 'Operators', permissions: [1, 5] },
    status: 200,
    reply: { id: '$role' },
  },
  {
    operation: 'createRole',
    shows: 'no name',
    path: '/api/roles',
    body: { name: '', display_name: '', permissions: [1, 2] },
    ...phrase('Invalid Role Name', 'expected some text; got none'),
  },
  {
    operation: 'createRole',
    shows: 'no permissions',
    path: '/api/roles',
    body: { name: 'Idle', permissions: [] },
    ...phrase('Invalid Permissions', 'expected at least one; got none'),
  },
  {
    operation: 'createRole',
    shows: 'permissions that there are not',
    path: '/api/roles',
    body: { name: 'Odd', permissions: [199, 277] },
    ...phrase('Invalid Permissions', 'expected names of permissions; got "199"'),
  },
  {
    operation: 'createRole',
    shows: 'a permission beyond any organisation',
    path: '/api/roles',
    body: { name: 'Root', permissions: [46] },
    ...phrase(
      'Invalid Permissions',
      'expected permissions that hold within an account; got "Administer Server"',
    ),
  },
  {
    operation: 'createRole',
    shows: 'a name that is taken',
    path: '/api/roles',
    body: { name: 'OPERATORS', permissions: [1] },
    ...refusal(409, 6, 'There is a role "OPERATORS" already.'),
  },
  {
    operation: 'createRole',
    shows: 'more than the caller may',
    path: '/api/roles',
    as: '$keeper',
    body: { name: 'Mine', permissions: ['Start Campaign'] },
    ...refusal(403, 7, 'This needs the permission "Start Campaign" in this account.'),
  },
  {
    operation: 'editRole',
    shows: 'permissions by number and by both kinds of name',
    path: '/api/roles/$role',
    body: { permissions: ['1', 'START_CAMPAIGN', 'Stop Campaign'] },
    status: 200,
    reply: { id: '$role' },
  },
  {
    operation: 'editRole',
    shows: 'an empty name',
    path: '/api/roles/$role',
    body: { name: ' ' },
    ...phrase('Invalid Role Name', 'expected some text; got none'),
  },
  {
    operation: 'getRole',
    path: '/api/roles/$role',
    as: '$viewer',
    status: 200,
    reply: operators,
  },
  {
    operation: 'getRole',
    shows: 'one that is not there',
    path: `/api/roles/${nowhere}`,
    ...refusal(404, 5, `There is no role "${nowhere}" in this account.`),
  },
  {
    operation: 'listRoles',
    path: '/api/roles?page.number=0&page.size=1&sort=creationTime,desc&queryType=SHOW_CURRENT',
    status: 200,
    reply: {
      roles: [operators],
      pageInfo: { totalPages: '11', totalElements: '11', page: 0, pageSize: 1 },
    },
  },
  {
    operation: 'deleteRole',
    shows: 'without the permission',
    path: '/api/roles/$role',
    as: '$viewer',
    ...refusal(403, 7, 'This needs the permission "Delete Role" in this account.'),
  },
  { operation: 'deleteRole', path: '/api/roles/$role', body: {}, status: 200, reply: {} },
  {
    operation: 'deleteRole',
    shows: 'one that is gone',
    path: '/api/roles/$role',
    status: 404,
    replyHeaders: { 'grpc-status': '5' },
  },
];
