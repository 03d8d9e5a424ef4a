import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { prepareDevice, prepareSessions, refusal, session } from '../prepare.ts';

const zero = '000013907835573';
const pump = '990013907835573';
const other = 'truck-7';

export const setUp = async (api: Api) => {
  await prepareDevice(api, other, { protocol: 'custom', make: '', model: '' });
  await prepareDevice(api, pump, {
    protocol: 'oma-dm',
    versions: { firmware: '1.0', radio: '3' },
    attributes: { mdn: '5551234567' },
  });
  await prepareDevice(api, zero, {
    versions: { App: '4.2', 'configfile-Acme_M1_net.txt': '1.1' },
  });
  return prepareSessions(api);
};

const createTime = '2026-11-21T08:00:00.000Z';
const acme = { mdn: '', make: 'Acme', model: 'M1' };
const ids = { zero: { ...acme, deviceId: zero }, pump: { ...acme, deviceId: pump, mdn: '5551234567' } };
const truck = { deviceId: other, mdn: '', make: '', model: '' };

const one = {
  zero: { ...ids.zero, firmware: '', fotaEligible: true, licenseAssigned: true },
  pump: { ...ids.pump, firmware: '1.0', fotaEligible: true, licenseAssigned: true },
  truck: { ...truck, firmware: '', fotaEligible: false, licenseAssigned: true },
};
const component = (name: string, version: string) => ({ name, version, upgradeTime: '' });
const app = component('App', '4.2');
const file = component('configfile-Acme_M1_net.txt', '1.1');

const two = {
  zero: {
    ...{ ...ids.zero, fotaEligible: true, appFotaEligible: true, licenseAssigned: true },
    ...{ distributionType: 'HTTP', softwareList: [app, file], createTime },
  },
  pump: {
    ...{ ...ids.pump, fotaEligible: true, appFotaEligible: false, licenseAssigned: true },
    distributionType: 'OMA',
    softwareList: [component('firmware', '1.0'), component('radio', '3')],
    createTime,
  },
  truck: {
    ...{ ...truck, fotaEligible: false, appFotaEligible: false, licenseAssigned: true },
    ...{ distributionType: 'NONE', softwareList: [], createTime },
  },
};
const three = {
  zero: {
    ...{ ...one.zero, status: 'Active', protocol: 'HTTP', softwareList: [app], fileList: [file] },
    createTime,
  },
  pump: {
    ...{ ...one.pump, status: 'Active', protocol: 'OMADM', fileList: [], createTime },
    softwareList: [component('radio', '3')],
  },
  truck: {
    ...{ ...one.truck, status: 'Active', protocol: 'NONE', softwareList: [], fileList: [], createTime },
  },
};

const page = { accountName: 'DEFAULT', hasMoreData: false, maxPageSize: 1_000 };
const v1 = '/api/fota/v1/devices/DEFAULT';
const v2 = '/api/fota/v2/devices/DEFAULT';
const v3 = '/api/fota/v3/devices/DEFAULT';

const first: readonly Exchange[] = [
  {
    operation: 'listAccountDevicesV1',
    path: `${v1}/index/0`,
    headers: session,
    status: 200,
    reply: { ...page, lastSeenDeviceId: '$last', deviceList: [one.zero, one.pump, one.truck] },
  },
  {
    operation: 'listAccountDevicesV1',
    shows: 'what comes after the last one',
    path: `${v1}/index/$last`,
    headers: session,
    status: 200,
    reply: { ...page, deviceList: [] },
  },
  {
    operation: 'listAccountDevicesV1',
    shows: 'an IMEI that has lost its zeros',
    path: `${v1}/index/13907835573`,
    headers: session,
    status: 200,
    reply: { ...page, lastSeenDeviceId: '$last', deviceList: [one.pump, one.truck] },
  },
  {
    operation: 'listAccountDevicesV1',
    shows: 'the path that a heading has, and a number as the cursor',
    path: `${v1}?clientType=OMADM`,
    headers: session,
    status: 200,
    reply: { ...page, lastSeenDeviceId: 990_013_907_835_573, deviceList: [one.pump] },
  },
  ...['990013907835599', '8000000000009999', '9999999999999999'].map(
    (index): Exchange => ({
      operation: 'listAccountDevicesV1',
      shows: `${index} is no device of the account`,
      path: `${v1}/index/${index}`,
      headers: session,
      ...refusal('LastSeenDeviceId Not Valid'),
    }),
  ),
  ...['truck-7', '-1', '1.5', '99999999999999999'].map(
    (index): Exchange => ({
      operation: 'listAccountDevicesV1',
      shows: `${index} is no IMEI`,
      path: `${v1}/index/${index}`,
      headers: session,
      ...refusal('Invalid device id format'),
    }),
  ),
  {
    operation: 'listAccountDevicesV1',
    shows: 'a type of client that is unknown',
    path: `${v1}/index/0?clientType=WAP`,
    headers: session,
    ...refusal('Unsupported clientType'),
  },
];

const second: readonly Exchange[] = [
  {
    operation: 'listAccountDevicesV2',
    path: v2,
    headers: { 'vz-m2m-token': '$viewer' },
    status: 200,
    reply: { ...page, lastSeenDeviceId: other, deviceList: [two.zero, two.pump, two.truck] },
  },
  {
    operation: 'listAccountDevicesV2',
    shows: 'after a device',
    path: `${v2}?lastSeenDeviceId=${zero}&distributionType=`,
    headers: session,
    status: 200,
    reply: { ...page, lastSeenDeviceId: other, deviceList: [two.pump, two.truck] },
  },
  {
    operation: 'listAccountDevicesV2',
    shows: 'of one distribution',
    path: `${v2}?lastSeenDeviceId=0&distributionType=HTTP`,
    headers: session,
    status: 200,
    reply: { ...page, lastSeenDeviceId: zero, deviceList: [two.zero] },
  },
  {
    operation: 'listAccountDevicesV2',
    shows: 'a distribution that is unknown',
    path: `${v2}?distributionType=FTP`,
    headers: session,
    ...refusal('Unsupported distributionType'),
  },
  {
    operation: 'listAccountDevicesV2',
    shows: 'a cursor of nobody',
    path: `${v2}?lastSeenDeviceId=990013907835599`,
    headers: session,
    ...refusal('LastSeenDeviceId Not Valid'),
  },
];

const nobody = '990013907835599';

const third: readonly Exchange[] = [
  {
    operation: 'getAccountDeviceInformationV3',
    path: `${v3}?lastSeenDeviceId=0`,
    headers: session,
    status: 200,
    reply: { ...page, lastSeenDeviceId: other, deviceList: [three.zero, three.pump, three.truck] },
  },
  {
    operation: 'getAccountDeviceInformationV3',
    shows: 'of one protocol, after a device',
    path: `${v3}?lastSeenDeviceId=${zero}&protocol=OMDADM`,
    headers: session,
    status: 200,
    reply: { ...page, lastSeenDeviceId: pump, deviceList: [three.pump] },
  },
  {
    operation: 'getAccountDeviceInformationV3',
    shows: 'a cursor of nobody',
    path: `${v3}?lastSeenDeviceId=nobody`,
    headers: session,
    ...refusal('LastSeenDeviceId Not Valid'),
  },
  {
    operation: 'listAccountDevicesInformationV3',
    path: `${v3}?protocol=LWM2M&lastSeenDeviceId=nobody`,
    headers: session,
    body: { deviceList: [pump, nobody, pump, `urn:imei:${zero}`] },
    status: 200,
    reply: {
      accountName: 'DEFAULT',
      deviceCount: 3,
      deviceList: [
        { ...three.pump, requestStatus: 'Success', resultReason: 'Success' },
        { deviceId: nobody, requestStatus: 'Failure', resultReason: 'Device Not Found' },
        { ...three.zero, requestStatus: 'Success', resultReason: 'Success' },
      ],
    },
  },
  {
    operation: 'listAccountDevicesInformationV3',
    shows: 'of none',
    path: v3,
    headers: session,
    body: { deviceList: [] },
    ...refusal('Device list is empty'),
  },
  {
    operation: 'listAccountDevicesInformationV3',
    shows: 'of 100,000',
    path: v3,
    headers: session,
    body: { deviceList: Array.from({ length: 100_000 }, (_, n) => `${990_013_907_000_000 + n}`) },
    ...refusal('Too many devices'),
  },
  {
    operation: 'listAccountDevicesInformationV3',
    shows: 'of nobody in an account that one does not belong to',
    path: '/api/fota/v3/devices/0000123456-00001',
    headers: session,
    body: { deviceList: [pump] },
    ...refusal('Account not found'),
  },
];

export const exchanges: readonly Exchange[] = [...first, ...second, ...third];
