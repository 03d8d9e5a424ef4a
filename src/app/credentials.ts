import { normaliseDeviceId } from '../domain/device.ts';
import type { AccountKey, DeviceKey } from '../domain/ids.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import type { Credential, StoredCredential } from './account-records.ts';
import type { Caller } from './caller.ts';
import { event, save } from './change.ts';
import { getDevice } from './devices.ts';
import { forgeCredential, type SecretInput, type ShownSecrets } from './new-credential.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';
import type { Sealing } from './protocol-ports.ts';
import type { StoredDevice } from './records.ts';
import { firstEnd, MOST_VALID, pastExpiry, tooManyValid } from './secret-life.ts';
import type { Change, Write } from './writes.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256'>;
  readonly sealing: Pick<Sealing, 'seal'>;
};

/** `replacesAfter`: all older credentials of the kind end after so many milliseconds; absent, they stay as they are. */
export type CredentialInput = SecretInput & {
  readonly expiresAt: Instant | null;
  readonly replacesAfter?: number | undefined;
};

/** A new credential with its secrets, which nobody can read again. */
export type IssuedCredential = Credential & ShownSecrets;

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

/** Issues a credential, and with `replacesAfter` lets the older ones of its kind end. */
export const issueCredential = (
  deps: Deps,
  caller: Caller,
  deviceId: string,
  input: CredentialInput,
): Promise<Result<IssuedCredential, Refusal>> =>
  save(deps.store, { entity: 'device', id: deviceId }, async () => {
    const device = await getDevice(deps, caller, deviceId);
    if (!device.ok) return device;
    const forged = forgeCredential(deps, { account: caller.account, device: device.value }, input);
    if (!forged.ok) return forged;
    const now = deps.clock();
    const { secret, server, ...made } = forged.value;
    const times = { createdAt: now, expiresAt: input.expiresAt };
    const value: Credential = { ...made, device: device.value.key, ...times };
    if (!isValid(value, now)) return pastExpiry(now);
    const change = await changeFor(deps.store, caller, value, input, now);
    return change.ok ? ok({ change: change.value, value: { ...value, secret, server } }) : change;
  });

/** What comes with a new credential: the older ones that end, and those that nobody can use any more. */
const changeFor = async (
  store: Store,
  { account: { key: account }, actor }: Caller,
  value: Credential,
  input: CredentialInput,
  now: Instant,
): Promise<Result<Change, Refusal>> => {
  const { device } = value;
  const older = replaced(await store.devices.credentials(account, device), value, input, now);
  const rivals = older.filter((one) => one.was.kind === value.kind && isValid(one.value, now)).length;
  if (rivals >= MOST_VALID) return tooManyValid('credentials', 'replacesAfter', rivals);
  const writes = older.flatMap((credential) => writesFor(credential, value, now));
  const taken = await takenBy(store, account, value, writes);
  if (taken !== undefined) return refused(taken);
  const tell = (body: Parameters<typeof event>[0]) => event(body, { actor, at: now }, { device });
  return ok({
    account,
    writes: [...writes, { save: 'credential', value }],
    events: [
      ...older.filter(endsSooner).map(({ was }) => tell({ type: 'credential-revoked', id: was.id })),
      tell({ type: 'credential-issued', id: value.id }),
    ],
  });
};

type Replaced = { readonly was: StoredCredential; readonly value: Credential };

const replaced = (
  credentials: readonly StoredCredential[],
  { kind }: Credential,
  { replacesAfter }: CredentialInput,
  now: Instant,
): readonly Replaced[] =>
  credentials.map((was) => {
    if (replacesAfter === undefined || was.kind !== kind) return { was, value: was };
    const end = now + replacesAfter;
    return was.expiresAt !== null && was.expiresAt <= end
      ? { was, value: was }
      : { was, value: { ...was, expiresAt: end } };
  });

const endsSooner = ({ was, value }: Replaced): boolean => value !== was;

/**
 * Those that had expired before are dropped: nobody can use them, and a device may rotate for ever. So is one that ends
 * now and whose identity goes over to the next.
 */
const writesFor = ({ was, value }: Replaced, next: Credential, now: Instant): readonly Write[] => {
  const goesOver = next.kind === 'psk' && was.identity === next.identity && !isValid(value, now);
  if (!isValid(was, now) || goesOver) return [{ drop: 'credential', was }];
  return value === was ? [] : [{ save: 'credential', was, value }];
};

/** Who has an identity already, which is unique in the whole server, unless it is given up by these writes. */
const takenBy = async (
  store: Store,
  account: AccountKey,
  { kind, identity }: Credential,
  writes: readonly Write[],
): Promise<Refusal | undefined> => {
  const other = kind === 'psk' ? await store.devices.preSharedKey(identity) : undefined;
  if (other === undefined) return undefined;
  const isGivenUp =
    other.account === account &&
    writes.some(
      (write) => 'drop' in write && write.drop === 'credential' && write.was.id === other.credential.id,
    );
  return isGivenUp ? undefined : { code: 'already-exists', entity: 'credential', id: identity };
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

// Keys count from 1. Looking for a device in vain takes about as long as reading one with its credentials.
const nobody = 0 as DeviceKey;
/** No SHA-256 is empty, so it equals no hash; it is as long as one for the sake of the comparison. */
const none = { hash: '-'.repeat(64), expiresAt: null } as const;

type Verifying = Pick<Deps, 'store' | 'clock'> & { readonly hashing: Pick<Hashing, 'sha256' | 'equal'> };

/**
 * The device that shows this secret, and until when the secret holds; `undefined` when it is none of its valid ones
 * or there is no such device: the caller cannot tell which from the answer or from the time it took.
 */
export const verifyDeviceSecret = async (
  { store, clock, hashing }: Verifying,
  account: AccountKey,
  deviceId: string,
  secret: string,
): Promise<{ readonly device: StoredDevice; readonly until: Instant | null } | undefined> => {
  const found = await store.devices.withCredentials(account, normaliseDeviceId(deviceId));
  const credentials = found?.credentials ?? (await store.devices.credentials(account, nobody));
  const now = clock();
  const hash = hashing.sha256(secret);
  const valid = credentials.filter((credential) => credential.kind === 'token' && isValid(credential, now));
  const matching = [none, ...valid].filter((candidate) => hashing.equal(candidate.hash, hash));
  return found === undefined || matching.length === 0
    ? undefined
    : { device: found.device, until: firstEnd(matching) };
};
