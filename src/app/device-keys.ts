import type { AccountKey, DeviceKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { Credential, StoredAccount, StoredCredential } from './account-records.ts';
import type { Clock, Store } from './ports.ts';
import type { Sealing } from './protocol-ports.ts';
import type { StoredDevice } from './records.ts';

type Deps = {
  readonly store: Pick<Store, 'accounts' | 'devices'>;
  readonly clock: Clock;
  readonly sealing: Pick<Sealing, 'open'>;
};

/** What a sealed secret is bound to, so that nobody can move one to another device or identity. */
export const aboutCredential = (
  account: AccountKey,
  { kind, device, id, identity }: Pick<Credential, 'kind' | 'device' | 'id' | 'identity'>,
): string => JSON.stringify(['credential', account, device, kind, id, identity]);

/** A key of TLS or DTLS with the device that it speaks for; `null` never expires. */
export type PreSharedKey = {
  readonly account: StoredAccount;
  readonly device: StoredDevice;
  readonly credentialId: string;
  readonly key: Uint8Array;
  readonly expiresAt: Instant | null;
};

const isValid = ({ expiresAt }: Pick<Credential, 'expiresAt'>, now: Instant): boolean =>
  expiresAt === null || expiresAt > now;

/** The valid key under an identity; `undefined` tells nothing of why. */
export const findPreSharedKey = async (
  { store, clock, sealing }: Deps,
  identity: string,
): Promise<PreSharedKey | undefined> => {
  const found = await store.devices.preSharedKey(identity);
  if (found === undefined || !isValid(found.credential, clock())) return undefined;
  const { account: key, credential } = found;
  const [account, device] = await Promise.all([
    store.accounts.get(key),
    store.devices.get(key, credential.device),
  ]);
  const secret = sealing.open(credential.sealed, aboutCredential(key, credential));
  if (account === undefined || device === undefined || secret === undefined) return undefined;
  const { id: credentialId, expiresAt } = credential;
  return { account, device, credentialId, key: Uint8Array.fromHex(secret), expiresAt };
};

/** The newest valid key of a device; `undefined` where it has none. */
export const newestKeyOf = async (
  { store, clock, sealing }: Deps,
  account: AccountKey,
  device: DeviceKey,
): Promise<{ readonly identity: string; readonly key: Uint8Array } | undefined> => {
  const now = clock();
  const [newest] = (await store.devices.credentials(account, device))
    .filter((credential) => credential.kind === 'psk' && isValid(credential, now))
    .sort(newestFirst);
  const secret = newest && sealing.open(newest.sealed, aboutCredential(account, newest));
  return newest === undefined || secret === undefined
    ? undefined
    : { identity: newest.identity, key: Uint8Array.fromHex(secret) };
};

/** By which an OMA-DM device and its server prove themselves to each other. */
export type DmSecrets = {
  readonly user: string;
  readonly password: string;
  readonly serverId: string;
  readonly serverPassword: string;
};

/** What is sealed of them: the user name is the identity of the credential. */
export type SealedDmSecrets = Omit<DmSecrets, 'user'>;

const newestFirst = (a: Credential, b: Credential): number =>
  b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);

/** Valid ones of a device, newest first. */
export const dmSecretsOf = async (
  { store, clock, sealing }: Deps,
  account: AccountKey,
  device: DeviceKey,
): Promise<readonly DmSecrets[]> => {
  const now = clock();
  const opened = (credential: StoredCredential): readonly DmSecrets[] => {
    const text = sealing.open(credential.sealed, aboutCredential(account, credential));
    // What opens was sealed here, in this form.
    return text === undefined
      ? []
      : [{ user: credential.identity, ...(JSON.parse(text) as SealedDmSecrets) }];
  };
  return (await store.devices.credentials(account, device))
    .filter((credential) => credential.kind === 'dm' && isValid(credential, now))
    .sort(newestFirst)
    .flatMap(opened);
};
