import type { Api } from '../../../support/api.ts';
import { upload } from '../../../support/packages.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { done, forbidden, noBody, prepareDevice, prepareSessions, refusal, session } from '../prepare.ts';

const pump = '990013907835573';
const meter = '990013907835574';
const lamp = '990013907835575';

export const setUp = async (api: Api) => {
  await prepareDevice(api, pump, { protocol: 'lwm2m', versions: { firmware: '1.0' } });
  await prepareDevice(api, meter, { protocol: 'oma-dm', model: 'M2' });
  await prepareDevice(api, lamp, { make: 'Lux' });
  const package_ = (name: string, given: Readonly<Record<string, string>>) =>
    upload(api, Buffer.from(name), { fileName: `${name}.bin`, name, version: '2.0', ...given }).then(done);
  await package_('FW_1to2', { fromVersion: '1.0', make: 'Acme', model: 'M1', description: 'Faster' });
  await package_('FW_M2', { make: 'Acme', model: 'M2' });
  await package_('FW_Lux', { make: 'Lux' });
  await package_('FW_other', { make: 'Other' });
  await package_('App', { make: 'Lux', kind: 'software' });
  await package_('Notes', { make: 'Lux', kind: 'file' });
  return prepareSessions(api);
};

const day = '2026-11-21';
const instant = '2026-11-21T08:00:00.000Z';
const v1 = '/api/fota/v1/firmware/DEFAULT';
const v2 = '/api/fota/v2/software/DEFAULT';
const v3 = '/api/fota/v3/firmware/DEFAULT';

const m1 = { releaseNote: 'Faster', make: 'Acme', model: 'M1' };
const m2 = { releaseNote: '', make: 'Acme', model: 'M2' };
const lux = { releaseNote: '', make: 'Lux', model: '' };

const forPump = {
  ...{ firmwareName: 'FW_1to2', firmwareFrom: '1.0', firmwareTo: '2.0', launchDate: instant },
  ...{ ...m1, protocol: 'LWM2M' },
};
const forMeter = {
  ...{ firmwareName: 'FW_M2', firmwareFrom: '', firmwareTo: '2.0', launchDate: instant },
  ...{ ...m2, protocol: 'OMD-DM' },
};
const software = (name: string, given: object = lux, from = '', distributionType = 'HTTP') => ({
  ...{ softwareName: name, software: name, softwareFrom: from, softwareTo: '2.0', launchDate: day },
  ...{ ...given, distributionType, devicePlatformId: 'IoT' },
});
const firmware = (firmwareName: string, given: object, fromVersion = '') => ({
  ...{ firmwareName, participantName: 'DEFAULT', launchDate: instant, ...given },
  ...{ fromVersion, toVersion: '2.0' },
});

const lists: readonly Exchange[] = [
  {
    operation: 'listAvailableSoftwareV2',
    path: v2,
    headers: session,
    status: 200,
    reply: [software('FW_Lux'), software('App')],
  },
  {
    operation: 'listAvailableSoftwareV2',
    shows: 'another distribution carries firmware alone',
    path: `${v2}?distributionType=LWM2M`,
    headers: session,
    status: 200,
    reply: [software('FW_1to2', m1, '1.0', 'LWM2M')],
  },
  {
    operation: 'listAvailableSoftwareV2',
    shows: 'a distribution that is unknown',
    path: `${v2}?distributionType=FTP`,
    headers: session,
    ...refusal('Unsupported distributionType'),
  },
  {
    operation: 'listAvailableFirmwareV1',
    path: v1,
    headers: session,
    status: 200,
    reply: [firmware('FW_1to2', m1, '1.0'), firmware('FW_M2', m2), firmware('FW_Lux', lux)],
  },
  {
    operation: 'listAvailableFirmwareV3',
    path: `${v3}?protocol=all`,
    headers: session,
    status: 200,
    reply: [forPump, forMeter],
  },
  ...['OMD-DM', 'OMA', 'OMADM', 'OMDADM', 'OMA-DM', 'oma'].map(
    (word): Exchange => ({
      operation: 'listAvailableFirmwareV3',
      shows: `one of the names of OMA-DM, ${word}`,
      path: `${v3}?protocol=${word}`,
      headers: session,
      status: 200,
      reply: [forMeter],
    }),
  ),
  {
    operation: 'listAvailableFirmwareV3',
    shows: 'never what comes over HTTP',
    path: `${v3}?protocol=HTTP`,
    headers: session,
    status: 200,
    reply: [],
  },
  {
    operation: 'listAvailableFirmwareV3',
    shows: 'a protocol that is unknown',
    path: `${v3}?protocol=OMG`,
    headers: session,
    ...refusal('Unsupported protocol'),
  },
];

const nobody = '990013907835599';
const told = (deviceId: string, firmwareVersion: string) => ({
  ...{ deviceId, firmwareVersion, status: 'FirmwareVersionUpdateSuccess' },
  ...{ reason: 'Success', Reason: 'Success' },
});

const reports: readonly Exchange[] = [
  {
    operation: 'synchronizeDeviceFirmware',
    path: `${v3}/devices`,
    headers: session,
    body: { deviceList: [pump, nobody, `urn:imei:${meter}`, pump] },
    status: 200,
    reply: {
      accountName: 'DEFAULT',
      deviceFirmwarVersionList: [
        told(pump, '1.0'),
        {
          ...{ deviceId: nobody, firmwareVersion: '', status: 'FirmwareVersionUpdateFailed' },
          ...{ reason: 'Device Not Found', Reason: 'Device Not Found' },
        },
        told(meter, ''),
      ],
    },
  },
  {
    operation: 'synchronizeDeviceFirmware',
    shows: 'more than a hundred',
    path: `${v3}/devices`,
    headers: session,
    body: { deviceList: Array.from({ length: 101 }, (_, n) => `${990_013_907_000_000 + n}`) },
    ...refusal('Too many devices'),
  },
  ...[{ deviceList: [] }, {}, { deviceList: [''] }].map(
    (body): Exchange => ({
      operation: 'synchronizeDeviceFirmware',
      shows: `none, as ${JSON.stringify(body)}`,
      path: `${v3}/devices`,
      headers: session,
      body,
      ...refusal('Device list is empty'),
    }),
  ),
  {
    operation: 'synchronizeDeviceFirmware',
    shows: 'somebody who may not',
    path: `${v3}/devices`,
    headers: { 'vz-m2m-token': '$viewer' },
    body: { deviceList: [pump] },
    ...forbidden('Edit Device'),
  },
  {
    operation: 'reportDeviceFirmware',
    path: `${v3}/async/${pump}`,
    headers: { ...session, ...noBody },
    status: 200,
    reply: { accountName: 'DEFAULT', requestId: '$$uuid', deviceId: pump, firmwareVersion: '1.0' },
  },
  {
    operation: 'reportDeviceFirmware',
    shows: 'the path that an older page has',
    path: `${v3}/${meter}`,
    headers: { ...session, ...noBody },
    status: 200,
  },
  {
    operation: 'reportDeviceFirmware',
    shows: 'a device that is not there',
    path: `${v3}/async/${nobody}`,
    headers: { ...session, ...noBody },
    ...refusal('Device not found'),
  },
];

export const exchanges: readonly Exchange[] = [...lists, ...reports];
