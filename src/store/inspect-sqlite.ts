import { existsSync } from 'node:fs';
import { sql } from 'kysely';
import { all, raw } from './db.ts';
import { type Inspected, stepsOf, storeOf } from './inspect.ts';
import { openDatabase } from './sqlite.ts';

/** The database in this file; `undefined` where there is none, and none is made. */
export const inspectSqlite = async (file: string): Promise<Inspected | undefined> => {
  if (!existsSync(file)) return undefined;
  const database = openDatabase(file);
  const { read } = database;
  const one = async (query: string): Promise<string> => {
    const [row] = await all(read, raw<Record<string, unknown>>(read, sql.raw(query)));
    return String(Object.values(row ?? {})[0] ?? '');
  };
  try {
    const tables = await one("select count(*) from sqlite_schema where name = 'migrations'");
    return {
      version: `SQLite ${await one('select sqlite_version()')}`,
      settings: {
        journal_mode: await one('pragma journal_mode'),
        synchronous: await one('pragma synchronous'),
      },
      steps: await stepsOf(database, tables === '1'),
      now: null,
      store: storeOf(database),
      check: async () => {
        const rows = await all(
          read,
          raw<{ integrity_check: string }>(read, sql.raw('pragma integrity_check(20)')),
        );
        return rows.map((row) => row.integrity_check).filter((line) => line !== 'ok');
      },
      close: database.close,
    };
  } catch (error) {
    await database.close();
    throw error;
  }
};
