import { scopesToRead, standingOf } from '../domain/admission.ts';
import { goesTogether } from '../domain/device.ts';
import type { AccountKey } from '../domain/ids.ts';
import { EVERY_STEP, type Surroundings } from '../domain/journey.ts';
import { areHeadless } from '../domain/package.ts';
import type { Plan } from '../domain/plan.ts';
import type { TalliesByScope } from '../domain/tally.ts';
import type { Instant } from '../domain/time.ts';
import type { Store } from './ports.ts';
import type { StoredAccount, StoredCampaign, StoredDevice, StoredPackage, StoredUpdate } from './records.ts';

/** What a wire knows of how its devices work. */
export type Manner = {
  /** They take all phases in one go, so that the first may begin only when the last may. */
  readonly together: boolean;
  /** How many automatic steps one contact may take, at least 1; all there are when it is left out. */
  readonly steps?: (plan: Plan) => number;
};

/** How a device works that has not made contact just now, by the protocol it speaks. */
export const mannerOf = ({ protocol }: StoredDevice): Manner => ({
  together: goesTogether.includes(protocol),
});

/** What an update's way depends on, with the packages that its device gets. */
export type Circumstances = {
  readonly around: Surroundings;
  readonly packages: readonly StoredPackage[];
};

/** As much of an account as its campaigns depend on. */
export type Owner = Pick<StoredAccount, 'key' | 'freezes'>;

/** Looks up what the next steps of an update depend on at an instant. */
export const circumstancesOf = async (
  store: Store,
  { key: account, freezes }: Owner,
  { campaign, device, update }: Situation,
  manner: Manner,
  now: Instant,
): Promise<Circumstances> => {
  const packages = await packagesOf(store, account, campaign, update);
  const tallies = await talliesFor(store, account, { campaign, device }, now);
  const around = {
    campaign,
    packageIds: packages.map(({ id }) => id),
    headless: areHeadless(packages),
    zone: device.timeZone,
    agreed: device.autoConfirm !== null,
    together: manner.together,
    steps: Math.max(1, manner.steps?.(campaign.plan) ?? EVERY_STEP),
    deviceId: device.id,
    freezes,
    standing: standingOf(campaign, update, device, tallies),
    tallies,
  };
  return { around, packages };
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
