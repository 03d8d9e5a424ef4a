import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { Store } from '../app/ports.ts';
import { readDecimal } from '../domain/decimal.ts';
import { versionKey } from '../domain/version.ts';
import type { Database, Db, Reply, Statement } from './db.ts';
import { sqliteEngine } from './engine-sqlite.ts';
import { migrate } from './migrate.ts';
import { migrations as known } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { createStore } from './store.ts';
import type { Tables } from './tables.ts';

export type SqliteOptions = { readonly migrations?: readonly Migration[] };

/** Opens the embedded store in this file, and makes it if need be. */
export const openSqlite = async (file: string, options: SqliteOptions = {}): Promise<Store> => {
  const database = openDatabase(file);
  try {
    await migrate(database.write, options.migrations ?? known, Date.now());
  } catch (error) {
    await database.close();
    throw error;
  }
  return createStore(database);
};

/**
 * A connection as all of them are opened: each commit is flushed to disk (`synchronous` FULL), readers do not
 * wait for writers (WAL), and another process at the same file is waited for.
 */
export const connectSqlite = (file: string): DatabaseSync => {
  const connection = new DatabaseSync(file, { timeout: 5_000, enableForeignKeyConstraints: true });
  connection.exec('pragma journal_mode = wal');
  connection.exec('pragma synchronous = full');
  connection.exec(`pragma cache_size = -${CACHE_KIB}`);
  connection.exec(`pragma mmap_size = ${MAPPED_BYTES}`);
  connection.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  connection.function('version_key', { deterministic: true }, (text) =>
    typeof text === 'string' ? versionKey(text) : null,
  );
  connection.function('read_decimal', { deterministic: true }, (text) =>
    typeof text === 'string' ? (readDecimal(text) ?? null) : null,
  );
  return connection;
};

const CACHE_KIB = 65_536;
const MAPPED_BYTES = 1_073_741_824;
const CHECKPOINT_PAGES = 8_192;

/** The database in this file, whatever tables it has. */
export const openDatabase = (file: string): Database => {
  const writer = connectSqlite(file);
  writer.exec('pragma busy_timeout = 10');
  const reader = connectSqlite(file);
  const reading = readingInTurns(reader, dataVersionOf(writer));
  const db = dbOn(writer);
  const read = dbOn(reader, reading.begin);
  let last: Promise<unknown> = Promise.resolve();
  return {
    read,
    lists: read,
    write: (work) => {
      const answer = last.then(() => transact(writer, reading.end, () => work(db)));
      last = answer.catch(() => undefined);
      return answer;
    },
    writesOfOthers: reading.writesOfOthers,
    close: async () => {
      await last;
      reading.end();
      reader.close();
      writer.close();
    },
  };
};

type Reading = {
  readonly begin: () => void;
  readonly end: () => void;
  readonly writesOfOthers: () => number;
};

/**
 * Reads of one turn of the event loop share a transaction, since to begin and to end one takes as long as to find
 * a row. Whoever commits ends it before, so that the reads that follow see the commit; what another process
 * commits is seen in the next turn.
 */
const readingInTurns = (reader: DatabaseSync, dataVersion: () => number): Reading => {
  const [beginning, ending] = [reader.prepare('begin'), reader.prepare('commit')];
  let version = dataVersion();
  const end = (): void => {
    if (reader.isOpen && reader.isTransaction) ending.run();
  };
  const begin = (): void => {
    if (reader.isTransaction) return;
    beginning.run();
    version = dataVersion();
    setImmediate(end);
  };
  const writesOfOthers = (): number => {
    begin();
    return version;
  };
  return { begin, end, writesOfOthers };
};

/** Changes with each commit of another process (https://sqlite.org/pragma.html#pragma_data_version). */
const dataVersionOf = (connection: DatabaseSync): (() => number) => {
  const statement = connection.prepare('pragma data_version');
  statement.setReturnArrays(true);
  return () => Number(statement.get()?.[0]);
};

const PATIENCE = 10_000;
const BUSY = 5;

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === BUSY;

/** Waits for another writer at the same file, and lets everything else in this process go on meanwhile. */
const begin = async (writer: DatabaseSync): Promise<void> => {
  for (const deadline = Date.now() + PATIENCE; ; await sleep(5)) {
    try {
      writer.exec('begin immediate');
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error;
    }
  }
};

const transact = async <Answer>(
  writer: DatabaseSync,
  beforeCommit: () => void,
  work: () => Promise<Answer>,
): Promise<Answer> => {
  await begin(writer);
  try {
    const answer = await work();
    beforeCommit();
    writer.exec('commit');
    return answer;
  } catch (error) {
    // On some errors, a full disk among them, SQLite has rolled back by itself.
    if (writer.isTransaction) writer.exec('rollback');
    throw error;
  }
};

const q = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

const dbOn = (connection: DatabaseSync, before: () => void = () => undefined): Db => {
  const prepare = preparer(connection);
  const run = async (statement: Statement): Promise<Reply> => {
    before();
    return execute(prepare(statement.sql), statement);
  };
  return { q, engine: sqliteEngine, run };
};

type Prepared = { readonly statement: StatementSync; readonly reads: boolean };

const MOST_PREPARED = 400;

/** Keeps statements ready by their text; the one that has been kept longest makes room. */
const preparer = (connection: DatabaseSync): ((sql: string) => Prepared) => {
  const kept = new Map<string, Prepared>();
  return (sql) => {
    const found = kept.get(sql);
    if (found !== undefined) return found;
    const statement = connection.prepare(sql);
    const prepared = { statement, reads: statement.columns().length > 0 };
    const [oldest] = kept.keys();
    if (kept.size >= MOST_PREPARED && oldest !== undefined) kept.delete(oldest);
    kept.set(sql, prepared);
    return prepared;
  };
};

type Bindable = null | number | bigint | string | NodeJS.ArrayBufferView;

const execute = ({ statement, reads }: Prepared, { parameters }: Statement): Reply => {
  const bound = parameters as readonly Bindable[];
  if (reads) {
    const rows = statement.all(...bound);
    return { rows, changes: rows.length };
  }
  return { rows: [], changes: Number(statement.run(...bound).changes) };
};
