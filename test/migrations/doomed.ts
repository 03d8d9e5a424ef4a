import type { Database, Db } from '../../src/store/db.ts';
import { migrate } from '../../src/store/migrate.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { lockMigrations, openDatabase as openPostgres } from '../../src/store/postgres.ts';
import { openDatabase as openSqlite } from '../../src/store/sqlite.ts';

/*
 * A process that brings a database forward as a server does at its start, and is killed before its n-th step: a statement
 * that changes something, or the end of a transaction. One that gets through all of them prints how many there are.
 */

const [engine, place = '', given] = process.argv.slice(2);
const last = Number(given);
let steps = 0;

const step = (): void => {
  steps += 1;
  if (steps === last) process.kill(process.pid, 'SIGKILL');
};

const counting = (db: Db): Db => ({
  ...db,
  run: (statement) => {
    if (!/^\s*select/i.test(statement.sql)) step();
    return db.run(statement);
  },
});

const database: Database = engine === 'sqlite' ? openSqlite(place) : openPostgres({ url: place, pool: 1 });

await migrate(
  (work) =>
    database.write(async (db) => {
      if (engine === 'postgres') await lockMigrations(db);
      const answer = await work(counting(db));
      step();
      return answer;
    }),
  migrations,
  Date.now(),
);
await database.close();
console.log(steps);
