import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { readDecimal } from '../domain/decimal.ts';
import { versionKey } from '../domain/version.ts';
import type { Reply, Statement } from './db.ts';

// Commits take the longer the more pages are kept (ADR 20), and the file is mapped.
const CACHE_KIB = 8_192;
const MAPPED_BYTES = 1_073_741_824;
const CHECKPOINT_PAGES = 8_192;

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

/** Runs statements on a connection, and keeps them ready by their text. */
export const executorOn = (connection: DatabaseSync): ((statement: Statement) => Reply) => {
  const prepare = preparer(connection);
  return (statement) => execute(prepare(statement.sql), statement);
};

/** A number that SQLite keeps of a database, by the name of its pragma. */
export const numberOf = (connection: DatabaseSync, pragma: string): (() => number) => {
  const statement = connection.prepare(`pragma ${pragma}`);
  statement.setReturnArrays(true);
  return () => Number(statement.get()?.[0]);
};

type Prepared = { readonly statement: StatementSync; readonly reads: boolean };

const MOST_PREPARED = 400;

/** The one that has been kept longest makes room. */
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

const execute = (prepared: Prepared, { parameters, each }: Statement): Reply => {
  if (each === undefined) return executeOnce(prepared, parameters);
  const rows: unknown[] = [];
  let changes = 0;
  for (const cells of each) {
    const reply = executeOnce(prepared, cells);
    changes += reply.changes;
    for (const row of reply.rows) rows.push(row);
  }
  return { rows, changes };
};

const executeOnce = ({ statement, reads }: Prepared, parameters: readonly unknown[]): Reply => {
  const bound = parameters as readonly Bindable[];
  if (reads) {
    const rows = statement.all(...bound);
    return { rows, changes: rows.length };
  }
  return { rows: [], changes: Number(statement.run(...bound).changes) };
};
