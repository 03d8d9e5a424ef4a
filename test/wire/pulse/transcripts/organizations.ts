import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { preparePerson, refusal } from '../prepare.ts';

export const setUp = async (api: Api) => ({
  viewer: await preparePerson(api, 'Viewer'),
  keeper: await preparePerson(api, 'Identity and Access Administrator'),
});

const home = {
  id: 'DEFAULT',
  name: 'Default',
  displayName: 'Default',
  parentId: '',
  status: 'ACTIVE',
  domainName: 'DEFAULT',
  orgId: 'DEFAULT',
  createdBy: '',
  createdTime: '$$ms',
  lastUpdatedBy: '',
  lastUpdatedTime: '$$ms',
  updateVersion: 1,
};
const approval = (needed: string) => ({
  category: 'campaign',
  settings: { 'campaign-approval-needed': needed },
  finalSettings: {},
});
const system = { category: 'system', settings: {}, finalSettings: {} };
const settings = '/api/organizations/DEFAULT/settings';
const unknown = refusal(404, 5, 'There is no account "ELSEWHERE" in this account.');
const page = (total: number) => ({
  totalPages: '1',
  totalElements: `${total}`,
  page: 0,
  pageSize: 20,
});

export const exchanges: readonly Exchange[] = [
  {
    operation: 'listOrganizations',
    path: '/api/organizations',
    as: '$viewer',
    status: 200,
    reply: { organizations: [home], pageInfo: page(1) },
  },
  {
    operation: 'createOrganization',
    path: '/api/organizations',
    body: { name: 'Acme', parentId: 'DEFAULT', status: 'ACTIVE', domainName: '' },
    status: 200,
    reply: { id: '$$uuid' },
  },
  {
    operation: 'createOrganization',
    shows: 'a name of its own',
    path: '/api/organizations/',
    body: { name: 'Bolt', domainName: 'bolt.example' },
    status: 200,
    reply: { id: 'bolt.example' },
  },
  {
    operation: 'createOrganization',
    shows: 'one that is there',
    path: '/api/organizations',
    body: { name: 'Bolt', domainName: 'BOLT.example' },
    ...refusal(409, 6, 'There is an account "bolt.example" already.'),
  },
  {
    operation: 'createOrganization',
    shows: 'a name that is none',
    path: '/api/organizations',
    body: { name: 'Bolt', domainName: 'bolt/example' },
    status: 400,
    replyHeaders: { 'grpc-status': '3', 'grpc-message': 'Invalid Domain Name' },
    reply: {
      code: 3,
      message:
        'Invalid Domain Name: expected at most 64 letters, digits, dots, dashes and underscores; got "bolt/example".',
      details: [],
    },
  },
  {
    operation: 'createOrganization',
    shows: 'no name',
    path: '/api/organizations',
    body: {},
    status: 400,
    replyHeaders: { 'grpc-status': '3', 'grpc-message': 'Invalid Organization Name' },
  },
  {
    operation: 'createOrganization',
    shows: 'one that is to be switched off',
    path: '/api/organizations',
    body: { name: 'Off', status: 'INACTIVE' },
    ...refusal(400, 3, 'status: expected "ACTIVE"; got "INACTIVE".'),
  },
  {
    operation: 'createOrganization',
    shows: 'somebody who may not',
    path: '/api/organizations',
    as: '$keeper',
    body: { name: 'Mine' },
    ...refusal(403, 7, 'This needs the permission "Administer Server" in this account.'),
  },
  {
    operation: 'listOrganizations',
    shows: 'the page that was asked for',
    path: '/api/organizations?page.number=1&page.size=1&sort=name,desc',
    status: 200,
    reply: {
      organizations: [{ ...home, id: 'bolt.example', name: 'Bolt', displayName: 'Bolt' }].map((one) => ({
        ...one,
        domainName: one.id,
        orgId: one.id,
      })),
      pageInfo: { totalPages: '3', totalElements: '3', page: 1, pageSize: 1 },
    },
  },
  {
    operation: 'getOrganization',
    path: '/api/organizations/DEFAULT',
    as: '$viewer',
    status: 200,
    reply: home,
  },
  {
    operation: 'getOrganization',
    shows: 'one that is not there',
    path: '/api/organizations/ELSEWHERE',
    ...unknown,
  },
  {
    operation: 'getOrganization',
    shows: 'one that the caller does not belong to',
    path: '/api/organizations/bolt.example',
    as: '$viewer',
    ...refusal(404, 5, 'There is no account "bolt.example" in this account.'),
  },
  {
    operation: 'editOrganization',
    path: '/api/organizations/DEFAULT',
    as: '$keeper',
    body: { name: 'Home', domainName: 'default', updateVersion: 0 },
    status: 200,
    reply: { id: 'DEFAULT' },
  },
  {
    operation: 'editOrganization',
    shows: 'another unique name',
    path: '/api/organizations/DEFAULT',
    body: { domainName: 'other' },
    status: 400,
    replyHeaders: { 'grpc-status': '3', 'grpc-message': 'Invalid Domain Name' },
    reply: {
      code: 3,
      message: 'Invalid Domain Name: expected "DEFAULT", which cannot change; got "other".',
      details: [],
    },
  },
  {
    operation: 'editOrganization',
    shows: 'somebody who may not',
    path: '/api/organizations/DEFAULT',
    as: '$viewer',
    body: { name: 'Mine' },
    ...refusal(403, 7, 'This needs the permission "Edit Organization" in this account.'),
  },
  {
    operation: 'getOrganizationSettings',
    path: settings,
    as: '$viewer',
    status: 200,
    reply: [approval('false'), system],
  },
  {
    operation: 'editOrganizationSettings',
    shows: 'the input of the guide',
    path: settings,
    as: '$keeper',
    body: [{ category: 'campaign', settings: { 'campaign-approval-needed': 'true' } }],
    status: 200,
    reply: { id: 'DEFAULT' },
  },
  {
    operation: 'editOrganizationSettings',
    shows: 'what other parts of the product would keep there',
    path: settings,
    body: [
      { category: 'iam', settings: { 'delete-ttl-days': 20 }, final_settings: {} },
      { category: 'externalIdpDomains', settings: { domains: ['acme.example'] } },
    ],
    status: 200,
    reply: { id: 'DEFAULT' },
  },
  {
    operation: 'getOrganizationSettings',
    shows: 'all of it',
    path: settings,
    status: 200,
    reply: [
      approval('true'),
      { category: 'externalIdpDomains', settings: { domains: ['acme.example'] }, finalSettings: {} },
      { category: 'iam', settings: { 'delete-ttl-days': 20 }, finalSettings: {} },
      system,
    ],
  },
  {
    operation: 'getOrganizationSettings',
    shows: 'one category',
    path: `${settings}?category=iam`,
    status: 200,
    reply: { category: 'iam', settings: { 'delete-ttl-days': 20 }, finalSettings: {} },
  },
  {
    operation: 'editOrganizationSettings',
    shows: 'a value that says nothing',
    path: settings,
    body: [{ category: 'campaign', settings: { 'campaign-approval-needed': 'maybe' } }],
    ...refusal(400, 3, 'campaign.campaign-approval-needed: expected "true" or "false"; got "maybe".'),
  },
  {
    operation: 'editOrganizationSettings',
    shows: 'somebody who may not',
    path: settings,
    as: '$viewer',
    body: [{ category: 'campaign', settings: { 'campaign-approval-needed': 'false' } }],
    ...refusal(403, 7, 'This needs the permission "Edit Organization Settings" in this account.'),
  },
  {
    operation: 'getOrganizationSettings',
    shows: 'those of another organisation',
    path: '/api/organizations/ELSEWHERE/settings',
    ...unknown,
  },
];
