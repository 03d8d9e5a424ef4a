import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import type { Cell, Rows, Snapshot, Snapshots, TableShape } from '../app/backup-ports.ts';
import { createPiece, type Piece } from './pieces.ts';
import { backedUp } from './table-names.ts';

/** Reads the file on a connection of its own, in one transaction: it sees nothing that is committed after it began. */
export const sqliteSnapshots = (file: string): Snapshots => ({
  open: async () => {
    // SQLite would make the file.
    if (!existsSync(file)) throw new Error(`there is no database ${file}`);
    const connection = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
    try {
      connection.exec('begin');
      return snapshotOn(connection);
    } catch (error) {
      connection.close();
      throw error;
    }
  },
});

const snapshotOn = (connection: DatabaseSync): Snapshot => ({
  engine: 'sqlite',
  // The first read, with which the transaction really begins.
  schema: Number(connection.prepare('select max(number) as number from migrations').get()?.['number'] ?? 0),
  tables: backedUp.map((name) => ({ name, columns: columnsOf(connection, name) })),
  rows: (table) => rowsOf(connection, table),
  close: async () => connection.close(),
});

const columnsOf = (connection: DatabaseSync, table: string): readonly string[] =>
  connection
    .prepare('select name from pragma_table_info(?) order by cid')
    .all(table)
    .map(({ name }) => String(name));

async function* rowsOf(connection: DatabaseSync, { name, columns }: TableShape): AsyncGenerator<Rows> {
  const list = columns.map((column) => `"${column}"`).join(', ');
  const statement = connection.prepare(`select ${list} from "${name}"`);
  statement.setReturnArrays(true);
  const piece: Piece = createPiece();
  for (const row of statement.iterate()) {
    if (!piece.add(row as unknown as readonly Cell[])) continue;
    yield piece.take();
    await turn();
  }
  yield piece.take();
}
