import { type Compilable, type Kysely, type RawBuilder, sql } from 'kysely';
import type { ReplicaLook } from '../app/lists.ts';
import type { Change } from '../app/writes.ts';
import type { Cell, Cells, Columns, Engine, Phrase } from './engine.ts';
import type { Settled } from './group.ts';
import type { Tables } from './tables.ts';

/** SQL with what is bound to it. One with a name is kept ready by the connection. */
export type Statement = {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly name?: string | undefined;
  /** It is run once for each of these, which are bound in turn in place of `parameters`. */
  readonly each?: readonly (readonly unknown[])[] | undefined;
};
export type Reply = { readonly rows: readonly unknown[]; readonly changes: number };

/** Where a query runs: a connection, or the transaction on it. `q` builds statements and executes none. */
export type Db = {
  readonly q: Kysely<Tables>;
  readonly engine: Engine;
  /** It is elsewhere, and many ask it at the same time: what they ask for may go there together. */
  readonly isShared?: true;
  readonly run: (statement: Statement) => Promise<Reply>;
  /** Takes what a transaction that is elsewhere began last, whose end its commit waits for and goes out before. */
  readonly leave?: (ended: Promise<unknown>) => void;
};

/** Reads see all that `write` has committed; `write` is one transaction, flushed when its promise resolves. */
export type Database = {
  readonly read: Db;
  /** Where lists and reports are read: as fresh as `read`, and maybe elsewhere. */
  readonly lists: Db;
  readonly write: <Answer>(work: (db: Db) => Promise<Answer>) => Promise<Answer>;
  /** How the replica does, where lists are read at one. */
  readonly replica?: () => Promise<ReplicaLook>;
  /** Commits a group of changes where the rows are; absent where that is no shorter way than `write`. */
  readonly commit?: (changes: readonly Change[]) => Promise<readonly Settled[]>;
  /** Another number whenever another process has written; absent where nobody knows. */
  readonly writesOfOthers?: () => number;
  readonly close: () => Promise<void>;
};

const rowsOf = <Row>(reply: Reply): readonly Row[] => reply.rows as readonly Row[];

export const all = async <Row>(db: Db, query: Compilable<Row>): Promise<readonly Row[]> =>
  rowsOf(await db.run(query.compile()));

export const first = async <Row>(db: Db, query: Compilable<Row>): Promise<Row | undefined> =>
  (await all(db, query))[0];

/** Runs a statement and answers how many rows it changed. */
export const change = async (db: Db, query: Compilable<unknown>): Promise<number> =>
  (await db.run(query.compile())).changes;

/** SQL that is written out, for the three above. */
export const raw = <Row>(db: Db, query: RawBuilder<Row>): Compilable<Row> => ({
  compile: () => query.compile(db.q),
});

const ATTEMPTS = 8;

/** Writes, and tries again when another transaction was in the way. */
export const persist = async <Answer>(
  database: Pick<Database, 'read' | 'write'>,
  work: (db: Db) => Promise<Answer>,
  attempts = ATTEMPTS,
): Promise<Answer> => {
  try {
    return await database.write(work);
  } catch (error) {
    if (attempts === 1 || database.read.engine.failureOf(error) !== 'conflict') throw error;
    return persist(database, work, attempts - 1);
  }
};

/** Does the work or, when it throws, nothing of it; the transaction around it goes on. */
export const apart = async <Answer>(db: Db, work: () => Promise<Answer>): Promise<Answer> => {
  await db.run({ sql: 'savepoint apart', parameters: [] });
  try {
    const answer = await work();
    await db.run({ sql: 'release apart', parameters: [] });
    return answer;
  } catch (error) {
    if (error instanceof Refused || db.engine.failureOf(error) !== 'outage') await takeBack(db);
    throw error;
  }
};

const takeBack = async (db: Db): Promise<void> => {
  await db.run({ sql: 'rollback to apart', parameters: [] });
  await db.run({ sql: 'release apart', parameters: [] });
};

/** Something that is done with statements, begun when it is called. */
export type Work = () => Promise<unknown>;

/**
 * Begins all of these, and goes on when the last has ended: statements that need nothing of each other share their way to a
 * database that is elsewhere. They run in this order. Throws what failed first; those after it have failed too, or their
 * transaction is taken back.
 */
export const together = async (...works: readonly Work[]): Promise<void> => {
  const failures: unknown[] = [];
  await Promise.all(works.map((work) => work().catch((error: unknown) => failures.push(error))));
  if (failures.length > 0) throw failures[0];
};

/**
 * `together`, as the last that a transaction does. One that is elsewhere is told to commit in the same breath, so that
 * others wait for what it has locked no longer than the database works and flushes. So each of these is one statement at most.
 */
export const atLast = async (db: Db, ...works: readonly Work[]): Promise<void> => {
  if (db.leave === undefined) await together(...works);
  else for (const work of works) db.leave(work());
};

/** Ends work that is refused as a whole. */
export class Refused<Why> extends Error {
  readonly why: Why;
  constructor(why: Why) {
    super('refused');
    this.why = why;
  }
}

class Argument {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}

let names = 0;

/**
 * A statement that is built once per engine and then only bound, because building takes longer than reading a
 * row. `build` gets a stand-in for each argument and may do nothing with it but bind it.
 */
export const prepared = <Args extends readonly unknown[], Row>(
  build: (db: Db, ...args: Args) => Compilable<Row>,
): ((db: Db, ...args: Args) => Promise<readonly Row[]>) => {
  names += 1;
  return builtAs(build, `muster_${names}`);
};

/**
 * The same, but planned each time it runs: for tables that are all but empty one minute and large the next, where a
 * connection that keeps the first plan ready would go on reading all of them.
 */
export const built = <Args extends readonly unknown[], Row>(
  build: (db: Db, ...args: Args) => Compilable<Row>,
): ((db: Db, ...args: Args) => Promise<readonly Row[]>) => builtAs(build, undefined);

const builtAs = <Args extends readonly unknown[], Row>(
  build: (db: Db, ...args: Args) => Compilable<Row>,
  name: string | undefined,
): ((db: Db, ...args: Args) => Promise<readonly Row[]>) => {
  const statements = new Map<Engine, Statement>();
  const compile = (db: Db): Statement => {
    const standIns = Array.from({ length: build.length - 1 }, (_, index) => new Argument(index));
    const { sql: text, parameters } = build(db, ...(standIns as unknown as Args)).compile();
    const statement = { sql: text, parameters, name };
    statements.set(db.engine, statement);
    return statement;
  };
  return async (db, ...args) => {
    const { sql: text, parameters, name: kept } = statements.get(db.engine) ?? compile(db);
    const bind = (given: unknown): unknown => (given instanceof Argument ? args[given.index] : given);
    return rowsOf(await db.run({ sql: text, parameters: parameters.map(bind), name: kept }));
  };
};

/** The indexes of arguments in the order in which a statement binds them. */
const boundOf = (parameters: readonly unknown[]): readonly number[] =>
  parameters.map((given) => {
    if (given instanceof Argument) return given.index;
    throw new Error('a statement for rows binds nothing but their cells');
  });

const cellOf = (cell: Cell): Exclude<Cell, object> =>
  typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : cell;

type ForRows = Pick<Statement, 'sql'> & { readonly bound: readonly number[] };

/**
 * The same over records, as a table of these columns. What the statement does with one of them must not depend on the
 * others, since an engine may be given them one after the other.
 */
export const preparedForRows = <Row extends Cells<Row>, Answer>(
  columns: Columns<Row>,
  build: (db: Db, rows: Phrase<Row>) => Compilable<Answer>,
): ((db: Db, list: readonly Row[]) => Promise<readonly Answer[]>) => {
  const names = Object.keys(columns) as (keyof Row & string)[];
  const asList = prepared((db: Db, list: string) => build(db, db.engine.rows(list, columns)));
  const statements = new Map<Engine, ForRows>();
  const compile = (db: Db): ForRows => {
    const fields = names.map((name, index) => sql`${new Argument(index)} as ${sql.ref(name)}`);
    const { sql: text, parameters } = build(db, sql`(select ${sql.join(fields)})`).compile();
    const statement = { sql: text, bound: boundOf(parameters) };
    statements.set(db.engine, statement);
    return statement;
  };
  return async (db, list) => {
    if (!db.engine.rowByRow) return asList(db, db.engine.listOf(list, columns));
    const { sql: text, bound } = statements.get(db.engine) ?? compile(db);
    const places = bound.map((index) => names[index] as keyof Row);
    const each = list.map((row) => places.map((name) => cellOf(row[name])));
    return rowsOf(await db.run({ sql: text, parameters: [], each }));
  };
};

/** Keys are 32 bits wide; what a caller names beyond that is after all of them. */
export const bounded = (key: number): number => Math.max(0, Math.min(Math.trunc(key), 2_147_483_647));

/** One page out of rows that were asked for with one more than the limit. */
export const pageOf = <Row, Item>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => number,
  itemOf: (row: Row) => Item,
): { readonly items: readonly Item[]; readonly next: number | null } => {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(itemOf),
    next: rows.length > limit && last !== undefined ? keyOf(last) : null,
  };
};

/** The same, of a list that goes on after the last item itself. */
export const idPageOf = <Row, Item>(
  rows: readonly Row[],
  limit: number,
  itemOf: (row: Row) => Item,
): { readonly items: readonly Item[]; readonly more: boolean } => ({
  items: rows.slice(0, limit).map(itemOf),
  more: rows.length > limit,
});

/** A bound limit as it is has SQLite plan the statement anew at each run, which takes longer than most runs. */
export const atMost = (limit: number): RawBuilder<number> => sql`cast(${limit} as bigint)`;

/** A number written into the SQL, not bound: conditions of indexes and values that never change. */
export const literal = (value: number): RawBuilder<number> => sql.lit(value);
