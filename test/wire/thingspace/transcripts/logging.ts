import { must } from '../../../contract/store/world.ts';
import type { Api } from '../../../support/api.ts';
import { tokenFor } from '../../../support/tenant.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { anyType, forbidden, noBody, prepareDevice, prepareSessions, refusal, session } from '../prepare.ts';

const pump = '990013907835573';
const meter = '990013907835574';
const silent = '990013907835575';
const nobody = '990013907835599';
const many = Array.from({ length: 19 }, (_, n) => `${990_013_907_100_000 + n}`);

export const setUp = async (api: Api) => {
  await prepareDevice(api, pump);
  await prepareDevice(api, meter, { protocol: 'gateway' });
  await prepareDevice(api, silent, { protocol: 'lwm2m' });
  for (const id of many) await prepareDevice(api, id);
  // Sessions are over before logging is.
  const administrator = must(await api.context.store.users.findByEmail('admin@localhost'));
  const lasting = await tokenFor(api.context, administrator.id);
  return { ...(await prepareSessions(api)), session: lasting, bearer: lasting };
};

const day = 86_400_000;
const devices = '/api/fota/v2/logging/DEFAULT/devices';
const json = { ...session, ...anyType };
const empty = { ...session, ...noBody };
const viewer = { 'vz-m2m-token': '$viewer' };

const on = (deviceId: string, expiryDate = '2026-11-28') => ({ deviceId, expiryDate });

const switches: readonly Exchange[] = [
  {
    operation: 'enableDeviceLogging',
    shows: 'somebody who may not',
    path: `${devices}/${pump}`,
    headers: { ...viewer, ...noBody },
    ...forbidden('Edit Device'),
  },
  {
    operation: 'listDevicesWithLoggingEnabled',
    shows: 'none',
    path: devices,
    headers: viewer,
    status: 200,
    reply: [],
  },
  {
    operation: 'enableLoggingForDevices',
    path: devices,
    headers: json,
    body: JSON.stringify({ deviceIds: [pump, meter, pump] }),
    status: 200,
    reply: [on(pump), on(meter)],
  },
  {
    operation: 'enableDeviceLogging',
    shows: 'once more, a day later',
    after: day,
    path: `${devices}/${pump}`,
    headers: empty,
    status: 200,
    reply: on(pump, '2026-11-29'),
  },
  {
    operation: 'listDevicesWithLoggingEnabled',
    path: devices,
    headers: session,
    status: 200,
    reply: [on(meter), on(pump, '2026-11-29')],
  },
  {
    operation: 'enableLoggingForDevices',
    shows: 'more than twenty in all, of which none is taken',
    path: devices,
    headers: json,
    body: JSON.stringify({ deviceIds: many }),
    ...refusal('Logging limit reached'),
  },
  {
    operation: 'enableLoggingForDevices',
    shows: 'more than twenty at once',
    path: devices,
    headers: json,
    body: JSON.stringify({ deviceIds: [...many, pump, meter] }),
    ...refusal('Logging limit reached'),
  },
  {
    operation: 'enableLoggingForDevices',
    shows: 'up to twenty',
    path: devices,
    headers: json,
    body: JSON.stringify({ deviceIds: many.slice(1) }),
    status: 200,
  },
  {
    operation: 'enableDeviceLogging',
    shows: 'the twenty-first',
    path: `${devices}/${many[0]}`,
    headers: empty,
    ...refusal('Logging limit reached'),
  },
  {
    operation: 'disableLoggingForDevices',
    shows: 'ids with commas between them',
    path: `${devices}?deviceIds=${many.slice(0, 10).join('%2C')}`,
    headers: session,
    status: 200,
  },
  {
    operation: 'disableLoggingForDevices',
    shows: 'the parameter several times',
    path: `${devices}?${many
      .slice(10)
      .map((id) => `deviceIds=${id}`)
      .join('&')}`,
    headers: session,
    status: 200,
  },
  {
    operation: 'disableDeviceLogging',
    path: `${devices}/${meter}`,
    headers: session,
    status: 200,
  },
  {
    operation: 'listDevicesWithLoggingEnabled',
    shows: 'who is left',
    path: devices,
    headers: session,
    status: 200,
    reply: [on(pump, '2026-11-29')],
  },
  {
    operation: 'listDevicesWithLoggingEnabled',
    shows: 'nobody after seven days',
    after: 7 * day,
    path: devices,
    headers: session,
    status: 200,
    reply: [],
  },
];

const refused: readonly Exchange[] = [
  {
    operation: 'enableLoggingForDevices',
    shows: 'one that is not there, for none of them',
    path: devices,
    headers: json,
    body: JSON.stringify({ deviceIds: [pump, nobody] }),
    ...refusal('Device not found'),
  },
  {
    operation: 'enableDeviceLogging',
    shows: 'one whose protocol has no logs',
    path: `${devices}/${silent}`,
    headers: empty,
    ...refusal(`protocol: expected a device of the protocols ddi, gateway; got ${silent} (lwm2m).`),
  },
  ...['{}', '{"deviceIds":[]}', '{"deviceIds":null}'].map(
    (body): Exchange => ({
      operation: 'enableLoggingForDevices',
      shows: `no devices, as ${body}`,
      path: devices,
      headers: json,
      body,
      ...refusal('Device list is empty'),
    }),
  ),
  {
    operation: 'enableLoggingForDevices',
    shows: 'no body',
    path: devices,
    headers: empty,
    ...refusal('Input binding error'),
  },
  {
    operation: 'disableLoggingForDevices',
    shows: 'no devices',
    path: devices,
    headers: session,
    ...refusal('Device list is empty'),
  },
  {
    operation: 'listDeviceLogs',
    shows: 'of a device that said nothing',
    path: `${devices}/${pump}/logs`,
    headers: session,
    status: 200,
    reply: [],
  },
  {
    operation: 'listDeviceLogs',
    shows: 'the path that an example has, for a device that is not there',
    path: `/api/fota/v2/logging/DEFAULT/device/${nobody}/logs`,
    headers: session,
    ...refusal('Device not found'),
  },
  {
    operation: 'getDeviceCheckInHistory',
    shows: 'of a device that was never seen',
    path: `${devices}/${pump}/checkInHistory`,
    headers: session,
    status: 200,
    reply: [],
  },
  {
    operation: 'getDeviceCheckInHistory',
    shows: 'of a device that is not there',
    path: `${devices}/${nobody}/checkInHistory`,
    headers: session,
    ...refusal('Device not found'),
  },
];

export const exchanges: readonly Exchange[] = [...switches, ...refused].map((exchange) => ({
  ...exchange,
  as: '$bearer',
}));
