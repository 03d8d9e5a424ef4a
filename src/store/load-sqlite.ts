import { open } from 'node:fs/promises';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { TableShape } from '../app/backup-ports.ts';
import { checkShape, checkTables, type Fill, type Loaded, migrationsUpTo } from './load.ts';
import { openSqlite } from './sqlite.ts';

/**
 * Makes the file and puts everything into it; flushed when it resolves. Nothing is journaled meanwhile: what is there
 * after a throw or a kill is of no use to anybody.
 */
export const loadSqlite = async (file: string, { schema, tables }: Loaded, fill: Fill): Promise<void> => {
  checkTables({ schema, tables });
  await (await openSqlite(file, { migrations: migrationsUpTo(schema) })).close();
  const connection = new DatabaseSync(file);
  try {
    for (const pragma of ['journal_mode = off', 'synchronous = off', 'cache_size = -65536'])
      connection.exec(`pragma ${pragma}`);
    await fill(inserterOn(connection, tables));
  } finally {
    connection.close();
  }
  await (await openSqlite(file)).close();
  const handle = await open(file, 'r+');
  await handle.sync().finally(() => handle.close());
};

const inserterOn = (connection: DatabaseSync, tables: readonly TableShape[]): Parameters<Fill>[0] => {
  const statements = new Map(tables.map((table) => [table.name, insertInto(connection, table)]));
  return async ({ name }, rows) => {
    const statement = statements.get(name);
    if (statement === undefined) throw new Error(`no such table: ${name}`);
    connection.exec('begin');
    for (const row of rows) statement.run(...row);
    connection.exec('commit');
  };
};

const insertInto = (connection: DatabaseSync, table: TableShape): StatementSync => {
  const info = connection.prepare('select name from pragma_table_info(?)').all(table.name);
  checkShape(
    table,
    info.map(({ name }) => String(name)),
  );
  const columns = table.columns.map((column) => `"${column}"`).join(', ');
  const values = table.columns.map(() => '?').join(', ');
  return connection.prepare(`insert into "${table.name}" (${columns}) values (${values})`);
};
