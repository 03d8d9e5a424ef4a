import { setImmediate as turn } from 'node:timers/promises';
import type { Caller } from '../../app/caller.ts';
import { getScheduled, type Scheduled } from '../../app/thingspace-campaigns.ts';
import { listAsked } from '../../app/thingspace-reports.ts';
import { ok } from '../../domain/result.ts';
import { maxPageSize } from '../../wire/thingspace/common.ts';
import type { DeviceState, upgradeRoutes } from '../../wire/thingspace/upgrades.ts';
import type { Handlers } from './call.ts';
import { toUpgrade } from './campaign-map.ts';
import { cancel } from './campaigns.ts';
import { datesAhead } from './dates.ts';
import { changeNow, mustBeBeforeStart, wantedIn } from './device-changes.ts';
import { toDeviceWord, unknownDevice } from './device-status.ts';
import { mapped } from './mapped.ts';
import type { ThingSpaceDeps } from './plugin.ts';
import { campaignIdIn, takeOn } from './scheduling.ts';

/** Upgrades: the campaigns of v1. */
export const upgradeHandlers = (deps: ThingSpaceDeps): Handlers<typeof upgradeRoutes> => {
  const idIn = ({ upgradeId }: Readonly<Record<string, string>>): string =>
    campaignIdIn(upgradeId, 'Invalid upgradeId');

  const shown = ({ account }: Caller, scheduled: Scheduled) =>
    toUpgrade({ ...scheduled, account: account.id, now: deps.clock() });

  /** All of them: this version has no pages for them. */
  const devicesOf = async (caller: Caller, { campaign }: Scheduled): Promise<DeviceState[]> => {
    const around = { campaign, version: 'v1', now: deps.clock() } as const;
    const states: DeviceState[] = [];
    let after: string | undefined = '';
    while (after !== undefined) {
      const page: Awaited<ReturnType<typeof listAsked>> = await listAsked(deps, caller, campaign, {
        after,
        limit: maxPageSize,
      });
      states.push(
        ...page.items.map(({ deviceId, update }) => ({
          deviceId,
          ...(update === undefined ? unknownDevice('v1') : toDeviceWord(update, around)),
        })),
      );
      after = page.more ? page.last : undefined;
      await turn();
    }
    return states;
  };

  return {
    scheduleUpgradeV1: async ({ caller, body }) => {
      const { firmwareName: name, firmwareTo: to = '' } = body;
      const asked = { api: 'v1', kind: 'firmware', asked: '', transport: null } as const;
      const dates = datesAhead(body, 'v1', deps.clock());
      const taken = await takeOn(deps, caller, { ...asked, name, from: '', to }, dates, body.deviceList);
      return mapped(taken, (value) => ({
        ...shown(caller, value),
        deviceList: value.deviceIds.map((deviceId) => ({
          ...{ deviceId, status: 'RequestPending', resultReason: '' },
        })),
      }));
    },
    getUpgradeV1: async ({ caller, params }) => {
      const found = await getScheduled(deps, caller, 'v1', idIn(params));
      if (!found.ok) return found;
      return ok({ ...shown(caller, found.value), deviceList: await devicesOf(caller, found.value) });
    },
    changeDevicesV1: async ({ caller, params, body }) => {
      const wanted = wantedIn(body);
      const found = await getScheduled(deps, caller, 'v1', idIn(params));
      if (!found.ok) return found;
      const { campaign } = found.value;
      mustBeBeforeStart(campaign);
      return mapped(await changeNow(deps, caller, campaign, wanted), (deviceList) => ({
        ...{ accountName: caller.account.id, id: campaign.id, deviceList: [...deviceList] },
      }));
    },
    cancelUpgradeV1: ({ caller, params }) => cancel(deps, caller, 'v1', idIn(params)),
  };
};
