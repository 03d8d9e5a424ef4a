import type { ApprovalPolicy, Campaign, CampaignEvent } from '../domain/campaign.ts';
import type { Device } from '../domain/device.ts';
import type { AccountKey, CampaignKey, DeviceKey, PackageKey, UserKey } from '../domain/ids.ts';
import type { Package } from '../domain/package.ts';
import type { Instant } from '../domain/time.ts';
import type { Update, UpdateEvent } from '../domain/update.ts';
import type { Permission } from './permissions.ts';

/**
 * What the store keeps: a domain value with its key and version. The version is 1 after the insert and goes
 * up by one with each write; a write names the version it read (0 for an insert) and fails on another.
 */
export type Stored<Value, Key> = Value & { readonly key: Key; readonly version: number };

export type AccountSettings = {
  readonly approvalPolicy: ApprovalPolicy;
  /** Free text pairs, kept and shown; prefixes mark settings of one wire. */
  readonly settings: Readonly<Record<string, string>>;
};

/** A secret that speaks for any device of an account. Several may be valid while one replaces another. */
export type GatewayToken = {
  readonly id: string;
  readonly hash: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
};

/** How the devices of an account get in, and how often they come. */
export type DeviceAccess = {
  readonly gatewayTokens: readonly GatewayToken[];
  /** Names of certificate authorities whose devices are believed, as a trusted proxy tells them. */
  readonly authorities: readonly string[];
  /** Whether an unknown device may register itself: never, at once, or to wait for an operator. */
  readonly registration: 'closed' | 'open' | 'approval';
  /** Seconds between contacts: when nothing is ahead, and the bounds for when something is. Less than a day. */
  readonly poll: { readonly usual: number; readonly least: number; readonly most: number };
};

export const defaultDeviceAccess: DeviceAccess = {
  gatewayTokens: [],
  authorities: [],
  registration: 'closed',
  poll: { usual: 300, least: 30, most: 3_600 },
};

/** Who owns devices, packages and campaigns. Ids are unique without regard to case. */
export type Account = AccountSettings & {
  readonly id: string;
  readonly name: string;
  readonly deviceAccess: DeviceAccess;
  readonly createdAt: Instant;
};

/** A person. The e-mail address is kept in lower case. Server administrators reach every account. */
export type User = {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly passwordHash: string;
  readonly serverAdministrator: boolean;
  readonly disabled: boolean;
  /** Failed log-ins in a row. */
  readonly failures: number;
  /** Locked out until then; 0 when not. */
  readonly lockedUntil: Instant;
  readonly createdAt: Instant;
};

export type Role = {
  readonly id: string;
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly builtIn: boolean;
  readonly createdAt: Instant;
};

/** Which roles a person has in an account. Belonging with no role allows nothing. */
export type Membership = { readonly userId: string; readonly roleIds: readonly string[] };

/** A bearer secret of a person: a session from a log-in, or an API token. The store keeps its hash only. */
export type Token = {
  /** The public part of the secret, by which it is found. */
  readonly id: string;
  readonly hash: string;
  readonly kind: 'session' | 'api';
  readonly userId: string;
  /** Id of the account it is bound to; `null` may name any account of its user. */
  readonly accountId: string | null;
  readonly name: string;
  /** What it may do at most; `null` is whatever its user may. */
  readonly permissions: readonly Permission[] | null;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
  readonly lastUsedAt: Instant;
};

/** A secret a device shows. Several may be valid at once while one replaces another. */
export type Credential = {
  readonly id: string;
  readonly device: DeviceKey;
  readonly hash: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
};

/** A distribution list: a device query by name. */
export type SavedQuery = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly expression: string;
  readonly createdBy: string;
  readonly createdAt: Instant;
};

/**
 * Work too large for one request, done in pieces that commit on their own. `cursor` is where the next piece
 * begins. `total` is `null` until counted.
 */
export type Job = {
  readonly id: string;
  readonly campaign: CampaignKey;
  readonly campaignId: string;
  readonly work: JobWork;
  readonly status: 'waiting' | 'running' | 'done' | 'failed';
  readonly cursor: number;
  readonly done: number;
  readonly total: number | null;
  readonly problem: string;
  readonly createdBy: string;
  readonly createdAt: Instant;
  readonly finishedAt: Instant | null;
};

export type JobWork =
  /** Add every device that matches. */
  | { readonly type: 'add-by-query'; readonly expression: string }
  /** Close every open update, because the campaign is over. */
  | {
      readonly type: 'close-open';
      readonly outcome: 'cancelled' | 'timed-out';
      readonly reason: 'campaign-cancelled' | 'campaign-ended';
    };

export type StoredAccount = Stored<Account, AccountKey>;
export type StoredUser = Stored<User, UserKey>;
export type StoredRole = Role & { readonly version: number };
export type StoredToken = Token & { readonly version: number };
export type StoredDevice = Stored<Device, DeviceKey>;
export type StoredCredential = Credential & { readonly version: number };
/** `version` is the package's own text, so the count of its writes has another name. */
export type StoredPackage = Package & { readonly key: PackageKey; readonly revision: number };
export type StoredQuery = SavedQuery & { readonly version: number };
export type StoredCampaign = Stored<Campaign, CampaignKey>;
export type StoredJob = Job & { readonly account: AccountKey; readonly version: number };

/** An update with the keys that name it. */
export type StoredUpdate = Update & {
  readonly campaign: CampaignKey;
  readonly device: DeviceKey;
  readonly version: number;
  /** When the device last said something about it, or it last moved. */
  readonly heardAt: Instant;
};

/** An update that can still move. */
export type StoredOpenUpdate = Extract<StoredUpdate, { readonly status: 'open' }>;

/** What a device said about its update, in its own words, beside the steps that follow from it. */
export type LogEntry = {
  readonly at: Instant;
  /** The wire's word for what it does, such as `proceeding`. */
  readonly word: string;
  readonly result: 'none' | 'success' | 'failure';
  readonly code: number | null;
  readonly progress: { readonly done: number; readonly of: number } | null;
  readonly lines: readonly string[];
};

/** The first and the latest of what was said in this journey, oldest first; `total` counts what was left out too. */
export type UpdateLog = {
  readonly total: number;
  readonly entries: readonly (LogEntry & { readonly n: number })[];
};

export const logLimits = { first: 50, last: 200, lines: 50, line: 1_000 } as const;

/** A row of a campaign's device list, and of a device's campaign list. */
export type ListedUpdate = StoredUpdate & { readonly deviceId: string; readonly campaignId: string };

/** Who caused an event: a person or token by user id, a device by its id, or the server by itself. */
export type Actor =
  | { readonly kind: 'user'; readonly id: string }
  | { readonly kind: 'device'; readonly id: string }
  | { readonly kind: 'server' };

/** What happened, as kept in the history and pushed to subscribers. */
export type EventBody =
  | CampaignEvent
  | UpdateEvent
  | { readonly type: 'campaign-created'; readonly name: string }
  | { readonly type: 'update-added' }
  | { readonly type: 'updates-added'; readonly count: number }
  | {
      readonly type: 'updates-recalled';
      readonly count: number;
      readonly outcome: string;
      readonly reason: string;
    }
  | {
      readonly type: 'updates-closed';
      readonly count: number;
      readonly outcome: string;
      readonly reason: string;
    }
  | { readonly type: 'device-registered'; readonly id: string }
  | { readonly type: 'devices-imported'; readonly created: number; readonly changed: number }
  | { readonly type: 'device-changed'; readonly fields: readonly string[] }
  | { readonly type: 'device-deleted'; readonly id: string }
  /** After its update succeeded the device tells another version than that of the package it got. */
  | {
      readonly type: 'device-contradicted';
      readonly component: string;
      readonly expected: string;
      readonly told: string;
    }
  | { readonly type: 'device-accepted' }
  | { readonly type: 'device-auto-confirm-set'; readonly active: boolean }
  | { readonly type: 'gateway-token-issued'; readonly id: string }
  | { readonly type: 'gateway-token-revoked'; readonly id: string }
  | { readonly type: 'credential-issued'; readonly id: string }
  | { readonly type: 'credential-revoked'; readonly id: string }
  | { readonly type: 'package-uploaded'; readonly id: string; readonly sha256: string }
  | { readonly type: 'package-changed'; readonly id: string }
  | { readonly type: 'package-deleted'; readonly id: string }
  | { readonly type: 'query-saved'; readonly id: string }
  | { readonly type: 'query-deleted'; readonly id: string }
  | { readonly type: 'account-created' }
  | { readonly type: 'account-changed' }
  | { readonly type: 'user-added'; readonly user: string }
  | { readonly type: 'user-changed'; readonly user: string }
  | { readonly type: 'user-removed'; readonly user: string }
  | { readonly type: 'user-locked-out'; readonly user: string }
  | { readonly type: 'role-saved'; readonly id: string }
  | { readonly type: 'role-deleted'; readonly id: string }
  | { readonly type: 'token-issued'; readonly id: string; readonly kind: 'session' | 'api' }
  | { readonly type: 'token-revoked'; readonly id: string };

/** What an event is about: a record that was there, one that the same change inserts, or nothing. */
export type Subject<Key> = Key | { readonly inserted: string } | null;

export type NewEvent = {
  readonly at: Instant;
  readonly actor: Actor;
  readonly campaign: Subject<CampaignKey>;
  readonly device: Subject<DeviceKey>;
  readonly body: EventBody;
};

/** `seq` counts from 1 within the account without gaps, in the order of commit. */
export type StoredEvent = Omit<NewEvent, 'campaign' | 'device'> & {
  readonly account: AccountKey;
  readonly seq: number;
  readonly campaign: CampaignKey | null;
  readonly device: DeviceKey | null;
};
