import { type Static, Type } from 'typebox';
import { AfterDevice, Count, DateTime, DeviceIds, maxPageSize } from './common.ts';
import { thingspaceRoutes } from './route.ts';

/** Devices that one request may look up: as many as a page has. */
export const MOST_LOOKED_UP = maxPageSize;

const Text = Type.String();
const Maybe = Type.Optional(DateTime);
const Word = Type.Optional(Type.String({ maxLength: 64 }));

/** A component of a device. */
export const Component = Type.Object({ name: Text, version: Text, upgradeTime: Text });
export type Component = Static<typeof Component>;

const what = { deviceId: Text, mdn: Text, make: Text, model: Text };
const times = { createTime: DateTime, updateTime: Maybe, refreshTime: Maybe };

export const DeviceV1 = Type.Object({
  ...what,
  firmware: Text,
  fotaEligible: Type.Boolean(),
  licenseAssigned: Type.Boolean(),
});
export type DeviceV1 = Static<typeof DeviceV1>;

export const DeviceV2 = Type.Object({
  ...what,
  fotaEligible: Type.Boolean(),
  appFotaEligible: Type.Boolean(),
  licenseAssigned: Type.Boolean(),
  distributionType: Text,
  softwareList: Type.Array(Component),
  ...times,
});
export type DeviceV2 = Static<typeof DeviceV2>;

const inventory = {
  ...what,
  firmware: Text,
  fotaEligible: Type.Boolean(),
  status: Text,
  licenseAssigned: Type.Boolean(),
  protocol: Text,
  softwareList: Type.Array(Component),
  fileList: Type.Array(Component),
  ...times,
};

export const DeviceV3 = Type.Object(inventory);
export type DeviceV3 = Static<typeof DeviceV3>;

/** A device that was asked for by its id; one that is not there has the first three alone. */
export const LookedUp = Type.Object({
  ...Type.Partial(Type.Object(inventory)).properties,
  deviceId: Text,
  requestStatus: Text,
  resultReason: Text,
  statusTime: Maybe,
  lastConnectionTime: Maybe,
});
export type LookedUp = Static<typeof LookedUp>;

const page = {
  accountName: Text,
  hasMoreData: Type.Boolean(),
  lastSeenDeviceId: Type.Optional(Text),
  maxPageSize: Count,
};

export const deviceRoutes = thingspaceRoutes({
  listAccountDevicesV1: {
    method: 'GET',
    path: '/fota/v1/devices/:account/index/:startIndex',
    aliases: ['/fota/v1/devices/:account'],
    access: 'View Device',
    summary: 'List the devices of the account',
    number: 15,
    query: Type.Object({ clientType: Word }),
    reply: Type.Object({
      ...page,
      // A number here, which text would break (reference 7, row 25).
      lastSeenDeviceId: Type.Optional(Count),
      deviceList: Type.Array(DeviceV1),
    }),
  },
  listAccountDevicesV2: {
    method: 'GET',
    path: '/fota/v2/devices/:account',
    access: 'View Device',
    summary: 'List the devices of the account with their software',
    number: 19,
    query: Type.Object({ ...AfterDevice.properties, distributionType: Word }),
    reply: Type.Object({ ...page, deviceList: Type.Array(DeviceV2) }),
  },
  getAccountDeviceInformationV3: {
    method: 'GET',
    path: '/fota/v3/devices/:account',
    access: 'View Device',
    summary: 'List the devices of the account with what is on them',
    number: 26,
    query: Type.Object({ ...AfterDevice.properties, protocol: Word }),
    reply: Type.Object({ ...page, deviceList: Type.Array(DeviceV3) }),
  },
  listAccountDevicesInformationV3: {
    method: 'POST',
    path: '/fota/v3/devices/:account',
    access: 'View Device',
    summary: 'Look up devices by their ids',
    number: 27,
    body: Type.Object({ deviceList: DeviceIds }),
    many: true,
    reply: Type.Object({ accountName: Text, deviceCount: Count, deviceList: Type.Array(LookedUp) }),
  },
});
