import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { done, prepareGateway, preparePackage, preparePerson, refusal } from '../prepare.ts';

/** A started campaign of one package that needs a go for each phase; one of two gateways was taken out again. */
export const setUp = async (api: Api) => {
  const base = await preparePackage(api, 'base', { HEADLESS_EXECUTION: false });
  const [g1, g2] = [await prepareGateway(api, 'gw-1'), await prepareGateway(api, 'gw-2')];
  const { uuid } = done(
    await api.call('POST', '/api/campaigns', { body: { name: 'Spring', packages: [base] } }),
  ).body;
  const path = `/api/campaigns/${uuid}`;
  done(await api.call('PUT', `${path}/start`));
  done(await api.call('POST', `${path}/devices`, { body: { gatewayIds: ['gw-1', 'gw-2'] } }));
  done(await api.call('PUT', `${path}/devices`, { body: { gatewayIds: ['gw-2'] } }));
  const viewer = await preparePerson(api, 'Viewer');
  return { base, g1, g2, viewer, campaign: uuid, maps: await preparePackage(api, 'maps') };
};

const campaign = '/api/campaigns/$campaign';
const gateway = `${campaign}/devices/gw-1`;
const success = { status: 200, reply: {} };
const noDevice = refusal(404, 5, 'There is no device "gw-9" in this account.');
const noMember = refusal(404, 5, 'There is no update "gw-2" in this account.');
const forbidden = (permission: string) =>
  refusal(403, 7, `This needs the permission "${permission}" in this account.`);
const anonymous = refusal(401, 16, 'Expected an Authorization header with a Bearer token; got none.');

const polled = {
  operation: 'pollCommands',
  path: '/api/devices/gw-1/commands',
  as: '$g1',
  status: 200,
} as const;
const state = (word: string): Exchange => ({
  operation: 'getGatewayState',
  shows: word,
  path: `${gateway}/state`,
  status: 200,
  reply: { state: word },
});
const reported = (status: string): Exchange => ({
  operation: 'reportCommands',
  path: '/api/devices/gw-1/commands',
  as: '$g1',
  body: { commands: [{ commandId: '$command', status }] },
  status: 200,
});
const handed = (name: string, command: string): Exchange => ({
  ...polled,
  shows: command,
  reply: {
    commandMessage: [
      {
        ...{ commandId: name, deviceId: 'gw-1', clientId: '$$any', name: '$$any', command },
        ...{
          execPath: '',
          asRoot: '$$any',
          arguments: '$$any',
          createdTime: '$$ms',
          lastUpdatedTime: '$$ms',
        },
      },
    ],
  },
});

const scheduling: readonly Exchange[] = [
  { ...state('INSTANTIATED') },
  {
    operation: 'getGatewayState',
    shows: 'an unknown gateway',
    path: `${campaign}/devices/gw-9/state`,
    ...noDevice,
  },
  {
    operation: 'getGatewayState',
    shows: 'one taken out',
    path: `${campaign}/devices/gw-2/state`,
    ...noMember,
  },
  {
    operation: 'scheduleExecution',
    shows: 'ahead of need, the input of the guide: whole seconds and seconds with a fraction',
    path: `${gateway}/scheduled-execution`,
    body: { begin: '1795262400', end: '1795266000.500' },
    ...success,
  },
  {
    operation: 'scheduleExecution',
    shows: 'an end before its begin',
    path: `${gateway}/scheduled-execution`,
    body: { begin: '1795266000000', end: '1795262400000' },
    ...refusal(400, 3, 'end: expected an instant after begin; got 1795262400000.'),
  },
  {
    operation: 'scheduleActivation',
    shows: 'an end that is over',
    path: `${gateway}/scheduled-activation`,
    body: { begin: 5000, end: 80000 },
    ...refusal(400, 3, 'end: expected an instant ahead; got 80000000.'),
  },
  {
    operation: 'scheduleActivation',
    shows: 'what is no instant',
    path: `${gateway}/scheduled-activation`,
    body: { begin: 'tomorrow' },
    ...refusal(
      400,
      3,
      'begin: expected epoch seconds, whole or with a fraction, or epoch milliseconds from 100000000000 on; ' +
        'got "tomorrow".',
    ),
  },
  {
    operation: 'scheduleActivation',
    shows: 'without the permission',
    path: `${gateway}/scheduled-activation`,
    as: '$viewer',
    body: {},
    ...forbidden('Schedule Campaign'),
  },
  {
    operation: 'scheduleActivation',
    shows: 'another gateway, with its own token',
    path: `${gateway}/scheduled-activation`,
    as: '$g2',
    body: {},
    ...forbidden('being the gateway gw-1'),
  },
  {
    operation: 'scheduleActivation',
    shows: 'no begin and no end',
    path: `${gateway}/scheduled-activation`,
    ...success,
  },
  polled,
  polled,
  state('WAITING_FOR_DOWNLOAD_APPROVAL'),
  {
    operation: 'scheduleDownload',
    shows: 'by the gateway itself: now, for as long as it takes',
    path: `${gateway}/scheduled-download/`,
    as: '$g1',
    body: { begin: '0', end: '0' },
    ...success,
  },
  state('WAITING_FOR_DOWNLOAD'),
  handed('$command', 'OTA_DOWNLOAD'),
  {
    operation: 'scheduleDownload',
    shows: 'what is handed out',
    path: `${gateway}/scheduled-download`,
    body: { begin: '0', end: '0' },
    ...refusal(400, 9, 'An update at download-running cannot take "schedule".'),
  },
  {
    operation: 'setGatewayPackages',
    shows: 'after they are handed out',
    path: `${gateway}/packages`,
    body: { packages: ['$maps'] },
    ...refusal(400, 9, 'An update at download-running cannot take "set-packages".'),
  },
];

const bytes = { progress: '0', total: '$total', id: '$base' };
const fetched = { progress: '$total', total: '$total', id: '$base' };

const watching: readonly Exchange[] = [
  {
    operation: 'getDownloadProgress',
    path: `${gateway}/progress/download`,
    status: 200,
    reply: { packagesProgress: [{ total: '$total', progress: '0', id: '$base' }] },
  },
  {
    operation: 'getExecutionProgress',
    path: `${gateway}/progress/execution`,
    status: 200,
    reply: { progress: [] },
  },
  {
    operation: 'setExecutionProgress',
    path: `${gateway}/progress/execution`,
    as: '$g1',
    body: { progress: ['unpacking', 'done'] },
    ...success,
  },
  {
    operation: 'getExecutionProgress',
    shows: 'what the gateway said, oldest line first',
    path: `${gateway}/progress/execution/`,
    status: 200,
    reply: { progress: ['unpacking', 'done'] },
  },
  {
    operation: 'getGatewayStatus',
    path: `${gateway}/status`,
    status: 200,
    reply: {
      campaignId: '$campaign',
      campaignState: { state: 'DOWNLOADING' },
      timestamp: '$$ms',
      downloadProgress: { packagesProgress: [bytes] },
      executionProgress: ['unpacking', 'done'],
      gatewayId: 'gw-1',
      ...{ closed: false, outcome: '', reason: '', message: '' },
    },
  },
  {
    operation: 'getGatewayStatus',
    shows: 'an unknown gateway',
    path: `${campaign}/devices/gw-9/status`,
    ...noDevice,
  },
  {
    operation: 'getDownloadProgress',
    shows: 'a gateway that was taken out',
    path: `${campaign}/devices/gw-2/progress/download`,
    ...noMember,
  },
  {
    operation: 'getExecutionProgress',
    shows: 'nobody',
    path: `${gateway}/progress/execution`,
    as: null,
    ...anonymous,
  },
  reported('SUCCEEDED'),
  {
    operation: 'getDownloadProgress',
    shows: 'all of it',
    path: `${gateway}/progress/download`,
    status: 200,
    reply: { packagesProgress: [fetched] },
  },
  {
    operation: 'listActiveCampaigns',
    path: '/api/devices/gw-1/active-campaigns',
    status: 200,
    reply: { campaignId: ['$campaign'] },
  },
  {
    operation: 'listActiveCampaigns',
    shows: 'a gateway that was taken out',
    path: '/api/devices/gw-2/active-campaigns',
    status: 200,
    reply: { campaignId: [] },
  },
  {
    operation: 'listActiveCampaigns',
    shows: 'an unknown gateway',
    path: '/api/devices/gw-9/active-campaigns',
    ...noDevice,
  },
];

const ending: readonly Exchange[] = [
  {
    operation: 'notifyGateway',
    path: `${gateway}/notify`,
    body: { gatewayId: 'gw-1', campaignId: '$campaign' },
    ...success,
  },
  {
    operation: 'notifyGateway',
    shows: 'a gateway that was taken out',
    path: `${campaign}/devices/gw-2/notify`,
    ...noMember,
  },
  {
    operation: 'closeGateway',
    path: `${gateway}/close`,
    body: { gatewayId: 'gw-1', campaignId: '$campaign' },
    ...success,
  },
  { operation: 'closeGateway', shows: 'again', path: `${gateway}/close`, body: {}, ...success },
  {
    operation: 'listGateways',
    shows: 'that closing keeps the state',
    path: `${campaign}/devices`,
    status: 200,
    reply: {
      pageResponse: { totalPages: '1', totalElements: '1', page: 0, pageSize: 20 },
      gateways: [{ gatewayId: 'gw-1', state: 'DOWNLOAD_COMPLETE', closed: true }],
    },
  },
  {
    operation: 'getCampaignStatus',
    shows: 'it where it ended',
    path: `${campaign}/status`,
    status: 200,
    reply: {
      status: 'STARTED',
      name: 'Spring',
      campaignId: '$campaign',
      numberOfGatewaysInActivationCompleteState: '0',
      numberOfGatewaysInExecutionCompleteState: '0',
      creationTime: '$$ms',
      modificationTime: '$$ms',
      totalNumberOfGateways: '1',
      totalNumberOfPackages: '1',
      numberOfGatewaysInDownloadCompleteState: '1',
      description: '',
      numberOfGatewaysDownloaded: '1',
      numberOfGatewaysExecuted: '0',
      numberOfGatewaysActivated: '0',
      gatewayCountsByState: { DOWNLOAD_COMPLETE: '1' },
    },
  },
  {
    operation: 'listActiveCampaigns',
    shows: 'that it is no longer',
    path: '/api/devices/gw-1/active-campaigns/',
    status: 200,
    reply: { campaignId: [] },
  },
  {
    operation: 'scheduleActivation',
    shows: 'what is closed',
    path: `${gateway}/scheduled-activation`,
    body: {},
    ...refusal(400, 9, 'The update of this device is over (closed-by-operator) and cannot change.'),
  },
  {
    operation: 'notifyGateway',
    shows: 'what is closed',
    path: `${gateway}/notify`,
    body: {},
    ...refusal(400, 9, 'The update of this device is over (closed-by-operator) and cannot change.'),
  },
  {
    operation: 'addGateways',
    shows: 'one that is closed and one that was taken out: both begin again',
    path: `${campaign}/devices`,
    body: { gatewayIds: ['gw-2', 'gw-1'] },
    ...success,
  },
  {
    operation: 'listGateways',
    shows: 'them at the beginning',
    path: `${campaign}/devices`,
    status: 200,
    reply: {
      pageResponse: { totalPages: '1', totalElements: '2', page: 0, pageSize: 20 },
      gateways: [
        { gatewayId: 'gw-1', state: 'INSTANTIATED', closed: false },
        { gatewayId: 'gw-2', state: 'INSTANTIATED', closed: false },
      ],
    },
  },
];

/** A gateway's way through a campaign, as operators see and steer it. */
export const exchanges: readonly Exchange[] = [...scheduling, ...watching, ...ending];
