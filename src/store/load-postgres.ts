import type { TableShape } from '../app/backup-ports.ts';
import type { Db } from './db.ts';
import { CannotLoad, checkShape, checkTables, type Fill, type Loaded, migrationsUpTo } from './load.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { lockMigrations, openDatabase } from './postgres.ts';
import { columnsOf } from './snapshot-postgres.ts';

/** Throws `CannotLoad` unless the database has no tables. */
export const checkEmptyPostgres = async (url: string): Promise<void> => {
  const database = openDatabase({ url, pool: 1 });
  try {
    await checkEmpty(database.read);
  } finally {
    await database.close();
  }
};

/** Makes the tables in an empty database and puts everything into them, in one transaction. */
export const loadPostgres = async (url: string, { schema, tables }: Loaded, fill: Fill): Promise<void> => {
  checkTables({ schema, tables });
  const database = openDatabase({ url, pool: 2 });
  try {
    await database.write(async (db) => {
      await lockMigrations(db);
      await checkEmpty(db);
      const exclusively = <Answer>(work: (same: Db) => Promise<Answer>): Promise<Answer> => work(db);
      await migrate(exclusively, migrationsUpTo(schema), Date.now());
      await fill(await inserterOn(db, tables));
      await migrate(exclusively, migrations, Date.now());
    });
    // A planner that knows nothing of the tables yet would read them whole.
    await database.read.run({ sql: 'analyze', parameters: [] });
  } finally {
    await database.close();
  }
};

const checkEmpty = async (db: Db): Promise<void> => {
  const { rows } = await db.run({
    sql: 'select table_name from information_schema.tables where table_schema = current_schema() limit 1',
    parameters: [],
  });
  if (rows.length > 0) throw new CannotLoad('the database is not empty: restore into a new one');
};

const inserterOn = async (db: Db, tables: readonly TableShape[]): Promise<Parameters<Fill>[0]> => {
  const statements = new Map<string, string>();
  for (const table of tables) statements.set(table.name, await insertInto(db, table));
  return async ({ name }, rows) => {
    const sql = statements.get(name);
    if (sql === undefined) throw new Error(`no such table: ${name}`);
    await db.run({ sql, parameters: [JSON.stringify(rows)] });
  };
};

const insertInto = async (db: Db, table: TableShape): Promise<string> => {
  const query = async (sql: string, parameters: unknown[]) => ({
    rows: (await db.run({ sql, parameters })).rows as { readonly name: string; readonly type: string }[],
  });
  const types = new Map((await columnsOf({ query }, table.name)).map(({ name, type }) => [name, type]));
  checkShape(table, [...types.keys()]);
  const columns = table.columns.map((name) => `"${name}"`).join(', ');
  const values = table.columns.map((name, index) => `(row ->> ${index})::${types.get(name)}`).join(', ');
  return `insert into "${table.name}" (${columns}) select ${values} from jsonb_array_elements($1::jsonb) as given(row)`;
};
