import type { AccountKey, DeviceKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { Accounts, Roles, Tokens, Users } from './account-ports.ts';
import type { Campaigns, Jobs, Packages, Updates } from './campaign-ports.ts';
import type { FleetHistory } from './census-ports.ts';
import type { Deliveries, Destinations, Subscriptions } from './delivery-ports.ts';
import type { Devices, Queries } from './device-ports.ts';
import type { AuditChains, Events, Outbox } from './event-ports.ts';
import type { Overview, Page, PageRequest, ReplicaLook, Slice, Sliced } from './lists.ts';
import type { Leases, UploadStore } from './process-ports.ts';
import type { ProtocolSessions } from './protocol-ports.ts';
import type { StoredDocument } from './records.ts';
import type { Change, Committed, Idempotency } from './writes.ts';

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

  /** How the replica does; `undefined` where none is set. */
  replica(): Promise<ReplicaLook | undefined>;

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

  readonly accounts: Accounts;
  readonly users: Users;
  readonly roles: Roles;
  readonly tokens: Tokens;
  readonly devices: Devices;
  readonly packages: Packages;
  readonly queries: Queries;
  readonly campaigns: Campaigns;
  readonly updates: Updates;
  readonly events: Events;
  readonly audit: AuditChains;
  readonly documents: {
    find(account: AccountKey, kind: string, id: string): Promise<StoredDocument | undefined>;
    /** Without regard to case. */
    findByName(account: AccountKey, kind: string, name: string): Promise<StoredDocument | undefined>;
    list(account: AccountKey, kind: string, page: PageRequest): Promise<Page<StoredDocument>>;
    slice(account: AccountKey, kind: string, slice: Slice): Promise<Sliced<StoredDocument>>;
  };
  readonly destinations: Destinations;
  readonly subscriptions: Subscriptions;
  readonly deliveries: Deliveries;
  readonly outbox: Outbox;
  readonly jobs: Jobs;
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
