import {
  type Account,
  type AccountSettings,
  type Credential,
  credentialKinds,
  type Role,
  type StoredAccount,
  type StoredCredential,
  type StoredRole,
  type StoredToken,
  type StoredUser,
  type Token,
  type User,
} from '../../app/account-records.ts';
import type { Idempotency } from '../../app/writes.ts';
import { approvalPolicies } from '../../domain/campaign.ts';
import type { Entity } from '../../domain/refusal.ts';
import { MisfitError } from '../engine.ts';
import type { AccountRow, CredentialRow, IdempotencyRow, RoleRow, TokenRow, UserRow } from '../tables.ts';
import { asKey, flag, folded, indexOf, parse, wordAt } from './codec.ts';

export const toAccountRow = (account: Account): Omit<AccountRow, 'key' | 'version'> => ({
  id: account.id,
  folded: folded(account.id),
  name: account.name,
  policy: indexOf(approvalPolicies, account.approvalPolicy),
  settings: JSON.stringify(account.settings),
  device_access: JSON.stringify(account.deviceAccess),
  freezes: JSON.stringify(account.freezes),
  created_at: account.createdAt,
});

export const fromAccountRow = (row: AccountRow): StoredAccount => ({
  key: asKey(row.key),
  version: row.version,
  id: row.id,
  name: row.name,
  approvalPolicy: wordAt(approvalPolicies, row.policy),
  settings: parse<AccountSettings['settings']>(row.settings),
  deviceAccess: parse<Account['deviceAccess']>(row.device_access),
  freezes: parse<Account['freezes']>(row.freezes),
  createdAt: row.created_at,
});

export const toUserRow = (user: User): Omit<UserRow, 'key' | 'version'> => ({
  id: user.id,
  email: user.email,
  name: user.name,
  password_hash: user.passwordHash,
  server_administrator: flag(user.serverAdministrator),
  disabled: flag(user.disabled),
  failures: user.failures,
  locked_until: user.lockedUntil,
  created_at: user.createdAt,
});

export const fromUserRow = (row: UserRow): StoredUser => ({
  key: asKey(row.key),
  version: row.version,
  id: row.id,
  email: row.email,
  name: row.name,
  passwordHash: row.password_hash,
  serverAdministrator: row.server_administrator === 1,
  disabled: row.disabled === 1,
  failures: row.failures,
  lockedUntil: row.locked_until,
  createdAt: row.created_at,
});

export const fromRoleIds = (json: string): readonly string[] => parse<readonly string[]>(json);

export const toRoleRow = (role: Role): Omit<RoleRow, 'account' | 'key' | 'version'> => ({
  id: role.id,
  name: role.name,
  folded: folded(role.name),
  permissions: JSON.stringify(role.permissions),
  built_in: flag(role.builtIn),
  created_at: role.createdAt,
});

export const fromRoleRow = (row: RoleRow): StoredRole => ({
  version: row.version,
  id: row.id,
  name: row.name,
  permissions: parse<Role['permissions']>(row.permissions),
  builtIn: row.built_in === 1,
  createdAt: row.created_at,
});

// The index is what the store keeps. Append only.
const tokenKinds = ['session', 'api', 'refresh'] as const;
export const API_TOKEN = indexOf(tokenKinds, 'api');

export const toTokenRow = (token: Token): Omit<TokenRow, 'version'> => ({
  id: token.id,
  hash: token.hash,
  kind: indexOf(tokenKinds, token.kind),
  user_id: token.userId,
  account_id: token.accountId,
  name: token.name,
  permissions: token.permissions === null ? null : JSON.stringify(token.permissions),
  created_at: token.createdAt,
  expires_at: token.expiresAt,
  last_used_at: token.lastUsedAt,
});

export const fromTokenRow = (row: TokenRow): StoredToken => ({
  version: row.version,
  id: row.id,
  hash: row.hash,
  kind: wordAt(tokenKinds, row.kind),
  userId: row.user_id,
  accountId: row.account_id,
  name: row.name,
  permissions: row.permissions === null ? null : parse<Role['permissions']>(row.permissions),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
});

export const toCredentialRow = (credential: Credential): Omit<CredentialRow, 'account' | 'version'> => ({
  id: credential.id,
  device: credential.device,
  kind: indexOf(credentialKinds, credential.kind),
  identity: credential.identity,
  hash: credential.hash,
  sealed: credential.sealed,
  created_at: credential.createdAt,
  expires_at: credential.expiresAt,
});

type OfDevice = Omit<CredentialRow, 'account'>;

export const fromCredentialRow = (row: OfDevice): StoredCredential => ({
  version: row.version,
  id: row.id,
  device: asKey(row.device),
  kind: wordAt(credentialKinds, row.kind),
  identity: row.identity,
  hash: row.hash,
  sealed: row.sealed,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
});

type Joined = {
  readonly [Column in keyof Omit<OfDevice, 'id' | 'created_at' | 'version'>]: OfDevice[Column] | null;
} & {
  readonly credential_id: string | null;
  readonly credential_created_at: number | null;
  readonly credential_version: number | null;
};

/** The credential in a row of a device, if there is one. */
export const credentialIn = (row: Joined): readonly StoredCredential[] => {
  if (row.credential_id === null) return [];
  const credential = {
    device: row.device,
    kind: row.kind,
    id: row.credential_id,
    identity: row.identity,
    hash: row.hash,
    sealed: row.sealed,
    created_at: row.credential_created_at,
    expires_at: row.expires_at,
    version: row.credential_version,
  };
  // A row that has its id has all of it.
  return [fromCredentialRow(credential as OfDevice)];
};

const entities: ReadonlySet<string> = new Set([
  'account',
  'user',
  'role',
  'token',
  'device',
  'credential',
  'package',
  'query',
  'campaign',
  'update',
  'job',
  'document',
  'destination',
  'subscription',
  'delivery',
] satisfies Entity[]);
const isEntity = (text: string): text is Entity => entities.has(text);

export const fromIdempotencyRow = ({ key, digest, entity, id }: IdempotencyRow): Idempotency => {
  if (!isEntity(entity)) throw new MisfitError(`an idempotency key names ${entity}`);
  return { key, digest, entity, id };
};
