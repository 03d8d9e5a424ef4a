import type { AccountKey, CampaignKey, DeviceKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { AuditHead, AuditLink } from './audit-entry.ts';
import type { StoredDelivery } from './delivery-records.ts';
import type { StoredEvent } from './event-records.ts';
import type { PageRequest } from './lists.ts';

/** The history of an account. */
export interface Events {
  /** Newest first: sequence numbers below `before`; others have their turn after each piece. A campaign's own without its devices', unless `device` is named. */
  list(
    account: AccountKey,
    about: { readonly campaign: CampaignKey | null; readonly device: DeviceKey | null },
    page: { readonly before: number; readonly limit: number },
  ): Promise<readonly StoredEvent[]>;
  /** In order: those with sequence numbers above `after`. */
  since(account: AccountKey, page: PageRequest): Promise<readonly StoredEvent[]>;
  /** What happened to these devices in a campaign: by device, in order. */
  ofDevices(
    account: AccountKey,
    campaign: CampaignKey,
    devices: readonly DeviceKey[],
  ): Promise<readonly StoredEvent[]>;
  /**
   * Looks at so many events after a sequence number and deletes those that happened before an instant, but none of a
   * campaign that is not final, and none that is not yet handed on. `next` is where to go on; `null` once all that
   * are old enough were looked at.
   */
  expire(
    account: AccountKey,
    before: Instant,
    page: PageRequest,
  ): Promise<{ readonly deleted: number; readonly next: number | null }>;
  /**
   * Makes room for what is to come, and lets go as a whole what happened before an instant and lies together. Answers
   * before which instant the rest is to be looked at by `expire`.
   */
  turn(now: Instant, before: Instant): Promise<Instant>;
}

/** One chain for each account; nothing is ever changed or deleted. Others have their turn after each piece. */
export interface AuditChains {
  head(account: AccountKey): Promise<AuditHead>;
  /** In order: those after this number. */
  after(account: AccountKey, n: number, limit: number): Promise<readonly AuditLink[]>;
  /** Newest first: those below this number. */
  before(account: AccountKey, n: number, limit: number): Promise<readonly AuditLink[]>;
}

/** Takes the events of accounts that have a subscription when they happen; those of others go to nobody. */
export interface Outbox {
  /**
   * Events not yet handed on, in order per account; hidden from other callers until `leaseUntil`, and so is
   * everything of an account while some of it is claimed.
   */
  claim(now: Instant, leaseUntil: Instant, limit: number): Promise<readonly StoredEvent[]>;
  /** They were handed on, as these deliveries: all or nothing. */
  done(
    events: readonly Pick<StoredEvent, 'account' | 'seq'>[],
    deliveries: readonly StoredDelivery[],
  ): Promise<void>;
}
