import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Backups, Snapshots } from '../app/backup-ports.ts';
import type { Blobs } from '../app/blobs.ts';
import { type ByteHolds, createByteHolds } from '../app/byte-holds.ts';
import { createLive, type Live } from '../app/live.ts';
import type { Clock, Hashing, Ids, Push, Store } from '../app/ports.ts';
import type { Sealing } from '../app/protocol-ports.ts';
import { createWaker, type Later, type Waker } from '../app/waker.ts';
import { openDiskBlobs } from '../blobs/disk.ts';
import { openPush } from '../push/http.ts';
import { refuseUnfinished } from './backup/marker.ts';
import { createBackups } from './backup/take.ts';
import type { Config } from './config.ts';
import { nodeHashing, nodeIds } from './crypto.ts';
import { openSealing, secretsKeysOf } from './secrets-key.ts';

/** Every adapter the process runs on. */
export type Context = {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly push: Push;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Hashing;
  readonly sealing: Sealing;
  /** Keep package bytes that would be removed. */
  readonly holds: ByteHolds;
  readonly backups: Backups;
  /** Tells those who follow an account what happens there. */
  readonly live: Live;
  /** Wakes the requests of devices that wait for news. */
  readonly waker: Waker;
  /** Closes what was opened here, last opened first. */
  readonly dispose: () => Promise<void>;
};

/** Timers that are called off. */
export const later: Later = (run, milliseconds) => {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
};

/** Builds the adapters that a configuration names; tests put their own in place of some. */
export const createContext = async (config: Config, overrides: Partial<Context> = {}): Promise<Context> => {
  refuseUnfinished(config.dataDirectory);
  mkdirSync(config.dataDirectory, { recursive: true, mode: 0o700 });
  const blobs = overrides.blobs ?? (await openDiskBlobs(join(config.dataDirectory, 'packages')));
  const sealing = overrides.sealing ?? openSealing(config);
  const store = overrides.store ?? (await openStore(config));
  // A sealing that a test has put there has no key to be read.
  const keys = () => (overrides.sealing === undefined ? secretsKeysOf(config) : []);
  const push = openPush({ allow: config.push.allow });
  return {
    clock: Date.now,
    ids: nodeIds,
    hashing: nodeHashing,
    waker: createWaker(later),
    live: createLive({ store, later, elapsed: () => performance.now() }),
    push,
    holds: createByteHolds(),
    backups: createBackups({ keys, blobs, snapshots: snapshotsOf(config, overrides) }),
    dispose: async () => {
      await push.close();
      await store.close();
    },
    ...overrides,
    store,
    blobs,
    sealing,
  };
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

/** Loads the driver of one engine only: the other would cost a quarter of the start. */
const openStore = async ({ database }: Config): Promise<Store> => {
  if (database.kind === 'sqlite') {
    const { openSqlite } = await import('../store/sqlite.ts');
    return openSqlite(database.file);
  }
  const { openPostgres } = await import('../store/postgres.ts');
  return openPostgres(database);
};
