import type { Campaign } from '../domain/campaign.ts';
import { takesAllAtOnce } from '../domain/device.ts';
import type { Sample, Unable } from '../domain/forecast.ts';
import type { CampaignKey } from '../domain/ids.ts';
import { unfit } from '../domain/package.ts';
import type { Plan } from '../domain/plan.ts';
import { wasDelivered } from '../domain/position.ts';
import { placeOf } from '../domain/share.ts';
import { type Expression, parseExpression } from '../domain/targeting.ts';
import { DAY, type Instant, SECOND } from '../domain/time.ts';
import type { StoredAccount } from './account-records.ts';
import type { Page, PageRequest } from './lists.ts';
import type { Store } from './ports.ts';
import type { ListedUpdate, StoredDevice, StoredPackage, StoredUpdate } from './records.ts';
import type { Aborting } from './waker.ts';

/** More devices than this are sampled. */
const MOST = 100_000;
const PIECE = 400;
/** Whoever was silent for longer is not counted on. */
const LONG_SILENCE = 30 * DAY;

/** A campaign, or one that nobody has saved yet: that has no key, and no devices but those of its query. */
export type Played = Campaign & { readonly key: CampaignKey | null };

/** What devices are looked at with. */
export type Looking = {
  readonly account: StoredAccount;
  readonly campaign: Played;
  readonly plan: Plan;
  readonly packages: readonly StoredPackage[];
  readonly now: Instant;
};

/** `turn` lets others have theirs; nothing more is read once `leaving` is aborted. */
export type Pace = {
  readonly turn: () => Promise<unknown>;
  readonly leaving: Pick<Aborting, 'aborted'>;
};

/** Those that are looked at, and how many devices they stand for. */
export type Cast = { readonly samples: readonly Sample[]; readonly population: number };

const everyone = { positions: [], outcomes: [], open: null } as const;

/**
 * The members of a campaign, and those that would join it by its query. Beyond a hundred thousand a stable part of
 * them stands for all.
 */
export const castOf = async (store: Store, looking: Looking, { turn, leaving }: Pace): Promise<Cast> => {
  const { campaign } = looking;
  const share = Math.min(1, MOST / Math.max(1, await countOf(store, looking)));
  const isSampled = (id: string): boolean => placeOf(`${campaign.id}/sample`, id) < share;
  const samples: Sample[] = [];
  const known = new Set<string>();
  let population = 0;
  for await (const page of castPages(store, looking, isSampled)) {
    for (const { id, device, update } of page) {
      if (known.has(id)) continue;
      known.add(id);
      // A query does not bring back who was taken out.
      if (update?.status === 'closed' && update.outcome === 'removed') continue;
      population += 1;
      if (device !== undefined) samples.push(sampleOf(looking, device, update));
    }
    await turn();
    if (leaving.aborted) break;
  }
  return { samples, population };
};

const joining = ({ plan: { target } }: Looking): Expression | undefined => {
  const parsed = target.by === 'query' ? parseExpression(target.expression) : undefined;
  return parsed?.ok === true ? parsed.value : undefined;
};

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** The larger of both, since most devices are in both or in one. */
const countOf = async (store: Store, looking: Looking): Promise<number> => {
  const { account, campaign } = looking;
  const where = joining(looking);
  const matches = where === undefined ? 0 : await store.devices.count(account.key, where);
  if (campaign.key === null) return matches;
  const { open, closed } = await store.campaigns.counts(account.key, campaign.key);
  return Math.max(sum(open) + sum(closed), matches);
};

/** The device is there where it is one of those that are looked at. */
type Found = {
  readonly id: string;
  readonly device: StoredDevice | undefined;
  readonly update: StoredUpdate | undefined;
};

/** Members first, so that whoever is found again is one. */
const castPages = async function* (
  store: Store,
  looking: Looking,
  isSampled: (id: string) => boolean,
): AsyncGenerator<readonly Found[]> {
  const { account, campaign } = looking;
  const { key } = campaign;
  for (let after: number | null = key === null ? null : 0; after !== null && key !== null; ) {
    const request: PageRequest = { after, limit: PIECE };
    const page: Page<ListedUpdate> = await store.updates.list(account.key, key, everyone, request);
    const ids = page.items.map(({ deviceId }) => deviceId).filter(isSampled);
    const devices = new Map((await store.devices.findMany(account.key, ids)).map((one) => [one.id, one]));
    yield page.items.map((update) => ({
      ...{ id: update.deviceId, update },
      device: devices.get(update.deviceId),
    }));
    after = page.next;
  }
  const where = joining(looking);
  for (let after: number | null = where === undefined ? null : 0; after !== null && where !== undefined; ) {
    const page: Page<StoredDevice> = await store.devices.list(account.key, where, { after, limit: PIECE });
    yield page.items.map((device) => ({
      ...{ id: device.id, update: undefined },
      device: isSampled(device.id) ? device : undefined,
    }));
    after = page.next;
  }
};

const sampleOf = (looking: Looking, device: StoredDevice, update: StoredUpdate | undefined): Sample => ({
  device,
  agreed: device.autoConfirm !== null,
  together: takesAllAtOnce(device, looking.plan, update?.slots ?? {}),
  update,
  ...habitOf(looking, device, update),
  unable:
    update === undefined || mayStillBeLetIn(update) ? unableBecause(looking, device, update) : undefined,
});

const mayStillBeLetIn = ({ status, position }: StoredUpdate): boolean =>
  status === 'open' && !wasDelivered(position);

/** Joining a campaign is no sign of life. */
const lastHeard = ({ lastSeenAt }: StoredDevice, update: StoredUpdate | undefined): Instant =>
  update === undefined || update.position === 'pending' ? lastSeenAt : Math.max(lastSeenAt, update.heardAt);

/** It comes as often as devices of the account are told to; one that was away for longer comes after as long again. */
const habitOf = (
  { account, campaign, now }: Looking,
  device: StoredDevice,
  update: StoredUpdate | undefined,
): Pick<Sample, 'interval' | 'nextContact'> => {
  const interval = account.deviceAccess.poll.usual * SECOND;
  const last = lastHeard(device, update);
  const any = now + Math.floor(placeOf(`${campaign.id}/contact`, device.id) * interval);
  if (last === 0) return { interval, nextContact: any };
  const away = now - last;
  return { interval, nextContact: last + (away > 2 * interval ? 2 * away : interval) };
};

const nothingElse: ReadonlySet<string> = new Set();

const unableBecause = (
  { plan, packages, now }: Looking,
  device: StoredDevice,
  update: StoredUpdate | undefined,
): Unable | undefined => {
  const misfit = unfit(packages, device, plan, nothingElse);
  if (misfit !== undefined) return misfit;
  if (device.standing !== 'accepted') return 'not-accepted';
  // Others speak for them, and are not seen.
  if (device.protocol === 'custom') return undefined;
  const last = lastHeard(device, update);
  if (last === 0) return 'never-seen';
  return now - last > LONG_SILENCE ? 'long-silent' : undefined;
};
