import type { Campaign, CampaignStatus } from '../domain/campaign.ts';
import type { Device, Protocol } from '../domain/device.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../domain/ids.ts';
import type { Package, PackageKind } from '../domain/package.ts';
import type { Position } from '../domain/position.ts';
import type { Entity } from '../domain/refusal.ts';
import type { Result } from '../domain/result.ts';
import type { Limit, TalliesByScope } from '../domain/tally.ts';
import type { Expression } from '../domain/targeting.ts';
import type { Instant } from '../domain/time.ts';
import type { Outcome, Reason, Update } from '../domain/update.ts';
import type { AuditHead, AuditLink, AuditNote } from './audit-entry.ts';
import type {
  Account,
  Actor,
  Credential,
  Delivery,
  DeliveryAttempt,
  Destination,
  Job,
  ListedUpdate,
  LogEntry,
  Membership,
  NewEvent,
  NewJob,
  Role,
  SavedQuery,
  StoredAccount,
  StoredCampaign,
  StoredCredential,
  StoredDelivery,
  StoredDestination,
  StoredDevice,
  StoredDocument,
  StoredEvent,
  StoredJob,
  StoredOpenUpdate,
  StoredPackage,
  StoredQuery,
  StoredRole,
  StoredSubscription,
  StoredToken,
  StoredUpdate,
  StoredUser,
  Subscription,
  Token,
  Transfers,
  UpdateLog,
  User,
  WireDocument,
} from './records.ts';

/** The time now. The only clock. */
export type Clock = () => Instant;

/** New ids and secrets from a good source of randomness. */
export interface Ids {
  /** A lower-case UUID. */
  uuid(): string;
  /** So many random bytes as base64url text. */
  secret(bytes: number): string;
}

/** One-way functions. */
export interface Hashing {
  /** SHA-256 as lower-case hex: for secrets of high entropy, and for digests. */
  sha256(text: string): string;
  /** HMAC-SHA-256 of the text's UTF-8 bytes under a key of bytes, both key and answer in base64. */
  hmacSha256(key: string, text: string): string;
  /** Argon2id, salted, in PHC form: for passwords. */
  hashPassword(password: string): Promise<string>;
  verifyPassword(password: string, hash: string): Promise<boolean>;
  /** Whether two texts are equal, in a time that does not depend on where they differ. */
  equal(a: string, b: string): boolean;
}

/** A message on its way out. */
export type PushRequest = {
  /** As `check` gave it. */
  readonly url: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly authentication: Destination['authentication'];
  readonly body: string;
  /** The only certificates (PEM) that are trusted; empty means those that everybody trusts. */
  readonly trust: string;
  /** For all of it, in milliseconds. */
  readonly timeout: number;
};

/** What came of it: an answer with the first 1,024 bytes of its body, or why none came; `took` in milliseconds. */
export type Pushed =
  | {
      readonly status: number;
      readonly answer: string;
      /** The Retry-After header as it came; empty without one. */
      readonly retryAfter: string;
      readonly took: number;
    }
  | { readonly problem: string; readonly took: number };

/** Sends messages to other servers, but to none that could be inside our own network unless that is allowed. */
export interface Push {
  /** The URL in its normal form, or what was expected instead and where. Looks no name up. */
  check(
    target: Pick<PushRequest, 'url' | 'trust'>,
  ): Result<string, { readonly field: 'url' | 'trust'; readonly expected: string }>;
  /** POSTs once. Follows no redirects and never throws. */
  send(request: PushRequest): Promise<Pushed>;
}

/** Where a list goes on: items after the one with this key or sequence, and how many at most. */
export type PageRequest = { readonly after: number; readonly limit: number };
/** `next` is the `after` of the following page; `null` on the last one. */
export type Page<Item> = { readonly items: readonly Item[]; readonly next: number | null };

/** Where a list in the order of device ids (by code point) goes on: after this id, '' for its beginning. */
export type IdPageRequest = { readonly after: string; readonly limit: number };
/** `more`: the list goes on after the last of the items. */
export type IdPage<Item> = { readonly items: readonly Item[]; readonly more: boolean };

/**
 * A page by its place, for wires that count pages: so many are skipped. Names are sorted without regard to case, and
 * ties are in the order of creation; `descending` is the whole of that backwards.
 */
export type Slice = {
  readonly skip: number;
  readonly limit: number;
  readonly by: 'created' | 'name';
  readonly descending: boolean;
};
/** `total` counts all that the filter lets through. */
export type Sliced<Item> = { readonly items: readonly Item[]; readonly total: number };

/** Text is found anywhere in the name without regard to case; empty text and `null` do not filter. */
export type PackageFilter = {
  readonly text: string;
  readonly kind: PackageKind | null;
  readonly make: string;
  readonly model: string;
};
export type CampaignFilter = {
  readonly text: string;
  /** The same in the description. */
  readonly description: string;
  readonly ids: readonly string[];
  readonly statuses: readonly CampaignStatus[];
  /** Of scheduled ones only those that need an approval, or that need none. */
  readonly scheduledUnder?: 'approval' | 'no-approval';
  /** Campaigns that send one of these. */
  readonly packageIds: readonly string[];
  /** Created then or later; 0 does not filter. */
  readonly createdFrom: Instant;
};
/** Empty lists do not filter. `open: null` shows open and closed ones. */
export type UpdateFilter = {
  readonly positions: readonly Position[];
  readonly outcomes: readonly Outcome[];
  readonly open: boolean | null;
  /** Leaves out those that were taken out of their campaign. */
  readonly present?: boolean;
};

/** Empty text and lists, and `null`, do not filter. */
export type DeliveryFilter = {
  readonly destinationId: string;
  readonly campaign: CampaignKey | null;
  readonly statuses: readonly Delivery['status'][];
  /** Created in `[from, to)`. */
  readonly from: Instant | null;
  readonly to: Instant | null;
};

/** How a claimed delivery went: over, or due again. */
export type Settlement = {
  readonly was: StoredDelivery;
  readonly attempt: DeliveryAttempt;
  readonly status: Delivery['status'];
  readonly dueAt: Instant;
};

/** How many updates of a campaign are where: by position while open, by outcome once closed. */
export type Counts = {
  readonly open: Readonly<Partial<Record<Position, number>>>;
  readonly closed: Readonly<Partial<Record<Outcome, number>>>;
  /** The closed ones by the position in which they ended, but for those that were taken out. */
  readonly closedAt: Readonly<Partial<Record<Position, number>>>;
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

/** How much there is of what an operator watches. */
export type Overview = {
  readonly updates: Pick<Counts, 'open' | 'closed'>;
  /** Events not yet handed on, and when the oldest of them happened; `null` when there is none. */
  readonly outbox: { readonly depth: number; readonly oldest: Instant | null };
};

/** `toJob` makes the progress record from what the piece did. */
export type Progress<Done> = (done: Done) => JobProgress;

/** There was no room on the disk: nothing of the write was kept, and it can be repeated once there is. */
export class StorageFull extends Error {
  constructor(cause: unknown) {
    super('the disk is full', { cause });
    this.name = 'StorageFull';
  }
}

/**
 * Where everything is kept. Each acknowledged write was flushed to disk. Reads see all acknowledged writes.
 * Every question names its account, and answers are of that account alone. A write throws `StorageFull` when
 * the disk is.
 */
export interface Store {
  /** Answers when the store can be written to; throws otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;

  /** What the whole server has before it, over all accounts; quick however much that is. */
  overview(): Promise<Overview>;

  /** Changes that arrive together are flushed together; each stands or falls alone. */
  commit(change: Change): Promise<Committed>;

  /**
   * Another number whenever accounts, users, roles, memberships or tokens may be other than before; a mere note
   * of a token's use does not count. While it stays the same, what was read of them still holds. `undefined`
   * where the store cannot know.
   */
  identityEpoch(): number | undefined;

  readonly accounts: {
    find(id: string): Promise<StoredAccount | undefined>;
    get(key: AccountKey): Promise<StoredAccount | undefined>;
    list(page: PageRequest): Promise<Page<StoredAccount>>;
    /** The accounts a person belongs to, by key. */
    ofUser(userId: string): Promise<readonly StoredAccount[]>;
  };
  readonly users: {
    find(id: string): Promise<StoredUser | undefined>;
    findByEmail(email: string): Promise<StoredUser | undefined>;
    /** The people of an account with their roles. */
    list(
      account: AccountKey,
      page: PageRequest,
    ): Promise<Page<StoredUser & { readonly roleIds: readonly string[] }>>;
    membership(account: AccountKey, userId: string): Promise<Membership | undefined>;
    count(): Promise<number>;
  };
  readonly roles: {
    find(account: AccountKey, id: string): Promise<StoredRole | undefined>;
    /** All of them, oldest first: an account has few. */
    list(account: AccountKey): Promise<readonly StoredRole[]>;
    /** How many people have it. */
    holders(account: AccountKey, id: string): Promise<number>;
  };
  readonly tokens: {
    find(id: string): Promise<StoredToken | undefined>;
    /** A person's API tokens, oldest first. Sessions are not listed. */
    list(userId: string): Promise<readonly StoredToken[]>;
    /** Notes use; not a change, no event, may be lost in a crash. */
    touch(id: string, at: Instant): Promise<void>;
  };
  readonly devices: {
    find(account: AccountKey, id: string): Promise<StoredDevice | undefined>;
    get(account: AccountKey, key: DeviceKey): Promise<StoredDevice | undefined>;
    /** Those of the ids that exist, in no order. */
    findMany(account: AccountKey, ids: readonly string[]): Promise<readonly StoredDevice[]>;
    list(account: AccountKey, where: Expression, page: PageRequest): Promise<Page<StoredDevice>>;
    slice(account: AccountKey, where: Expression, slice: Slice): Promise<Sliced<StoredDevice>>;
    /** Those that match, in the order of their ids. */
    byId(account: AccountKey, where: Expression, page: IdPageRequest): Promise<IdPage<StoredDevice>>;
    count(account: AccountKey, where: Expression): Promise<number>;
    /**
     * Inserts and replaces many at once, set-based, with one `devices-imported` event. Answers the ids that
     * were left out because they exist already (an insert) or were written meanwhile (a replacement).
     */
    saveMany(
      account: AccountKey,
      rows: readonly { readonly was?: StoredDevice; readonly value: Device }[],
      by: { readonly actor: Actor; readonly now: Instant },
    ): Promise<readonly string[]>;
    credentials(account: AccountKey, device: DeviceKey): Promise<readonly StoredCredential[]>;
    /** Notes contact; not a change, no event, may be lost in a crash. */
    touch(
      account: AccountKey,
      seen: readonly { readonly device: DeviceKey; readonly at: Instant }[],
    ): Promise<void>;
  };
  readonly packages: {
    find(account: AccountKey, id: string): Promise<StoredPackage | undefined>;
    findMany(account: AccountKey, ids: readonly string[]): Promise<readonly StoredPackage[]>;
    list(account: AccountKey, filter: PackageFilter, page: PageRequest): Promise<Page<StoredPackage>>;
    slice(account: AccountKey, filter: PackageFilter, slice: Slice): Promise<Sliced<StoredPackage>>;
    /** Ids of at most ten campaigns that may still send it: neither stopped nor final. */
    usedBy(account: AccountKey, id: string): Promise<readonly string[]>;
    /** Whether any account has a package of these bytes. */
    hasBytes(sha256: string): Promise<boolean>;
  };
  readonly queries: {
    find(account: AccountKey, id: string): Promise<StoredQuery | undefined>;
    list(account: AccountKey, page: PageRequest): Promise<Page<StoredQuery>>;
  };
  readonly campaigns: {
    find(account: AccountKey, id: string): Promise<StoredCampaign | undefined>;
    get(account: AccountKey, key: CampaignKey): Promise<StoredCampaign | undefined>;
    list(account: AccountKey, filter: CampaignFilter, page: PageRequest): Promise<Page<StoredCampaign>>;
    slice(account: AccountKey, filter: CampaignFilter, slice: Slice): Promise<Sliced<StoredCampaign>>;
    countByStatus(account: AccountKey): Promise<Readonly<Partial<Record<CampaignStatus, number>>>>;
    /** Whether some device was given packages of its own in it; one that has none any more may still count. */
    hasOwnPackages(account: AccountKey, key: CampaignKey): Promise<boolean>;
    /** One read of the counters, however large the campaign. */
    counts(account: AccountKey, key: CampaignKey): Promise<Counts>;
    /** One read of what was counted in each of these scopes; one of which nothing was counted may be absent. */
    tallies(account: AccountKey, key: CampaignKey, scopes: readonly string[]): Promise<TalliesByScope>;
    /** What was counted for values of attributes, but for values too long to be kept as they are. */
    attributeTallies(account: AccountKey, key: CampaignKey): Promise<TalliesByScope>;
    /** Running and paused campaigns whose target is a query, the oldest first: what a device that changes may come into. */
    targeting(account: AccountKey): Promise<readonly StoredCampaign[]>;
    /** Campaigns of any account that may have open updates: under way, stopped, or over with some recalled. */
    withOpenUpdates(): Promise<
      readonly { readonly account: AccountKey; readonly campaign: StoredCampaign }[]
    >;
    /** Campaigns of any account whose `dueAt` has come, the longest overdue first. */
    due(
      now: Instant,
      limit: number,
    ): Promise<readonly { readonly account: AccountKey; readonly campaign: StoredCampaign }[]>;
  };
  readonly updates: {
    find(account: AccountKey, campaign: CampaignKey, device: DeviceKey): Promise<StoredUpdate | undefined>;
    /** By device key. */
    list(
      account: AccountKey,
      campaign: CampaignKey,
      filter: UpdateFilter,
      page: PageRequest,
    ): Promise<Page<ListedUpdate>>;
    /** In the order in which devices were made known; `name` is the id of the device. */
    slice(
      account: AccountKey,
      campaign: CampaignKey,
      filter: UpdateFilter,
      slice: Slice,
    ): Promise<Sliced<ListedUpdate>>;
    /** All members, in the order of the ids of their devices. */
    byDevice(account: AccountKey, campaign: CampaignKey, page: IdPageRequest): Promise<IdPage<ListedUpdate>>;
    /** What the device told of its downloads in this journey or an earlier one. */
    transfers(account: AccountKey, campaign: CampaignKey, device: DeviceKey): Promise<Transfers | undefined>;
    /** The same of several devices; those that told nothing are left out. */
    transfersOf(
      account: AccountKey,
      campaign: CampaignKey,
      devices: readonly DeviceKey[],
    ): Promise<ReadonlyMap<DeviceKey, Transfers>>;
    /** Open updates of running campaigns of any account that the clock alone may move on, the longest overdue first. */
    due(
      now: Instant,
      limit: number,
    ): Promise<
      readonly {
        readonly account: AccountKey;
        readonly campaign: StoredCampaign;
        readonly update: StoredOpenUpdate;
      }[]
    >;
    /** Looks at an update again at another instant, or with `null` not before it moves. Not a change, no event. */
    postpone(
      account: AccountKey,
      update: Pick<StoredUpdate, 'campaign' | 'device' | 'version'>,
      until: Instant | null,
    ): Promise<void>;
    /** A device's updates, open ones first, the oldest campaign first; at most `limit`. */
    ofDevice(account: AccountKey, device: DeviceKey, limit: number): Promise<readonly ListedUpdate[]>;
    /**
     * A device's open updates: those it was told to begin with first, then by the priority of their campaigns, then the
     * oldest campaign first; at most a hundred.
     */
    openOf(account: AccountKey, device: DeviceKey): Promise<readonly StoredOpenUpdate[]>;
    /** The one of a device's updates that succeeded last; of several at the same instant that of the newest campaign. */
    newestSuccess(account: AccountKey, device: DeviceKey): Promise<StoredUpdate | undefined>;
    /** What a device said in its present journey. Beginning again begins a new log. */
    log(account: AccountKey, campaign: CampaignKey, device: DeviceKey): Promise<UpdateLog>;
    /** Open updates at one of the positions that were last heard of before an instant, the longest silent first. */
    silent(
      account: AccountKey,
      campaign: CampaignKey,
      positions: readonly Position[],
      before: Instant,
      limit: number,
    ): Promise<readonly StoredUpdate[]>;
    add(request: AddUpdates, progress?: Progress<AddedUpdates>): Promise<AddedUpdates>;
    retry(request: RetryUpdates, progress?: Progress<RetriedUpdates>): Promise<RetriedUpdates>;
    close(request: CloseUpdates, progress?: Progress<ClosedUpdates>): Promise<ClosedUpdates>;
  };
  readonly events: {
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
  };
  /** One chain for each account; nothing is ever changed or deleted. Others have their turn after each piece. */
  readonly audit: {
    head(account: AccountKey): Promise<AuditHead>;
    /** In order: those after this number. */
    after(account: AccountKey, n: number, limit: number): Promise<readonly AuditLink[]>;
    /** Newest first: those below this number. */
    before(account: AccountKey, n: number, limit: number): Promise<readonly AuditLink[]>;
  };
  readonly documents: {
    find(account: AccountKey, kind: string, id: string): Promise<StoredDocument | undefined>;
    /** Without regard to case. */
    findByName(account: AccountKey, kind: string, name: string): Promise<StoredDocument | undefined>;
    list(account: AccountKey, kind: string, page: PageRequest): Promise<Page<StoredDocument>>;
    slice(account: AccountKey, kind: string, slice: Slice): Promise<Sliced<StoredDocument>>;
  };
  readonly destinations: {
    find(account: AccountKey, id: string): Promise<StoredDestination | undefined>;
    list(account: AccountKey, page: PageRequest): Promise<Page<StoredDestination>>;
    slice(account: AccountKey, slice: Slice): Promise<Sliced<StoredDestination>>;
  };
  readonly subscriptions: {
    find(account: AccountKey, id: string): Promise<StoredSubscription | undefined>;
    /** All of an account, oldest first. */
    list(account: AccountKey, page: PageRequest): Promise<Page<StoredSubscription>>;
    /** Those of the account as a whole and, with a campaign, those of that one. */
    about(account: AccountKey, campaign: CampaignKey | null): Promise<readonly StoredSubscription[]>;
    ofDestination(account: AccountKey, destinationId: string): Promise<readonly StoredSubscription[]>;
  };
  readonly deliveries: {
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
  };
  /** Takes the events of accounts that have a subscription when they happen; those of others go to nobody. */
  readonly outbox: {
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
  };
  readonly jobs: {
    find(account: AccountKey, id: string): Promise<StoredJob | undefined>;
    ofCampaign(account: AccountKey, campaign: CampaignKey): Promise<readonly StoredJob[]>;
    /**
     * Of the jobs that may begin, or whose worker's lease ran out, the one that could be begun the longest ago; its
     * lease is now until `leaseUntil`.
     */
    claim(now: Instant, leaseUntil: Instant): Promise<StoredJob | undefined>;
  };
  readonly idempotency: {
    find(account: AccountKey, key: string): Promise<Idempotency | undefined>;
  };
  /**
   * Forgets idempotency keys older than `before`, tokens that expired before it, and how many began in minutes before
   * `minutesBefore`, which is the same unless it is given.
   */
  expire(before: Instant, minutesBefore?: Instant): Promise<void>;
}
