import { normaliseDeviceId, type Protocol, registerDevice } from '../domain/device.ts';
import type { Instant } from '../domain/time.ts';
import type { GatewayToken, StoredAccount } from './account-records.ts';
import type { Caller } from './caller.ts';
import { event } from './change.ts';
import { verifyDeviceSecret } from './credentials.ts';
import { joinMatching } from './membership.ts';
import type { Clock, Hashing, Store } from './ports.ts';
import type { StoredDevice } from './records.ts';
import { firstEnd } from './secret-life.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly hashing: Pick<Hashing, 'sha256' | 'equal'>;
};

/** What a device shows to get in. */
export type DeviceProof =
  /** Its own secret. */
  | { readonly kind: 'own'; readonly secret: string }
  /** A secret that speaks for every device of the account. */
  | { readonly kind: 'gateway'; readonly secret: string }
  /** A certificate that a trusted proxy has checked: whose it is, and who signed it. */
  | { readonly kind: 'certificate'; readonly deviceId: string; readonly authorities: readonly string[] };

/** A device that got in, and on whose behalf it speaks. */
export type Admitted = {
  readonly speaker: Pick<Caller, 'account' | 'actor'>;
  readonly device: StoredDevice;
};

/** One that proved itself, and until when its proof holds. */
export type Proven = Admitted & { readonly until: Instant | null };

/**
 * Lets a device in, or not; `undefined` tells nothing of why. A device that is not known yet is registered when
 * its proof speaks for any device and the account allows it; it may then have to wait for an operator.
 */
export const admitDevice = async (
  deps: Deps,
  at: { readonly account: string; readonly device: string; readonly protocol: Protocol },
  proof: DeviceProof,
): Promise<Proven | undefined> => {
  const account = await deps.store.accounts.find(at.account);
  if (account === undefined) return undefined;
  const found =
    proof.kind === 'own'
      ? await verifyDeviceSecret(deps, account.key, at.device, proof.secret)
      : await spokenFor(deps, account, at, proof);
  if (found === undefined) return undefined;
  const actor = { kind: 'device', id: found.device.id, wire: at.protocol } as const;
  return { speaker: { account, actor }, ...found };
};

type ForAny = Exclude<DeviceProof, { kind: 'own' }>;

/** The device for which a proof speaks that could speak for any. */
const spokenFor = async (
  deps: Deps,
  account: StoredAccount,
  at: { readonly device: string; readonly protocol: Protocol },
  proof: ForAny,
): Promise<Pick<Proven, 'device' | 'until'> | undefined> => {
  const { clock, hashing } = deps;
  const { deviceAccess } = account;
  const fitting =
    proof.kind === 'gateway'
      ? fittingTokens(hashing, deviceAccess.gatewayTokens, proof.secret, clock())
      : isSigned(hashing, account, at.device, proof)
        ? [forEver]
        : [];
  const device = fitting.length === 0 ? undefined : await knownOrNew(deps, account, at);
  return device && { device, until: firstEnd(fitting) };
};

const forEver = { expiresAt: null };

const isSigned = (
  hashing: Deps['hashing'],
  { deviceAccess }: StoredAccount,
  deviceId: string,
  proof: Extract<DeviceProof, { kind: 'certificate' }>,
): boolean => {
  const known = deviceAccess.authorities.map((authority) => authority.toLowerCase());
  const signed = proof.authorities.some((authority) => known.includes(authority.toLowerCase()));
  return signed && hashing.equal(normaliseDeviceId(proof.deviceId), normaliseDeviceId(deviceId));
};

/** Looks at every token, whichever fits, so that time tells nothing. */
const fittingTokens = (
  hashing: Deps['hashing'],
  tokens: readonly GatewayToken[],
  secret: string,
  now: Instant,
): readonly GatewayToken[] => {
  const hash = hashing.sha256(secret);
  const fitting = tokens.filter((token) => hashing.equal(token.hash, hash));
  return fitting.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
};

/**
 * Lets a device in that proves nothing, over a transport that an operator has opened for such. Only one that is known
 * to speak this protocol and holds no key that it could prove itself by, or a new one where the account registers
 * whoever comes; `undefined` for all others.
 */
export const admitUnproven = async (
  deps: Pick<Deps, 'store' | 'clock'>,
  at: { readonly account: string; readonly device: string; readonly protocol: Protocol },
): Promise<Admitted | undefined> => {
  const account = await deps.store.accounts.find(at.account);
  const device = account && (await knownOrNew(deps, account, at));
  if (account === undefined || device === undefined || device.protocol !== at.protocol) return undefined;
  const now = deps.clock();
  const credentials = await deps.store.devices.credentials(account.key, device.key);
  const couldProve = credentials.some(
    ({ kind, expiresAt }) => kind === 'psk' && (expiresAt === null || expiresAt > now),
  );
  if (couldProve) return undefined;
  return { speaker: { account, actor: { kind: 'device', id: device.id, wire: at.protocol } }, device };
};

/** A device that the account knows to speak this protocol and has accepted, whatever it could prove itself by. */
export const admitKnown = async (
  { store }: Pick<Deps, 'store'>,
  at: { readonly account: string; readonly device: string; readonly protocol: Protocol },
): Promise<Admitted | undefined> => {
  const account = await store.accounts.find(at.account);
  const device = account && (await store.devices.find(account.key, normaliseDeviceId(at.device)));
  if (account === undefined || device === undefined) return undefined;
  if (device.protocol !== at.protocol || device.standing !== 'accepted') return undefined;
  return { speaker: { account, actor: { kind: 'device', id: device.id, wire: at.protocol } }, device };
};

const knownOrNew = async (
  deps: Pick<Deps, 'store' | 'clock'>,
  account: StoredAccount,
  at: { readonly device: string; readonly protocol: Protocol },
): Promise<StoredDevice | undefined> => {
  const { store, clock } = deps;
  const known = await store.devices.find(account.key, normaliseDeviceId(at.device));
  const { registration } = account.deviceAccess;
  if (known !== undefined || registration === 'closed') return known;
  const now = clock();
  const standing = registration === 'approval' ? 'waiting' : 'accepted';
  const made = registerDevice(
    at.device,
    { name: normaliseDeviceId(at.device), protocol: at.protocol },
    now,
    standing,
  );
  if (!made.ok) return undefined;
  const { value } = made;
  const actor = { kind: 'device', id: value.id, wire: at.protocol } as const;
  // Whoever was quicker has registered the same device.
  await store.commit({
    account: account.key,
    writes: [{ save: 'device', value }],
    events: [
      event(
        { type: 'device-registered', id: value.id },
        { actor, at: now },
        { device: { inserted: value.id } },
      ),
    ],
  });
  const speaker = { account, actor };
  await joinMatching(deps, speaker, [value.id]);
  return store.devices.find(account.key, value.id);
};
