import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { preparePerson, refusal } from '../prepare.ts';

export const setUp = async (api: Api) => {
  await api.call('POST', '/devices', { body: { id: '352099001761481', name: 'Pump', protocol: 'lwm2m' } });
  return { viewer: await preparePerson(api, 'Viewer') };
};

const nowhere = '00000000-0000-4000-8000-000000000000';

const template = {
  name: 'Gateway',
  deviceType: 'GATEWAY',
  systemProperties: [{ name: 'os-sysname' }],
  customProperties: [{ name: 'site', value: 'Lyon' }],
  allowedMetrics: [{ name: 'CPU-Usage', valueType: 'DOUBLE' }],
  allowedCommands: [],
  enrollmentProvider: { type: 'JWT_NATIVE', providerConfig: '{"expiryTime":57600}' },
  imageDetails: [],
  settings: [{ category: 'iotc-agent', settings: { commandFetchIntervalSeconds: '30' }, finalSettings: {} }],
  childTemplates: ['Sensor'],
};

const gateway = {
  id: '$gateway',
  name: 'gw-1',
  templateName: 'Gateway',
  deviceType: 'GATEWAY',
  templateId: '$template',
  systemProperties: [],
  customProperties: [{ name: 'site', value: 'Lyon' }],
  enrollmentState: 'REGISTERED',
  parentGatewayId: '',
  parentId: '',
  orgId: 'DEFAULT',
  createdTime: '$$ms',
  lastUpdatedTime: '$$ms',
  updateVersion: '1',
};

const templates: readonly Exchange[] = [
  {
    operation: 'createDeviceTemplate',
    path: '/api/device-templates',
    body: template,
    status: 200,
    reply: { id: '$template' },
  },
  {
    operation: 'createDeviceTemplate',
    shows: 'a name that is taken',
    path: '/api/device-templates',
    body: { name: 'gateway' },
    ...refusal(409, 6, 'There is a document "gateway" already.'),
  },
  {
    operation: 'createDeviceTemplate',
    shows: 'no name',
    path: '/api/device-templates',
    body: { deviceType: 'THING' },
    ...refusal(400, 3, 'name: expected a name; got none.'),
  },
  {
    operation: 'createDeviceTemplate',
    shows: 'of Things',
    path: '/api/device-templates',
    body: { name: 'Sensor', deviceType: 'THING' },
    status: 200,
    reply: { id: '$sensors' },
  },
  {
    operation: 'getDeviceTemplate',
    path: '/api/device-templates/$template',
    status: 200,
    reply: { id: '$template', ...template, updateVersion: 1 },
  },
  {
    operation: 'editDeviceTemplate',
    shows: 'what is left out stays as it is',
    path: '/api/device-templates/$template',
    body: { childTemplates: [] },
    status: 200,
    reply: { id: '$template' },
  },
  {
    operation: 'listDeviceTemplates',
    path: '/api/device-templates?name=GATEWAY',
    status: 200,
    reply: {
      pageInfo: { totalPages: '1', totalElements: '1', page: 0, pageSize: 20 },
      templates: [{ id: '$template', ...template, childTemplates: [], updateVersion: 2 }],
    },
  },
  {
    operation: 'getDeviceTemplate',
    shows: 'one that is not there',
    path: `/api/device-templates/${nowhere}`,
    ...refusal(404, 5, `There is no document "${nowhere}" in this account.`),
  },
  {
    operation: 'editDeviceTemplate',
    shows: 'an unknown type',
    path: '/api/device-templates/$template',
    body: { deviceType: 'BRIDGE' },
    status: 400,
    replyHeaders: { 'grpc-status': '3' },
  },
];

const devices: readonly Exchange[] = [
  {
    operation: 'createDevice',
    path: '/api/devices',
    body: { name: 'gw-1', templateName: 'Gateway' },
    after: 1_000,
    status: 200,
    reply: { id: '$gateway' },
  },
  {
    operation: 'createDevice',
    shows: 'a Thing',
    path: '/api/devices',
    body: { name: 'sensor-1', templateName: 'sensor', parentId: '$gateway' },
    after: 1_000,
    status: 200,
    reply: { id: '$thing' },
  },
  {
    operation: 'createDevice',
    shows: 'a template that is not there',
    path: '/api/devices',
    body: { name: 'gw-2', templateName: 'Router' },
    ...refusal(404, 5, 'There is no document "Router" in this account.'),
  },
  {
    operation: 'createDevice',
    shows: 'a Thing that is connected to nothing',
    path: '/api/devices',
    body: { name: 'sensor-2', templateName: 'Sensor' },
    ...refusal(400, 3, 'parentId: expected what the Thing is connected to; got none.'),
  },
  {
    operation: 'createDevice',
    shows: 'somebody who may not',
    path: '/api/devices',
    as: '$viewer',
    body: { name: 'gw-3' },
    ...refusal(403, 7, 'This needs the permission "Create Device" in this account.'),
  },
  { operation: 'getDevice', path: '/api/devices/$gateway', status: 200, reply: gateway },
  {
    operation: 'getDevice',
    shows: 'one that is not there',
    path: `/api/devices/${nowhere}`,
    ...refusal(404, 5, `There is no device "${nowhere}" in this account.`),
  },
  {
    operation: 'setCustomProperties',
    path: '/api/devices/$thing/custom-properties',
    body: { upsert: [{ name: 'room', value: '12' }], remove: ['site'] },
    status: 200,
    reply: {},
  },
  {
    operation: 'setCustomProperties',
    shows: 'a name that is not its own',
    path: '/api/devices/$thing/custom-properties',
    body: { upsert: [{ name: 'pulse.type', value: 'GATEWAY' }] },
    ...refusal(
      400,
      3,
      'name: expected a name that begins with neither "system." nor "pulse."; got "pulse.type".',
    ),
  },
  {
    operation: 'listDevices',
    shows: 'Things of a gateway',
    path: '/api/devices?parentId=$gateway&deviceType=THING&page.number=0&page.size=5',
    status: 200,
    reply: {
      pageInfo: { totalPages: '1', totalElements: '1', page: 0, pageSize: 5 },
      devices: [
        {
          ...gateway,
          id: '$thing',
          name: 'sensor-1',
          templateName: 'Sensor',
          deviceType: 'THING',
          templateId: '$sensors',
          customProperties: [{ name: 'room', value: '12' }],
          parentGatewayId: '$gateway',
          parentId: '$gateway',
          updateVersion: '2',
        },
      ],
    },
  },
  {
    operation: 'listDevices',
    shows: 'those of other protocols are gateways',
    path: '/api/devices?name=Pump&name=nobody',
    status: 200,
    reply: {
      pageInfo: { totalPages: '1', totalElements: '1', page: 0, pageSize: 20 },
      devices: [
        {
          ...gateway,
          id: '352099001761481',
          name: 'Pump',
          templateName: '',
          templateId: '',
          customProperties: [],
        },
      ],
    },
  },
  {
    operation: 'deleteDevice',
    shows: 'one that a Thing is connected to',
    path: '/api/devices/$gateway',
    ...refusal(400, 9, 'The device "$gateway" is in use by $thing.'),
  },
  {
    operation: 'deleteDeviceTemplate',
    shows: 'one that a device has',
    path: '/api/device-templates/$sensors',
    ...refusal(400, 9, 'The document "$sensors" is in use by $thing.'),
  },
  { operation: 'deleteDevice', path: '/api/devices/$thing', status: 200, reply: {} },
  { operation: 'deleteDeviceTemplate', path: '/api/device-templates/$sensors', status: 200, reply: {} },
  {
    operation: 'deleteDevice',
    shows: 'one that is not there',
    path: '/api/devices/$thing',
    ...refusal(404, 5, 'There is no device "$thing" in this account.'),
  },
];

export const exchanges: readonly Exchange[] = [...templates, ...devices];
