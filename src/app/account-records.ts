import type { ApprovalPolicy } from '../domain/campaign.ts';
import type { Freeze } from '../domain/freeze.ts';
import type { AccountKey, DeviceKey, UserKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { Permission } from './permissions.ts';
import type { Stored } from './records.ts';

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

export type StoredAccount = Stored<Account, AccountKey>;
export type StoredUser = Stored<User, UserKey>;
export type StoredRole = Role & { readonly version: number };
export type StoredToken = Token & { readonly version: number };
export type StoredCredential = Credential & { readonly version: number };
