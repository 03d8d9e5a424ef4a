import { scopesToRead, standingOf } from '../domain/admission.ts';
import { takesAllAtOnce } from '../domain/device.ts';
import type { AccountKey } from '../domain/ids.ts';
import { EVERY_STEP, type Surroundings } from '../domain/journey.ts';
import { areHeadless } from '../domain/package.ts';
import type { Plan } from '../domain/plan.ts';
import { type Ahead, isQueued, nobodyAhead, roomFor } from '../domain/queue.ts';
import type { TalliesByScope } from '../domain/tally.ts';
import type { Expression } from '../domain/targeting.ts';
import { type Instant, SECOND } from '../domain/time.ts';
import type { Queue } from '../domain/update.ts';
import type { StoredAccount } from './account-records.ts';
import type { Store } from './ports.ts';
import type { StoredCampaign, StoredDevice, StoredPackage, StoredUpdate } from './records.ts';

/** What a wire knows of how its devices work. */
export type Manner = {
  /** They take all phases in one go, so that the first may begin only when the last may. */
  readonly together: boolean | ((plan: Plan, slots: StoredUpdate['slots']) => boolean);
  /** How many automatic steps one contact may take, at least 1; all there are when it is left out. */
  readonly steps?: (plan: Plan) => number;
};

/** How a device works that has not made contact just now, by the protocol it speaks. */
export const mannerOf = (device: StoredDevice): Manner => ({
  together: (plan, slots) => takesAllAtOnce(device, plan, slots),
});

const isTogether = ({ together }: Manner, { campaign, update }: Situation): boolean =>
  typeof together === 'boolean' ? together : together(campaign.plan, update.slots);

/** What an update's way depends on, with the packages that its device gets. */
export type Circumstances = {
  readonly around: Surroundings;
  readonly packages: readonly StoredPackage[];
};

/** As much of an account as its campaigns depend on. */
export type Owner = Pick<StoredAccount, 'key' | 'freezes' | 'deviceAccess'>;

/** Looks up what the next steps of an update depend on at an instant. */
export const circumstancesOf = async (
  store: Store,
  owner: Owner,
  { campaign, device, update }: Situation,
  manner: Manner,
  now: Instant,
): Promise<Circumstances> => {
  const { key: account, freezes } = owner;
  const packages = await packagesOf(store, account, campaign, update);
  const tallies = await talliesFor(store, account, { campaign, device }, now);
  const standing = standingOf(campaign, update, device, tallies);
  const ahead = await findAhead(store, owner, { campaign, device, update }, { standing, tallies }, now);
  const read = { packages, freezes, standing, tallies, ahead };
  return { around: surroundedBy({ campaign, device, update }, manner, read), packages };
};

type Read = Pick<Surroundings, 'freezes' | 'standing' | 'tallies' | 'ahead'> &
  Pick<Circumstances, 'packages'>;

/** What the next steps of an update depend on, from what was looked up for it. */
export const surroundedBy = (
  { campaign, device, update }: Situation,
  manner: Manner,
  { packages, ...read }: Read,
): Surroundings => ({
  campaign,
  packageIds: packages.map(({ id }) => id),
  headless: areHeadless(packages),
  zone: device.timeZone,
  agreed: device.autoConfirm !== null,
  together: isTogether(manner, { campaign, device, update }),
  steps: Math.max(1, manner.steps?.(campaign.plan) ?? EVERY_STEP),
  deviceId: device.id,
  ...read,
});

/** So many of the account's usual pauses a device may be silent and keeps its place in the queue. */
const PAUSES = 3;

/** Counts no further than there are places, and not at all where places have another order. */
const findAhead = async (
  store: Store,
  { key: account, deviceAccess }: Owner,
  { campaign: { plan, key }, device, update }: Situation,
  { standing, tallies }: Pick<Surroundings, 'standing' | 'tallies'>,
  now: Instant,
): Promise<Ahead> => {
  if (update.status === 'closed' || !isQueued(plan, update)) return nobodyAhead;
  const room = roomFor({ plan, standing, tallies, update }, now);
  const seenAfter = now - PAUSES * deviceAccess.poll.usual * SECOND;
  const count = (waitsFor: readonly Queue[], where: Expression, places: number): Promise<number> | number => {
    if (places < 1 || !Number.isFinite(places)) return 0;
    const before = { since: update.since, device: device.key };
    return store.updates.ahead(account, key, before, { waitsFor, where, seenAfter }, places);
  };
  const budgets = new Map<string, number>();
  for (const { attribute, scope, left } of room.budgets) {
    const alike = sharing(device, attribute);
    if (alike !== undefined) budgets.set(scope, await count(['campaign', 'budget'], alike, left));
  }
  return { campaign: await count(['campaign'], { type: 'all' }, room.campaign), budgets };
};

/** Devices that have the same value of an attribute. */
const sharing = ({ attributes }: StoredDevice, name: string): Expression | undefined => {
  const value = attributes[name];
  return value === undefined
    ? undefined
    : { type: 'compare', field: { kind: 'attribute', name }, operator: '=', value };
};

/** An update with both ends of it. */
export type Situation = {
  readonly campaign: StoredCampaign;
  readonly device: StoredDevice;
  readonly update: StoredUpdate;
};

/** The packages a device gets, in the order in which they are applied. */
export const packagesOf = async (
  store: Store,
  account: AccountKey,
  campaign: StoredCampaign,
  update: StoredUpdate,
): Promise<readonly StoredPackage[]> => {
  const ids = update.packages ?? campaign.plan.packages;
  const found = new Map((await store.packages.findMany(account, ids)).map((pack) => [pack.id, pack]));
  return ids.map((id) => found.get(id)).filter((pack) => pack !== undefined);
};

const nothingCounted: TalliesByScope = new Map();

/** One read, and none in a campaign that counts nothing. */
const talliesFor = async (
  store: Store,
  account: AccountKey,
  { campaign, device }: Pick<Situation, 'campaign' | 'device'>,
  now: Instant,
): Promise<TalliesByScope> => {
  const scopes = scopesToRead(campaign.plan, device, now);
  return scopes.length === 0 ? nothingCounted : store.campaigns.tallies(account, campaign.key, scopes);
};
