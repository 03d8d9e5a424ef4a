import { sql } from 'kysely';
import type { Store } from '../app/ports.ts';
import { all, type Database, raw } from './db.ts';
import { migrations } from './migrations/index.ts';
import { createStore } from './store.ts';

/** A migration by number and name. */
export type Step = { readonly number: number; readonly name: string };

/** A database as it is found, to which nothing was done. */
export type Inspected = {
  /** Of the engine, such as `SQLite 3.51.0`. */
  readonly version: string;
  /** What of its settings matters, by name. */
  readonly settings: Readonly<Record<string, string>>;
  readonly steps: {
    readonly applied: readonly Step[];
    readonly pending: readonly Step[];
    /** Of a later version of Muster. */
    readonly unknown: readonly Step[];
  };
  /** Clock of the database server in epoch milliseconds; `null` where it is that of this machine. */
  readonly now: number | null;
  /** Only where no migration is pending: else its tables are not those that it asks. */
  readonly store: Store;
  /** What the engine finds wrong with its own file, looking at all of it; empty when nothing. */
  readonly check: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
};

/** Which migrations ran, given whether there is a table that tells. */
export const stepsOf = async (database: Database, hasTable: boolean): Promise<Inspected['steps']> => {
  const { read } = database;
  const applied = hasTable
    ? await all(read, raw<Step>(read, sql`select number, name from migrations order by number`))
    : [];
  const known = migrations.map(({ number, name }) => ({ number, name }));
  const isIn = (list: readonly Step[]) => (step: Step) => list.some(({ number }) => number === step.number);
  return {
    applied: applied.map(({ number, name }) => ({ number, name })),
    pending: known.filter((step) => !isIn(applied)(step)),
    unknown: applied.filter((step) => !isIn(known)(step)),
  };
};

export const storeOf = (database: Database): Store => createStore(database);
