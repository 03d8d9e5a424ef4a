import type { Store } from '../../src/app/ports.ts';
import type { Db } from '../../src/store/db.ts';
import { openDatabase, openPostgres } from '../../src/store/postgres.ts';
import { createStore } from '../../src/store/store.ts';

/** A store on PostgreSQL that notes every SQL text it runs. */
export const openRecorded = async (url: string, texts: Set<string>): Promise<Store> => {
  await (await openPostgres({ url, pool: 1 })).close();
  const database = openDatabase({ url, pool: 8 });
  const noting = (db: Db): Db => ({
    ...db,
    run: (statement) => {
      texts.add(statement.sql.replaceAll(/\s+/g, ' ').trim());
      return db.run(statement);
    },
  });
  return createStore({
    ...database,
    read: noting(database.read),
    lists: noting(database.lists),
    write: (work) => database.write((db) => work(noting(db))),
  });
};
