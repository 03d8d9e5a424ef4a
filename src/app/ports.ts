import type { CampaignStatus } from '../domain/campaign.ts';
import type { Device, Protocol } from '../domain/device.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../domain/ids.ts';
import type { Position } from '../domain/position.ts';
import type { Result } from '../domain/result.ts';
import type { TalliesByScope } from '../domain/tally.ts';
import type { Expression } from '../domain/targeting.ts';
import type { Instant } from '../domain/time.ts';
import type { Queue } from '../domain/update.ts';
import type { AuditHead, AuditLink } from './audit-entry.ts';
import type { DeviceCensus, EndsCensus, FleetHistory, ZoneCensus } from './census-ports.ts';
import type {
  CampaignFilter,
  Counts,
  DeliveryFilter,
  IdPage,
  IdPageRequest,
  Marks,
  Overview,
  PackageFilter,
  Page,
  PageRequest,
  Slice,
  Sliced,
  UpdateFilter,
} from './lists.ts';
import type { Leases, UploadStore } from './process-ports.ts';
import type { ProtocolSessions } from './protocol-ports.ts';
import type {
  Actor,
  Delivery,
  Destination,
  ListedUpdate,
  Membership,
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
  Transfers,
  UpdateLog,
} from './records.ts';
import type {
  AddedUpdates,
  AddUpdates,
  Change,
  ClosedUpdates,
  CloseUpdates,
  Committed,
  Idempotency,
  Progress,
  RetriedUpdates,
  RetryUpdates,
  Settlement,
} from './writes.ts';

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
  /** What time it is where the rows are: the same for all processes. */
  now(): Promise<Instant>;
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

  /**
   * Whether what a device was answered still holds, told by numbers that only grow: what was read since `now` gave
   * one holds for as long as `of` gives none that is larger. It counts what is written of the device, its
   * credentials and updates, and of its account and campaigns, but not what depends on the updates of others.
   */
  readonly contactEpochs: {
    /** `undefined` where the store cannot know what others write. */
    now(): number | undefined;
    of(account: AccountKey, device: DeviceKey): number;
    /** The same, but counting only what lets a device in: it, its credentials and its account. */
    ofIdentity(account: AccountKey, device: DeviceKey): number;
  };

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
    /** Goes through all that there are. */
    marks(account: AccountKey, where: Expression): Promise<Marks>;
    /** Those that match, in the order of their ids. */
    byId(account: AccountKey, where: Expression, page: IdPageRequest): Promise<IdPage<StoredDevice>>;
    count(account: AccountKey, where: Expression): Promise<number>;
    /**
     * Of so many devices of a protocol after a key those that were last seen before an instant and have an open update in
     * a running campaign; `next` where there are more of the protocol.
     */
    awaited(
      account: AccountKey,
      protocol: Protocol,
      seenBefore: Instant,
      page: PageRequest,
    ): Promise<Page<StoredDevice>>;
    /** What they all are, by when they were last seen: since which of the instants, the latest of them first. */
    census(account: AccountKey, since: readonly Instant[]): Promise<DeviceCensus>;
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
    /** The pre-shared key under an identity, in whichever account. */
    preSharedKey(
      identity: string,
    ): Promise<{ readonly account: AccountKey; readonly credential: StoredCredential } | undefined>;
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
    /** Goes through all that there are. */
    marks(account: AccountKey, campaign: CampaignKey, filter: UpdateFilter): Promise<Marks>;
    /** All members, in the order of the ids of their devices. */
    byDevice(account: AccountKey, campaign: CampaignKey, page: IdPageRequest): Promise<IdPage<ListedUpdate>>;
    /**
     * How many of the campaign's updates wait for such places and do so since before another, by the keys of their
     * devices where it is the same instant; at most `limit`. Only of devices that fit and were seen after an instant.
     */
    ahead(
      account: AccountKey,
      campaign: CampaignKey,
      of: Pick<StoredUpdate, 'since' | 'device'>,
      which: {
        readonly waitsFor: readonly Queue[];
        readonly where: Expression;
        readonly seenAfter: Instant;
      },
      limit: number,
    ): Promise<number>;
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
    /** How all those of a campaign that are closed have ended, by stretches of so many milliseconds. */
    ends(account: AccountKey, campaign: CampaignKey, every: number): Promise<EndsCensus>;
    /** In which time zones the devices of a campaign are. */
    zones(account: AccountKey, campaign: CampaignKey): Promise<ZoneCensus>;
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
    /**
     * Makes room for what is to come, and lets go as a whole what happened before an instant and lies together. Answers
     * before which instant the rest is to be looked at by `expire`.
     */
    turn(now: Instant, before: Instant): Promise<Instant>;
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
    /** Has the job as it is now, and for longer, if the lease is still the one that ended at `held`. */
    renew(
      job: Pick<StoredJob, 'account' | 'id'>,
      held: Instant,
      leaseUntil: Instant,
    ): Promise<StoredJob | undefined>;
    /** Lets anybody go on with a job that runs, if the lease is still that one. */
    release(job: Pick<StoredJob, 'account' | 'id'>, held: Instant): Promise<void>;
  };
  readonly idempotency: {
    find(account: AccountKey, key: string): Promise<Idempotency | undefined>;
  };
  /** What device protocols keep between two messages. */
  readonly protocolSessions: ProtocolSessions;
  readonly fleetHistory: FleetHistory;
  readonly leases: Leases;
  readonly uploads: UploadStore;
  /**
   * Forgets idempotency keys older than `before`, tokens and protocol sessions that expired before it, and how many began in minutes before
   * `minutesBefore`, which is the same unless it is given.
   */
  expire(before: Instant, minutesBefore?: Instant): Promise<void>;
}
