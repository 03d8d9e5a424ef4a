import { join } from 'node:path';
import type { SettingReader } from './config.ts';
import { databaseSettings } from './database-settings.ts';

export type SqliteConfig = { readonly kind: 'sqlite'; readonly file: string };
export type PostgresConfig = {
  readonly kind: 'postgres';
  readonly url: string;
  readonly pool: number;
  readonly replica?: string;
  readonly prepares: boolean;
};

/** Reads all that is said about the database; without a URL it is a file in the data directory. */
export const databaseConfig = (
  { value, maybe }: Pick<SettingReader, 'value' | 'maybe'>,
  directory: string,
): SqliteConfig | PostgresConfig => {
  const [url, replica] = [maybe(databaseSettings.databaseUrl), maybe(databaseSettings.databaseReplica)];
  const [pool, prepared] = [value(databaseSettings.databasePool), value(databaseSettings.databasePrepared)];
  if (url === undefined) return { kind: 'sqlite', file: join(directory, 'muster.db') };
  return {
    ...{ kind: 'postgres', url, pool, prepares: prepared === 'yes' },
    ...(replica !== undefined && { replica }),
  };
};
