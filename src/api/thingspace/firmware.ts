import { askForReport } from '../../app/ask-for-report.ts';
import type { Caller } from '../../app/caller.ts';
import { packagesOfKinds, packagesOnOffer } from '../../app/package-offer.ts';
import type { StoredDevice, StoredPackage } from '../../app/records.ts';
import { normaliseDeviceId } from '../../domain/device.ts';
import { ok } from '../../domain/result.ts';
import {
  type DeviceFirmware,
  type Firmware,
  type FirmwarePackage,
  type firmwareRoutes,
  MOST_SYNCHRONISED,
  type SoftwarePackage,
} from '../../wire/thingspace/firmware.ts';
import type { Handlers } from './call.ts';
import { firmwareOf } from './device-map.ts';
import { BadRequest } from './errors.ts';
import { platformOf } from './file-map.ts';
import { mapped } from './mapped.ts';
import type { ThingSpaceDeps } from './plugin.ts';
import { askedDistribution, type Distribution, reachedBy, wordOf } from './protocols.ts';
import { deviceIdsIn } from './reading.ts';
import { toDateTime, toDay } from './times.ts';

const forWhom = ({ description, make, model }: StoredPackage) => ({ releaseNote: description, make, model });

const toSoftware = (pack: StoredPackage, distribution: Distribution): SoftwarePackage => ({
  softwareName: pack.name,
  software: pack.name,
  softwareFrom: pack.fromVersion,
  softwareTo: pack.version,
  launchDate: toDay(pack.createdAt),
  ...forWhom(pack),
  distributionType: wordOf(distribution, 'v2'),
  devicePlatformId: platformOf(pack),
});

const toFirmwareV1 =
  (participantName: string) =>
  (pack: StoredPackage): Firmware => ({
    firmwareName: pack.name,
    participantName,
    launchDate: toDateTime(pack.createdAt),
    ...forWhom(pack),
    fromVersion: pack.fromVersion,
    toVersion: pack.version,
  });

const toFirmwareV3 = (pack: StoredPackage, distribution: Distribution): FirmwarePackage => ({
  firmwareName: pack.name,
  firmwareFrom: pack.fromVersion,
  firmwareTo: pack.version,
  launchDate: toDateTime(pack.createdAt),
  ...forWhom(pack),
  protocol: wordOf(distribution, 'firmware'),
});

const toReported = (deviceId: string, device: StoredDevice | undefined): DeviceFirmware => {
  const reason = device === undefined ? 'Device Not Found' : 'Success';
  const seen = device === undefined || device.lastSeenAt === 0 ? undefined : toDateTime(device.lastSeenAt);
  return {
    deviceId,
    status: device === undefined ? 'FirmwareVersionUpdateFailed' : 'FirmwareVersionUpdateSuccess',
    ...{ reason, Reason: reason },
    firmwareVersion: device === undefined ? '' : firmwareOf(device),
    ...(seen !== undefined && { firmwareVersionUpdateTime: seen, VersionUpdateTime: seen }),
  };
};

/** What there is to bring to the devices of an account, and which firmware they have. */
export const firmwareHandlers = (deps: ThingSpaceDeps): Handlers<typeof firmwareRoutes> => {
  const offer = async <Shown>(
    caller: Caller,
    distribution: Distribution,
    show: (pack: StoredPackage, distribution: Distribution) => Shown,
  ): Promise<readonly Shown[]> => {
    // The others carry firmware alone.
    const kinds =
      distribution === 'HTTP' ? (['firmware', 'software', 'bundle'] as const) : (['firmware'] as const);
    const packages = await packagesOfKinds(deps, caller, kinds);
    const offered = await packagesOnOffer(deps, caller, packages, reachedBy(distribution));
    return offered.map((pack) => show(pack, distribution));
  };

  return {
    listAvailableSoftwareV2: async ({ caller, query }) => {
      const asked = askedDistribution(query.distributionType, 'distributionType') ?? 'HTTP';
      return ok([...(await offer(caller, asked, toSoftware))]);
    },
    listAvailableFirmwareV1: async ({ caller }) => {
      const packages = await packagesOfKinds(deps, caller, ['firmware']);
      const offered = await packagesOnOffer(deps, caller, packages, { type: 'all' });
      return ok(offered.map(toFirmwareV1(caller.account.id)));
    },
    listAvailableFirmwareV3: async ({ caller, query }) => {
      const asked = askedDistribution(query.protocol, 'protocol');
      // Clients lose the whole list to the word HTTP (reference 7, row 15); software of v2 has what comes over it.
      const shown = (['LWM2M', 'OMA'] as const).filter((one) => asked === undefined || asked === one);
      const lists = await Promise.all(shown.map((one) => offer(caller, one, toFirmwareV3)));
      return ok(lists.flat());
    },
    synchronizeDeviceFirmware: async ({ caller, body }) => {
      const ids = deviceIdsIn(body.deviceList);
      if (ids.length > MOST_SYNCHRONISED) throw new BadRequest('Too many devices');
      const devices = await deps.store.devices.findMany(caller.account.key, ids);
      const known = new Map(devices.map((device) => [device.id, device]));
      const asked = await Promise.all(devices.map(({ id }) => askForReport(deps, caller, id)));
      const failed = asked.find((one) => !one.ok);
      if (failed !== undefined && !failed.ok) return failed;
      return ok({
        accountName: caller.account.id,
        deviceFirmwarVersionList: ids.map((id) => toReported(id, known.get(id))),
      });
    },
    reportDeviceFirmware: async ({ caller, params }) => {
      const id = normaliseDeviceId(params['deviceId'] ?? '');
      return mapped(await askForReport(deps, caller, id), (device) => ({
        accountName: caller.account.id,
        requestId: deps.ids.uuid(),
        deviceId: device.id,
        firmwareVersion: firmwareOf(device),
      }));
    },
  };
};
