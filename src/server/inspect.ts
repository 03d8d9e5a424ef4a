import type { Inspected } from '../store/inspect.ts';
import type { Config } from './config.ts';

/** The database that a configuration names, as it is; `undefined` where there is no file yet. */
export const inspectDatabase = async ({
  database,
}: Pick<Config, 'database'>): Promise<Inspected | undefined> => {
  if (database.kind === 'sqlite') {
    const { inspectSqlite } = await import('../store/inspect-sqlite.ts');
    return inspectSqlite(database.file);
  }
  const { inspectPostgres } = await import('../store/inspect-postgres.ts');
  return inspectPostgres(database.url, database.replica);
};
