import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { done, preparePerson, refusal } from '../prepare.ts';

const device = (id: string, attributes: Readonly<Record<string, string>>) => ({
  id,
  name: `Gateway ${id}`,
  protocol: 'gateway',
  attributes,
});

export const setUp = async (api: Api) => {
  const add = (body: unknown) => api.call('POST', '/devices', { body }).then(done);
  await add(device('gw-1', { site: 'Lyon', 'system.memory': '512', 'pulse.template': 't1' }));
  await add(device('gw-2', { site: 'Oslo', 'system.memory': '2048', 'pulse.template': 't1' }));
  await add(device('gw-3', { site: 'Lyon', 'system.memory': '1024', 'pulse.template': 't2' }));
  const query = { name: 'Elsewhere', expression: 'site = Oslo' };
  const { body } = done(await api.call('POST', '/queries', { body: query }));
  return { elsewhere: body.id, viewer: await preparePerson(api, 'Viewer') };
};

const nowhere = '00000000-0000-4000-8000-000000000000';

const inLyon = {
  keyObj: {
    key: 'site',
    keyQualifier: 'customProperties',
    valueType: 'STRING',
    dataSource: 'DEVICEMGMT_SERVICE',
  },
  oredOperatorValuePair: [{ operator: 'EQUAL_TO', valueString: 'Lyon' }],
};
const large = {
  keyObj: { key: 'memory', keyQualifier: 'systemProperties', valueType: 'INT64' },
  oredOperatorValuePair: [{ operator: 'GREATER_THAN', valueInt64: '600' }],
};
const site = { key: 'site', keyQualifier: 'customProperties' };

const empty = { templateIds: [], filters: [], projections: [], startTimeMs: '0', endTimeMs: '0' };
const page = (total: number) => ({
  totalPages: total === 0 ? '0' : '1',
  totalElements: `${total}`,
  page: 0,
  pageSize: 20,
});

const shown = (
  id: string,
  place: string,
  memory: string,
  templateId: string,
  keyValuePair: unknown[] = [],
) => ({
  id,
  name: `Gateway ${id}`,
  templateName: '',
  deviceType: 'GATEWAY',
  templateId,
  systemProperties: [{ name: 'memory', value: memory }],
  customProperties: [{ name: 'site', value: place }],
  enrollmentState: 'REGISTERED',
  parentGatewayId: '',
  parentId: '',
  orgId: 'DEFAULT',
  createdTime: '$$ms',
  lastUpdatedTime: '$$ms',
  updateVersion: '1',
  keyValuePair,
});

const definitions: readonly Exchange[] = [
  {
    operation: 'createFilterDefinition',
    path: '/api/filter-definitions',
    body: { name: 'Lyon', description: 'All in Lyon', filters: [inLyon] },
    after: 1_000,
    status: 200,
    reply: { id: '$lyon' },
  },
  {
    operation: 'createFilterDefinition',
    shows: 'no name',
    path: '/api/filter-definitions',
    body: { filters: [inLyon] },
    ...refusal(400, 3, 'name: expected a name.'),
  },
  {
    operation: 'createFilterDefinition',
    shows: 'a name that is taken',
    path: '/api/filter-definitions',
    body: { name: 'lyon' },
    status: 409,
    replyHeaders: { 'grpc-status': '6' },
  },
  {
    operation: 'createFilterDefinition',
    shows: 'data of campaigns',
    path: '/api/filter-definitions',
    body: {
      name: 'By campaign',
      filters: [{ ...inLyon, keyObj: { key: 'state', dataSource: 'CAMPAIGN_SERVICE' } }],
    },
    ...refusal(
      400,
      3,
      'keyObj.dataSource: only data of DEVICEMGMT_SERVICE can be filtered by; got "CAMPAIGN_SERVICE".',
    ),
  },
  {
    operation: 'createFilterDefinition',
    shows: 'somebody who may not',
    path: '/api/filter-definitions',
    as: '$viewer',
    body: { name: 'Mine' },
    ...refusal(403, 7, 'This needs the permission "Create Filter Definition" in this account.'),
  },
  {
    operation: 'getFilterDefinition',
    path: '/api/filter-definitions/$lyon',
    status: 200,
    reply: { id: '$lyon', name: 'Lyon', description: 'All in Lyon', ...empty, filters: [inLyon] },
  },
  {
    operation: 'listFilterDefinitions',
    shows: 'saved queries that were made elsewhere too',
    path: '/api/filter-definitions?sort=name,desc',
    status: 200,
    reply: {
      pageInfo: page(2),
      filterDefinitions: [
        { id: '$lyon', name: 'Lyon', description: 'All in Lyon', ...empty, filters: [inLyon] },
        { id: '$elsewhere', name: 'Elsewhere', description: 'site = Oslo', ...empty },
      ],
    },
  },
  {
    operation: 'editFilterDefinition',
    shows: 'what is left out stays as it is',
    path: '/api/filter-definitions/$lyon',
    body: { templateIds: ['t1'] },
    status: 200,
    reply: { id: '$lyon' },
  },
  {
    operation: 'previewFilterDefinition',
    path: '/api/filter-definitions/$lyon/preview',
    status: 200,
    reply: { pageInfo: page(1), devices: [shown('gw-1', 'Lyon', '512', 't1')] },
  },
  {
    operation: 'previewFilterDefinition',
    shows: 'a saved query that was made elsewhere',
    path: '/api/filter-definitions/$elsewhere/preview',
    status: 200,
    reply: { pageInfo: page(1), devices: [shown('gw-2', 'Oslo', '2048', 't1')] },
  },
];

const results: readonly Exchange[] = [
  {
    operation: 'createFilterResult',
    path: '/api/filter-results/',
    body: { filters: [large], projections: [site, { key: 'cpu', dataSource: 'METRIC_SERVICE' }] },
    status: 200,
    reply: { id: '$large' },
  },
  {
    operation: 'getFilterResult',
    path: '/api/filter-results/$large',
    status: 200,
    reply: {
      pageInfo: page(2),
      devices: [
        shown('gw-2', 'Oslo', '2048', 't1', [{ key: 'site', valueString: 'Oslo' }]),
        shown('gw-3', 'Lyon', '1024', 't2', [{ key: 'site', valueString: 'Lyon' }]),
      ],
    },
  },
  {
    operation: 'createFilter',
    shows: 'over a saved one: the templates of either, the filters of both',
    path: '/api/filters',
    body: { baseFilterDefId: '$lyon', templateIds: ['t2'], filters: [large] },
    status: 200,
    reply: { id: '$both' },
  },
  {
    operation: 'getFilter',
    path: '/api/filters/$both',
    status: 200,
    reply: { pageInfo: page(1), devices: [shown('gw-3', 'Lyon', '1024', 't2')] },
  },
  {
    operation: 'createFilterResult',
    shows: 'over one that is not there',
    path: '/api/filter-results',
    body: { baseFilterDefId: nowhere },
    ...refusal(404, 5, `There is no query "${nowhere}" in this account.`),
  },
  {
    operation: 'createFilterResult',
    shows: 'an operator that there is not',
    path: '/api/filter-results',
    body: { filters: [{ ...inLyon, oredOperatorValuePair: [{ operator: 'LIKE', valueString: 'L' }] }] },
    status: 400,
    replyHeaders: { 'grpc-status': '3' },
  },
  { operation: 'deleteFilterDefinition', path: '/api/filter-definitions/$lyon', status: 200, reply: {} },
  {
    operation: 'getFilterResult',
    shows: 'once the one it stands on is gone',
    path: '/api/filter-results/$both',
    ...refusal(404, 5, 'There is no query "$lyon" in this account.'),
  },
  {
    operation: 'getFilterResult',
    shows: 'one that is not there',
    path: `/api/filter-results/${nowhere}`,
    ...refusal(404, 5, `There is no document "${nowhere}" in this account.`),
  },
  {
    operation: 'deleteFilterDefinition',
    shows: 'one that is not there',
    path: '/api/filter-definitions/$lyon',
    ...refusal(404, 5, 'There is no query "$lyon" in this account.'),
  },
];

export const exchanges: readonly Exchange[] = [...definitions, ...results];
