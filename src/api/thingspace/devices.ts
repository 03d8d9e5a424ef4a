import type { Caller } from '../../app/caller.ts';
import type { IdPage } from '../../app/lists.ts';
import type { StoredDevice } from '../../app/records.ts';
import { ok } from '../../domain/result.ts';
import type { Expression } from '../../domain/targeting.ts';
import { maxPageSize } from '../../wire/thingspace/common.ts';
import { type deviceRoutes, MOST_LOOKED_UP } from '../../wire/thingspace/devices.ts';
import type { Handlers } from './call.ts';
import { devicesAfter } from './device-cursor.ts';
import { toDeviceV1, toDeviceV2, toDeviceV3, toLookedUp } from './device-map.ts';
import { BadRequest } from './errors.ts';
import { afterNumeric, numericCursor } from './numeric-cursor.ts';
import type { ThingSpaceDeps } from './plugin.ts';
import { askedDistribution, reachedBy } from './protocols.ts';
import { deviceIdsIn } from './reading.ts';

const ALL: Expression = { type: 'all' };

const those = (...asked: Parameters<typeof askedDistribution>): Expression => {
  const distribution = askedDistribution(...asked);
  return distribution === undefined ? ALL : reachedBy(distribution);
};

/** A page with the cursor of the next; the last item where there is one. */
const paged = <Shown>(
  { account }: Caller,
  { items, more }: IdPage<StoredDevice>,
  show: (account: Caller['account'], device: StoredDevice) => Shown,
) => {
  const last = items.at(-1);
  return {
    accountName: account.id,
    hasMoreData: more,
    ...(last !== undefined && { lastSeenDeviceId: last.id }),
    maxPageSize,
    deviceList: items.map((device) => show(account, device)),
  };
};

/** What devices there are. */
export const deviceHandlers = (deps: ThingSpaceDeps): Handlers<typeof deviceRoutes> => ({
  listAccountDevicesV1: async ({ caller, params, query }) => {
    const where = those(query.clientType, 'clientType');
    const after = await afterNumeric(deps, caller, params['startIndex']);
    const page = await deps.store.devices.byId(caller.account.key, where, { after, limit: maxPageSize });
    const last = page.items.at(-1);
    return ok({
      accountName: caller.account.id,
      hasMoreData: page.more,
      ...(last !== undefined && { lastSeenDeviceId: numericCursor(last) }),
      maxPageSize,
      deviceList: page.items.map((device) => toDeviceV1(caller.account, device)),
    });
  },
  listAccountDevicesV2: async ({ caller, query }) => {
    const where = those(query.distributionType, 'distributionType');
    return ok(paged(caller, await devicesAfter(deps, caller, where, query.lastSeenDeviceId), toDeviceV2));
  },
  getAccountDeviceInformationV3: async ({ caller, query }) => {
    const where = those(query.protocol, 'protocol');
    return ok(paged(caller, await devicesAfter(deps, caller, where, query.lastSeenDeviceId), toDeviceV3));
  },
  listAccountDevicesInformationV3: async ({ caller, body }) => {
    const ids = deviceIdsIn(body.deviceList);
    if (ids.length > MOST_LOOKED_UP) throw new BadRequest('Too many devices');
    const found = await deps.store.devices.findMany(caller.account.key, ids);
    const known = new Map(found.map((device) => [device.id, device]));
    return ok({
      accountName: caller.account.id,
      deviceCount: ids.length,
      deviceList: ids.map((id) => toLookedUp(caller.account, id, known.get(id))),
    });
  },
});
