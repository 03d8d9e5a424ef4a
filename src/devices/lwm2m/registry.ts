import type { Clock, Store } from '../../app/ports.ts';
import type { Later } from '../../app/waker.ts';
import type { AccountKey, DeviceKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { fromRecord, isMissed, knowsNothing, type Registered, toRecord } from './registered.ts';

type Deps = {
  readonly store: Pick<Store, 'protocolSessions'>;
  readonly clock: Clock;
  readonly later: Later;
  /** A write failed; what it had is tried again. */
  readonly report: (error: unknown) => void;
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
  /** Keeps it in place of what was known of its device; resolves once it is flushed. */
  readonly keep: (registered: Registered) => Promise<void>;
  /** The same, written with the next batch. */
  readonly refresh: (registered: Registered) => void;
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
const BATCH = 5_000;

type Noted = { readonly registered: Registered; readonly over: boolean };

export const createRegistry = ({ store, clock, later, report }: Deps): Registry => {
  const ids = new Map<string, Registered>();
  const associations = new Map<string, Registered>();
  const devices = new Map<AccountKey, Map<DeviceKey, Registered>>();
  let noted = new Map<string, Noted>();
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

  const write = async (): Promise<void> => {
    callOff?.();
    callOff = undefined;
    if (writing || noted.size === 0) return;
    writing = true;
    const [batch, done] = [noted, written];
    noted = new Map();
    written = Promise.withResolvers<void>();
    try {
      await writeAll([...batch.values()]);
      done.resolve();
    } catch (error) {
      report(error);
      done.promise.catch(() => undefined);
      done.reject(error);
      for (const [at, one] of batch) if (!noted.has(at)) noted.set(at, one);
    } finally {
      writing = false;
      if (noted.size > 0) schedule();
    }
  };

  const writeAll = async (batch: readonly Noted[]): Promise<void> => {
    const now = clock();
    for (let from = 0; from < batch.length; from += BATCH) {
      const part = batch.slice(from, from + BATCH);
      const idle = part.filter(({ over, registered }) => over && knowsNothing(registered.session));
      const kept = part.filter((one) => !idle.includes(one));
      if (idle.length > 0) {
        await store.protocolSessions.drop(idle.map(({ registered }) => ({ ...registered, kind: 'lwm2m' })));
      }
      if (kept.length === 0) continue;
      await store.protocolSessions.save(
        kept.map(({ registered, over }) => ({
          account: registered.account,
          force: true,
          value: toRecord(registered, now, over),
        })),
      );
    }
  };

  const schedule = (): void => {
    callOff ??= later(() => {
      callOff = undefined;
      void write();
    }, PAUSE);
  };

  const remember = (registered: Registered, over: boolean): Promise<void> => {
    noted.set(place(registered), { registered, over });
    return written.promise;
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
    keep: (registered) => {
      put(registered);
      const kept = remember(registered, false);
      // What comes in the same turn goes along.
      setImmediate(() => void write());
      return kept;
    },
    refresh: (registered) => {
      put(registered);
      remember(registered, false).catch(() => undefined);
      schedule();
    },
    note: put,
    remove: (registered) => {
      forget(registered);
      remember(registered, true).catch(() => undefined);
      schedule();
    },
    expire: (now) => {
      const over = [...ids.values()].filter(({ expiresAt }) => expiresAt <= now);
      for (const registered of over) {
        forget(registered);
        remember(registered, true).catch(() => undefined);
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

/**
 * Takes in what an earlier process has left, in pieces, so that others have their turn. `eachPage` is told of those who
 * are registered, and of those who left while they installed.
 */
export const loadRegistrations = async (
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
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
    const loaded = read.filter(({ over, expiresAt }) => !over && expiresAt > now);
    for (const one of loaded) registry.adopt(one);
    eachPage([...loaded, ...read.filter((one) => isMissed(one, now))]);
    after = page.next;
  }
};
