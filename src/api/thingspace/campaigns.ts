import type { Caller } from '../../app/caller.ts';
import {
  cancelScheduled,
  changeDates,
  getScheduled,
  requestDevices,
  type Scheduled,
  wasStarted,
} from '../../app/thingspace-campaigns.ts';
import { isFinal } from '../../domain/campaign.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { Instant } from '../../domain/time.ts';
import type { campaignRoutes, SoftwareAsked } from '../../wire/thingspace/campaigns.ts';
import type { ApiVersion, Success } from '../../wire/thingspace/common.ts';
import type { Handlers } from './call.ts';
import { toFirmwareCampaign, toSoftwareCampaign } from './campaign-map.ts';
import { type DatesGiven, datesAhead, datesUnderWay } from './dates.ts';
import { changeNow, mustBeBeforeStart, wantedIn } from './device-changes.ts';
import { BadRequest } from './errors.ts';
import { mapped, succeeded } from './mapped.ts';
import type { ThingSpaceDeps } from './plugin.ts';
import { campaignIdIn, takeOn, transportIn } from './scheduling.ts';
import { areText } from './windows.ts';

type Params = Readonly<Record<string, string>>;

/** The account's setting by which campaigns of v3 can be aborted once they were started. */
const ABORT_V3 = 'thingspace.v3AbortAfterStart';

const mayAbort = ({ account }: Caller, version: ApiVersion): boolean =>
  version === 'v2' || (version === 'v3' && account.settings[ABORT_V3] === 'true');

/** What a campaign's dates become, by how far it is. Throws `BadRequest`. */
const newDates = (given: DatesGiven, version: ApiVersion) => (was: Scheduled, now: Instant) => {
  if (isFinal(was.campaign.status) || was.campaign.status === 'stopped')
    throw new BadRequest('Campaign already ended');
  return wasStarted(was.campaign)
    ? datesUnderWay(given, version, was.facts, now)
    : datesAhead(given, version, now);
};

/** Cancels a campaign or an upgrade, or aborts it where its version allows that. */
export const cancel = async (
  deps: ThingSpaceDeps,
  caller: Caller,
  version: ApiVersion,
  id: string,
): Promise<Result<Success, Refusal>> => {
  const result = await cancelScheduled(deps, caller, version, id, { mayAbort: mayAbort(caller, version) });
  deps.wake();
  if (result.ok || result.refusal.code !== 'campaign/wrong-state') return succeeded(result);
  const isOver = ['ended', 'failed', 'rejected'].includes(result.refusal.status);
  throw new BadRequest(isOver ? 'Campaign already ended' : 'Campaign already started');
};

/** Campaigns of v2 and v3. */
export const campaignHandlers = (deps: ThingSpaceDeps): Handlers<typeof campaignRoutes> => {
  const shown = ({ account }: Caller, scheduled: Scheduled) => ({
    ...scheduled,
    account: account.id,
    now: deps.clock(),
  });
  const idIn = ({ campaignId }: Params): string => campaignIdIn(campaignId);

  const scheduleSoftware = async (caller: Caller, body: SoftwareAsked) => {
    const { campaignName = '', softwareName: name, softwareFrom: from = '', softwareTo: to = '' } = body;
    const transport = transportIn(body.distributionType, 'distributionType');
    const asked = { api: 'v2', kind: 'software', asked: body.distributionType, transport } as const;
    const what = { ...asked, campaignName, name, from, to };
    const taken = await takeOn(deps, caller, what, datesAhead(body, 'v2', deps.clock()), body.deviceList);
    return { taken, isText: areText(body.downloadTimeWindowList, body.installTimeWindowList) };
  };

  const accepted = (result: Awaited<ReturnType<typeof takeOn>>, caller: Caller, isText: boolean) =>
    mapped(result, (value) => ({
      ...toSoftwareCampaign(shown(caller, value), isText),
      deviceList: [...value.deviceIds],
    }));

  return {
    scheduleSoftwareV2: async ({ caller, body }) => {
      const { softwareFrom, softwareTo } = body;
      if (softwareFrom === undefined)
        throw new BadRequest("softwareFrom: must have required property 'softwareFrom'");
      if (softwareTo === undefined)
        throw new BadRequest("softwareTo: must have required property 'softwareTo'");
      const { taken } = await scheduleSoftware(caller, body);
      return accepted(taken, caller, false);
    },
    scheduleHttpSoftwareV2: async ({ caller, body }) => {
      const { taken, isText } = await scheduleSoftware(caller, body);
      return accepted(taken, caller, isText);
    },
    scheduleFileV2: async ({ caller, body }) => {
      const { campaignName = '', fileName: name, fileVersion: to, distributionType: asked } = body;
      const transport = transportIn(asked, 'distributionType');
      const what = { api: 'v2', kind: 'file', asked, transport, campaignName, name, from: '', to } as const;
      const dates = datesAhead(body, 'v2', deps.clock());
      const isText = areText(body.downloadTimeWindowList, body.installTimeWindowList);
      return accepted(await takeOn(deps, caller, what, dates, body.deviceList), caller, isText);
    },
    scheduleFirmwareV3: async ({ caller, body }) => {
      const { campaignName = '', firmwareName: name, firmwareFrom: from, firmwareTo: to, protocol } = body;
      const asked = { asked: protocol, transport: transportIn(protocol, 'protocol') };
      const flags = {
        autoAssignLicense: body.autoAssignLicenseFlag ?? false,
        autoAddDevices: body.autoAddDevicesFlag ?? false,
      };
      const what = { api: 'v3', kind: 'firmware', ...asked, ...flags, campaignName, name, from, to } as const;
      const dates = datesAhead(body, 'v3', deps.clock());
      const taken = await takeOn(deps, caller, what, dates, body.deviceList);
      return mapped(taken, (value) => toFirmwareCampaign(shown(caller, value)));
    },
    getCampaignV2: async ({ caller, params }) =>
      mapped(await getScheduled(deps, caller, 'v2', idIn(params)), (found) =>
        toSoftwareCampaign(shown(caller, found)),
      ),
    getCampaignV3: async ({ caller, params }) =>
      mapped(await getScheduled(deps, caller, 'v3', idIn(params)), (found) =>
        toFirmwareCampaign(shown(caller, found)),
      ),
    changeDatesV2: async ({ caller, params, body }) => {
      const changed = await changeDates(deps, caller, 'v2', idIn(params), newDates(body, 'v2'));
      deps.wake();
      return mapped(changed, (found) => toSoftwareCampaign(shown(caller, found)));
    },
    changeDatesV3: async ({ caller, params, body }) => {
      const changed = await changeDates(deps, caller, 'v3', idIn(params), newDates(body, 'v3'));
      deps.wake();
      return mapped(changed, (found) => toFirmwareCampaign(shown(caller, found)));
    },
    changeDevicesV2: async ({ caller, params, body }) => {
      const wanted = wantedIn(body);
      const found = await getScheduled(deps, caller, 'v2', idIn(params));
      if (!found.ok) return found;
      const { campaign } = found.value;
      mustBeBeforeStart(campaign);
      const requestId = await requestDevices(deps, caller, campaign, wanted);
      deps.wake();
      return ok({ accountName: caller.account.id, id: campaign.id, campaignId: campaign.id, requestId });
    },
    changeDevicesV3: async ({ caller, params, body }) => {
      const wanted = wantedIn(body);
      const found = await getScheduled(deps, caller, 'v3', idIn(params));
      if (!found.ok) return found;
      const { campaign } = found.value;
      mustBeBeforeStart(campaign);
      return mapped(await changeNow(deps, caller, campaign, wanted), (deviceList) => ({
        ...{ accountName: caller.account.id, id: campaign.id, campaignId: campaign.id },
        deviceList: [...deviceList],
      }));
    },
    cancelCampaignV2: ({ caller, params }) => cancel(deps, caller, 'v2', idIn(params)),
    cancelCampaignV3: ({ caller, params }) => cancel(deps, caller, 'v3', idIn(params)),
  };
};
