import type { Database, Db, Statement } from '../../src/store/db.ts';

/** Called with each statement before it runs, and with where it is about to run. */
export type Note = (db: Db, statement: Statement) => Promise<void>;

/** A database that shows what it is asked. */
export const recording = (database: Database, note: Note): Database => {
  const noting = (db: Db): Db => ({
    ...db,
    run: async (statement) => {
      await note(db, statement);
      return db.run(statement);
    },
  });
  return {
    ...database,
    read: noting(database.read),
    write: (work) => database.write((db) => work(noting(db))),
  };
};
