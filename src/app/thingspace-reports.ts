import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { DAY, type Instant } from '../domain/time.ts';
import type { Caller } from './caller.ts';
import type { CampaignFilter } from './lists.ts';
import type { Clock, Store } from './ports.ts';
import type { ListedUpdate, StoredCampaign, StoredDevice } from './records.ts';
import {
  byCodePoint,
  factsOf,
  THINGSPACE_VERSION,
  type ThingSpaceCampaign,
  unknownIds,
} from './thingspace-campaign.ts';
import type { Scheduled } from './thingspace-campaigns.ts';

type Deps = { readonly store: Store; readonly clock: Clock };

const any: CampaignFilter = {
  ...{ text: '', description: '', ids: [], statuses: [], packageIds: [], createdFrom: 0 },
};

/** Campaigns read at once while a list is searched. */
const SOME = 500;

/** Campaigns of a version in the order of their creation; `after` is the key of the last one seen, `more` if there are others. */
export const listScheduled = async (
  { store }: Deps,
  { account }: Caller,
  api: ThingSpaceCampaign['api'],
  isWanted: (campaign: StoredCampaign) => boolean,
  page: { readonly after: number; readonly skip: number; readonly limit: number },
): Promise<{ readonly items: readonly Scheduled[]; readonly more: boolean }> => {
  const found: StoredCampaign[] = [];
  let after: number | null = page.after;
  const enough = page.skip + page.limit + 1;
  while (after !== null && found.length < enough) {
    const some: Awaited<ReturnType<Store['campaigns']['list']>> = await store.campaigns.list(
      account.key,
      any,
      { after, limit: SOME },
    );
    found.push(
      ...some.items.filter(
        (campaign) => campaign.plan.settings[THINGSPACE_VERSION] === api && isWanted(campaign),
      ),
    );
    after = some.next;
  }
  const chosen = found.slice(page.skip, page.skip + page.limit);
  const items: Scheduled[] = [];
  for (const campaign of chosen) {
    const known = await factsOf(store, account.key, campaign.id);
    if (known !== undefined) items.push({ campaign, facts: known.facts });
  }
  return { items, more: found.length > page.skip + page.limit };
};

/** A device of a campaign: a member, or an id that was asked for and that nobody has. */
export type Asked = { readonly deviceId: string; readonly update: ListedUpdate | undefined };

const isPresent = (update: ListedUpdate): boolean => update.status === 'open' || update.outcome !== 'removed';

/** `last` is what the next page comes after, and `total` counts all that are in the campaign. */
export type AskedPage = {
  readonly items: readonly Asked[];
  readonly more: boolean;
  readonly last: string | undefined;
  readonly total: number;
};

/** A page of a campaign's devices in the order of their ids, with the ids that nobody has; without those taken out. */
export const listAsked = async (
  { store }: Deps,
  { account }: Caller,
  campaign: StoredCampaign,
  page: { readonly after: string; readonly limit: number },
): Promise<AskedPage> => {
  const [members, unknown, counts] = await Promise.all([
    store.updates.byDevice(account.key, campaign.key, page),
    unknownIds(store, account.key, campaign.id),
    store.campaigns.counts(account.key, campaign.key),
  ]);
  const last = members.items.at(-1)?.deviceId;
  // What lies beyond the last of these members belongs to a later page, where there are more of them.
  const isHere = (id: string): boolean =>
    byCodePoint(id, page.after) > 0 && (!members.more || last === undefined || byCodePoint(id, last) <= 0);
  const joined: readonly Asked[] = [
    ...members.items.map((update) => ({ deviceId: update.deviceId, update })),
    ...unknown.filter(isHere).map((deviceId) => ({ deviceId, update: undefined })),
  ].sort((a, b) => byCodePoint(a.deviceId, b.deviceId));
  const { removed: _, ...closed } = counts.closed;
  const all = [...Object.values(counts.open), ...Object.values(closed)];
  const shown = joined.slice(0, page.limit);
  return {
    items: shown.filter(({ update }) => update === undefined || isPresent(update)),
    more: members.more || joined.length > page.limit,
    last: shown.at(-1)?.deviceId,
    total: all.reduce((sum, count) => sum + count, unknown.length),
  };
};

/** Whether a campaign was asked to take a device that nobody knows. */
export const wasAskedFor = async (
  { store }: Pick<Deps, 'store'>,
  { account }: Caller,
  campaign: StoredCampaign,
  deviceId: string,
): Promise<boolean> => (await unknownIds(store, account.key, campaign.id)).includes(deviceId);

/** Upgrades are told of for six months (reference 3.7). */
const KEPT = 184 * DAY;
const MOST = 1_000;

/** An update of a device with the campaign that brings it; without facts where another API made it. */
export type DeviceUpgrade = {
  readonly update: ListedUpdate;
  readonly campaign: StoredCampaign;
  readonly facts: ThingSpaceCampaign;
};

/** The upgrades of a device of the last six months that were made over this wire, the newest first. */
export const listDeviceUpgrades = async (
  { store, clock }: Deps,
  { account }: Caller,
  deviceId: string,
): Promise<Result<{ readonly device: StoredDevice; readonly items: readonly DeviceUpgrade[] }, Refusal>> => {
  const device = await store.devices.find(account.key, deviceId);
  if (device === undefined) return refused({ code: 'not-found', entity: 'device', id: deviceId });
  const since: Instant = clock() - KEPT;
  const updates = await store.updates.ofDevice(account.key, device.key, MOST);
  const items: DeviceUpgrade[] = [];
  for (const update of updates) {
    if (update.since < since || !isPresent(update)) continue;
    const campaign = await store.campaigns.get(account.key, update.campaign);
    if (campaign === undefined) continue;
    const known = await factsOf(store, account.key, campaign.id);
    if (known !== undefined) items.push({ update, campaign, facts: known.facts });
  }
  items.sort((a, b) => b.campaign.key - a.campaign.key);
  return ok({ device, items });
};
