import { mkdirSync } from 'node:fs';
import type { Store } from '../app/ports.ts';
import { refuseUnfinished } from './backup/marker.ts';
import type { Config } from './config.ts';

/** Makes the directory that holds all data, unless a restore of it was not finished. */
export const takeDirectory = ({ dataDirectory }: Pick<Config, 'dataDirectory'>): void => {
  refuseUnfinished(dataDirectory);
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
};

/** Opens the store that a configuration names. Loads the driver of one engine only: the other would cost a quarter of the start. */
export const openStore = async (config: Config): Promise<Store> => {
  takeDirectory(config);
  const { database } = config;
  if (database.kind === 'sqlite') {
    const { openSqlite } = await import('../store/sqlite.ts');
    return openSqlite(database.file, { thread: true });
  }
  const { openPostgres } = await import('../store/postgres.ts');
  return openPostgres(database);
};
