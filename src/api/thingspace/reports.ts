import type { Caller } from '../../app/caller.ts';
import type { StoredCampaign } from '../../app/records.ts';
import { getScheduled, type Scheduled } from '../../app/thingspace-campaigns.ts';
import {
  type DeviceUpgrade,
  listAsked,
  listDeviceUpgrades,
  listScheduled,
  wasAskedFor,
} from '../../app/thingspace-reports.ts';
import { checkDeviceId, normaliseDeviceId } from '../../domain/device.ts';
import { wasDelivered } from '../../domain/position.ts';
import { ok } from '../../domain/result.ts';
import { type ApiVersion, maxPageSize } from '../../wire/thingspace/common.ts';
import type { HistoryQuery, Member, Members, reportRoutes } from '../../wire/thingspace/reports.ts';
import type { Handlers } from './call.ts';
import { toListedFirmwareCampaign, toSoftwareCampaign, toUpgrade } from './campaign-map.ts';
import { timesOf, toDeviceWord, unknownDevice } from './device-status.ts';
import { BadRequest } from './errors.ts';
import { mapped } from './mapped.ts';
import type { ThingSpaceDeps } from './plugin.ts';
import { indexIn } from './reading.ts';
import { campaignIdIn } from './scheduling.ts';
import { statusFilter, toCampaignWord, toUpgradeWord, upgradeWords } from './status.ts';
import { toDateTime } from './times.ts';

type Params = Readonly<Record<string, string>>;

const deviceIdIn = (text = ''): string => {
  const id = checkDeviceId(normaliseDeviceId(text));
  if (!id.ok) throw new BadRequest('Invalid device id format');
  return id.value;
};

const member = (deps: ThingSpaceDeps, campaign: StoredCampaign, version: 'v2' | 'v3') => {
  const around = { campaign, version, now: deps.clock() };
  return ({ deviceId, update }: Awaited<ReturnType<typeof listAsked>>['items'][number]): Member => {
    if (update === undefined) return { deviceId, ...unknownDevice(version) };
    const word = { deviceId, ...toDeviceWord(update, around) };
    if (version === 'v2') return word;
    const { updatedTime, recentAttemptTime, nextAttemptTime } = timesOf(update, around.now);
    return {
      ...word,
      updatedTime: toDateTime(updatedTime),
      ...(recentAttemptTime !== undefined && { recentAttemptTime: toDateTime(recentAttemptTime) }),
      ...(nextAttemptTime !== undefined && { nextAttemptTime: toDateTime(nextAttemptTime) }),
    };
  };
};

/** Lists of campaigns, of their devices, and of a device's upgrades. */
export const reportHandlers = (deps: ThingSpaceDeps): Handlers<typeof reportRoutes> => {
  const { store } = deps;

  const keyAfter = async (caller: Caller, version: ApiVersion, cursor = '0'): Promise<number> => {
    if (cursor === '' || cursor === '0') return 0;
    const found = await getScheduled(deps, caller, version, cursor.toLowerCase());
    if (!found.ok) throw new BadRequest('LastSeenCampaignId Not Valid');
    return found.value.campaign.key;
  };

  const history = async <Shown>(
    caller: Caller,
    version: 'v2' | 'v3',
    query: HistoryQuery,
    show: (shown: Scheduled & { readonly account: string; readonly now: number }) => Shown,
  ) => {
    const fits = statusFilter(query.campaignStatus);
    const now = deps.clock();
    const after = await keyAfter(caller, version, query.lastSeenCampaignId);
    const isWanted = (campaign: StoredCampaign) => fits(toCampaignWord(campaign, version, now));
    const page = { after, skip: 0, limit: maxPageSize };
    const { items, more } = await listScheduled(deps, caller, version, isWanted, page);
    const last = items.at(-1)?.campaign.id;
    return ok({
      hasMoreData: more,
      ...(last !== undefined && { lastSeenCampaignId: last }),
      campaignList: items.map((one) => show({ ...one, account: caller.account.id, now })),
    });
  };

  const membersAfter = async (caller: Caller, campaign: StoredCampaign, cursor = '0'): Promise<string> => {
    const id = normaliseDeviceId(cursor);
    if (id === '' || id === '0') return '';
    const isKnown =
      (await store.devices.find(caller.account.key, id)) !== undefined ||
      (await wasAskedFor(deps, caller, campaign, id));
    if (!isKnown) throw new BadRequest('LastSeenDeviceId Not Valid');
    return id;
  };

  const members = async (
    caller: Caller,
    version: 'v2' | 'v3',
    params: Params,
    cursor: string | undefined,
  ) => {
    const found = await getScheduled(deps, caller, version, campaignIdIn(params['campaignId']));
    if (!found.ok) return found;
    const { campaign } = found.value;
    const after = await membersAfter(caller, campaign, cursor);
    const page = await listAsked(deps, caller, campaign, { after, limit: maxPageSize });
    const reply: Members = {
      totalDevice: page.total,
      hasMoreData: page.more,
      ...(page.last !== undefined && { lastSeenDeviceId: page.last }),
      maxPageSize,
      deviceList: page.items.map(member(deps, campaign, version)),
    };
    return ok(reply);
  };

  const upgradesOf = async <Shown>(
    caller: Caller,
    version: ApiVersion,
    params: Params,
    show: (upgrade: DeviceUpgrade) => Shown,
  ) => {
    const deviceId = deviceIdIn(params['deviceId']);
    const found = await listDeviceUpgrades(deps, caller, deviceId);
    return mapped(found, ({ items }) =>
      items.map((upgrade) => {
        const { campaign, facts, update } = upgrade;
        const { status, resultReason } = toDeviceWord(update, { campaign, version, now: deps.clock() });
        return {
          ...{ deviceId, id: campaign.id, accountName: caller.account.id, startDate: facts.startDate },
          ...{ status, reason: resultReason },
          ...show(upgrade),
        };
      }),
    );
  };

  return {
    listUpgradesV1: async ({ caller, params }) => {
      const word = params['upgradeStatus'];
      if (!upgradeWords.some((known) => known === word)) throw new BadRequest('Invalid upgrade status');
      const skip = indexIn(params['startIndex']);
      const now = deps.clock();
      const isWanted = (campaign: StoredCampaign) => toUpgradeWord(campaign, now) === word;
      const page = { after: 0, skip, limit: maxPageSize };
      const { items, more } = await listScheduled(deps, caller, 'v1', isWanted, page);
      return ok({
        hasMoreFlag: more,
        lastSeenUpgradeId: skip + items.length,
        reportList: items.map((one) => toUpgrade({ ...one, account: caller.account.id, now })),
      });
    },
    listCampaignsV2: ({ caller, query }) =>
      history(caller, 'v2', query, (shown) => toSoftwareCampaign(shown)),
    listCampaignsV3: ({ caller, query }) => history(caller, 'v3', query, toListedFirmwareCampaign),
    listMembersV2: ({ caller, params, query }) => members(caller, 'v2', params, query.lastSeenDeviceId),
    listMembersV3: ({ caller, params, query }) => members(caller, 'v3', params, query.lastSeenDeviceId),
    getDeviceHistoryV1: ({ caller, params }) =>
      upgradesOf(caller, 'v1', params, ({ facts, update }) => ({
        ...{ firmwareFrom: facts.from, firmwareTo: facts.to },
        ...(wasDelivered(update.position) && { upgradeStartTime: toDateTime(update.since) }),
      })),
    getDeviceHistoryV2: ({ caller, params }) =>
      upgradesOf(caller, 'v2', params, ({ facts }) => ({ softwareName: facts.name })),
    getDeviceHistoryV3: ({ caller, params }) =>
      upgradesOf(caller, 'v3', params, ({ facts, campaign, update }) => ({
        ...{ firmwareName: facts.name, firmwareFrom: facts.from, firmwareTo: facts.to },
        ...{ campaignId: campaign.id, reportUpdatedTime: toDateTime(update.since) },
      })),
  };
};
