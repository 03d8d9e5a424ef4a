import type { Backups, Snapshots } from '../app/backup-ports.ts';
import type { Blobs, Redirects } from '../app/blobs.ts';
import { type ByteHolds, createByteHolds } from '../app/byte-holds.ts';
import { createLive, type Live } from '../app/live.ts';
import type { Clock, Hashing, Ids, Store } from '../app/ports.ts';
import type { Sealing } from '../app/protocol-ports.ts';
import type { Push } from '../app/push-ports.ts';
import { openSharedClock, type SharedClock } from '../app/shared-clock.ts';
import { alwaysMine, createTurns, type Turns } from '../app/turns.ts';
import { createWaker, type Later, type Waker } from '../app/waker.ts';
import { openPush } from '../push/http.ts';
import { createBackups } from './backup/take.ts';
import type { Config } from './config.ts';
import { nodeHashing, nodeIds } from './crypto.ts';
import { openStore, takeDirectory } from './open-store.ts';
import { openPackages, type PackageStore } from './package-store.ts';
import { openSealing, secretsKeysOf } from './secrets-key.ts';

/** Every adapter the process runs on. */
export type Context = {
  readonly store: Store;
  readonly blobs: Blobs;
  /** Whose downloads go to where the bytes are. */
  readonly redirects: Redirects;
  readonly push: Push;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Hashing;
  readonly sealing: Sealing;
  /** Keep package bytes that would be removed. */
  readonly holds: ByteHolds;
  readonly backups: Backups;
  /** Which of several processes does what one of them does for all. */
  readonly turns: Turns;
  /** Tells those who follow an account what happens there. */
  readonly live: Live;
  /** Wakes the requests of devices that wait for news. */
  readonly waker: Waker;
  readonly later: Later;
  /** Closes what was opened here, last opened first. */
  readonly dispose: () => Promise<void>;
};

/** Timers that are called off. */
export const later: Later = (run, milliseconds) => {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
};

/** Builds the adapters that a configuration names; tests put their own in place of some. `opening` is the store, on its way. */
export const createContext = async (
  config: Config,
  overrides: Partial<Context> = {},
  opening?: Promise<Store>,
): Promise<Context> => {
  takeDirectory(config);
  const store = overrides.store ?? (await (opening ?? openStore(config)));
  // Connections that are left open would keep a process alive that cannot start.
  const { blobs, sealing } = await openBeside(config, overrides).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  // A sealing that a test has put there has no key to be read.
  const keys = () => (overrides.sealing === undefined ? secretsKeysOf(config) : []);
  const push = openPush({ allow: config.push.allow });
  const shared = await clockOver(config, store, overrides);
  const { clock } = shared;
  const isShared = config.database.kind === 'postgres' && overrides.store === undefined;
  return {
    clock,
    ids: nodeIds,
    hashing: nodeHashing,
    later,
    waker: createWaker(later),
    live: createLive({ store, later, elapsed }),
    push,
    redirects: config.packages.redirects,
    holds: createByteHolds({ leases: store.leases, clock, ids: nodeIds, later }),
    turns: isShared ? createTurns({ leases: store.leases, clock, holder: nodeIds.uuid() }) : alwaysMine,
    backups: createBackups({ keys, blobs, snapshots: snapshotsOf(config, overrides) }),
    dispose: async () => {
      shared.stop();
      await push.close();
      await store.close();
      await blobs.close();
    },
    ...overrides,
    store,
    blobs,
    sealing,
  };
};

const openBeside = async (
  config: Config,
  overrides: Partial<Context>,
): Promise<{ readonly blobs: PackageStore; readonly sealing: Sealing }> => ({
  blobs: await packagesOf(config, overrides),
  sealing: overrides.sealing ?? openSealing(config),
});

/** Those that a test has put there are closed by the test. */
const packagesOf = async (config: Config, { blobs }: Partial<Context>): Promise<PackageStore> =>
  blobs === undefined ? openPackages(config) : { ...blobs, close: async () => {} };

const elapsed = (): number => performance.now();

/** That of the database where several processes may share one; a test may have put its own there, or its own store. */
const clockOver = async (
  { database }: Config,
  store: Store,
  overrides: Partial<Context>,
): Promise<SharedClock> => {
  const clock = overrides.clock ?? Date.now;
  if (database.kind === 'sqlite' || overrides.clock !== undefined || overrides.store !== undefined)
    return { clock, stop: () => undefined };
  return openSharedClock({ ask: store.now, elapsed, here: Date.now, later });
};

/** A store that a test has put there has no database. */
const snapshotsOf = ({ database }: Config, { store }: Partial<Context>): Snapshots => ({
  open: async () => {
    if (store !== undefined)
      return { schema: 0, engine: 'none', tables: [], rows: async function* () {}, close: async () => {} };
    if (database.kind === 'sqlite') {
      const { sqliteSnapshots } = await import('../store/snapshot-sqlite.ts');
      return sqliteSnapshots(database.file).open();
    }
    const { postgresSnapshots } = await import('../store/snapshot-postgres.ts');
    return postgresSnapshots(database.url).open();
  },
});
