import { type Static, Type } from 'typebox';
import { DeviceChange } from './campaigns.ts';
import { DateOnly, DeviceIds, DeviceResult, Line, Success } from './common.ts';
import { thingspaceRoutes } from './route.ts';

const UpgradeAsked = Type.Object({
  accountName: Line,
  firmwareName: Line,
  firmwareTo: Type.Optional(Line),
  startDate: Type.Optional(DateOnly),
  endDate: Type.Optional(DateOnly),
  deviceList: DeviceIds,
});
export type UpgradeAsked = Static<typeof UpgradeAsked>;

const DeviceState = Type.Object({
  deviceId: Type.String(),
  status: Type.String(),
  resultReason: Type.String(),
});
export type DeviceState = Static<typeof DeviceState>;

/** A campaign of v1. */
export const Upgrade = Type.Object({
  id: Type.String(),
  accountName: Type.String(),
  firmwareName: Type.String(),
  firmwareTo: Type.String(),
  startDate: Type.String(),
  endDate: Type.String(),
  status: Type.String(),
  deviceList: Type.Optional(Type.Array(DeviceState)),
});
export type Upgrade = Static<typeof Upgrade>;

const one = '/fota/v1/upgrades/:account/upgrade/:upgradeId';

export const upgradeRoutes = thingspaceRoutes({
  scheduleUpgradeV1: {
    method: 'POST',
    path: '/fota/v1/upgrades',
    access: 'Create Campaign',
    summary: 'Schedule an upgrade of firmware',
    number: 29,
    body: UpgradeAsked,
    many: true,
    reply: Upgrade,
  },
  getUpgradeV1: {
    method: 'GET',
    path: one,
    access: 'View Campaign',
    summary: 'Get an upgrade with its devices',
    number: 30,
    reply: Upgrade,
  },
  changeDevicesV1: {
    method: 'PUT',
    path: one,
    access: 'Edit Campaign',
    summary: 'Add or remove devices before the start',
    number: 31,
    body: DeviceChange,
    many: true,
    reply: Type.Object({
      accountName: Type.String(),
      id: Type.String(),
      deviceList: Type.Array(DeviceResult),
    }),
  },
  cancelUpgradeV1: {
    method: 'DELETE',
    path: one,
    access: 'Stop Campaign',
    summary: 'Cancel an upgrade before its start',
    number: 32,
    reply: Success,
  },
});
