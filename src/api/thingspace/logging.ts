import type { Caller } from '../../app/caller.ts';
import {
  type Collection,
  collectedLogs,
  listCollections,
  startCollecting,
  stopCollecting,
} from '../../app/collected-logs.ts';
import { contactsOf } from '../../app/contacts.ts';
import type { LogEntry } from '../../app/records.ts';
import { normaliseDeviceId } from '../../domain/device.ts';
import { ok } from '../../domain/result.ts';
import type { DeviceLog, LoggingStatus, loggingRoutes } from '../../wire/thingspace/logging.ts';
import type { Handlers } from './call.ts';
import { BadRequest } from './errors.ts';
import { mapped } from './mapped.ts';
import type { ThingSpaceDeps } from './plugin.ts';
import { protocolWord } from './protocols.ts';
import { deviceIdsIn } from './reading.ts';
import { toDateTime, toDay } from './times.ts';

const toStatus = ({ deviceId, until }: Collection): LoggingStatus => ({
  deviceId,
  expiryDate: toDay(until),
});

const codeOf = ({ code, result }: LogEntry): string => {
  const said = result === 'none' ? '' : ` (${result})`;
  return code === null ? said : `${said} ${code}`;
};

const progressOf = ({ progress }: LogEntry): string =>
  progress === null ? '' : ` ${progress.done}/${progress.of}`;

const toLog =
  (deviceId: string) =>
  (entry: LogEntry): DeviceLog => ({
    deviceId,
    logTime: toDateTime(entry.at),
    logType: 'SoftwareUpdate',
    eventLog: [`${entry.word}${codeOf(entry)}${progressOf(entry)}`, ...entry.lines].join('\n'),
    binaryLogFileBase64: '',
    binaryLogFilename: '',
  });

type Params = Readonly<Record<string, string>>;
const deviceIn = (params: Params): string => normaliseDeviceId(params['deviceId'] ?? '');

/** Logs of devices, and when they made contact. */
export const loggingHandlers = (deps: ThingSpaceDeps): Handlers<typeof loggingRoutes> => {
  const start = async (caller: Caller, ids: readonly string[]) => {
    const started = await startCollecting(deps, caller, ids);
    if (!started.ok && started.refusal.code === 'too-large') throw new BadRequest('Logging limit reached');
    return started;
  };
  const stop = async (caller: Caller, ids: readonly string[]) =>
    mapped(await stopCollecting(deps, caller, ids), () => undefined);

  return {
    listDevicesWithLoggingEnabled: async ({ caller }) =>
      ok((await listCollections(deps, caller)).map(toStatus)),
    enableLoggingForDevices: async ({ caller, body }) =>
      mapped(await start(caller, deviceIdsIn(body.deviceIds)), (on) => on.map(toStatus)),
    disableLoggingForDevices: ({ caller, query }) =>
      stop(caller, deviceIdsIn(query.deviceIds.flatMap((ids) => ids.split(',')))),
    enableDeviceLogging: async ({ caller, params }) => {
      const id = deviceIn(params);
      const none = { deviceId: id, expiryDate: '' };
      return mapped(await start(caller, [id]), ([on]) => (on === undefined ? none : toStatus(on)));
    },
    disableDeviceLogging: ({ caller, params }) => stop(caller, [deviceIn(params)]),
    listDeviceLogs: async ({ caller, params }) => {
      const id = deviceIn(params);
      return mapped(await collectedLogs(deps, caller, id), (entries) => entries.map(toLog(id)));
    },
    getDeviceCheckInHistory: async ({ caller, params }) =>
      mapped(await contactsOf(deps, caller, deviceIn(params)), ({ device, contacts }) =>
        contacts.map(({ at, failure }) => ({
          deviceId: device.id,
          clientType: protocolWord(device.protocol, 'devices'),
          result: failure === '' ? 'Success' : 'Failure',
          failureType: failure,
          timeCompleted: toDateTime(at),
        })),
      ),
  };
};
