import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import { notePush } from './audit-notes.ts';
import type { Caller } from './caller.ts';
import { getCampaign } from './campaigns.ts';
import type { Delivery, StoredDelivery } from './delivery-records.ts';
import { getDestination } from './destinations.ts';
import type { Page, PageRequest } from './lists.ts';
import type { Clock, Store } from './ports.ts';
import { bodyOf } from './push-request.ts';
import { getSubscription } from './subscriptions.ts';

type Deps = { readonly store: Store; readonly clock: Clock };

/** Empty text and lists, and `null`, do not filter; created in `[from, to)`. */
export type DeliveryQuery = {
  readonly destinationId: string;
  readonly campaignId: string | null;
  readonly statuses: readonly Delivery['status'][];
  readonly from: Instant | null;
  readonly to: Instant | null;
};

/**
 * A delivery with the ids of what it is about; `null` also where that was deleted. Its body is what is sent: what the
 * template of its subscription makes of it.
 */
export type ShownDelivery = StoredDelivery & {
  readonly campaignId: string | null;
  readonly deviceId: string | null;
};

const about = (id: string) => ({ entity: 'delivery', id }) as const;

/** Newest first, from the newest when `after` is 0; also those of destinations that were deleted since. */
export const listDeliveries = async (
  deps: Pick<Deps, 'store'>,
  caller: Caller,
  { campaignId, ...filter }: DeliveryQuery,
  page: PageRequest,
): Promise<Result<Page<StoredDelivery>, Refusal>> => {
  const campaign = campaignId === null ? ok(null) : await getCampaign(deps, caller, campaignId);
  if (!campaign.ok) return campaign;
  const whole = { ...filter, campaign: campaign.value?.key ?? null };
  const after = page.after === 0 ? Number.MAX_SAFE_INTEGER : page.after;
  return ok(await deps.store.deliveries.list(caller.account.key, whole, { ...page, after }));
};

/** A delivery of the caller's account by its id. */
export const getDelivery = async (
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  id: string,
): Promise<Result<ShownDelivery, Refusal>> => {
  const account = caller.account.key;
  const found = await store.deliveries.find(account, id);
  if (found === undefined) return refused({ code: 'not-found', ...about(id) });
  const { campaign, device, body } = found;
  const { template = '' } = (await store.subscriptions.find(account, found.subscriptionId)) ?? {};
  return ok({
    ...found,
    body: bodyOf(template, body),
    campaignId: campaign === null ? null : ((await store.campaigns.get(account, campaign))?.id ?? null),
    deviceId: device === null ? null : ((await store.devices.get(account, device))?.id ?? null),
  });
};

/** Sends a delivery again under its id, from the beginning of its retries. One that waits anyhow goes on waiting. */
export const replayDelivery = async (
  deps: Deps,
  caller: Caller,
  id: string,
): Promise<Result<ShownDelivery, Refusal>> => {
  const found = await getDelivery(deps, caller, id);
  if (!found.ok) return found;
  const subscription = await getSubscription(deps, caller, found.value.subscriptionId);
  if (!subscription.ok) return subscription;
  await notePush(deps, caller, 'deliveries-replayed', found.value.destinationId, { delivery: id });
  await deps.store.deliveries.replay(caller.account.key, { ids: [id] }, deps.clock());
  return getDelivery(deps, caller, id);
};

/** The same for all of a destination that were created in `[from, to)` and are settled so; answers how many. */
export const replayDestination = async (
  deps: Deps,
  caller: Caller,
  destinationId: string,
  range: Pick<DeliveryQuery, 'statuses'> & { readonly from: Instant; readonly to: Instant },
): Promise<Result<number, Refusal>> => {
  const found = await getDestination(deps, caller, destinationId);
  if (!found.ok) return found;
  const [from, to] = [range.from, range.to].map((at) => new Date(at).toISOString());
  const asked = { from, to, statuses: range.statuses };
  await notePush(deps, caller, 'deliveries-replayed', destinationId, asked);
  const filter = { destinationId, campaign: null, ...range };
  return ok(await deps.store.deliveries.replay(caller.account.key, filter, deps.clock()));
};
