import type { Campaign, CampaignStatus } from '../domain/campaign.ts';
import type { Device, Protocol } from '../domain/device.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../domain/ids.ts';
import type { Package, PackageKind } from '../domain/package.ts';
import type { Position } from '../domain/position.ts';
import type { Entity } from '../domain/refusal.ts';
import type { Expression } from '../domain/targeting.ts';
import type { Instant } from '../domain/time.ts';
import type { Outcome, Reason, Update } from '../domain/update.ts';
import type {
  Account,
  Actor,
  Credential,
  Job,
  ListedUpdate,
  LogEntry,
  Membership,
  NewEvent,
  Role,
  SavedQuery,
  StoredAccount,
  StoredCampaign,
  StoredCredential,
  StoredDevice,
  StoredEvent,
  StoredJob,
  StoredOpenUpdate,
  StoredPackage,
  StoredQuery,
  StoredRole,
  StoredToken,
  StoredUpdate,
  StoredUser,
  Token,
  UpdateLog,
  User,
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
  /** Argon2id, salted, in PHC form: for passwords. */
  hashPassword(password: string): Promise<string>;
  verifyPassword(password: string, hash: string): Promise<boolean>;
  /** Whether two texts are equal, in a time that does not depend on where they differ. */
  equal(a: string, b: string): boolean;
}

/** Where a list goes on: items after the one with this key or sequence, and how many at most. */
export type PageRequest = { readonly after: number; readonly limit: number };
/** `next` is the `after` of the following page; `null` on the last one. */
export type Page<Item> = { readonly items: readonly Item[]; readonly next: number | null };

/** Text is found anywhere in the name without regard to case; empty text and `null` do not filter. */
export type PackageFilter = {
  readonly text: string;
  readonly kind: PackageKind | null;
  readonly make: string;
  readonly model: string;
};
export type CampaignFilter = {
  readonly text: string;
  readonly statuses: readonly CampaignStatus[];
  readonly packageId: string;
};
/** Empty lists do not filter. `open: null` shows open and closed ones. */
export type UpdateFilter = {
  readonly positions: readonly Position[];
  readonly outcomes: readonly Outcome[];
  readonly open: boolean | null;
};

/** How many updates of a campaign are where: by position while open, by outcome once closed. */
export type Counts = {
  readonly open: Readonly<Partial<Record<Position, number>>>;
  readonly closed: Readonly<Partial<Record<Outcome, number>>>;
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
  /** Replaces whatever roles the person had; needs no `was`. */
  | { readonly save: 'membership'; readonly value: Membership }
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
  | { readonly save: 'job'; readonly was?: StoredJob; readonly value: Job }
  | { readonly drop: 'membership'; readonly was: Membership }
  | { readonly drop: 'role'; readonly was: StoredRole }
  | { readonly drop: 'token'; readonly was: StoredToken }
  /** All sessions and API tokens of a person, however many. */
  | { readonly drop: 'tokens-of'; readonly userId: string }
  | { readonly drop: 'device'; readonly was: StoredDevice }
  | { readonly drop: 'credential'; readonly was: StoredCredential }
  | { readonly drop: 'package'; readonly was: StoredPackage }
  | { readonly drop: 'query'; readonly was: StoredQuery }
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
 * first; its other writes and its events belong to that one. Counters follow the updates by themselves.
 */
export type Change = {
  readonly account: AccountKey | null;
  readonly writes: readonly Write[];
  readonly events: readonly NewEvent[];
  readonly idempotency?: Idempotency | undefined;
};

export type Committed =
  | { readonly ok: true }
  /** Somebody wrote or dropped one of the records since it was read: read again and decide again. */
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
    /** One read of the counters, however large the campaign. */
    counts(account: AccountKey, key: CampaignKey): Promise<Counts>;
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
    /** A device's updates, open ones first, the oldest campaign first; at most `limit`. */
    ofDevice(account: AccountKey, device: DeviceKey, limit: number): Promise<readonly ListedUpdate[]>;
    /** A device's open updates, the oldest campaign first; at most a hundred. */
    openOf(account: AccountKey, device: DeviceKey): Promise<readonly StoredOpenUpdate[]>;
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
    close(request: CloseUpdates, progress?: Progress<ClosedUpdates>): Promise<ClosedUpdates>;
  };
  readonly events: {
    /** Newest first: sequence numbers below `before`. A campaign's own without its devices', unless `device` is named. */
    list(
      account: AccountKey,
      about: { readonly campaign: CampaignKey | null; readonly device: DeviceKey | null },
      page: { readonly before: number; readonly limit: number },
    ): Promise<readonly StoredEvent[]>;
  };
  readonly outbox: {
    /** Events not yet handed on, in order per account; hidden from other callers until `leaseUntil`. */
    claim(now: Instant, leaseUntil: Instant, limit: number): Promise<readonly StoredEvent[]>;
    /** Nobody follows: everything in it counts as handed on. */
    clear(): Promise<void>;
    /** They were handed on. */
    done(events: readonly Pick<StoredEvent, 'account' | 'seq'>[]): Promise<void>;
  };
  readonly jobs: {
    find(account: AccountKey, id: string): Promise<StoredJob | undefined>;
    ofCampaign(account: AccountKey, campaign: CampaignKey): Promise<readonly StoredJob[]>;
    /** The oldest job that waits, or whose worker's lease ran out; its lease is now until `leaseUntil`. */
    claim(now: Instant, leaseUntil: Instant): Promise<StoredJob | undefined>;
  };
  readonly idempotency: {
    find(account: AccountKey, key: string): Promise<Idempotency | undefined>;
  };
  /** Forgets idempotency keys older than `before` and tokens that expired before it. */
  expire(before: Instant): Promise<void>;
}
