import { sql } from 'kysely';
import { type Db, prepared, raw } from '../db.ts';

/** Epoch milliseconds, by the clock of the machine that has the rows. */
export const readNow = prepared((db: Db) =>
  raw(db, sql<{ readonly now: number }>`select ${db.engine.now} as now`),
);
