import type { CampaignKey } from '../domain/ids.ts';
import { wasDelivered } from '../domain/position.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Blobs } from './blobs.ts';
import type { Caller } from './caller.ts';
import { type Assignment, checkIn, type NoteGate } from './check-in.ts';
import type { Member } from './member.ts';
import { type OpenedPackage, openPackage } from './packages.ts';
import type { Clock, Ids, Store } from './ports.ts';
import type {
  StoredCampaign,
  StoredDevice,
  StoredOpenUpdate,
  StoredPackage,
  StoredUpdate,
} from './records.ts';
import { type Manner, packagesOf } from './surroundings.ts';

type Reading = { readonly store: Store };
type Speaker = Pick<Caller, 'account' | 'actor'>;

/** What a device that asks is told of. */
export type Work = {
  readonly assignment: Assignment | undefined;
  /** The latest update that succeeded. */
  readonly installed: StoredUpdate | undefined;
};

/** A device makes contact: what there is for it to do, and what it did last. With nothing open these are two reads. */
export const findWork = async (
  deps: Reading & { readonly clock: Clock; readonly ids: Ids; readonly noteGate?: NoteGate | undefined },
  speaker: Speaker,
  device: StoredDevice,
  manner: Manner,
): Promise<Result<Work, Refusal>> => {
  const installed = await deps.store.updates.newestSuccess(speaker.account.key, device.key);
  const found = await checkIn(deps, speaker, device, manner);
  return found.ok ? ok({ assignment: found.value, installed }) : found;
};

/** A device's own update in a campaign by the campaign's key. */
export const findJourney = async (
  { store }: Reading,
  { account }: Speaker,
  device: StoredDevice,
  key: CampaignKey,
): Promise<Result<Member, Refusal>> => {
  // One after the other, since the campaign is all but always remembered.
  const campaign = await store.campaigns.get(account.key, key);
  const update = campaign && (await store.updates.find(account.key, key, device.key));
  return campaign === undefined || update === undefined
    ? refused({ code: 'not-found', entity: 'update', id: device.id })
    : ok({ campaign, device, update });
};

/** An update with what the device gets in it. */
export type Given = {
  readonly campaign: StoredCampaign;
  readonly update: StoredUpdate;
  readonly packages: readonly StoredPackage[];
};

const describe = async (
  { store }: Reading,
  { account }: Speaker,
  update: StoredUpdate | undefined,
): Promise<Given | undefined> => {
  const campaign = update && (await store.campaigns.get(account.key, update.campaign));
  if (update === undefined || campaign === undefined) return undefined;
  return { campaign, update, packages: await packagesOf(store, account.key, campaign, update) };
};

/** The update that a device has begun with and is not asked to stop. */
export const findBegun = async (
  deps: Reading,
  speaker: Speaker,
  device: StoredDevice,
): Promise<Given | undefined> => {
  // Every range of a download asks this: what is over is not looked at.
  const open = await deps.store.updates.openOf(speaker.account.key, device.key);
  const begun = open.find(({ recall, position }) => recall === null && wasDelivered(position));
  return describe(deps, speaker, begun);
};

/** A device may have the bytes once it was told to fetch them, and as soon as it would be told so if it asked. */
const mayFetch = ({ status }: StoredCampaign, { recall, position }: StoredOpenUpdate): boolean =>
  recall === null && (wasDelivered(position) || (position === 'download-ready' && status === 'running'));

/** A package that the device which asks may fetch now, ready to be sent; any other one is as unknown as none. */
export const openOwnPackage = async (
  deps: Reading & { readonly blobs: Blobs },
  { account, actor }: Speaker,
  id: string,
): Promise<Result<OpenedPackage, Refusal>> => {
  const { store } = deps;
  const device = actor.kind === 'device' ? await store.devices.find(account.key, actor.id) : undefined;
  const open = device === undefined ? [] : await store.updates.openOf(account.key, device.key);
  for (const update of open) {
    const campaign = await store.campaigns.get(account.key, update.campaign);
    if (campaign === undefined || !mayFetch(campaign, update)) continue;
    if ((update.packages ?? campaign.plan.packages).includes(id)) return openPackage(deps, { account }, id);
  }
  return refused({ code: 'not-found', entity: 'package', id });
};

/** The latest update that a device has installed. */
export const findInstalled = async (
  deps: Reading,
  speaker: Speaker,
  device: StoredDevice,
): Promise<Given | undefined> =>
  describe(deps, speaker, await deps.store.updates.newestSuccess(speaker.account.key, device.key));
