import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { done, prepareGateway, preparePackage, refusal } from '../prepare.ts';

/** A started campaign of one package that needs a go for each phase, and gateways: `gw-2` has to enrol first. */
export const setUp = async (api: Api) => {
  const pack = await preparePackage(api, 'thermostat', { HEADLESS_EXECUTION: false, RESET: 'reset.sh' });
  const token = await prepareGateway(api, 'gw-1');
  const other = await prepareGateway(api, 'gw-2', { attributes: { 'pulse.enrolment': 'REGISTERED' } });
  const body = { name: 'Spring', packages: [pack] };
  const { uuid: campaign } = done(await api.call('POST', '/api/campaigns', { body })).body;
  const path = `/api/campaigns/${campaign}`;
  done(await api.call('POST', `${path}/devices`, { body: { gatewayIds: ['gw-1', 'gw-2'] } }));
  done(await api.call('PUT', `${path}/start`));
  const { sha256, size } = done(await api.call('GET', `/packages/${pack}`)).body;
  return { pack, token, other, campaign, sha256, size: `${size}` };
};

const nowhere = '00000000-0000-4000-8000-000000000000';
const as = '$token';
const commands = '/api/devices/gw-1/commands';
const member = '/api/campaigns/$campaign/devices/gw-1';
const success = { status: 200, reply: {} };
const anonymous = refusal(401, 16, 'Expected an Authorization header with a Bearer token; got none.');
const foreign = refusal(403, 7, 'This needs the permission "being the gateway gw-2" in this account.');
const malformed = (message: string) => refusal(400, 3, message);

const argument = (name: string, ...value: readonly string[]) => ({ name, type: 'STRING', value });

const command = (commandId: string, name: string, ...given: readonly object[]) => ({
  commandMessage: [
    {
      ...{ commandId, deviceId: 'gw-1', clientId: '', name, command: name, execPath: '', asRoot: false },
      arguments: [argument('campaignId', '$campaign'), ...given],
      createdTime: '$$ms',
      lastUpdatedTime: '$$ms',
    },
  ],
});

const polled = (shows: string, reply: object): Exchange => ({
  ...{ operation: 'pollCommands', shows, path: commands, as, status: 200, reply },
});
const nothing = { commandMessage: [] };

const said = (shows: string, commandId: string, status: string, more: object = {}): Exchange => ({
  ...{ operation: 'reportCommands', shows, path: commands, as, status: 200, reply: { unknown: [] } },
  body: { commands: [{ commandId, status, ...more }] },
});

const scheduled = (phase: string): Exchange => ({
  operation: `schedule${phase}`,
  shows: 'by the gateway itself',
  path: `${member}/scheduled-${phase.toLowerCase()}`,
  as,
  body: { begin: '0', end: '0' },
  ...success,
});

const gettingIn: readonly Exchange[] = [
  { operation: 'pollCommands', shows: 'nobody', path: commands, as: null, ...anonymous },
  {
    operation: 'pollCommands',
    shows: 'a person',
    path: commands,
    ...refusal(401, 16, 'The credentials are not valid.'),
  },
  { operation: 'pollCommands', shows: 'another gateway', path: '/api/devices/gw-2/commands', as, ...foreign },
  {
    operation: 'pollCommands',
    shows: 'a gateway that is not enrolled',
    path: '/api/devices/gw-2/commands',
    as: '$other',
    ...refusal(400, 9, 'The device "gw-2" is not enrolled: enrol it first.'),
  },
  { operation: 'enrollGateway', shows: 'another gateway', path: '/api/devices/gw-2/enroll', as, ...foreign },
  {
    operation: 'enrollGateway',
    path: '/api/devices/gw-2/enroll',
    as: '$other',
    status: 200,
    reply: { id: 'gw-2' },
  },
  {
    operation: 'unenrollGateway',
    path: '/api/devices/gw-2/unenroll/',
    as: '$other',
    ...success,
  },
  {
    operation: 'setSystemProperties',
    path: '/api/devices/gw-1/system-properties',
    as,
    body: {
      upsert: [
        { name: 'os', value: 'linux' },
        { name: 'version.thermostat', value: '1.0' },
      ],
      remove: ['old'],
    },
    ...success,
  },
  {
    operation: 'setSystemProperties',
    shows: 'a value that is no text',
    path: '/api/devices/gw-1/system-properties',
    as,
    body: { upsert: [{ name: 'os', value: {} }] },
    ...malformed('upsert.0.value: expected a text; got something else.'),
  },
];

const walk: readonly Exchange[] = [
  polled('the inventory first', command('$inventory', 'OTA_INVENTORY')),
  said('the inventory is told', '$inventory', 'SUCCEEDED'),
  polled('a checkpoint', command('$held', 'OTA_CHECKPOINT', argument('phase', 'download'))),
  polled('nothing while it is held', nothing),
  {
    operation: 'setDownloadProgress',
    shows: 'before the download was handed out',
    path: `${member}/progress/download`,
    as,
    body: { packagesProgress: [] },
    ...refusal(400, 9, 'An update at download-awaiting-approval cannot take "progress".'),
  },
  scheduled('Download'),
  polled(
    'the download',
    command(
      '$download',
      'OTA_DOWNLOAD',
      argument('packageIds', '$pack'),
      argument('packageUrls', 'http://localhost:80/api/programs/$pack/file'),
      argument('packageSha256', '$sha256'),
      argument('packageSizes', '$size'),
      argument('windowEnd'),
    ),
  ),
  said('it begins', '$download', 'RECEIVED'),
  { ...polled('nothing for ten minutes', nothing), after: 599_000 },
  {
    operation: 'setDownloadProgress',
    path: `${member}/progress/download`,
    as,
    body: { packagesProgress: [{ id: '$pack', progress: '10', total: '$size' }] },
    ...success,
  },
  {
    operation: 'setDownloadProgress',
    shows: 'a package that it does not get',
    path: `${member}/progress/download`,
    as,
    body: { packagesProgress: [{ id: 'other', progress: 1, total: 1 }] },
    ...malformed('packages: expected ids of packages that this device gets; got "other".'),
  },
  {
    operation: 'setDownloadProgress',
    shows: 'another campaign in the body',
    path: `${member}/progress/download`,
    as,
    body: { campaignId: nowhere, packagesProgress: [] },
    status: 400,
    replyHeaders: { 'grpc-status': '3' },
  },
  {
    operation: 'setDownloadProgress',
    shows: 'an unknown campaign',
    path: `/api/campaigns/${nowhere}/devices/gw-1/progress/download`,
    as,
    body: { packagesProgress: [] },
    ...refusal(404, 5, `There is no campaign "${nowhere}" in this account.`),
  },
  {
    operation: 'setDownloadProgress',
    shows: 'of another gateway',
    path: '/api/campaigns/$campaign/devices/gw-2/progress/download',
    as,
    body: { packagesProgress: [] },
    ...foreign,
  },
  {
    ...polled('the same command again when the lease is over', {
      ...command(
        '$download',
        'OTA_DOWNLOAD',
        argument('packageIds', '$pack'),
        argument('packageUrls', 'http://localhost:80/api/programs/$pack/file'),
        argument('packageSha256', '$sha256'),
        argument('packageSizes', '$size'),
        argument('windowEnd'),
      ),
    }),
    after: 600_000,
  },
  said('all is fetched', '$download', 'SUCCEEDED', { message: '', exitCode: 0 }),
  said('the same once more', '$download', 'SUCCEEDED'),
  polled('the next checkpoint', command('$heldAgain', 'OTA_CHECKPOINT', argument('phase', 'execution'))),
  scheduled('Execution'),
  polled(
    'the execution',
    command('$execute', 'OTA_EXECUTE', argument('packageIds', '$pack'), argument('windowEnd')),
  ),
  {
    operation: 'setExecutionProgress',
    path: `${member}/progress/execution`,
    as,
    body: { progress: ['unpacking', 'writing'] },
    ...success,
  },
  {
    operation: 'setExecutionProgress',
    shows: 'an unknown phase',
    path: `${member}/progress/execution`,
    as,
    body: { progress: [], phase: 'REBOOT' },
    ...malformed('phase: expected DOWNLOAD, EXECUTION, ACTIVATION; got "REBOOT".'),
  },
  said('a script fails', '$execute', 'FAILED', { message: 'no bus\nno valve', exitCode: 3 }),
  polled(
    'undoing it',
    command('$reset', 'OTA_RESET', argument('packageIds', '$pack'), argument('reason', 'no valve')),
  ),
  said('it is undone', '$reset', 'SUCCEEDED'),
  polled('nothing more', nothing),
  {
    operation: 'setExecutionProgress',
    shows: 'after the end',
    path: `${member}/progress/execution`,
    as,
    body: { progress: ['late'] },
    ...refusal(400, 9, 'The update of this device is over (failed) and cannot change.'),
  },
];

const flaws: readonly Exchange[] = [
  {
    operation: 'reportCommands',
    shows: 'unknown commands',
    path: commands,
    as,
    body: {
      commands: [
        { commandId: 'one', status: 'SUCCEEDED' },
        { commandId: 'two', status: 'FAILED' },
      ],
    },
    ...refusal(404, 5, 'There is no command "one", "two" in this account.'),
  },
  {
    operation: 'reportCommands',
    shows: 'an unknown command beside a known one',
    path: commands,
    as,
    body: {
      commands: [
        { commandId: 'one', status: 'RUNNING' },
        { commandId: '$reset', status: 'SUCCEEDED' },
      ],
    },
    status: 200,
    reply: { unknown: ['one'] },
  },
  {
    operation: 'reportCommands',
    shows: 'no commands',
    path: commands,
    as,
    body: { commands: [] },
    ...malformed('commands: expected at least one; got nothing.'),
  },
  {
    operation: 'reportCommands',
    shows: 'an unknown status',
    path: commands,
    as,
    body: { commands: [{ commandId: '$reset', status: 'DONE' }] },
    ...malformed('commands.0.status: expected RECEIVED, RUNNING, SUCCEEDED, FAILED, REJECTED; got "DONE".'),
  },
  {
    operation: 'pollCommands',
    shows: 'a time to wait that is none',
    path: `${commands}?waitSeconds=soon`,
    as,
    ...malformed('waitSeconds: expected 0 to 60; got soon.'),
  },
];

export const exchanges: readonly Exchange[] = [...gettingIn, ...walk, ...flaws];
