import { sql } from 'kysely';
import { all, change, type Db, raw } from './db.ts';
import type { Migration } from './migrations/migration.ts';

/** What has to hold while one server migrates, so that another waits and then finds it done. */
export type Exclusively = <Answer>(work: (db: Db) => Promise<Answer>) => Promise<Answer>;

/** Brings the schema up to date, one transaction per migration; throws when the database is ahead of us. */
export const migrate = async (
  exclusively: Exclusively,
  migrations: readonly Migration[],
  now: number,
): Promise<void> => {
  for (const migration of migrations) {
    await exclusively(async (db) => {
      await checkNotAhead(db, migrations);
      if (!(await isApplied(db, migration))) await apply(db, migration, now);
    });
  }
};

const createTable = (db: Db): Promise<number> =>
  change(
    db,
    raw(
      db,
      sql`create table if not exists migrations (number integer not null primary key, name text not null,
        breaking smallint not null, applied_at ${sql.raw(db.engine.schema.instant)} not null)`,
    ),
  );

const checkNotAhead = async (db: Db, migrations: readonly Migration[]): Promise<void> => {
  await createTable(db);
  const known = migrations.at(-1)?.number ?? 0;
  const [ahead] = await all(
    db,
    db.q
      .selectFrom('migrations')
      .select(['number', 'name'])
      .where('number', '>', known)
      .where('breaking', '=', 1)
      .orderBy('number', 'desc'),
  );
  if (ahead === undefined) return;
  throw new Error(
    `the database has schema ${ahead.number} (${ahead.name}), this server knows ${known}: upgrade the server`,
  );
};

const isApplied = async (db: Db, { number }: Migration): Promise<boolean> =>
  (await all(db, db.q.selectFrom('migrations').select('number').where('number', '=', number))).length > 0;

const apply = async (
  db: Db,
  { number, name, breaking, statements }: Migration,
  now: number,
): Promise<void> => {
  for (const statement of statements(db.engine.schema)) await db.run({ sql: statement, parameters: [] });
  const row = { number, name, breaking: breaking ? 1 : 0, applied_at: now };
  await change(db, db.q.insertInto('migrations').values(row));
};
