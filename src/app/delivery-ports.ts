import type { AccountKey, CampaignKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { Delivery, StoredDelivery, StoredDestination, StoredSubscription } from './delivery-records.ts';
import type { DeliveryFilter, Page, PageRequest, Slice, Sliced } from './lists.ts';
import type { Settlement } from './writes.ts';

/** Where events are pushed. */
export interface Destinations {
  find(account: AccountKey, id: string): Promise<StoredDestination | undefined>;
  list(account: AccountKey, page: PageRequest): Promise<Page<StoredDestination>>;
  slice(account: AccountKey, slice: Slice): Promise<Sliced<StoredDestination>>;
}

/** What destinations are told of. */
export interface Subscriptions {
  find(account: AccountKey, id: string): Promise<StoredSubscription | undefined>;
  /** All of an account, oldest first. */
  list(account: AccountKey, page: PageRequest): Promise<Page<StoredSubscription>>;
  /** Those of the account as a whole and, with a campaign, those of that one. */
  about(account: AccountKey, campaign: CampaignKey | null): Promise<readonly StoredSubscription[]>;
  ofDestination(account: AccountKey, destinationId: string): Promise<readonly StoredSubscription[]>;
}

/** Messages until they arrived or were given up. */
export interface Deliveries {
  find(account: AccountKey, id: string): Promise<StoredDelivery | undefined>;
  /** Newest first: `after` counts down from the largest. */
  list(account: AccountKey, filter: DeliveryFilter, page: PageRequest): Promise<Page<StoredDelivery>>;
  /**
   * Those with an id that was there before are left out, and those whose destination or subscription is gone. One
   * of which only the latest is wanted takes the place of an older one that nobody has claimed.
   */
  add(account: AccountKey, deliveries: readonly Delivery[]): Promise<void>;
  /**
   * Waiting deliveries that are due, to destinations that are not disabled: at most `perDestination` of each
   * destination, so that none crowds out another; with strict order only the earliest of each lane. Hidden from
   * other callers until `leaseUntil`.
   */
  claim(
    now: Instant,
    leaseUntil: Instant,
    limit: number,
    perDestination: number,
  ): Promise<readonly StoredDelivery[]>;
  /** How claimed deliveries went; one that was settled or dropped meanwhile is left out. */
  settle(settlements: readonly Settlement[]): Promise<void>;
  /**
   * Sends again what was settled, from the beginning of its retries, if its destination and subscription are still
   * there; answers how many.
   */
  replay(
    account: AccountKey,
    which: { readonly ids: readonly string[] } | DeliveryFilter,
    now: Instant,
  ): Promise<number>;
  /** Deletes what was settled and created before an instant. What waits does not expire. */
  expire(before: Instant): Promise<void>;
}
