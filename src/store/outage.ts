import { type Database, Refused, type Statement } from './db.ts';
import type { Settled } from './group.ts';

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
  const note = (error: unknown): void => {
    if (!(error instanceof Refused) && database.read.engine.failureOf(error) === 'outage') failing = true;
  };
  const watched = <Answer>(answer: Promise<Answer>): Promise<Answer> =>
    answer.catch((error: unknown) => {
      note(error);
      throw error;
    });
  const { write, commit } = database;
  const noted = (settled: readonly Settled[]): readonly Settled[] => {
    for (const one of settled) if ('error' in one) note(one.error);
    return settled;
  };
  return {
    database: {
      ...database,
      write: (work) => watched(write(work)),
      ...(commit && { commit: async (changes) => noted(await watched(commit(changes))) }),
    },
    ping: async () => {
      const statements = failing ? [TURN, TURN] : [LOOK];
      await database.write(async (db) => {
        for (const statement of statements) await db.run(statement);
      });
      failing = false;
    },
  };
};
