import { admitDevice } from '../../app/device-access.ts';
import { type DmSecrets, dmSecretsOf } from '../../app/device-keys.ts';
import type { StoredProtocolSession } from '../../app/protocol-ports.ts';
import type { StoredDevice } from '../../app/records.ts';
import { normaliseDeviceId } from '../../domain/device.ts';
import type { DeviceKey } from '../../domain/ids.ts';
import { challengeScheme, isProven, type Shown, shownBy } from './auth.ts';
import type { Call, OmaDmDeps } from './call.ts';
import { chalOf } from './compose.ts';
import type { Chal } from './message.ts';
import { MOST_CHALLENGES, nonceBases, nonceFor, noncesFor, oldNoncesFor } from './nonces.ts';
import { type DmRecord, newRecord } from './record.ts';

/** Who speaks, as far as a message says. */
export type Identified = {
  /** As the device names itself, tidied. */
  readonly name: string;
  readonly device: StoredDevice | undefined;
  readonly secrets: readonly DmSecrets[];
  readonly stored: StoredProtocolSession | undefined;
  readonly record: DmRecord | undefined;
};

/** `IMEI:490...` and the like name the same device as the bare number (B1.3). */
const bareName = (source: string): string =>
  normaliseDeviceId(source)
    .replace(/^(?:urn:)?(?:imei|meid|esn|uuid|imsi|sn)[:-]/i, '')
    .trim();

const nobodyKey = 0 as DeviceKey;

/** The body of what is kept of a device; what is stored was written here. */
export const recordIn = ({ body }: Pick<StoredProtocolSession, 'body'>): DmRecord =>
  JSON.parse(body) as DmRecord;

/** Looks up who a message says it is from; the same reads whether there is such a device or not. */
export const identify = async (deps: OmaDmDeps, { account, message }: Call): Promise<Identified> => {
  const { store } = deps;
  const full = normaliseDeviceId(message.header.source);
  const bare = bareName(full);
  const device =
    (await store.devices.find(account.key, full)) ?? (await store.devices.find(account.key, bare));
  const key = device?.key ?? nobodyKey;
  const [secrets, stored] = await Promise.all([
    dmSecretsOf(deps, account.key, key),
    store.protocolSessions.find(account.key, key, 'oma-dm'),
  ]);
  const record = stored && recordIn(stored);
  return { name: bare, device, secrets, stored, record };
};

/** What a device is told of its proof, and how its record is then; or a refusal with a challenge. */
export type Access =
  | {
      readonly granted: true;
      readonly device: StoredDevice;
      readonly code: 200 | 212;
      readonly chal: Chal | undefined;
      readonly record: DmRecord;
      /** Those of the device, newest first. */
      readonly secrets: readonly DmSecrets[];
    }
  | { readonly granted: false; readonly code: 401 | 407; readonly chal: Chal | undefined };

/** Looks at what a message shows for itself (B1.5). Whoever it is from, the answer to a wrong proof is the same. */
export const checkAccess = async (deps: OmaDmDeps, call: Call, who: Identified): Promise<Access> => {
  const { failures, source, allowsBasic, message, mac, body } = call;
  if (call.certificate !== undefined) {
    const byCertificate = await withCertificate(deps, call, who, call.certificate);
    if (byCertificate !== undefined) return byCertificate;
  }
  const shown = shownBy(message, mac, body);
  const counted = `${call.account.id} ${who.name}`;
  if (failures.isTooMany(counted, source)) return { granted: false, code: 401, chal: undefined };
  const named = { account: call.account.id, device: who.name };
  const bases = nonceBases(deps, named, who.record);
  const allowed = typeof shown !== 'string' && (shown.scheme !== 'basic' || allowsBasic) ? shown : undefined;
  if (
    allowed !== undefined &&
    isProven(allowed, who.secrets, allowed.scheme === 'basic' ? [] : noncesFor(deps, bases)) &&
    who.device !== undefined
  ) {
    return grant(deps, who.device, who, named, allowed);
  }
  // A stale nonce is no guess at the secret: a fleet that has lost its nonces is not shut out.
  const isOld = allowed !== undefined && isProven(allowed, who.secrets, oldNoncesFor(deps, bases));
  if (shown !== 'nothing' && !isOld) failures.note(counted, source);
  const { msgId } = message.header;
  const scheme = challengeScheme(shown, allowsBasic);
  const chal = msgId > MOST_CHALLENGES ? undefined : chalOf(scheme, nonceFor(deps, bases[0], msgId));
  return { granted: false, code: shown === 'nothing' ? 407 : 401, chal };
};

/** Each nonce is good for one proof. MD5 and basic hold for the session; a MAC is for its message alone. */
const grant = (
  deps: OmaDmDeps,
  device: StoredDevice,
  { record: known, secrets }: Identified,
  named: { readonly account: string; readonly device: string },
  shown: Shown,
): Access => {
  const was = known ?? newRecord(deps.ids.secret(9));
  const { scheme } = shown;
  const uses = known === undefined ? 0 : scheme === 'basic' ? was.uses : was.uses + 1;
  const record = { ...was, uses, theirScheme: was.theirScheme ?? (scheme === 'hmac' ? scheme : null) };
  const nonce = nonceFor(deps, { ...named, seed: record.seed, uses }, 0);
  const chal = scheme === 'basic' ? undefined : chalOf(scheme, nonce);
  return { granted: true, device, code: scheme === 'hmac' ? 200 : 212, chal, record, secrets };
};

/** A certificate speaks for its device; it may make one known that is new, where the account allows that. */
const withCertificate = async (
  deps: OmaDmDeps,
  { account }: Call,
  { name, device, record, secrets: known }: Identified,
  proof: NonNullable<Call['certificate']>,
): Promise<Access | undefined> => {
  const at = { account: account.id, device: device?.id ?? name, protocol: 'oma-dm' } as const;
  const found = await admitDevice(deps, at, proof);
  if (found === undefined) return undefined;
  const kept = record ?? newRecord(deps.ids.secret(9));
  const secrets =
    found.device.key === device?.key ? known : await dmSecretsOf(deps, account.key, found.device.key);
  return { granted: true, device: found.device, code: 212, chal: undefined, record: kept, secrets };
};
