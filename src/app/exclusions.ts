import type { AccountKey, CampaignKey } from '../domain/ids.ts';
import { familyOf, type Misfit, unfit } from '../domain/package.ts';
import type { Plan } from '../domain/plan.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import { type Expression, parseExpression } from '../domain/targeting.ts';
import { misfitMessage } from './admission.ts';
import type { Caller } from './caller.ts';
import { getCampaign } from './campaigns.ts';
import type { Page, PageRequest } from './lists.ts';
import type { Store } from './ports.ts';
import type { StoredCampaign, StoredDevice, StoredPackage } from './records.ts';

type Reading = { readonly store: Store };

/** A device that cannot take part in a campaign as it is, and why; `campaign` is the one that it is busy with. */
export type Exclusion = {
  readonly deviceId: string;
  readonly reason: Misfit | 'not-accepted';
  readonly campaign: string | null;
  readonly message: string;
};

/** Devices looked at together, and in one call at most. */
const PIECE = 500;
const MOST = 10_000;

const nobody = { items: [], next: null } as const;
const everyone = { positions: [], outcomes: [], open: true } as const;

/**
 * The devices of a campaign, and those that would join it by its query, which cannot take part, by device key. Looks at
 * ten thousand at most, so that a page may be short and not the last.
 */
export const listExclusions = async (
  deps: Reading,
  caller: Caller,
  campaignId: string,
  page: PageRequest,
): Promise<Result<Page<Exclusion>, Refusal>> => {
  const found = await getCampaign(deps, caller, campaignId);
  if (!found.ok) return found;
  const judging = await judgingOf(deps, caller.account.key, found.value);
  const items: Exclusion[] = [];
  let after = page.after;
  for (let seen = 0; seen < MOST; seen += PIECE) {
    const piece = await nextDevices(judging, after);
    const excluded = await judgeAll(judging, piece.candidates);
    for (const [device, exclusion] of excluded) {
      if (items.length === page.limit) return ok({ items, next: after });
      items.push(exclusion);
      after = device.key;
    }
    if (piece.next === null) return ok({ items, next: null });
    after = piece.next;
  }
  return ok({ items, next: after });
};

/** A campaign, or one that nobody has saved yet: that has no key, and no devices but those of its query. */
type Judged = { readonly key: CampaignKey | null; readonly plan: Plan };

/** What devices are judged with. */
export type Judging = {
  readonly store: Store;
  readonly account: AccountKey;
  readonly campaign: Judged;
  readonly packages: readonly StoredPackage[];
  /** Who would join; `undefined` where nobody does by a query. */
  readonly where: Expression | undefined;
  readonly rivals: readonly Rival[];
};

/** Another campaign under way that brings some of the same components. */
type Rival = { readonly campaign: StoredCampaign; readonly family: ReadonlySet<string> };

/** Reads what the devices of a campaign are judged with. */
export const judgingOf = async (
  { store }: Reading,
  account: AccountKey,
  campaign: Judged,
): Promise<Judging> => {
  const packages = await store.packages.findMany(account, campaign.plan.packages);
  const { target } = campaign.plan;
  const parsed = target.by === 'query' ? parseExpression(target.expression) : undefined;
  const where = parsed?.ok === true ? parsed.value : undefined;
  return {
    store,
    account,
    campaign,
    packages,
    where,
    rivals: await rivalsOf(store, account, campaign, packages),
  };
};

const underWay = {
  ...{ text: '', description: '', ids: [], packageIds: [], createdFrom: 0 },
  statuses: ['running', 'paused'],
} as const;

const rivalsOf = async (
  store: Store,
  account: AccountKey,
  { key }: Judged,
  packages: readonly StoredPackage[],
): Promise<readonly Rival[]> => {
  const own = familyOf(packages);
  const rivals: Rival[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const { items, next }: Page<StoredCampaign> = await store.campaigns.list(account, underWay, {
      ...{ after, limit: PIECE },
    });
    for (const campaign of items) {
      if (campaign.key === key) continue;
      const family = familyOf(await store.packages.findMany(account, campaign.plan.packages));
      if ([...family].some((component) => own.has(component))) rivals.push({ campaign, family });
    }
    after = next;
  }
  return rivals;
};

/** A device, and the ids of the packages that it was given on its own, if any. */
type Candidate = { readonly device: StoredDevice; readonly own: readonly string[] | null };
type Candidates = { readonly candidates: readonly Candidate[]; readonly next: number | null };

/** The next devices by key of two lists, as far as both are known. */
export const nextDevices = async (
  { store, account, campaign, where }: Judging,
  after: number,
): Promise<Candidates> => {
  const page = { after, limit: PIECE };
  const [members, matching] = await Promise.all([
    campaign.key === null ? nobody : store.updates.list(account, campaign.key, everyone, page),
    where === undefined ? nobody : store.devices.list(account, where, page),
  ]);
  const ends = [members.next, matching.next].filter((next) => next !== null);
  const next = ends.length === 0 ? null : Math.min(...ends);
  const known = await store.devices.findMany(
    account,
    members.items.map(({ deviceId }) => deviceId),
  );
  const own = new Map(members.items.map(({ device, packages }) => [device, packages]));
  const byKey = new Map([...matching.items, ...known].map((device) => [device.key, device]));
  const candidates = [...byKey.values()]
    .filter(({ key }) => next === null || key <= next)
    .sort((a, b) => a.key - b.key)
    .map((device) => ({ device, own: own.get(device.key) ?? null }));
  return { candidates, next };
};

/** Those of the devices that cannot take part. */
export const judgeAll = async (
  judging: Judging,
  candidates: readonly Candidate[],
): Promise<readonly (readonly [StoredDevice, Exclusion])[]> => {
  const judged = await Promise.all(
    candidates.map(async (one) => [one.device, await exclusionOf(judging, one)] as const),
  );
  return judged.flatMap(([device, exclusion]) =>
    exclusion === undefined ? [] : [[device, exclusion] as const],
  );
};

const exclusionOf = async (judging: Judging, { device, own }: Candidate): Promise<Exclusion | undefined> => {
  const { store, account, campaign } = judging;
  const packages = own === null ? judging.packages : await store.packages.findMany(account, own);
  const alone = unfit(packages, device, campaign.plan, new Set());
  if (alone !== undefined) return toExclusion(device, alone, null);
  if (device.standing === 'waiting') {
    const message = 'the device waits for an operator to accept it';
    return { deviceId: device.id, reason: 'not-accepted', campaign: null, message };
  }
  const rival = await findRival(judging, device);
  return rival === undefined ? undefined : toExclusion(device, 'other-campaign', rival.campaign.id);
};

const toExclusion = ({ id }: StoredDevice, reason: Misfit, campaign: string | null): Exclusion => ({
  deviceId: id,
  reason,
  campaign,
  message: misfitMessage(reason),
});

const findRival = async ({ store, account, rivals }: Judging, { key }: StoredDevice) => {
  for (const rival of rivals) {
    const update = await store.updates.find(account, rival.campaign.key, key);
    if (update?.status === 'open') return rival;
  }
  return undefined;
};
