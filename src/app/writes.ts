import type { Campaign } from '../domain/campaign.ts';
import type { Device, Protocol } from '../domain/device.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../domain/ids.ts';
import type { Package } from '../domain/package.ts';
import type { Entity } from '../domain/refusal.ts';
import type { Limit } from '../domain/tally.ts';
import type { Expression } from '../domain/targeting.ts';
import type { Instant } from '../domain/time.ts';
import type { Outcome, Reason, Update } from '../domain/update.ts';
import type {
  Account,
  Credential,
  Membership,
  Role,
  StoredAccount,
  StoredCredential,
  StoredRole,
  StoredToken,
  StoredUser,
  Token,
  User,
} from './account-records.ts';
import type { AuditNote } from './audit-entry.ts';
import type {
  Delivery,
  DeliveryAttempt,
  Destination,
  StoredDelivery,
  StoredDestination,
  StoredSubscription,
  Subscription,
} from './delivery-records.ts';
import type { Actor, NewEvent } from './event-records.ts';
import type { Job, NewJob, StoredJob } from './job-records.ts';
import type {
  LogEntry,
  SavedQuery,
  StoredCampaign,
  StoredDevice,
  StoredDocument,
  StoredPackage,
  StoredQuery,
  StoredUpdate,
  Transfers,
  WireDocument,
} from './records.ts';

/** How a claimed delivery went: over, or due again. */
export type Settlement = {
  readonly was: StoredDelivery;
  readonly attempt: DeliveryAttempt;
  readonly status: Delivery['status'];
  readonly dueAt: Instant;
};

/**
 * One write of a change. `save` inserts when there is no `was`; with it, it replaces the record that was
 * read, and only if nobody wrote it since. `drop` deletes under the same condition. Dropping a campaign or a
 * device drops its updates (and credentials) and takes them out of the counts.
 */
export type Write =
  | { readonly save: 'account'; readonly was?: StoredAccount; readonly value: Account }
  | { readonly save: 'user'; readonly was?: StoredUser; readonly value: User }
  | { readonly save: 'role'; readonly was?: StoredRole; readonly value: Role }
  /** Replaces whatever roles the person had; `was` is told by the audit and no condition. */
  | { readonly save: 'membership'; readonly was?: Membership; readonly value: Membership }
  | { readonly save: 'token'; readonly was?: StoredToken; readonly value: Token }
  | { readonly save: 'device'; readonly was?: StoredDevice; readonly value: Device }
  | { readonly save: 'credential'; readonly was?: StoredCredential; readonly value: Credential }
  | { readonly save: 'package'; readonly was?: StoredPackage; readonly value: Package }
  | { readonly save: 'query'; readonly was?: StoredQuery; readonly value: SavedQuery }
  | { readonly save: 'campaign'; readonly was?: StoredCampaign; readonly value: Campaign }
  | { readonly save: 'update'; readonly was: StoredUpdate; readonly value: Update }
  /** Adds to what a device said about its update; needs no `was`, and counts as hearing from it. */
  | {
      readonly append: 'log';
      readonly campaign: CampaignKey;
      readonly device: DeviceKey;
      readonly entry: LogEntry;
    }
  /** Replaces what the device told before; needs no `was`, and counts as hearing from it at that instant. */
  | {
      readonly save: 'transfers';
      readonly campaign: CampaignKey;
      readonly device: DeviceKey;
      readonly at: Instant;
      readonly value: Transfers;
    }
  /** What is due was handed out once more; needs no `was`, and is nothing to an update that is closed or gone. */
  | {
      readonly note: 'handed';
      readonly campaign: CampaignKey;
      readonly device: DeviceKey;
      readonly at: Instant;
    }
  | { readonly save: 'document'; readonly was?: StoredDocument; readonly value: WireDocument }
  | { readonly save: 'destination'; readonly was?: StoredDestination; readonly value: Destination }
  | { readonly save: 'subscription'; readonly was?: StoredSubscription; readonly value: Subscription }
  | { readonly save: 'job'; readonly was?: StoredJob; readonly value: NewJob }
  | { readonly drop: 'membership'; readonly was: Membership }
  | { readonly drop: 'role'; readonly was: StoredRole }
  | { readonly drop: 'token'; readonly was: StoredToken }
  /** All sessions and API tokens of a person, however many. */
  | { readonly drop: 'tokens-of'; readonly userId: string }
  | { readonly drop: 'device'; readonly was: StoredDevice }
  | { readonly drop: 'credential'; readonly was: StoredCredential }
  | { readonly drop: 'package'; readonly was: StoredPackage }
  | { readonly drop: 'query'; readonly was: StoredQuery }
  | { readonly drop: 'document'; readonly was: StoredDocument }
  /** Its deliveries that wait go with it. */
  | { readonly drop: 'destination'; readonly was: StoredDestination }
  /** Its deliveries that wait go with it. */
  | { readonly drop: 'subscription'; readonly was: StoredSubscription }
  | { readonly drop: 'campaign'; readonly was: StoredCampaign };

/** Makes a create safe to repeat: what the key made, and a digest of the request that made it. */
export type Idempotency = {
  readonly key: string;
  readonly digest: string;
  readonly entity: Entity;
  readonly id: string;
};

/**
 * Writes, their events and outbox rows, all or nothing. `account: null` is a change that inserts its account
 * first; its other writes and its events belong to that one. Counters follow the updates by themselves. A change that
 * saves a subscription has an event, behind which others of the account wait.
 */
export type Change = {
  readonly account: AccountKey | null;
  readonly writes: readonly Write[];
  readonly events: readonly NewEvent[];
  /** What the audit is told beside the events, of which it is told anyway. */
  readonly audit?: readonly AuditNote[] | undefined;
  readonly idempotency?: Idempotency | undefined;
  /** Checked in the same transaction, after the writes: over one of them, the change does not hold. */
  readonly limits?: readonly (Limit & { readonly campaign: CampaignKey })[] | undefined;
  /** Campaigns as they were read: once one of them was written since, the change does not hold. */
  readonly given?: readonly { readonly campaign: CampaignKey; readonly version: number }[] | undefined;
};

export type Committed =
  | { readonly ok: true }
  /**
   * Somebody wrote or dropped one of the records since it was read, or took the last place under a limit: read again
   * and decide again.
   */
  | { readonly ok: false; readonly why: 'changed-meanwhile' }
  /** A unique id, name or address is taken. */
  | { readonly ok: false; readonly why: 'already-exists'; readonly entity: Entity; readonly id: string }
  /** The idempotency key was used before; this is what it made. */
  | { readonly ok: false; readonly why: 'repeated'; readonly first: Idempotency };

type Bulk = {
  readonly account: AccountKey;
  readonly campaign: CampaignKey;
  readonly actor: Actor;
  readonly now: Instant;
};

/** Saved in the same transaction as the piece of work it reports on: neither can be ahead of the other. */
export type JobProgress = { readonly was: StoredJob; readonly value: Job };

/** Devices that are not members join as `pending`. One event `updates-added` per call that adds any. */
export type AddUpdates = Bulk &
  (
    | {
        readonly by: 'ids';
        readonly deviceIds: readonly string[];
        /** Begin again for devices whose update is closed; else those are left as they are. */
        readonly again: boolean;
        /** Who begins again and has failed or timed out does so no sooner than this after that, in milliseconds. */
        readonly rest?: number;
      }
    /** Looks at no more than `limit` devices. */
    | { readonly by: 'query'; readonly where: Expression; readonly after: number; readonly limit: number }
  );

export type AddedUpdates = {
  readonly added: number;
  /** Ids that no device has, in the order given. When there are any, nothing was added. */
  readonly unknown: readonly string[];
  /** Where the next piece begins; `null` when all devices were looked at. */
  readonly next: number | null;
};

/**
 * Begins again for members whose update ended in one of these ways, but not before an instant (0: at once) nor, with
 * `rest`, sooner than so many milliseconds after they failed or timed out. Looks at no more than `limit` members. One
 * event `updates-added` per call that finds any.
 */
export type RetryUpdates = Bulk & {
  readonly outcomes: readonly Outcome[];
  readonly notBefore: Instant;
  readonly rest?: number;
  readonly after: number;
  readonly limit: number;
};

export type RetriedUpdates = {
  readonly restarted: number;
  /** Where the next piece begins; `null` when all members were looked at. */
  readonly next: number | null;
};

/**
 * Closes open updates as they are; one event `updates-closed` per call that closes any. Those that were
 * delivered to devices of the protocols in `recall` are recalled instead (once), with one event
 * `updates-recalled`.
 */
export type CloseUpdates = Bulk & {
  readonly recall: readonly Protocol[];
  readonly outcome: Exclude<Outcome, 'succeeded'>;
  readonly reason: Reason;
  readonly message: string;
} & (
    | { readonly by: 'ids'; readonly deviceIds: readonly string[] }
    | { readonly by: 'all'; readonly after: number; readonly limit: number }
  );

export type ClosedUpdates = {
  readonly closed: number;
  readonly recalled: number;
  readonly next: number | null;
};

/** `toJob` makes the progress record from what the piece did. */
export type Progress<Done> = (done: Done) => JobProgress;
