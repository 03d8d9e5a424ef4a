import type { Store } from '../app/ports.ts';
import { commitGroup } from './commit.ts';
import type { Database } from './db.ts';
import { groupCommit } from './group.ts';
import { deleteOldIdempotency } from './queries/idempotency.ts';
import { deleteExpiredTokens } from './queries/tokens.ts';
import { catalogue, fleet, journal, people } from './readers.ts';

/** The port over a database that has its tables. */
export const createStore = (database: Database): Store => ({
  ping: async () => {
    await database.write((db) => db.run({ sql: 'select 1', parameters: [] }));
  },
  close: database.close,
  commit: groupCommit((changes) => commitGroup(database, changes)),
  ...people(database),
  ...fleet(database),
  ...catalogue(database),
  ...journal(database),
  expire: (before) =>
    database.write(async (db) => {
      await deleteExpiredTokens(db, before);
      await deleteOldIdempotency(db, before);
    }),
});
