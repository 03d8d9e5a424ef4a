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
const page = (total: number) => ({ totalPages: '1', totalElements: `${total}`, page: 0, pageSize: 20 });

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
  users: [],
  ...record,
  updateVersion: 1,
};

export const exchanges: readonly Exchange[] = [
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
  {
    operation: 'createGroup',
    shows: 'no name',
    path: '/api/groups',
    body: { displayName: 'Crew', roles: ['$role'] },
    ...phrase('Invalid Group Name', 'expected some text; got none'),
  },
  {
    operation: 'createGroup',
    shows: 'no roles',
    path: '/api/groups',
    body: { name: 'Idle', roles: [] },
    ...phrase('Invalid Roles', 'expected at least one; got none'),
  },
  {
    operation: 'createGroup',
    shows: 'a role that there is not',
    path: '/api/groups',
    body: { name: 'Odd', roles: [nowhere] },
    ...phrase('Invalid Roles', `expected ids of roles of this account; got "${nowhere}"`),
  },
  {
    operation: 'createGroup',
    shows: 'a user that there is not',
    path: '/api/groups',
    body: { name: 'Odd', roles: ['$role'], users: [nowhere] },
    ...phrase('Invalid Users', `expected ids of people of this account; got "${nowhere}"`),
  },
  {
    operation: 'createGroup',
    shows: 'a name that is taken',
    path: '/api/groups',
    body: { name: 'crew', roles: ['$role'] },
    ...refusal(409, 6, 'There is a group "crew" already.'),
  },
  {
    operation: 'createGroup',
    shows: 'a role that allows more than the caller may',
    path: '/api/groups',
    as: '$keeper',
    body: { name: 'Mine', roles: ['$role'] },
    ...refusal(403, 7, 'This needs the permission "View Campaign" in this account.'),
  },
  {
    operation: 'getGroup',
    path: '/api/groups/$group',
    as: '$viewer',
    status: 200,
    reply: crew,
  },
  {
    operation: 'getGroup',
    shows: 'one that is not there',
    path: `/api/groups/${nowhere}`,
    ...refusal(404, 5, `There is no group "${nowhere}" in this account.`),
  },
  {
    operation: 'listGroups',
    path: '/api/groups?queryType=SHOW_CURRENT',
    status: 200,
    reply: { groups: [crew], pageInfo: page(1) },
  },
  {
    operation: 'editGroup',
    shows: 'what a reply showed, sent back',
    path: '/api/groups/$group',
    body: crew,
    status: 200,
    reply: { id: '$group' },
  },
  {
    operation: 'editGroup',
    shows: 'an empty name',
    path: '/api/groups/$group',
    body: { name: '' },
    ...phrase('Invalid Group Name', 'expected some text; got none'),
  },
  {
    operation: 'editGroup',
    shows: 'without the permission',
    path: '/api/groups/$group',
    as: '$viewer',
    body: { name: 'Mine' },
    ...refusal(403, 7, 'This needs the permission "Edit User" in this account.'),
  },
  {
    operation: 'deleteGroup',
    shows: 'without the permission',
    path: '/api/groups/$group',
    as: '$viewer',
    ...refusal(403, 7, 'This needs the permission "Edit User" in this account.'),
  },
  { operation: 'deleteGroup', path: '/api/groups/$group', body: {}, status: 200, reply: {} },
  {
    operation: 'deleteGroup',
    shows: 'one that is gone',
    path: '/api/groups/$group',
    status: 404,
    replyHeaders: { 'grpc-status': '5' },
  },
];
