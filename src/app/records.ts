import type { ApprovalPolicy, Campaign, CampaignEvent } from '../domain/campaign.ts';
import type { Device } from '../domain/device.ts';
import type { Freeze } from '../domain/freeze.ts';
import type { AccountKey, CampaignKey, DeviceKey, PackageKey, UserKey } from '../domain/ids.ts';
import type { Package } from '../domain/package.ts';
import type { Phase } from '../domain/position.ts';
import type { Instant } from '../domain/time.ts';
import type { Outcome, Update, UpdateEvent } from '../domain/update.ts';
import type { Origin, Wire } from './origin.ts';
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
  /** No phase of any campaign begins inside one of these. */
  readonly freezes: readonly Freeze[];
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
  /** A refresh token opens new sessions and nothing else. */
  readonly kind: 'session' | 'api' | 'refresh';
  readonly userId: string;
  /** Id of the account it is bound to; `null` may name any account of its user. */
  readonly accountId: string | null;
  /** Of a session that has one: the id of the refresh token that it ends with, or a mark of what it is. */
  readonly name: string;
  /** What it may do at most; `null` is whatever its user may. */
  readonly permissions: readonly Permission[] | null;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
  readonly lastUsedAt: Instant;
};

export const credentialKinds = ['token', 'psk', 'dm'] as const;
export type CredentialKind = (typeof credentialKinds)[number];

/** A secret that speaks for a device. Several may be valid at once while one replaces another. */
export type Credential = {
  readonly id: string;
  readonly device: DeviceKey;
  /** A token is shown, over HTTP; `psk` is a pre-shared key of TLS or DTLS; `dm` the secrets of OMA-DM. */
  readonly kind: CredentialKind;
  /** Of a pre-shared key unique in the whole server; of `dm` the user name; empty of a token. */
  readonly identity: string;
  /** Of a token; empty of those that are sealed. */
  readonly hash: string;
  /** The secrets that a protocol computes with, as `Sealing` gives them; empty of a token. */
  readonly sealed: string;
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
  /** While it waits: not to be begun before. */
  readonly notBefore: Instant;
  readonly finishedAt: Instant | null;
};

export type JobWork =
  /** Add every device that matches; with `every` (milliseconds), over and over for as long as the campaign runs. */
  | { readonly type: 'add-by-query'; readonly expression: string; readonly every: number | null }
  /** Begin again for all members whose update ended in one of these ways. */
  | { readonly type: 'retry'; readonly outcomes: readonly Outcome[] }
  /** Count the devices of each wave; `sizes` is what was counted so far. */
  | { readonly type: 'size-waves'; readonly sizes: readonly number[] }
  /**
   * Take out the devices that a request names, or decide which of them may take part; then the campaign waits for its
   * start, or fails where there is none. `null`: it was approved, and nothing else is left to decide.
   */
  | { readonly type: 'admit'; readonly request: string | null }
  /** Make the campaign of this id, which brings a package, and bring the devices that succeeded into it. */
  | { readonly type: 'roll-back'; readonly into: string; readonly package: string }
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
export type StoredDocument = WireDocument & { readonly key: number; readonly version: number };
export type StoredDestination = Destination & { readonly key: number; readonly version: number };
export type StoredSubscription = Subscription & { readonly version: number };
export type StoredDelivery = Delivery & { readonly account: AccountKey };
export type StoredJob = Job & { readonly account: AccountKey; readonly version: number };

/** An update with the keys that name it. */
export type StoredUpdate = Update & {
  readonly campaign: CampaignKey;
  readonly device: DeviceKey;
  readonly version: number;
  /** When the device last said something about it, or it last moved. */
  readonly heardAt: Instant;
  /** When what is due was last handed out again without a move; 0 when it never was. */
  readonly handedAt: Instant;
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

export const logLimits = { first: 50, last: 200, lines: 50, line: 8_192 } as const;

/** How much of each package a device has fetched, in bytes, as it told last in this journey. */
export type Transfers = {
  readonly generation: number;
  readonly packages: readonly { readonly id: string; readonly done: number; readonly of: number }[];
};

/**
 * Something that a wire keeps for its callers and that no rule of ours reads, such as the template of a device.
 * `kind` is the wire and the collection, such as `pulse/device-template`.
 */
export type WireDocument = {
  readonly kind: string;
  readonly id: string;
  /** Unique in its kind without regard to case, unless it is empty. */
  readonly name: string;
  /** JSON. */
  readonly body: unknown;
  readonly createdBy: string;
  readonly createdAt: Instant;
};

/** Where events are pushed, and how. Durations in milliseconds. */
export type Destination = {
  readonly id: string;
  /** Unique in the account without regard to case. */
  readonly name: string;
  readonly description: string;
  /** Absolute, `http:` or `https:`. */
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly authentication:
    | { readonly kind: 'none' }
    | { readonly kind: 'basic'; readonly username: string; readonly password: string }
    | { readonly kind: 'bearer'; readonly token: string };
  /** Signs what is sent; the newest first, and more than one while a receiver changes over. */
  readonly secrets: readonly string[];
  /** Until when all but the newest of them sign too; `null` when there are no others. */
  readonly olderSecretsUntil: Instant | null;
  /** The only certificates (PEM) that its TLS is trusted by; empty means those that everybody trusts. */
  readonly trust: string;
  /** Whether a delivery waits until all earlier ones of its lane are settled. */
  readonly order: 'strict' | 'none';
  readonly timeout: number;
  /** The first pause after a failure, which doubles each time; and when to give up, whichever comes first. */
  readonly retry: { readonly interval: number; readonly attempts: number; readonly within: number };
  /** Nothing is sent while it is set; why, in words. */
  readonly disabled: { readonly at: Instant; readonly because: string } | null;
  /** Since when every attempt has failed; `null` after one that did not. */
  readonly failingSince: Instant | null;
  /** Counts what people change, which is what they name in `If-Match`; what comes of attempts leaves it as it is. */
  readonly revision: number;
  readonly createdBy: string;
  readonly createdAt: Instant;
};

/** What a destination is told of, and in which wire's form. */
export type Subscription = {
  readonly id: string;
  readonly destinationId: string;
  /** Only events of this campaign; `null` is every event of the account. */
  readonly campaign: CampaignKey | null;
  readonly campaignId: string | null;
  readonly wire: 'muster' | 'pulse' | 'thingspace';
  /** The wire's word for what it is about, such as `state-change`. */
  readonly topic: string;
  /** Only these types of events, or states, as the wire reads it; empty is all. */
  readonly only: readonly string[];
  /** Replaces the path of the destination's URL; empty leaves it. */
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** Replaces the wire's own body, with `{{member}}` for members of it; empty leaves that. */
  readonly template: string;
  readonly createdBy: string;
  readonly createdAt: Instant;
};

/** One attempt to deliver. `status` is `null` when no answer came. */
export type DeliveryAttempt = {
  readonly at: Instant;
  /** Where it went, and under which headers; without those that prove who we are. */
  readonly sent: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  readonly took: number;
  readonly status: number | null;
  /** Why it failed, in words; empty when it did not. */
  readonly problem: string;
  /** The beginning of the answer's body. */
  readonly answer: string;
};

/**
 * One message for one destination. Its id follows from the subscription and the event, so that what is handed on
 * twice is delivered once.
 */
export type Delivery = {
  readonly id: string;
  readonly destinationId: string;
  readonly subscriptionId: string;
  /** The event it tells of. */
  readonly seq: number;
  readonly campaign: CampaignKey | null;
  /** Its lane: messages about one device keep their order. */
  readonly device: DeviceKey | null;
  /** The wire's word for it, such as `STATE_CHANGE`. */
  readonly event: string;
  readonly body: string;
  /**
   * A waiting one of the same subscription, campaign, device and word, of which only the latest is wanted too, is
   * replaced rather than followed: it keeps its id and its time, and tells of this event.
   */
  readonly latestOnly: boolean;
  readonly createdAt: Instant;
  /** Not before; the pause of the retries too. */
  readonly dueAt: Instant;
  readonly status: 'waiting' | 'delivered' | 'dead';
  /** The latest twenty, oldest first. */
  readonly attempts: readonly DeliveryAttempt[];
  /** How many there were since it was created or replayed. */
  readonly tries: number;
};

/** A row of a campaign's device list, and of a device's campaign list. */
export type ListedUpdate = StoredUpdate & { readonly deviceId: string; readonly campaignId: string };

/** Who caused an event: a person or token by user id, a device by its id, or the server by itself. */
export type Actor =
  | { readonly kind: 'user'; readonly id: string; readonly origin?: Origin | undefined }
  | { readonly kind: 'device'; readonly id: string; readonly wire?: Wire | undefined }
  | { readonly kind: 'server' };

/** What happened, as kept in the history and pushed to subscribers. */
export type EventBody =
  | CampaignEvent
  | UpdateEvent
  | { readonly type: 'campaign-created'; readonly name: string }
  | { readonly type: 'update-added' }
  /** `devices`: their ids, unless there are more than a thousand. */
  | { readonly type: 'updates-added'; readonly count: number; readonly devices: readonly string[] | null }
  /** Somebody wants the device to ask now. */
  | { readonly type: 'update-nudged' }
  /** Kept only in campaigns where somebody has subscribed to it. */
  | {
      readonly type: 'update-progressed';
      readonly phase: Phase;
      readonly packages: Transfers['packages'];
      readonly lines: readonly string[];
    }
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
  /**
   * After its update succeeded the device tells another version than that of the package it got. Whatever it tells, its
   * update is over: it is not offered the package again in this campaign.
   */
  | {
      readonly type: 'device-contradicted';
      readonly component: string;
      readonly expected: string;
      readonly told: string;
      readonly offeredAgain: false;
    }
  /** A stop rule has made the campaign of this id, which brings the devices that succeeded back. */
  | { readonly type: 'campaign-rolled-back'; readonly into: string }
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
  | { readonly type: 'document-saved'; readonly kind: string; readonly id: string }
  | { readonly type: 'document-deleted'; readonly kind: string; readonly id: string }
  | { readonly type: 'destination-saved'; readonly id: string }
  | { readonly type: 'destination-deleted'; readonly id: string }
  | { readonly type: 'destination-disabled'; readonly id: string; readonly because: string }
  | { readonly type: 'subscription-saved'; readonly id: string }
  | { readonly type: 'subscription-deleted'; readonly id: string }
  | { readonly type: 'account-created' }
  | { readonly type: 'account-changed' }
  | { readonly type: 'user-added'; readonly user: string }
  | { readonly type: 'user-changed'; readonly user: string }
  | { readonly type: 'user-removed'; readonly user: string }
  | { readonly type: 'user-locked-out'; readonly user: string }
  | { readonly type: 'role-saved'; readonly id: string }
  | { readonly type: 'role-deleted'; readonly id: string }
  | { readonly type: 'token-issued'; readonly id: string; readonly kind: Token['kind'] }
  | { readonly type: 'token-revoked'; readonly id: string };

/** What an event is about: a record that was there, one that the same change inserts, or nothing. */
export type Subject<Key> = Key | { readonly inserted: string } | null;

/** A job as it is written: of a campaign that was there, or of one that the same change inserts before it. */
export type NewJob = Omit<Job, 'campaign'> & { readonly campaign: NonNullable<Subject<CampaignKey>> };

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
  /** The wire that it came over, where it came over one; the actor has no more than its kind and id. */
  readonly wire?: Wire;
};
