import type { StoredEvent } from '../app/event-records.ts';
import type { StoredJob } from '../app/job-records.ts';
import type { CampaignFilter, PackageFilter, Page, PageRequest, UpdateFilter } from '../app/lists.ts';
import type { Store } from '../app/ports.ts';
import type {
  Candidate,
  ListedUpdate,
  StoredCampaign,
  StoredDevice,
  StoredOpenUpdate,
  StoredUpdate,
} from '../app/records.ts';
import { dueAt, isFinal } from '../domain/campaign.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../domain/ids.ts';
import type { Package } from '../domain/package.ts';
import { type Position, wasDelivered } from '../domain/position.ts';
import { matches } from '../domain/targeting.ts';
import type { Instant } from '../domain/time.ts';
import { type Home, pageOf, type State, updatesOf } from './memory-state.ts';
import { type Entry, put, take } from './memory-table.ts';
import { forgetMinutes } from './memory-tallies.ts';
import { transact } from './memory-writes.ts';
import { isTargeting } from './rows/campaign.ts';

const isWithin = (text: string, name: string): boolean => name.toLowerCase().includes(text.toLowerCase());

/** Whether one of those is wanted; nothing wanted is no filter. */
const isAmong = <Value>(wanted: readonly Value[], values: readonly Value[]): boolean =>
  wanted.length === 0 || values.some((value) => wanted.includes(value));

export const showsPackage =
  ({ text, kind, make, model }: PackageFilter) =>
  ({ record }: Entry<Package>): boolean =>
    isWithin(text, record.name) &&
    (kind === null || kind === record.kind) &&
    (make === '' || make === record.make) &&
    (model === '' || model === record.model);

export const showsCampaign =
  ({ text, description, ids, statuses, scheduledUnder, packageIds, createdFrom }: CampaignFilter) =>
  ({ record: { id, plan, status, policy, createdAt } }: Entry<StoredCampaign>): boolean =>
    isWithin(text, plan.name) &&
    isWithin(description, plan.description) &&
    isAmong(ids, [id]) &&
    isAmong(statuses, [status]) &&
    (status !== 'scheduled' ||
      scheduledUnder === undefined ||
      (scheduledUnder === 'no-approval') === (policy === 'none')) &&
    isAmong(packageIds, plan.packages) &&
    createdAt >= createdFrom;

export const showsUpdate =
  ({ positions, outcomes, open, reasons = [], present = false, wave }: UpdateFilter) =>
  (update: StoredUpdate): boolean =>
    !(present && update.status === 'closed' && update.outcome === 'removed') &&
    (positions.length === 0 || positions.includes(update.position)) &&
    (outcomes.length === 0 || (update.status === 'closed' && outcomes.includes(update.outcome))) &&
    (reasons.length === 0 || (update.status === 'closed' && reasons.includes(update.reason))) &&
    (wave === undefined || update.admission?.wave === wave) &&
    (open === null || open === (update.status === 'open'));

/** With the ids of its device and campaign. */
export const listed = (home: Home, update: StoredUpdate): ListedUpdate => {
  const device = home.devices.get(update.device);
  const campaign = home.campaigns.get(update.campaign);
  if (device === undefined || campaign === undefined) throw new Error('an update outlived its owner');
  return { ...update, deviceId: device.id, campaignId: campaign.id };
};

export const listUpdates = (
  home: Home,
  campaign: CampaignKey,
  filter: UpdateFilter,
  page: PageRequest,
): Page<ListedUpdate> => {
  const shown = updatesOf(home, campaign).filter(showsUpdate(filter));
  return pageOf(
    shown.map((update) => ({ key: update.device, record: listed(home, update) })),
    page,
  );
};

const presentMembers = { positions: [], outcomes: [], open: null, present: true } as const;

export const candidatesOf = (home: Home, campaign: CampaignKey, page: PageRequest): Page<Candidate> => {
  const present = updatesOf(home, campaign).filter(showsUpdate(presentMembers));
  const entries = present.flatMap(({ device: key, status, packages, admission }) => {
    const device = home.devices.get(key);
    return device === undefined
      ? []
      : [{ key, record: { device, packages, admission, isOpen: status === 'open' } }];
  });
  return pageOf(entries, page);
};

export const silentUpdates = (
  home: Home,
  campaign: CampaignKey,
  positions: readonly Position[],
  before: Instant,
  limit: number,
): readonly StoredUpdate[] =>
  updatesOf(home, campaign)
    .filter(({ status, position }) => status === 'open' && positions.includes(position))
    .filter(({ heardAt }) => heardAt < before)
    .sort((a, b) => a.heardAt - b.heardAt)
    .slice(0, limit);

export const updatesAhead = (
  home: Home,
  ...[campaign, of, { waitsFor, where, seenAfter }, limit]: Tail<Parameters<Store['updates']['ahead']>>
): number =>
  updatesOf(home, campaign)
    .filter((update) => update.status === 'open' && waitsFor.includes(update.queue))
    .filter(({ since, device }) => since < of.since || (since === of.since && device < of.device))
    .map(({ device }) => home.devices.get(device))
    .filter((device) => device !== undefined && device.lastSeenAt >= seenAfter && matches(where, device))
    .slice(0, limit).length;

type Tail<List extends readonly unknown[]> = List extends readonly [unknown, ...infer Rest] ? Rest : never;

export const updatesOfDevice = (home: Home, device: DeviceKey, limit: number): readonly ListedUpdate[] =>
  home.campaigns
    .entries()
    .map(({ record }) => home.updates.get(record.key)?.get(device))
    .filter((update) => update !== undefined)
    .sort((a, b) => Number(a.status === 'closed') - Number(b.status === 'closed'))
    .slice(0, limit)
    .map((update) => listed(home, update));

export const openUpdatesOfDevice = (home: Home, device: DeviceKey): readonly StoredOpenUpdate[] => {
  const priorityOf = ({ campaign }: StoredUpdate): number => home.campaigns.get(campaign)?.plan.priority ?? 0;
  const higher = (a: StoredUpdate, b: StoredUpdate): number => priorityOf(b) - priorityOf(a);
  return home.campaigns
    .entries()
    .map(({ record }) => home.updates.get(record.key)?.get(device))
    .filter((update) => update !== undefined)
    .filter((update) => update.status === 'open')
    .toSorted((a, b) => Number(wasDelivered(b.position)) - Number(wasDelivered(a.position)) || higher(a, b))
    .slice(0, 100);
};

/** Of several at the same instant that of the newest campaign. */
export const newestSuccess = (home: Home, device: DeviceKey): StoredUpdate | undefined =>
  home.campaigns
    .entries()
    .map(({ record }) => home.updates.get(record.key)?.get(device))
    .filter((update) => update?.status === 'closed' && update.outcome === 'succeeded')
    .reduce((newest, update) => ((update?.since ?? 0) >= (newest?.since ?? 0) ? update : newest), undefined);

export const targetingCampaigns = (home: Home): readonly StoredCampaign[] =>
  home.campaigns
    .entries()
    .map(({ record }) => record)
    .filter(isTargeting);

export const usersOf = (home: Home, id: string): readonly string[] =>
  home.campaigns
    .entries()
    .map(({ record }) => record)
    .filter(({ status }) => status !== 'stopped' && !isFinal(status))
    .filter((campaign) => mentions(home, campaign, id))
    .slice(0, 10)
    .map((campaign) => campaign.id);

const mentions = (home: Home, { key, plan }: StoredCampaign, packageId: string): boolean =>
  plan.packages.includes(packageId) ||
  updatesOf(home, key).some(
    ({ status, packages }) => status === 'open' && packages?.includes(packageId) === true,
  );

type Due = { readonly account: AccountKey; readonly campaign: StoredCampaign; readonly at: Instant };

export const dueCampaigns = (state: State, now: Instant, limit: number): readonly Omit<Due, 'at'>[] => {
  const due: Due[] = [];
  for (const { account, campaigns } of state.homes.values()) {
    for (const { record: campaign } of campaigns.entries()) {
      const at = dueAt(campaign);
      if (at !== null && at <= now) due.push({ account, campaign, at });
    }
  }
  const first = due.sort((a, b) => a.at - b.at).slice(0, limit);
  return first.map(({ account, campaign }) => ({ account, campaign }));
};

const isUnderWay = (home: Home, { key, status }: StoredCampaign): boolean => {
  if (status === 'running' || status === 'paused' || status === 'stopped') return true;
  const isOver = status === 'ended' || status === 'cancelled' || status === 'failed';
  return (
    isOver && updatesOf(home, key).some((update) => update.status === 'open' && wasDelivered(update.position))
  );
};

export const campaignsWithOpenUpdates = (state: State): readonly Omit<Due, 'at'>[] =>
  [...state.homes.values()].flatMap((home) =>
    home.campaigns
      .entries()
      .filter(({ record }) => isUnderWay(home, record))
      .map(({ record }) => ({ account: home.account, campaign: record })),
  );

type Awaited = Parameters<Store['devices']['awaited']>;

/** Devices of a protocol that running campaigns wait for. */
export const awaitedDevices = (
  home: Home,
  ...[protocol, seenBefore, { after, limit }]: [Awaited[1], Awaited[2], Awaited[3]]
): Page<StoredDevice> => {
  const isRunning = (key: CampaignKey): boolean => home.campaigns.get(key)?.status === 'running';
  const isAwaited = ({ key, lastSeenAt }: StoredDevice): boolean =>
    lastSeenAt < seenBefore &&
    [...home.updates].some(
      ([campaign, members]) => isRunning(campaign) && members.get(key)?.status === 'open',
    );
  const devices = home.devices
    .entries()
    .map(({ record }) => record)
    .filter((device) => device.protocol === protocol && device.key > after)
    .sort((a, b) => a.key - b.key)
    .slice(0, limit);
  const next = devices.length < limit ? null : (devices.at(-1)?.key ?? null);
  return { items: devices.filter(isAwaited), next };
};

type EventList = Parameters<Store['events']['list']>;

export const listEvents = (
  home: Home,
  { campaign, device }: EventList[1],
  { before, limit }: EventList[2],
): readonly StoredEvent[] => {
  const isAbout = (event: StoredEvent): boolean => {
    if (device !== null && event.device !== device) return false;
    if (campaign === null) return true;
    return event.campaign === campaign && (device !== null || event.device === null);
  };
  return [...home.events.values()]
    .reverse()
    .filter((event) => event.seq < before && isAbout(event))
    .slice(0, limit);
};

const isClaimable = ({ leases }: Home, { id, status, notBefore }: StoredJob, now: Instant): boolean =>
  status === 'waiting' ? notBefore <= now : status === 'running' && (leases.get(id) ?? 0) <= now;

/** Since when it could be begun. */
const readyAt = ({ createdAt, notBefore }: StoredJob): Instant => Math.max(createdAt, notBefore);

export const claimJob = (state: State, now: Instant, leaseUntil: Instant): StoredJob | undefined => {
  const waiting = [...state.homes.values()].flatMap((home) =>
    home.jobs.entries().filter(({ record }) => isClaimable(home, record, now)),
  );
  const [oldest] = waiting.map(({ record }) => record).sort((a, b) => readyAt(a) - readyAt(b));
  const home = oldest && state.homes.get(oldest.account);
  if (oldest === undefined || home === undefined) return undefined;
  transact((undo) => {
    put(undo, home.leases, oldest.id, leaseUntil);
    home.jobs.replace(undo, oldest, { ...oldest, status: 'running' });
    return oldest;
  });
  return home.jobs.find(oldest.id)?.record;
};

/** The job, whose lease now ends then, if it was the one that ended at `held`. */
export const leaseJob = (home: Home, id: string, held: Instant, until: Instant): StoredJob | undefined => {
  const job = home.jobs.find(id)?.record;
  if (job?.status !== 'running' || home.leases.get(id) !== held) return undefined;
  home.leases.set(id, until);
  return job;
};

export const expire = (state: State, before: Instant, minutesBefore: Instant): void => {
  transact((undo) => {
    forgetMinutes(undo, state, minutesBefore);
    for (const { record } of state.tokens.entries()) {
      if (record.expiresAt !== null && record.expiresAt < before) state.tokens.remove(undo, record);
    }
    for (const { idempotency } of state.homes.values()) {
      for (const [key, { at }] of [...idempotency]) if (at < before) take(undo, idempotency, key);
    }
    return state;
  });
};
