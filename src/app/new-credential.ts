import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Credential, CredentialKind, StoredAccount } from './account-records.ts';
import { aboutCredential, type SealedDmSecrets } from './device-keys.ts';
import type { Hashing, Ids } from './ports.ts';
import type { Sealing } from './protocol-ports.ts';
import type { StoredDevice } from './records.ts';
import { newSecret } from './secrets.ts';

type Deps = {
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256'>;
  readonly sealing: Pick<Sealing, 'seal'>;
};

/** What is asked for; what is left out is made up. */
export type SecretInput = {
  /** A token unless it is given. */
  readonly kind?: CredentialKind | undefined;
  /** Of a pre-shared key, 1 to 128 visible ASCII characters; of `dm` the user name. */
  readonly identity?: string | undefined;
  /**
   * One that the device has already, in place of a new one: 16 to 128 visible ASCII characters; of a pre-shared key 16
   * to 64 bytes in hex.
   */
  readonly secret?: string | undefined;
  /** Of `dm`: as whom the server proves itself to the device, and by which password. */
  readonly server?: { readonly id?: string | undefined; readonly secret?: string | undefined } | undefined;
};

/** What is shown of a new credential this once; `null` where there is none or the caller gave it. */
export type ShownSecrets = {
  readonly secret: string | null;
  readonly server: { readonly id: string; readonly secret: string | null } | null;
};

/** The parts of a new credential that depend on its kind. */
export type Forged = ShownSecrets & Pick<Credential, 'id' | 'kind' | 'identity' | 'hash' | 'sealed'>;

const KEY_BYTES = 32;
const PASSWORD_BYTES = 24;
const LONGEST_IDENTITY = 128;
const KEY = /^(?:[0-9a-f]{2}){16,64}$/i;

const invalid = (field: string, expected: string) =>
  refused<Refusal>({ code: 'invalid', field, expected, got: 'something else' });

/** `<account>:<device>:<random>`: servers and devices must take identities of 128 bytes (RFC 4279, 5.3). */
const newIdentity = ({ ids }: Deps, account: StoredAccount, device: StoredDevice): string => {
  const random = ids.secret(6);
  const whose = `${account.id}:${device.id}`.replace(/[^!-~]/g, '-');
  return `${whose.slice(0, LONGEST_IDENTITY - 1 - random.length)}:${random}`;
};

const newId = ({ ids, hashing }: Deps): string => newSecret(ids, hashing).id;

const forgeToken = (deps: Deps, input: SecretInput): Result<Forged, Refusal> => {
  if (input.identity !== undefined) return invalid('identity', 'none for a token');
  if (input.server !== undefined) return invalid('server', 'none for a token');
  const { id, secret } = newSecret(deps.ids, deps.hashing);
  return ok({
    ...{ id, kind: 'token', identity: '', sealed: '', server: null },
    hash: deps.hashing.sha256(input.secret ?? secret),
    secret: input.secret === undefined ? secret : null,
  });
};

type For = { readonly account: StoredAccount; readonly device: StoredDevice };

const forgeKey = (deps: Deps, { account, device }: For, input: SecretInput): Result<Forged, Refusal> => {
  if (input.server !== undefined) return invalid('server', 'none for a pre-shared key');
  if (input.secret !== undefined && !KEY.test(input.secret))
    return invalid('secret', '16 to 64 bytes in hex');
  const key = input.secret?.toLowerCase() ?? hexOf(deps.ids.secret(KEY_BYTES));
  const kind = 'psk';
  const [id, identity] = [newId(deps), input.identity ?? newIdentity(deps, account, device)];
  const about = aboutCredential(account.key, { kind, device: device.key, id, identity });
  return ok({
    ...{ id, kind, identity, hash: '', sealed: deps.sealing.seal(key, about), server: null },
    secret: input.secret === undefined ? key : null,
  });
};

const hexOf = (text: string): string => Uint8Array.fromBase64(text, { alphabet: 'base64url' }).toHex();

const forgePasswords = (
  deps: Deps,
  { account, device }: For,
  input: SecretInput,
): Result<Forged, Refusal> => {
  const kind = 'dm';
  const [id, identity] = [newId(deps), input.identity ?? device.id];
  const { id: serverId = 'muster', secret: given } = input.server ?? {};
  const password = input.secret ?? deps.ids.secret(PASSWORD_BYTES);
  const serverPassword = given ?? deps.ids.secret(PASSWORD_BYTES);
  const secrets: SealedDmSecrets = { password, serverId, serverPassword };
  const about = aboutCredential(account.key, { kind, device: device.key, id, identity });
  return ok({
    ...{ id, kind, identity, hash: '', sealed: deps.sealing.seal(JSON.stringify(secrets), about) },
    secret: input.secret === undefined ? password : null,
    server: { id: serverId, secret: given === undefined ? serverPassword : null },
  });
};

/** Makes a credential up as far as nobody has given it, and seals what a protocol computes with. */
export const forgeCredential = (
  deps: Deps,
  { account, device }: For,
  input: SecretInput,
): Result<Forged, Refusal> => {
  switch (input.kind) {
    case 'psk':
      return forgeKey(deps, { account, device }, input);
    case 'dm':
      return forgePasswords(deps, { account, device }, input);
    default:
      return forgeToken(deps, input);
  }
};
