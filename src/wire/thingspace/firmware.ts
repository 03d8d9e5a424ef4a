import { type Static, Type } from 'typebox';
import { DateOnly, DateTime, DeviceIds } from './common.ts';
import { thingspaceRoutes } from './route.ts';

/** Devices whose version is read at once (reference 3.9). */
export const MOST_SYNCHRONISED = 100;

const forWhom = { releaseNote: Type.String(), make: Type.String(), model: Type.String() };

/** Software of v2; both of its names (reference 7, row 21), and the versions that it leads from and to. */
export const SoftwarePackage = Type.Object({
  softwareName: Type.String(),
  software: Type.String(),
  softwareFrom: Type.String(),
  softwareTo: Type.String(),
  launchDate: DateOnly,
  ...forWhom,
  distributionType: Type.String(),
  devicePlatformId: Type.String(),
});
export type SoftwarePackage = Static<typeof SoftwarePackage>;

/** Firmware of v1. */
export const Firmware = Type.Object({
  firmwareName: Type.String(),
  participantName: Type.String(),
  launchDate: DateTime,
  ...forWhom,
  fromVersion: Type.String(),
  toVersion: Type.String(),
});
export type Firmware = Static<typeof Firmware>;

/** Firmware of v3; clients lose the whole list to another protocol (reference 1.5). */
export const FirmwarePackage = Type.Object({
  firmwareName: Type.String(),
  firmwareFrom: Type.String(),
  firmwareTo: Type.String(),
  launchDate: DateTime,
  ...forWhom,
  protocol: Type.String(),
});
export type FirmwarePackage = Static<typeof FirmwarePackage>;

/** What is known of the firmware of a device; both spellings of the reason, and of when (reference 7, row 23). */
export const DeviceFirmware = Type.Object({
  deviceId: Type.String(),
  status: Type.String(),
  reason: Type.String(),
  Reason: Type.String(),
  firmwareVersion: Type.String(),
  firmwareVersionUpdateTime: Type.Optional(DateTime),
  VersionUpdateTime: Type.Optional(DateTime),
});
export type DeviceFirmware = Static<typeof DeviceFirmware>;

export const firmwareRoutes = thingspaceRoutes({
  listAvailableSoftwareV2: {
    method: 'GET',
    path: '/fota/v2/software/:account',
    access: 'View Package',
    summary: 'List software for the devices of the account',
    number: 18,
    query: Type.Object({ distributionType: Type.Optional(Type.String({ maxLength: 64 })) }),
    reply: Type.Array(SoftwarePackage),
  },
  listAvailableFirmwareV1: {
    method: 'GET',
    path: '/fota/v1/firmware/:account',
    access: 'View Package',
    summary: 'List firmware for the devices of the account',
    number: 28,
    reply: Type.Array(Firmware),
  },
  listAvailableFirmwareV3: {
    method: 'GET',
    path: '/fota/v3/firmware/:account',
    access: 'View Package',
    summary: 'List firmware for the LwM2M and OMA-DM devices of the account',
    number: 33,
    query: Type.Object({ protocol: Type.Optional(Type.String({ maxLength: 64 })) }),
    reply: Type.Array(FirmwarePackage),
  },
  synchronizeDeviceFirmware: {
    method: 'PUT',
    path: '/fota/v3/firmware/:account/devices',
    access: 'Edit Device',
    summary: 'Get the firmware versions of devices, and have them told anew',
    number: 34,
    body: Type.Object({ deviceList: DeviceIds }),
    reply: Type.Object({
      accountName: Type.String(),
      // Misspelt, and read so by every client (reference 7, row 23).
      deviceFirmwarVersionList: Type.Array(DeviceFirmware),
    }),
  },
  reportDeviceFirmware: {
    method: 'PUT',
    path: '/fota/v3/firmware/:account/async/:deviceId',
    aliases: ['/fota/v3/firmware/:account/:deviceId'],
    access: 'Edit Device',
    summary: 'Have a device tell its firmware version when it next makes contact',
    number: 35,
    reply: Type.Object({
      accountName: Type.String(),
      requestId: Type.String(),
      deviceId: Type.String(),
      firmwareVersion: Type.String(),
    }),
  },
});
