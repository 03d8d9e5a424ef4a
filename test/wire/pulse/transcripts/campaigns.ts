import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { preparePackage, preparePerson, refusal } from '../prepare.ts';

export const setUp = async (api: Api) => ({
  base: await preparePackage(api, 'base'),
  maps: await preparePackage(api, 'maps'),
  viewer: await preparePerson(api, 'Viewer'),
});

const nowhere = '00000000-0000-4000-8000-000000000000';
const unknown = refusal(404, 5, `There is no campaign "${nowhere}" in this account.`);
const anonymous = refusal(401, 16, 'Expected an Authorization header with a Bearer token; got none.');
const forbidden = (permission: string) =>
  refusal(403, 7, `This needs the permission "${permission}" in this account.`);

const settings = { additionalProp1: 'string', additionalProp2: 'string', additionalProp3: 'string' };

const created = {
  id: '$first',
  name: 'string',
  status: 'CREATED',
  description: 'string',
  creationTime: '$$ms',
  packages: { packages: ['$base'] },
};
const page = { totalPages: '1', totalElements: '1', page: 0, pageSize: 20 };
const firstPage = { number: 0, size: 20, sort: 'creationTime,asc' };

const creating: readonly Exchange[] = [
  {
    operation: 'createCampaign',
    shows: 'the input of the guide',
    path: '/api/campaigns',
    body: {
      name: 'string',
      description: 'string',
      packages: ['$base'],
      campaignSettings: { settings },
    },
    status: 200,
    reply: { uuid: '$first' },
  },
  {
    operation: 'createCampaign',
    shows: 'only a name, with a slash at the end, and the packages wrapped',
    path: '/api/campaigns/',
    body: { name: 'Second', packages: { packages: ['$maps'] } },
    after: 1_000,
    status: 200,
    reply: { uuid: '$second' },
  },
  {
    operation: 'createCampaign',
    shows: 'no name',
    path: '/api/campaigns',
    body: { description: 'nameless' },
    ...refusal(400, 3, "name: must have required property 'name'."),
  },
  {
    operation: 'createCampaign',
    shows: 'an empty name',
    path: '/api/campaigns',
    body: { name: ' ' },
    ...refusal(400, 3, 'name: expected a name; got " ".'),
  },
  {
    operation: 'createCampaign',
    shows: 'an unknown package',
    path: '/api/campaigns',
    body: { name: 'Third', packages: [nowhere] },
    ...refusal(404, 5, `There is no package "${nowhere}" in this account.`),
  },
  {
    operation: 'createCampaign',
    shows: 'a setting that is reserved',
    path: '/api/campaigns',
    body: { name: 'Third', campaignSettings: { settings: { 'ota.stepsPerPoll': '9' } } },
    ...refusal(
      400,
      3,
      'campaignSettings.settings: expected ota.attempts from 1 to 100, ota.stepsPerPoll from 1 to 8; ' +
        'got "ota.stepsPerPoll": "9".',
    ),
  },
  {
    operation: 'createCampaign',
    shows: 'nobody',
    path: '/api/campaigns',
    as: null,
    body: { name: 'Third' },
    ...anonymous,
  },
  {
    operation: 'createCampaign',
    shows: 'no permission',
    path: '/api/campaigns',
    as: '$viewer',
    body: { name: 'Third' },
    ...forbidden('Create Campaign'),
  },
  {
    operation: 'createCampaign',
    shows: 'a body that is not JSON',
    path: '/api/campaigns',
    body: '{"name"',
    status: 400,
    replyHeaders: { 'grpc-status': '3' },
  },
  {
    operation: 'createCampaign',
    shows: 'a version that is not served',
    path: '/api/campaigns',
    headers: { accept: 'application/json;api-version=9.9' },
    body: { name: 'Third' },
    ...refusal(406, 3, 'api-version "9.9" is not served; these are: 1.0, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1.'),
  },
];

const reading: readonly Exchange[] = [
  {
    operation: 'getCampaign',
    path: '/api/campaigns/$first',
    headers: { accept: 'application/json;api-version=0.5' },
    status: 200,
    reply: {
      ...created,
      modificationTime: '$$ms',
      createdBy: '$$uuid',
      campaignSettings: { settings },
    },
  },
  { operation: 'getCampaign', shows: 'an unknown one', path: `/api/campaigns/${nowhere}`, ...unknown },
  {
    operation: 'listCampaigns',
    path: '/api/campaigns?page.number=0&page.size=1&sort=name,desc',
    status: 200,
    reply: {
      campaigns: [created],
      page: { number: 0, size: 1, sort: 'name,desc' },
      pageResponse: { totalPages: '2', totalElements: '2', page: 0, pageSize: 1 },
    },
  },
  {
    operation: 'listCampaigns',
    shows: 'every filter at once',
    path:
      '/api/campaigns?id=$first&id=$second&name=TRI&status=CREATED&status=STARTED&description=str' +
      '&creationTime=1&packages=$base',
    status: 200,
    reply: { campaigns: [created], page: firstPage, pageResponse: page },
  },
  {
    operation: 'listCampaigns',
    shows: 'a status that there is not',
    path: '/api/campaigns?status=ENDED',
    ...refusal(
      400,
      3,
      'status: expected one of CREATED, APPROVAL_NEEDED, APPROVED, STARTED, STOPPED; got "ENDED".',
    ),
  },
  {
    operation: 'listCampaigns',
    shows: 'a page before the first',
    path: '/api/campaigns?page=-1',
    ...refusal(400, 3, 'page: expected 0 or more; got -1.'),
  },
  {
    operation: 'countCampaigns',
    path: '/api/campaign-status/campaigns',
    status: 200,
    reply: {
      aprovedNotStartedCount: '0',
      approvedNotStartedCount: '0',
      startedCount: '0',
      stoppedCount: '0',
      waitingApprovalCount: '0',
      noApprovalNeededReadyToStartCount: '2',
    },
  },
  {
    operation: 'getCampaignStatus',
    path: '/api/campaigns/$first/status',
    status: 200,
    reply: {
      status: 'CREATED',
      name: 'string',
      campaignId: '$first',
      numberOfGatewaysInActivationCompleteState: '0',
      numberOfGatewaysInExecutionCompleteState: '0',
      creationTime: '$$ms',
      modificationTime: '$$ms',
      totalNumberOfGateways: '0',
      totalNumberOfPackages: '1',
      numberOfGatewaysInDownloadCompleteState: '0',
      description: 'string',
      numberOfGatewaysDownloaded: '0',
      numberOfGatewaysExecuted: '0',
      numberOfGatewaysActivated: '0',
      gatewayCountsByState: {},
    },
  },
  {
    operation: 'getCampaignStatus',
    shows: 'an unknown one',
    path: `/api/campaigns/${nowhere}/status`,
    ...unknown,
  },
];

const editing: readonly Exchange[] = [
  {
    operation: 'editCampaign',
    shows: 'the input of the guide',
    path: '/api/campaigns/$first',
    body: {
      updateSpec: {
        name: 'string',
        description: 'string',
        packages: ['$base', '$maps'],
        campaignSettings: { settings: { 'ota.attempts': '3', kept: 'as it is' } },
      },
      campaignId: '$first',
    },
    status: 200,
    reply: { uuid: '$first' },
  },
  {
    operation: 'editCampaign',
    shows: 'flat, in snake case, and only what changes',
    path: '/api/campaigns/$first/',
    body: { name: 'Renamed', campaign_id: '$first' },
    status: 200,
    reply: { uuid: '$first' },
  },
  {
    operation: 'getCampaign',
    shows: 'what was changed and what was not',
    path: '/api/campaigns/$first',
    status: 200,
    reply: {
      ...created,
      name: 'Renamed',
      packages: { packages: ['$base', '$maps'] },
      modificationTime: '$$ms',
      createdBy: '$$uuid',
      campaignSettings: { settings: { 'ota.attempts': '3', kept: 'as it is' } },
    },
  },
  {
    operation: 'editCampaign',
    shows: 'another campaign in the body',
    path: '/api/campaigns/$first',
    body: { updateSpec: { name: 'Other' }, campaignId: nowhere },
    status: 400,
    replyHeaders: { 'grpc-status': '3' },
  },
  {
    operation: 'editCampaign',
    shows: 'an empty name',
    path: '/api/campaigns/$first',
    body: { updateSpec: { name: '' } },
    ...refusal(400, 3, 'name: expected a name; got "".'),
  },
];

/** Campaigns as operators write and read them. */
export const exchanges: readonly Exchange[] = [...creating, ...reading, ...editing];
