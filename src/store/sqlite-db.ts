import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { Db } from './db.ts';
import { sqliteEngine } from './engine-sqlite.ts';
import type { Tables } from './tables.ts';

const q = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

/** Statements of SQLite, run by whoever can. */
export const sqliteDb = (run: Db['run']): Db => ({ q, engine: sqliteEngine, run });
