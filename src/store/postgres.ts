import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import pg from 'pg';
import type { Store } from '../app/ports.ts';
import type { Database, Db, Reply, Statement } from './db.ts';
import { postgresEngine } from './engine-postgres.ts';
import { watchConnections } from './lost-connections.ts';
import { migrate } from './migrate.ts';
import { migrations as known } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { bulkOf, type Inserted, watchGrowth } from './planner-statistics.ts';
import { freshReads } from './replica.ts';
import { createStore } from './store.ts';
import type { Tables } from './tables.ts';

export type PostgresOptions = {
  readonly url: string;
  /** Connections at most, to each of both. */
  readonly pool: number;
  /** A streaming replica, for lists and reports. */
  readonly replica?: string;
  /** Whether connections keep statements ready; `false` behind a pooler that gives each transaction another one. */
  readonly prepares?: boolean;
  readonly migrations?: readonly Migration[];
};

/** Opens the store in this database, and makes its tables if need be. */
export const openPostgres = async (options: PostgresOptions): Promise<Store> => {
  const database = openDatabase(options);
  try {
    await migrate(
      (work) =>
        database.write(async (db) => {
          await lockMigrations(db);
          return work(db);
        }),
      options.migrations ?? known,
      Date.now(),
    );
  } catch (error) {
    await database.close();
    throw error;
  }
  return createStore(database);
};

/** Any number that nobody else locks in the same database. */
const MIGRATION_LOCK = 7_305_110_418;

/** Until the transaction ends, no server makes or changes tables. */
export const lockMigrations = async (db: Db): Promise<void> => {
  await db.run({ sql: `select pg_advisory_xact_lock(${MIGRATION_LOCK})`, parameters: [] });
};

const INT8 = 20;
const JSON_TYPES: ReadonlySet<number> = new Set([114, 3802]);

const toNumber = (text: string): number => {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new Error(`${text} is too large a number`);
  return number;
};

/** Large integers as numbers, JSON as the text it is: both as SQLite gives them. */
export const typeParser = (type: number, format?: 'text' | 'binary') => {
  if (type === INT8) return toNumber;
  if (JSON_TYPES.has(type)) return (text: string) => text;
  return pg.types.getTypeParser(type, format);
};

/** The database at this address, whatever tables it has. */
export const openDatabase = ({ url, pool: max, replica, prepares = true }: PostgresOptions): Database => {
  const pool = openPool(url, max, PATIENCE);
  const names = createNames(prepares);
  const read = persistent(dbOn(pool, names), max);
  const grown = watchGrowth((table) => pool.query(`analyze ${table}`));
  const others = replica === undefined ? undefined : openPool(replica, max, REPLICA_PATIENCE);
  const fresh = others && freshReads(read, dbOn(others, createNames(prepares)));
  return {
    read,
    lists: fresh?.lists ?? read,
    ...(fresh && { replica: fresh.look }),
    write: (work) => again(() => transact({ pool, names, grown }, work)),
    close: async () => {
      await Promise.all([others?.end(), pool.end()]);
    },
  };
};

const PATIENCE = 10_000;
/** The primary has what a replica that cannot be reached would have told. */
const REPLICA_PATIENCE = 1_000;

const openPool = (url: string, max: number, connectionTimeoutMillis: number): pg.Pool => {
  const types = { getTypeParser: typeParser };
  // Statements that are asked for at the same time on one connection go out at once, and are answered in their order.
  const pool = new pg.Pool({ connectionString: url, max, types, connectionTimeoutMillis, pipeline: true });
  // A broken connection fails the query on it and is replaced; without listeners it would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  watchConnections(pool, url);
  return pool;
};

/** Under which name a connection keeps a statement ready; `undefined` where it is not to. */
type Names = { readonly of: (name: string | undefined) => string | undefined; readonly renew: () => void };

const createNames = (prepares: boolean): Names => {
  let generation = 0;
  return {
    of: (name) => (prepares && name !== undefined ? `${name}_${generation}` : undefined),
    renew: () => {
      generation += 1;
    },
  };
};

/** Once more where a statement that was kept ready does not fit its tables any more: another server has migrated them. */
const again = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
  try {
    return await work();
  } catch (error) {
    if (!isStale(error)) throw error;
    return work();
  }
};

/** "cached plan must not change result type": a column has come to a table of which all are asked for. */
const isStale = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === '0A000' &&
  error.message.startsWith('cached plan');

/** What all read: as often as there are connections that may have been cut, or have stale statements, without anybody having noticed. */
const persistent = (db: Db, connections: number): Db => ({
  ...db,
  isShared: true,
  run: async (statement) => {
    for (let left = connections; left > 0; left -= 1) {
      try {
        return await db.run(statement);
      } catch (error) {
        if (!isCut(error) && !isStale(error)) throw error;
      }
    }
    return db.run(statement);
  },
});

/** The connection ended, which says nothing of the statement: a read can be repeated on another. */
const isCut = (error: unknown): boolean =>
  error instanceof Error &&
  ('code' in error
    ? ['57P01', '57P02', 'ECONNRESET', 'EPIPE'].includes(String(error.code))
    : error.message.startsWith('Connection terminated'));

/** A process that is paused within a transaction would keep what it has locked from all others; the database ends that. */
const BEGIN = 'begin; set local idle_in_transaction_session_timeout = 10000';

type Writing = {
  readonly pool: pg.Pool;
  readonly names: Names;
  /** Told of what was inserted once it is committed. */
  readonly grown: (inserted: Inserted) => void;
};

const transact = async <Answer>(
  { pool, names, grown }: Writing,
  work: (db: Db) => Promise<Answer>,
): Promise<Answer> => {
  const client = await pool.connect();
  const inserted: Inserted[] = [];
  let broken = true;
  try {
    await client.query(BEGIN);
    const { db, commit } = committing(client, dbOn(client, names, inserted));
    const answer = await work(db);
    const { command } = await commit();
    broken = false;
    if (command !== 'COMMIT') throw new Error('the transaction had failed before its commit');
    inserted.forEach(grown);
    return answer;
  } catch (error) {
    if (broken) broken = await isBeyondRollback(client);
    throw error;
  } finally {
    client.release(broken);
  }
};

type Committing = { readonly db: Db; readonly commit: () => Promise<pg.QueryResult> };

/** What is left when a transaction is told to commit goes before that, and fails it if it fails. */
const committing = (client: pg.PoolClient, db: Db): Committing => {
  const left: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  let isOver = false;
  const throwIfFailed = (): void => {
    if (failures.length > 0) throw failures[0];
  };
  return {
    db: {
      ...db,
      leave: (ended) => void left.push(ended.catch((error: unknown) => void failures.push(error))),
      run: (statement) => {
        if (isOver) throw new Error('a statement came after the commit of its transaction');
        return db.run(statement);
      },
    },
    commit: async () => {
      // No reply is there by then, but what failed on its way to the database has failed.
      if (left.length > 0) await new Promise<void>((resolve) => process.nextTick(resolve));
      throwIfFailed();
      isOver = true;
      const committed = client.query('commit');
      await Promise.allSettled([...left, committed]);
      throwIfFailed();
      return committed;
    },
  };
};

const isBeyondRollback = (client: pg.PoolClient): Promise<boolean> =>
  client.query('rollback').then(
    () => false,
    () => true,
  );

const q = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

const dbOn = (connection: pg.Pool | pg.PoolClient, names: Names, inserted: Inserted[] = []): Db => ({
  q,
  engine: postgresEngine,
  run: async ({ sql: text, parameters, name: given }: Statement): Promise<Reply> => {
    const values = [...parameters];
    const name = names.of(given);
    try {
      const { rows, rowCount } = await connection.query(
        name === undefined ? { text, values } : { name, text, values },
      );
      const changes = rowCount ?? 0;
      const bulk = bulkOf(text, changes);
      if (bulk !== undefined) inserted.push(bulk);
      return { rows, changes };
    } catch (error) {
      if (isStale(error)) names.renew();
      throw error;
    }
  },
});
