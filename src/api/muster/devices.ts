import type { FleetPoint as Point } from '../../app/census-ports.ts';
import { acceptDevice, askAttributes, setAutoConfirm } from '../../app/device-state.ts';
import {
  countDevices,
  createDevice,
  deleteDevice,
  editDevice,
  getDevice,
  listDevices,
  type SavedDevice,
} from '../../app/devices.ts';
import { type FleetCensus, newFleetCensus } from '../../app/fleet-census.ts';
import { fleetHistory } from '../../app/fleet-history.ts';
import { newMarks } from '../../app/marks.ts';
import type { Clock, Ids, Store } from '../../app/ports.ts';
import { ok } from '../../domain/result.ts';
import type { Device, deviceRoutes, Fleet, FleetPoint } from '../../wire/muster/devices.ts';
import type { Handlers } from './call.ts';
import { toDevicePatch } from './device-patch.ts';
import { type ImportSettings, importHandler } from './import.ts';
import {
  fromInstant,
  fromPaging,
  pageOfSlice,
  sliceFrom,
  toInstant,
  toMarks,
  toMaybeInstant,
  toPage,
  toSeen,
} from './map.ts';
import { mapped } from './mapped.ts';

const toDevice = (device: SavedDevice): Device => ({
  id: device.id,
  name: device.name,
  make: device.make,
  model: device.model,
  protocol: device.protocol,
  timeZone: device.timeZone,
  tags: [...device.tags],
  versions: device.versions,
  attributes: device.attributes,
  standing: device.standing,
  autoConfirm: device.autoConfirm && { ...device.autoConfirm, at: toInstant(device.autoConfirm.at) },
  attributesDue: device.attributesDue,
  lastSeenAt: toSeen(device.lastSeenAt),
  createdAt: toInstant(device.createdAt),
  revision: device.version,
});

const toFleet = ({ at, devices, protocols, versions, seen }: FleetCensus): Fleet => ({
  at: toInstant(at),
  devices,
  protocols: protocols.map((one) => ({ ...one })),
  versions: versions.map((one) => ({ ...one })),
  seen: seen.map(({ from, to, count }) => ({ from: toMaybeInstant(from), to: toMaybeInstant(to), count })),
});

const toFleetPoint = ({ at, versions, protocols, seen, ...counts }: Point): FleetPoint => ({
  at: toInstant(at),
  ...counts,
  versions: versions.map((one) => ({ ...one })),
  protocols: protocols.map((one) => ({ ...one })),
  seen: { ...seen },
});

type StretchQuery = { readonly since?: string | undefined; readonly until?: string | undefined };

const fromStretch = ({ since, until }: StretchQuery) => ({
  since: since === undefined ? undefined : fromInstant(since),
  until: until === undefined ? undefined : fromInstant(until),
});

export const deviceHandlers = (deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly settings: ImportSettings;
}): Handlers<typeof deviceRoutes> => {
  const census = newFleetCensus(deps);
  const marks = newMarks(deps);
  return {
    getFleet: async ({ caller }) => ok(toFleet(await census(caller))),
    getFleetHistory: async ({ caller, query }) =>
      mapped(await fleetHistory(deps, caller, fromStretch(query)), (points) => ({
        points: points.map(toFleetPoint),
      })),
    listDevices: async ({ caller, query }) => {
      const page = fromPaging(query);
      if (!page.ok) return page;
      const { offset } = query;
      const found =
        offset === undefined
          ? await listDevices(deps, caller, query, page.value)
          : mapped(await marks.sliceDevices(caller, query, sliceFrom(offset, page.value)), (slice) =>
              pageOfSlice(slice, page.value, ({ key }) => key),
            );
      return mapped(found, (devices) => toPage(devices, toDevice));
    },
    getDeviceMarks: async ({ caller, query }) => mapped(await marks.ofDevices(caller, query), toMarks),
    countDevices: async ({ caller, query }) =>
      mapped(await countDevices(deps, caller, query), (count) => ({ count })),
    createDevice: async ({ caller, body, repeatable }) =>
      mapped(await createDevice(deps, caller, body, repeatable), toDevice),
    getDevice: async ({ caller, params }) => mapped(await getDevice(deps, caller, params.device), toDevice),
    editDevice: async ({ caller, params, body, expected }) =>
      mapped(await editDevice(deps, caller, params.device, toDevicePatch(body), expected), toDevice),
    deleteDevice: ({ caller, params, expected }) => deleteDevice(deps, caller, params.device, expected),
    acceptDevice: async ({ caller, params }) =>
      mapped(await acceptDevice(deps, caller, params.device), toDevice),
    setDeviceAutoConfirm: async ({ caller, params, body }) =>
      mapped(
        await setAutoConfirm(deps, caller, params.device, body.active ? { remark: body.remark ?? '' } : null),
        toDevice,
      ),
    askDeviceAttributes: async ({ caller, params }) =>
      mapped(await askAttributes(deps, caller, params.device), toDevice),
    importDevices: importHandler(deps),
  };
};
