import { type Database, Refused, type Statement } from './db.ts';

/** Writes that are watched, and whether the next one may be trusted to hold. */
export type Watched = {
  readonly database: Database;
  /** Rejects while the database does not answer, and after a write that it failed until one was flushed again. */
  readonly ping: () => Promise<void>;
};

const LOOK: Statement = { sql: 'select 1', parameters: [] };
/** Done twice it changes nothing, and is written and flushed all the same; a row that stays the same is not. */
const TURN: Statement = {
  sql: 'update migrations set breaking = 1 - breaking where number = 1',
  parameters: [],
};

/** Remembers that the database has failed a write: a full disk, say, is not seen by reading. */
export const watchWrites = (database: Database): Watched => {
  let failing = false;
  const write: Database['write'] = async (work) => {
    try {
      return await database.write(work);
    } catch (error) {
      if (!(error instanceof Refused) && database.read.engine.failureOf(error) === 'outage') failing = true;
      throw error;
    }
  };
  return {
    database: { ...database, write },
    ping: async () => {
      const statements = failing ? [TURN, TURN] : [LOOK];
      await database.write(async (db) => {
        for (const statement of statements) await db.run(statement);
      });
      failing = false;
    },
  };
};
