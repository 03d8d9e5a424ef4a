import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { preparePerson, refusal } from '../prepare.ts';

export const setUp = async (api: Api) => {
  await api.call('POST', '/devices', { body: { id: 'gw-1', protocol: 'gateway' } });
  return { viewer: await preparePerson(api, 'Viewer') };
};

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');
const wrong = base64({ type: 'JWT_NATIVE', authBody: 'gateway/DEFAULT/gw-1/muster_wrong' });
const invalid = refusal(401, 16, 'The credentials are not valid.');

export const exchanges: readonly Exchange[] = [
  {
    operation: 'createDeviceCredential',
    path: '/api/device-credentials/gw-1',
    body: {},
    status: 200,
    reply: { credentials: '$credential' },
  },
  {
    operation: 'createDeviceCredential',
    shows: 'with the key of a device, which is not kept',
    path: '/api/device-credentials/gw-1',
    body: { requestParams: '{"DeviceKey":"1234"}' },
    status: 200,
    reply: { credentials: '$$any' },
  },
  {
    operation: 'createDeviceCredential',
    shows: 'parameters that are no JSON',
    path: '/api/device-credentials/gw-1',
    body: { requestParams: 'DeviceKey=1234' },
    ...refusal(
      400,
      3,
      'requestParams: expected a JSON object as text, such as "{\\"DeviceKey\\":\\"1234\\"}".',
    ),
  },
  {
    operation: 'createDeviceCredential',
    shows: 'a device that is not there',
    path: '/api/device-credentials/gw-2',
    body: {},
    ...refusal(404, 5, 'There is no device "gw-2" in this account.'),
  },
  {
    operation: 'createDeviceCredential',
    shows: 'somebody who may not',
    path: '/api/device-credentials/gw-1',
    as: '$viewer',
    body: {},
    ...refusal(403, 7, 'This needs the permission "Create Device Credential" in this account.'),
  },
  {
    operation: 'getDeviceCredential',
    path: '/api/device-credentials/gw-1?expiryTime=60',
    status: 200,
    reply: { credentials: '$passing' },
  },
  {
    operation: 'getDeviceCredential',
    shows: 'one that would be over at once',
    path: '/api/device-credentials/gw-1?expiryTime=0',
    status: 400,
    replyHeaders: { 'grpc-status': '3' },
  },
  {
    operation: 'findDeviceToken',
    shows: 'with the credential as it was issued',
    path: '/api/device-tokens?id=gw-1',
    as: null,
    headers: { 'x-device-auth': '$passing' },
    status: 200,
    reply: { deviceId: 'gw-1', accessToken: '$passing' },
  },
  {
    operation: 'findDeviceToken',
    shows: 'once that is over',
    path: '/api/device-tokens?deviceId=gw-1',
    as: null,
    headers: { 'x-device-auth': '$passing' },
    after: 60_000,
    ...invalid,
  },
  {
    operation: 'getDeviceToken',
    path: '/api/device-tokens/gw-1',
    as: null,
    headers: { 'x-device-auth': '$credential' },
    status: 200,
    reply: { deviceId: 'gw-1', accessToken: '$credential' },
  },
  {
    operation: 'getDeviceToken',
    shows: 'a wrong credential',
    path: '/api/device-tokens/gw-1',
    as: null,
    headers: { 'x-device-auth': wrong },
    ...invalid,
  },
  {
    operation: 'getDeviceToken',
    shows: 'a device that is not there, which is answered alike',
    path: '/api/device-tokens/gw-2',
    as: null,
    headers: { 'x-device-auth': wrong },
    ...invalid,
  },
  {
    operation: 'getDeviceToken',
    shows: 'no credential',
    path: '/api/device-tokens/gw-1',
    as: null,
    ...refusal(401, 16, 'Expected an x-device-auth header with the credential of the device; got none.'),
  },
  {
    operation: 'getDeviceToken',
    shows: 'a proof of another type',
    path: '/api/device-tokens/gw-1',
    as: null,
    headers: { 'x-device-auth': base64({ type: 'PROPERTY_NATIVE', authBody: '{"DeviceKey":"1234"}' }) },
    ...refusal(
      400,
      3,
      'x-device-auth: only the type JWT_NATIVE is supported, with a credential of this server as authBody.',
    ),
  },
  {
    operation: 'revokeDeviceCredentials',
    path: '/api/device-credentials/gw-1',
    status: 200,
    reply: {},
  },
  {
    operation: 'getDeviceToken',
    shows: 'once its credential was revoked',
    path: '/api/device-tokens/gw-1',
    as: null,
    headers: { 'x-device-auth': '$credential' },
    ...invalid,
  },
  {
    operation: 'revokeDeviceCredentials',
    shows: 'of a device that is not there',
    path: '/api/device-credentials/gw-2',
    ...refusal(404, 5, 'There is no device "gw-2" in this account.'),
  },
];
