import { normaliseDeviceId } from '../domain/device.ts';
import type { AccountKey, DeviceKey } from '../domain/ids.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import type { Caller } from './caller.ts';
import { event, save } from './change.ts';
import { getDevice } from './devices.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';
import type { Credential, StoredCredential, StoredDevice } from './records.ts';
import { MOST_VALID, pastExpiry, tooManyValid } from './secret-life.ts';
import { newSecret } from './secrets.ts';
import type { Write } from './writes.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256'>;
};

/** `replacesAfter`: all older credentials end after so many milliseconds; absent, they stay as they are. */
export type CredentialInput = {
  readonly expiresAt: Instant | null;
  readonly replacesAfter?: number | undefined;
  /** One that the device has already, in place of a new one: 16 to 128 visible ASCII characters. */
  readonly secret?: string | undefined;
};

/** A new credential with its secret, which nobody can read again; `null` where the caller gave it. */
export type IssuedCredential = Credential & { readonly secret: string | null };

const isValid = ({ expiresAt }: Pick<Credential, 'expiresAt'>, now: Instant): boolean =>
  expiresAt === null || expiresAt > now;

const oldestFirst = (a: Credential, b: Credential): number =>
  a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);

/** The credentials of a device, oldest first; those that have expired stay until the next one is issued. */
export const listCredentials = async (
  deps: Pick<Deps, 'store'>,
  caller: Caller,
  deviceId: string,
): Promise<Result<readonly StoredCredential[], Refusal>> => {
  const device = await getDevice(deps, caller, deviceId);
  if (!device.ok) return device;
  const credentials = await deps.store.devices.credentials(caller.account.key, device.value.key);
  return ok([...credentials].sort(oldestFirst));
};

/** Issues a credential, and with `replacesAfter` lets the older ones end. */
export const issueCredential = (
  deps: Deps,
  caller: Caller,
  deviceId: string,
  input: CredentialInput,
): Promise<Result<IssuedCredential, Refusal>> => {
  const { store, clock, ids, hashing } = deps;
  const account = caller.account.key;
  const { id, secret } = newSecret(ids, hashing);
  return save(store, { entity: 'credential', id }, async () => {
    const device = await getDevice(deps, caller, deviceId);
    if (!device.ok) return device;
    const now = clock();
    const hash = hashing.sha256(input.secret ?? secret);
    const value = { id, device: device.value.key, hash, createdAt: now, expiresAt: input.expiresAt };
    if (!isValid(value, now)) return pastExpiry(now);
    const older = replaced(await store.devices.credentials(account, device.value.key), input, now);
    const valid = older.filter((credential) => isValid(credential.value, now)).length;
    if (valid >= MOST_VALID) return tooManyValid('credentials', 'replacesAfter', valid);
    const { key } = device.value;
    const tell = (body: Parameters<typeof event>[0]) =>
      event(body, { actor: caller.actor, at: now }, { device: key });
    return ok({
      change: {
        account,
        writes: [...older.flatMap((credential) => writesFor(credential, now)), { save: 'credential', value }],
        events: [
          ...older.filter(endsSooner).map(({ was }) => tell({ type: 'credential-revoked', id: was.id })),
          tell({ type: 'credential-issued', id }),
        ],
      },
      value: { ...value, secret: input.secret === undefined ? secret : null },
    });
  });
};

type Replaced = { readonly was: StoredCredential; readonly value: Credential };

const replaced = (
  credentials: readonly StoredCredential[],
  { replacesAfter }: CredentialInput,
  now: Instant,
): readonly Replaced[] =>
  credentials.map((was) => {
    if (replacesAfter === undefined) return { was, value: was };
    const end = now + replacesAfter;
    return was.expiresAt !== null && was.expiresAt <= end
      ? { was, value: was }
      : { was, value: { ...was, expiresAt: end } };
  });

const endsSooner = ({ was, value }: Replaced): boolean => value !== was;

/** Those that had expired before are dropped: nobody can use them, and a device may rotate for ever. */
const writesFor = ({ was, value }: Replaced, now: Instant): readonly Write[] => {
  if (!isValid(was, now)) return [{ drop: 'credential', was }];
  return value === was ? [] : [{ save: 'credential', was, value }];
};

/** Revokes a credential at once. */
export const revokeCredential = (
  deps: Pick<Deps, 'store' | 'clock'>,
  caller: Caller,
  deviceId: string,
  id: string,
): Promise<Result<undefined, Refusal>> => {
  const { store, clock } = deps;
  const account = caller.account.key;
  return save(store, { entity: 'credential', id }, async () => {
    const device = await getDevice(deps, caller, deviceId);
    if (!device.ok) return device;
    const credentials = await store.devices.credentials(account, device.value.key);
    const was = credentials.find((credential) => credential.id === id);
    if (was === undefined) return refused<Refusal>({ code: 'not-found', entity: 'credential', id });
    const by = { actor: caller.actor, at: clock() };
    return ok({
      change: {
        account,
        writes: [{ drop: 'credential', was }],
        events: [event({ type: 'credential-revoked', id }, by, { device: device.value.key })],
      },
      value: undefined,
    });
  });
};

/** Revokes every credential of a device at once; it is no error when there is none. */
export const revokeCredentials = (
  deps: Pick<Deps, 'store' | 'clock'>,
  caller: Caller,
  deviceId: string,
): Promise<Result<undefined, Refusal>> => {
  const { store, clock } = deps;
  const account = caller.account.key;
  return save<undefined>(store, { entity: 'device', id: deviceId }, async () => {
    const device = await getDevice(deps, caller, deviceId);
    if (!device.ok) return device;
    const credentials = await store.devices.credentials(account, device.value.key);
    const by = { actor: caller.actor, at: clock() };
    const { key } = device.value;
    return ok({
      change: {
        account,
        writes: credentials.map((was) => ({ drop: 'credential', was })),
        events: credentials.map(({ id }) => event({ type: 'credential-revoked', id }, by, { device: key })),
      },
      value: undefined,
    });
  });
};

// Keys count from 1. Asking for nobody's credentials takes as long as asking for somebody's.
const nobody = 0 as DeviceKey;
/** No SHA-256 is empty, so it equals no hash; it is as long as one for the sake of the comparison. */
const noHash = '-'.repeat(64);

/**
 * The device that shows this secret, `undefined` when it is none of its valid ones or there is no such device:
 * the caller cannot tell which from the answer or from the time it took.
 */
export const verifyDeviceSecret = async (
  {
    store,
    clock,
    hashing,
  }: Pick<Deps, 'store' | 'clock'> & { readonly hashing: Pick<Hashing, 'sha256' | 'equal'> },
  account: AccountKey,
  deviceId: string,
  secret: string,
): Promise<StoredDevice | undefined> => {
  const device = await store.devices.find(account, normaliseDeviceId(deviceId));
  const credentials = await store.devices.credentials(account, device?.key ?? nobody);
  const now = clock();
  const hash = hashing.sha256(secret);
  const valid = credentials
    .filter((credential) => isValid(credential, now))
    .map((credential) => credential.hash);
  const matching = [noHash, ...valid].filter((candidate) => hashing.equal(candidate, hash));
  return matching.length > 0 ? device : undefined;
};
