import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { anyType, forbidden, prepareDevice, prepareSessions, refusal, session } from '../prepare.ts';

const a = '990013907835573';
const b = '990013907884259';
const c = '990013907894464';
const unknown = '990013907899999';
const UNLIMITED = 2_147_483_647;

export const setUp = async (api: Api) => {
  for (const id of [a, b, c]) await prepareDevice(api, id);
  return prepareSessions(api);
};

const pathOf = (version: string, rest = '') => `/api/fota/${version}/licenses/DEFAULT${rest}`;
const viewer = { 'vz-m2m-token': '$viewer' };

const said = (status: string, reason: string) => ({
  status,
  resultReason: reason,
  Reason: reason,
  reason,
});
const counted = (used: number, total = UNLIMITED) => ({
  accountName: 'DEFAULT',
  licCount: total,
  licTotalCount: total,
  licUsedCount: used,
});
const summed = (used: number, total = UNLIMITED) => ({
  accountName: 'DEFAULT',
  totalLicense: total,
  totalLicenses: total,
  assignedLicenses: used,
  maxPageSize: 1_000,
});

const at = '2026-11-21T08:00:00.000Z';
const licensed = (deviceId: string) => ({ deviceId, assignmentTime: at });

const assigning: readonly Exchange[] = [
  {
    operation: 'getAccountLicensesStatusV3',
    shows: 'nobody',
    path: pathOf('v3'),
    headers: session,
    status: 200,
    reply: { ...summed(0), hasMoreData: false, deviceList: [] },
  },
  {
    operation: 'assignLicensesToDevicesV3',
    shows: 'success and failure side by side',
    path: pathOf('v3', '/assign'),
    headers: session,
    body: { deviceList: [a, unknown, a] },
    status: 200,
    reply: {
      ...counted(1),
      deviceList: [
        { deviceId: a, ...said('Success', 'Success') },
        { deviceId: unknown, ...said('Failure', 'Device does not exist.') },
      ],
    },
  },
  {
    operation: 'assignLicensesToDevicesV3',
    shows: 'a repeat, at the path of a release note',
    path: '/api/fota/v3/firmware/licenses/DEFAULT/assign',
    headers: session,
    body: { deviceList: [a] },
    status: 200,
    reply: {
      ...counted(1),
      deviceList: [{ deviceId: a, ...said('Success', 'Device license preexisting') }],
    },
  },
  {
    operation: 'assignLicensesToDevicesV2',
    path: pathOf('v2', '/assign'),
    headers: { ...session, ...anyType },
    body: { accountName: 'DEFAULT', deviceList: [`urn:imei:${b}`] },
    status: 200,
    reply: { ...counted(2), deviceList: [{ deviceId: b, ...said('Success', 'Success') }] },
  },
  {
    operation: 'assignLicensesToDevicesV2',
    shows: 'an unknown device, at the path of a release note',
    path: '/api/fota/v2/firmware/licenses/DEFAULT/assign',
    headers: { ...session, ...anyType },
    body: { deviceList: [unknown] },
    status: 200,
    reply: {
      ...counted(2),
      deviceList: [{ deviceId: unknown, ...said('Failure', 'Device does not exist.') }],
    },
  },
  {
    operation: 'assignLicensesToDevicesV1',
    path: pathOf('v1', '/assign'),
    headers: session,
    body: { deviceList: [c, unknown] },
    status: 200,
    reply: {
      ...counted(3),
      deviceList: [
        { deviceId: c, ...said('LicenseAssignSuccess', 'Success') },
        { deviceId: unknown, ...said('LicenseAssignFailed', 'Device does not exist.') },
      ],
    },
  },
  {
    operation: 'assignLicensesToDevicesV3',
    shows: 'no devices',
    path: pathOf('v3', '/assign'),
    headers: session,
    body: { deviceList: [] },
    ...refusal('Device list is empty'),
  },
  {
    operation: 'assignLicensesToDevicesV3',
    shows: 'no list',
    path: pathOf('v3', '/assign'),
    headers: session,
    body: {},
    ...refusal('Device list is empty'),
  },
  {
    operation: 'assignLicensesToDevicesV3',
    shows: 'somebody who may not',
    path: pathOf('v3', '/assign'),
    headers: viewer,
    body: { deviceList: [a] },
    ...forbidden('Edit Device'),
  },
];

const listing: readonly Exchange[] = [
  {
    operation: 'getAccountLicensesStatusV3',
    path: pathOf('v3', '?lastSeenDeviceId=0'),
    headers: session,
    status: 200,
    reply: {
      ...summed(3),
      hasMoreData: false,
      lastSeenDeviceId: c,
      deviceList: [licensed(a), licensed(b), licensed(c)],
    },
  },
  {
    operation: 'getAccountLicenseStatusV2',
    shows: 'what follows a device',
    path: pathOf('v2', `?lastSeenDeviceId=${a}`),
    headers: viewer,
    status: 200,
    reply: {
      ...summed(3),
      hasMoreData: false,
      lastSeenDeviceId: c,
      deviceList: [licensed(b), licensed(c)],
    },
  },
  {
    operation: 'getAccountLicensesStatusV3',
    shows: 'the cursor in the path',
    path: pathOf('v3', `/index/${b}`),
    headers: session,
    status: 200,
    reply: { ...summed(3), hasMoreData: false, lastSeenDeviceId: c, deviceList: [licensed(c)] },
  },
  {
    operation: 'getAccountLicensesStatusV3',
    shows: 'a cursor that is no device of the account',
    path: pathOf('v3', `?lastSeenDeviceId=${unknown}`),
    headers: session,
    ...refusal('LastSeenDeviceId Not Valid'),
  },
  {
    operation: 'getAccountLicenseStatusV1',
    shows: 'from a number on, and the number that follows',
    path: pathOf('v1', '/index/1'),
    headers: session,
    status: 200,
    reply: {
      ...summed(3),
      hasMoreData: false,
      lastSeenDeviceId: 3,
      deviceList: [licensed(b), licensed(c)],
    },
  },
  {
    operation: 'getAccountLicenseStatusV1',
    shows: 'the beginning without a number',
    path: pathOf('v1'),
    headers: session,
    status: 200,
    reply: {
      ...summed(3),
      hasMoreData: false,
      lastSeenDeviceId: 3,
      deviceList: [licensed(a), licensed(b), licensed(c)],
    },
  },
  {
    operation: 'getAccountLicenseStatusV1',
    shows: 'what is no number',
    path: pathOf('v1', '/index/-1'),
    headers: session,
    ...refusal('Invalid index value'),
  },
  ...(['V1', 'V2', 'V3'] as const).map(
    (version): Exchange => ({
      operation: `getAccountSubscriptionStatus${version}`,
      path: `/api/fota/${version.toLowerCase()}/subscriptions/DEFAULT`,
      headers: viewer,
      status: 200,
      reply: {
        accountName: 'DEFAULT',
        purchaseType: 'TS-HFOTA-MRC',
        licenseCount: UNLIMITED,
        licenseUsedCount: 3,
        updateTime: at,
      },
    }),
  ),
];

const removing: readonly Exchange[] = [
  {
    operation: 'removeLicensesFromDevicesV1',
    path: pathOf('v1', '/remove'),
    headers: session,
    body: { deviceList: [c, unknown] },
    status: 200,
    reply: {
      ...counted(2),
      deviceList: [
        { deviceId: c, ...said('LicenseRemoveSuccess', 'Success') },
        { deviceId: unknown, ...said('LicenseRemoveFailed', 'Device does not exist.') },
      ],
    },
  },
  {
    operation: 'removeLicensesFromDevicesV2',
    shows: 'a device that has none',
    path: pathOf('v2', '/remove'),
    headers: { ...session, ...anyType },
    body: { deviceList: [c] },
    status: 200,
    reply: {
      ...counted(2),
      deviceList: [{ deviceId: c, ...said('Failure', 'No license attached to device') }],
    },
  },
  {
    operation: 'removeLicensesFromDevicesV3',
    path: pathOf('v3', '/remove'),
    headers: session,
    body: { deviceList: [b] },
    status: 200,
    reply: { ...counted(1), deviceList: [{ deviceId: b, ...said('Success', 'Success') }] },
  },
];

const candidates: readonly Exchange[] = [
  {
    operation: 'createListOfLicensesToRemoveV2',
    path: pathOf('v2', '/cancel'),
    headers: { ...session, ...anyType },
    body: { count: 2, deviceList: [b, a] },
    status: 200,
    reply: { count: 2, deviceList: [b, a] },
  },
  {
    operation: 'createListOfLicensesToRemoveV1',
    shows: 'that it can be added to, each device once',
    path: pathOf('v1', '/cancel'),
    headers: session,
    body: { type: 'append', deviceList: [c, a] },
    status: 200,
    reply: { count: 3, deviceList: [b, a, c] },
  },
  {
    operation: 'listLicensesToRemoveV1',
    path: pathOf('v1', '/cancel/index/0'),
    headers: session,
    status: 200,
    reply: { count: 3, hasMoreData: false, updateTime: at, deviceList: [b, a, c] },
  },
  {
    operation: 'listLicensesToRemoveV1',
    shows: 'the heading of the pages, without a place',
    path: pathOf('v1', '/cancel'),
    headers: session,
    status: 200,
    reply: { count: 3, hasMoreData: false, updateTime: at, deviceList: [b, a, c] },
  },
  {
    operation: 'listLicensesToRemoveV2',
    path: pathOf('v2', '/cancel?startIndex=2'),
    headers: session,
    status: 200,
    reply: { count: 3, hasMoreData: false, updateTime: at, deviceList: [c] },
  },
  {
    operation: 'listLicensesToRemoveV2',
    shows: 'the index in the path',
    path: pathOf('v2', '/cancel/index/1'),
    headers: session,
    status: 200,
    reply: { count: 3, hasMoreData: false, updateTime: at, deviceList: [a, c] },
  },
  {
    operation: 'listLicensesToRemoveV2',
    shows: 'an index after the end',
    path: pathOf('v2', '/cancel?startIndex=4'),
    headers: session,
    ...refusal('Index exceeds number of devices in list'),
  },
  {
    operation: 'createListOfLicensesToRemoveV1',
    shows: 'that it is replaced otherwise',
    path: pathOf('v1', '/cancel'),
    headers: session,
    body: { deviceList: [c] },
    status: 200,
    reply: { count: 1, deviceList: [c] },
  },
  {
    operation: 'createListOfLicensesToRemoveV1',
    shows: 'another type',
    path: pathOf('v1', '/cancel'),
    headers: session,
    body: { type: 'shuffle', deviceList: [c] },
    ...refusal('type: must be append, or absent'),
  },
  {
    operation: 'deleteListOfLicensesToRemoveV1',
    path: pathOf('v1', '/cancel'),
    headers: session,
    status: 200,
    reply: { success: true },
  },
  {
    operation: 'deleteListOfLicensesToRemoveV2',
    shows: 'an empty list',
    path: pathOf('v2', '/cancel'),
    headers: session,
    status: 200,
    reply: { success: true },
  },
  {
    operation: 'listLicensesToRemoveV1',
    shows: 'an empty list',
    path: pathOf('v1', '/cancel/index/0'),
    headers: session,
    status: 200,
    reply: { count: 0, hasMoreData: false, updateTime: at, deviceList: [] },
  },
];

export const exchanges: readonly Exchange[] = [...assigning, ...listing, ...removing, ...candidates];
