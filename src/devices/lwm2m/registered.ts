import type { ProtocolSession, StoredProtocolSession } from '../../app/protocol-ports.ts';
import type { AccountKey, DeviceKey } from '../../domain/ids.ts';
import { DAY, type Instant, SECOND } from '../../domain/time.ts';
import type { CoapPeer } from './coap/peer.ts';
import { idleSession } from './session.ts';
import type { Session } from './session-types.ts';
import { stages } from './session-types.ts';

/** Sockets that devices reach. */
export const listenerNames = ['coap', 'coaps', 'coap+tcp', 'coaps+tcp'] as const;
export type ListenerName = (typeof listenerNames)[number];

/**
 * What is known of the record in the store, shared by all copies of a registration: its version as we wrote it, 0 for none,
 * and whether another process has written it since. These are the only things here that change.
 */
export type Stored = { version: number; isLost: boolean };

/** A device that has registered (A1.3). */
export type Registered = {
  /** The last segment of its location; nobody can guess it. */
  readonly id: string;
  readonly account: AccountKey;
  readonly device: DeviceKey;
  readonly deviceId: string;
  readonly listener: ListenerName;
  /** Where it is at home: the listener that took the registration, among those of all processes; empty where there is one. */
  readonly home: string;
  /** Its association, by which it is found again after a restart where that is possible. */
  readonly key: string;
  readonly address: string;
  readonly port: number;
  /** What its handshake proved; empty where nothing was. */
  readonly identity: string;
  readonly enabler: string;
  readonly queue: boolean;
  /** Seconds; 0 is without end. */
  readonly lifetime: number;
  readonly expiresAt: Instant;
  /** Alternate root of its paths such as `/lwm2m`; empty for none. */
  readonly root: string;
  /** What else it said of itself, such as `b=U&sms=49151`. */
  readonly parameters: string;
  /** What it has, such as `3/0 5/0@1.1 9`. */
  readonly objects: string;
  readonly session: Session;
  /** Only in memory: where it can be reached, and when it was last heard. */
  readonly peer: CoapPeer | undefined;
  readonly heardAt: Instant;
  readonly stored: Stored;
};

/** MAX_TRANSMIT_WAIT: an update of the registration may take that long to come through (A1.4). */
const GRACE = 93 * SECOND;
const NEVER = Number.MAX_SAFE_INTEGER;
/** What an attempt knows outlives the registration by so long. */
const ATTEMPT_KEPT = 60 * DAY;

/** When a registration of so many seconds is over, counted from now. */
export const expiryOf = (lifetime: number, now: Instant): Instant =>
  lifetime === 0 ? NEVER : now + lifetime * SECOND + GRACE;

/** Nothing of it would be missed after a restart. */
const knowsNothing = ({ stage, brought }: Session): boolean => stage === 'idle' && brought === '';

type Kept = Omit<Registered, 'account' | 'device' | 'peer' | 'heardAt' | 'stored' | 'session' | 'home'> & {
  readonly home?: string;
  readonly session?: Session;
  readonly over?: true;
};

/** As the store keeps it. `over`: the device has left, and only what its attempt knows is kept, if that is anything. */
export const toRecord = (registered: Registered, now: Instant, over = false): ProtocolSession => {
  const { account, peer, heardAt, stored, session, device, ...rest } = registered;
  const isIdle = knowsNothing(session);
  const kept: Kept = { ...rest, ...(!isIdle && { session }), ...(over && { over }) };
  const least = over ? now : registered.expiresAt;
  const expiresAt = isIdle ? least : Math.max(least, now + ATTEMPT_KEPT);
  return { kind: 'lwm2m', device, name: registered.id, body: JSON.stringify(kept), expiresAt };
};

const isKept = (value: unknown): value is Kept =>
  typeof value === 'object' &&
  value !== null &&
  'id' in value &&
  'objects' in value &&
  'parameters' in value &&
  'expiresAt' in value;

const isSession = (value: unknown): value is Session =>
  typeof value === 'object' &&
  value !== null &&
  'stage' in value &&
  (stages as readonly unknown[]).includes(value.stage);

/** Texts that many devices share are kept once. */
const shared = new Map<string, string>();
export const share = (text: string): string => {
  const known = shared.get(text);
  if (known !== undefined) return known;
  if (shared.size < 10_000) shared.set(text, text);
  return text;
};

/** What a record says; `undefined` for one that no version of ours has written. */
export const fromRecord = (
  record: Pick<StoredProtocolSession, 'body' | 'device' | 'account' | 'version'>,
): (Registered & { readonly over: boolean }) | undefined => {
  let kept: unknown;
  try {
    kept = JSON.parse(record.body);
  } catch {
    return undefined;
  }
  if (!isKept(kept)) return undefined;
  const { session, over, ...rest } = kept;
  return {
    ...rest,
    // Others end with their process, and the next one gives the same keys to other devices.
    key: rest.listener === 'coap' ? rest.key : `gone ${rest.id}`,
    home: share(rest.home ?? ''),
    objects: share(rest.objects),
    parameters: share(rest.parameters),
    account: record.account,
    device: record.device,
    session: isSession(session) ? { ...idleSession, ...session } : idleSession,
    over: over === true,
    peer: undefined,
    heardAt: 0,
    stored: { version: record.version, isLost: false },
  };
};

/** It is not registered any more, and its installation is not over. */
export const isMissed = (
  { over, expiresAt, session }: Registered & { readonly over: boolean },
  now: Instant,
): boolean => (over || expiresAt <= now) && session.stage === 'executing';

/** Version of an object, and its instances; `undefined` where the device does not list it. */
export const objectOf = (
  { objects }: Pick<Registered, 'objects'>,
  object: number,
): { readonly version: string; readonly instances: readonly number[] } | undefined => {
  let version: string | undefined;
  let found = false;
  const instances: number[] = [];
  for (const word of objects.split(' ')) {
    const [path = '', told] = word.split('@');
    const [id, instance] = path.split('/');
    if (Number(id) !== object || path === '') continue;
    found = true;
    version ??= told;
    if (instance !== undefined) instances.push(Number(instance));
  }
  return found ? { version: version ?? '1.0', instances } : undefined;
};
