import { sql } from 'kysely';
import { all, type Db, raw } from './db.ts';
import { type Inspected, stepsOf, storeOf } from './inspect.ts';
import { openDatabase } from './postgres.ts';

const names = ['fsync', 'full_page_writes', 'synchronous_commit', 'max_connections', 'server_version'];

const settingsOf = async (read: Db): Promise<Readonly<Record<string, string>>> => {
  const query = sql<{ name: string; setting: string }>`select name, setting from pg_settings
    where name in (${sql.join(names)})`;
  const rows = await all(read, raw(read, query));
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
};

/** The database at this address. Throws what the driver throws where it cannot be reached. */
export const inspectPostgres = async (url: string, replica?: string): Promise<Inspected> => {
  const database = openDatabase({ url, pool: 2, ...(replica !== undefined && { replica }) });
  const { read } = database;
  try {
    const settings = await settingsOf(read);
    const clock = sql<{ now: number; there: string | null }>`select
      (extract(epoch from clock_timestamp()) * 1000)::bigint as now, to_regclass('migrations')::text as there`;
    const [found] = await all(read, raw(read, clock));
    return {
      version: `PostgreSQL ${settings['server_version'] ?? ''}`,
      settings,
      steps: await stepsOf(database, found?.there === 'migrations'),
      now: found?.now ?? null,
      store: storeOf(database),
      check: async () => [],
      close: database.close,
    };
  } catch (error) {
    await database.close();
    throw error;
  }
};
