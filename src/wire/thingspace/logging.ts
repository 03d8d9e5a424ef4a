import { type Static, Type } from 'typebox';
import { DateOnly, DateTime, DeviceIds } from './common.ts';
import { thingspaceRoutes } from './route.ts';

/** Until the end of which day the logs of a device are collected. */
export const LoggingStatus = Type.Object({ deviceId: Type.String(), expiryDate: DateOnly });
export type LoggingStatus = Static<typeof LoggingStatus>;

/** Something that a device said of an update; there are no binary logs, and clients want their members nonetheless. */
export const DeviceLog = Type.Object({
  deviceId: Type.String(),
  logTime: DateTime,
  logType: Type.String(),
  eventLog: Type.String(),
  binaryLogFileBase64: Type.String(),
  binaryLogFilename: Type.String(),
});
export type DeviceLog = Static<typeof DeviceLog>;

/** A contact of a device. */
export const CheckIn = Type.Object({
  deviceId: Type.String(),
  clientType: Type.String(),
  result: Type.String(),
  failureType: Type.String(),
  timeCompleted: DateTime,
});
export type CheckIn = Static<typeof CheckIn>;

const base = '/fota/v2/logging/:account';
const devices = `${base}/devices` as const;
const device = `${devices}/:deviceId` as const;

export const loggingRoutes = thingspaceRoutes({
  listDevicesWithLoggingEnabled: {
    method: 'GET',
    path: devices,
    access: 'View Device',
    summary: 'List the devices whose logs are collected',
    number: 65,
    reply: Type.Array(LoggingStatus),
  },
  enableLoggingForDevices: {
    method: 'PUT',
    path: devices,
    access: 'Edit Device',
    summary: 'Collect the logs of devices for seven days',
    number: 66,
    body: Type.Object({ deviceIds: DeviceIds }),
    reply: Type.Array(LoggingStatus),
  },
  disableLoggingForDevices: {
    method: 'DELETE',
    path: devices,
    access: 'Edit Device',
    summary:
      'Collect the logs of devices no longer; ids with commas between them, or the parameter several times',
    number: 67,
    query: Type.Object({ deviceIds: DeviceIds }),
  },
  enableDeviceLogging: {
    method: 'PUT',
    path: device,
    access: 'Edit Device',
    summary: 'Collect the logs of a device for seven days',
    number: 68,
    reply: LoggingStatus,
  },
  disableDeviceLogging: {
    method: 'DELETE',
    path: device,
    access: 'Edit Device',
    summary: 'Collect the logs of a device no longer',
    number: 69,
  },
  listDeviceLogs: {
    method: 'GET',
    path: `${device}/logs`,
    aliases: [`${base}/device/:deviceId/logs`],
    access: 'View Device',
    summary: 'List the logs of a device, the newest first',
    number: 70,
    reply: Type.Array(DeviceLog),
  },
  getDeviceCheckInHistory: {
    method: 'GET',
    path: `${device}/checkInHistory`,
    access: 'View Device',
    summary: 'List contacts of a device, the newest first',
    number: 71,
    reply: Type.Array(CheckIn),
  },
});
