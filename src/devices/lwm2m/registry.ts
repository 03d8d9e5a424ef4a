import type { Clock, Store } from '../../app/ports.ts';
import type { Later } from '../../app/waker.ts';
import type { AccountKey, DeviceKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { fromRecord, isMissed, type ListenerName, type Registered } from './registered.ts';
import { createRegistrationWriter, type Noted } from './registration-writer.ts';

type Deps = {
  readonly store: Pick<Store, 'protocolSessions'>;
  readonly clock: Clock;
  readonly later: Later;
  /** Whether devices that are at home there are those of this process. */
  readonly isOurs: (home: string) => boolean;
  /** A write failed; what it had is tried again. */
  readonly report: (error: unknown) => void;
  /** A device has turned to another process, or was deleted, and is forgotten. */
  readonly lost: (registered: Registered) => void;
  /** A device has turned to us, and another process had brought its attempt further than we knew. */
  readonly taken: (registered: Registered) => void;
};

/** Devices that are registered, in memory, and behind it in the store (D.3). */
export type Registry = {
  readonly byId: (id: string) => Registered | undefined;
  readonly ofDevice: (account: AccountKey, device: DeviceKey) => Registered | undefined;
  readonly byAssociation: (key: string) => Registered | undefined;
  /** Accounts with at least one. */
  readonly accounts: () => Iterable<AccountKey>;
  readonly all: () => Iterable<Registered>;
  readonly size: () => number;
  /** Keeps it in place of what was known of its device, unless another process has it by now; whether, once it is flushed. */
  readonly keep: (registered: Registered) => Promise<boolean>;
  /** The same of a device that was heard here just now, whoever had it. */
  readonly take: (registered: Registered) => Promise<boolean>;
  /** As `take`, written with the next batch. */
  readonly refresh: (registered: Registered) => void;
  /** Whether a device is still ours, by what the store says. */
  readonly confirm: (registered: Registered) => Promise<boolean>;
  /** Only in memory: what no restart needs to know. */
  readonly note: (registered: Registered) => void;
  /** The device has left; what an attempt at it knows stays in the store. */
  readonly remove: (registered: Registered) => void;
  /** Removes those whose lifetime is over, and answers them. */
  readonly expire: (now: Instant) => readonly Registered[];
  /** Takes what another process, or this one before, has written; one that is here already is newer. */
  readonly adopt: (registered: Registered) => void;
  /** All that was noted is written. */
  readonly flush: () => Promise<void>;
};

const PAUSE = 250;

export const createRegistry = (deps: Deps): Registry => {
  const { later, report } = deps;
  const ids = new Map<string, Registered>();
  const associations = new Map<string, Registered>();
  const devices = new Map<AccountKey, Map<DeviceKey, Registered>>();
  let noted = new Map<string, Noted>();
  let underWay: ReadonlyMap<string, Noted> = new Map();
  let written = Promise.withResolvers<void>();
  let callOff: (() => void) | undefined;
  let writing = false;

  const place = ({ account, device }: Registered): string => `${account}/${device}`;

  const forget = (registered: Registered): void => {
    if (ids.get(registered.id)?.device === registered.device) ids.delete(registered.id);
    const held = associations.get(registered.key);
    if (held?.id === registered.id) associations.delete(registered.key);
    const known = devices.get(registered.account);
    if (known?.get(registered.device)?.id === registered.id) known.delete(registered.device);
    if (known?.size === 0) devices.delete(registered.account);
  };

  const put = (registered: Registered): void => {
    const was = devices.get(registered.account)?.get(registered.device);
    if (was !== undefined && (was.id !== registered.id || was.key !== registered.key)) forget(was);
    ids.set(registered.id, registered);
    associations.set(registered.key, registered);
    const known = devices.get(registered.account) ?? new Map<DeviceKey, Registered>();
    devices.set(registered.account, known.set(registered.device, registered));
  };

  const heldAs = (registered: Registered): Registered | undefined => {
    const held = devices.get(registered.account)?.get(registered.device);
    return held?.stored === registered.stored ? held : undefined;
  };
  const writer = createRegistrationWriter({
    ...deps,
    isTaking: (registered) =>
      [noted, underWay].some((batch) => batch.get(place(registered))?.taking === true),
    lost: (registered) => {
      const held = heldAs(registered);
      if (held === undefined) return;
      forget(held);
      deps.lost(held);
    },
    taken: (registered, { session, stored }) => {
      const held = heldAs(registered);
      if (held === undefined) return;
      const ours = { ...held, session, stored };
      put(ours);
      // What was noted meanwhile went out from what we knew.
      if (noted.has(place(ours))) remember(ours, false, true).catch(() => undefined);
      deps.taken(ours);
    },
  });

  const write = async (): Promise<void> => {
    callOff?.();
    callOff = undefined;
    if (writing || noted.size === 0) return;
    writing = true;
    const [batch, done] = [noted, written];
    underWay = batch;
    noted = new Map();
    written = Promise.withResolvers<void>();
    try {
      await writer.write([...batch.values()]);
      done.resolve();
    } catch (error) {
      report(error);
      done.promise.catch(() => undefined);
      done.reject(error);
      for (const one of batch.values()) noteAgain(one);
    } finally {
      writing = false;
      underWay = new Map();
      if (noted.size > 0) schedule();
    }
  };

  const schedule = (): void => {
    callOff ??= later(() => {
      callOff = undefined;
      void write();
    }, PAUSE);
  };

  /** The latest word about a device stands; that it was heard here is not forgotten by a later one. */
  const remember = (registered: Registered, over: boolean, taking: boolean): Promise<void> => {
    const at = place(registered);
    noted.set(at, { registered, over, taking: taking || noted.get(at)?.taking === true });
    return written.promise;
  };

  /** What was not written, beneath what was noted since. */
  const noteAgain = (one: Noted): void => {
    const at = place(one.registered);
    const latest = noted.get(at) ?? one;
    noted.set(at, { ...latest, taking: latest.taking || one.taking });
  };

  const keepNow = (registered: Registered, taking: boolean): Promise<boolean> => {
    put(registered);
    const kept = remember(registered, false, taking).then(() => !registered.stored.isLost);
    // What comes in the same turn goes along.
    setImmediate(() => void write());
    return kept;
  };

  const flush = async (): Promise<void> => {
    while (noted.size > 0 || writing) {
      const { promise } = written;
      if (writing) await new Promise<void>((resolve) => later(resolve, 5));
      else {
        void write();
        await promise;
      }
    }
  };

  return {
    byId: (id) => ids.get(id),
    ofDevice: (account, device) => devices.get(account)?.get(device),
    byAssociation: (key) => associations.get(key),
    accounts: () => devices.keys(),
    all: () => ids.values(),
    size: () => ids.size,
    keep: (registered) => keepNow(registered, false),
    take: (registered) => keepNow(registered, true),
    confirm: writer.confirm,
    refresh: (registered) => {
      put(registered);
      remember(registered, false, true).catch(() => undefined);
      schedule();
    },
    note: put,
    remove: (registered) => {
      forget(registered);
      remember(registered, true, false).catch(() => undefined);
      schedule();
    },
    expire: (now) => {
      const over = [...ids.values()].filter(({ expiresAt }) => expiresAt <= now);
      for (const registered of over) {
        forget(registered);
        remember(registered, true, false).catch(() => undefined);
      }
      if (over.length > 0) schedule();
      return over;
    },
    adopt: (registered) => {
      if (devices.get(registered.account)?.has(registered.device) !== true) put(registered);
    },
    flush,
  };
};

const PAGE = 1_000;

type Loading = Pick<Deps, 'store' | 'clock' | 'isOurs'> & {
  /** Where devices are at home of which no record says so. */
  readonly homeOf: (listener: ListenerName) => string;
};

/**
 * Takes in what an earlier process has left at our listeners, in pieces, so that others have their turn. `eachPage` is
 * told of those who are registered, and of those who left while they installed.
 */
export const loadRegistrations = async (
  { store, clock, isOurs, homeOf }: Loading,
  registry: Registry,
  eachPage: (loaded: readonly Registered[]) => void,
): Promise<void> => {
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<Store['protocolSessions']['list']>> = await store.protocolSessions.list(
      'lwm2m',
      { after, limit: PAGE },
    );
    const now = clock();
    const read = page.items.map(fromRecord).filter((one) => one !== undefined);
    const ours = read.filter(({ home }) => isOurs(home));
    const loaded = ours.filter(({ over, expiresAt }) => !over && expiresAt > now);
    for (const one of loaded) registry.adopt(one.home === '' ? { ...one, home: homeOf(one.listener) } : one);
    eachPage([...loaded, ...ours.filter((one) => isMissed(one, now))]);
    after = page.next;
  }
};
