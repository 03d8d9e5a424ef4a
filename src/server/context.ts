import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Blobs } from '../app/blobs.ts';
import type { Clock, Hashing, Ids, Store } from '../app/ports.ts';
import { openDiskBlobs } from '../blobs/disk.ts';
import type { Config } from './config.ts';
import { nodeHashing, nodeIds } from './crypto.ts';

/** Every adapter the process runs on. */
export type Context = {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Hashing;
  /** Closes what was opened here, last opened first. */
  readonly dispose: () => Promise<void>;
};

/** Builds the adapters that a configuration names; tests put their own in place of some. */
export const createContext = async (config: Config, overrides: Partial<Context> = {}): Promise<Context> => {
  mkdirSync(config.dataDirectory, { recursive: true, mode: 0o700 });
  const blobs = overrides.blobs ?? (await openDiskBlobs(join(config.dataDirectory, 'packages')));
  const store = overrides.store ?? (await openStore(config));
  return {
    clock: Date.now,
    ids: nodeIds,
    hashing: nodeHashing,
    dispose: () => store.close(),
    ...overrides,
    store,
    blobs,
  };
};

/** Loads the driver of one engine only: the other would cost a quarter of the start. */
const openStore = async ({ database }: Config): Promise<Store> => {
  if (database.kind === 'sqlite') {
    const { openSqlite } = await import('../store/sqlite.ts');
    return openSqlite(database.file);
  }
  const { openPostgres } = await import('../store/postgres.ts');
  return openPostgres(database);
};
