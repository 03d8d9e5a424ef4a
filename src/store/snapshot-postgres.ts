import pg from 'pg';
import type { Cell, Rows, Snapshot, Snapshots, TableShape } from '../app/backup-ports.ts';
import { charactersOf } from './pieces.ts';
import { typeParser } from './postgres.ts';
import { backedUp } from './table-names.ts';

/** Reads on a connection beside the pool, in one transaction (`repeatable read`) that writes nothing. */
export const postgresSnapshots = (url: string): Snapshots => ({
  open: async () => {
    const client = new pg.Client({
      connectionString: url,
      types: { getTypeParser: typeParser },
      connectionTimeoutMillis: 10_000,
    });
    // A connection that breaks fails the query on it; without a listener it would end the process.
    client.on('error', () => {});
    await client.connect();
    try {
      await client.query('begin isolation level repeatable read read only');
      await client.query('set local statement_timeout = 0');
      await client.query('set local idle_in_transaction_session_timeout = 0');
      return await snapshotOn(client);
    } catch (error) {
      await client.end();
      throw error;
    }
  },
});

type Column = { readonly name: string; readonly type: string };

const snapshotOn = async (client: pg.Client): Promise<Snapshot> => {
  const { rows: found } = await client.query('select max(number) as number from migrations');
  const columns = new Map<string, readonly Column[]>();
  for (const name of backedUp) columns.set(name, await columnsOf(client, name));
  return {
    engine: 'postgres',
    schema: Number(found[0]?.number ?? 0),
    tables: [...columns].map(([name, list]) => ({ name, columns: list.map((column) => column.name) })),
    rows: (table) => rowsOf(client, table, columns.get(table.name) ?? []),
    close: () => client.end(),
  };
};

/** The columns of a table in the schema that is in use, in their order. */
export const columnsOf = async (
  client: { query(text: string, values: unknown[]): Promise<{ readonly rows: Column[] }> },
  table: string,
): Promise<readonly Column[]> => {
  const { rows } = await client.query(
    `select column_name as name, data_type as type from information_schema.columns
      where table_schema = current_schema() and table_name = $1 order by ordinal_position`,
    [table],
  );
  return rows;
};

/** In the order of its key, in which SQLite keeps its rows. */
const keyOf = async (client: pg.Client, table: string): Promise<string> => {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_index join pg_attribute on attrelid = indrelid and attnum = any (indkey)
      where indrelid = quote_ident($1)::regclass and indisprimary
      order by array_position(indkey::int2[], attnum)`,
    [table],
  );
  return rows.map(({ name }) => `"${name}"`).join(', ');
};

const FEWEST = 20;
const MOST = 2_000;
const CHARACTERS = 256 * 1024;

/** How many rows to ask for next, so that they have about as many characters as may be. */
const nextCount = (rows: Rows): number => {
  const characters = rows.reduce((sum, row) => sum + charactersOf(row), 0);
  const fitting = Math.floor((CHARACTERS * rows.length) / Math.max(1, characters));
  return Math.min(MOST, Math.max(1, fitting));
};

/** `jsonb` keeps neither spaces nor the order of names: without the former, and with names sorted as the domain has them. */
const tidy = (json: string): string => {
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  return JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));
};

const plain = (columns: readonly Column[], row: readonly Cell[]): readonly Cell[] =>
  row.map((cell, index) =>
    columns[index]?.type === 'jsonb' && typeof cell === 'string' ? tidy(cell) : cell,
  );

async function* rowsOf(
  client: pg.Client,
  { name }: TableShape,
  columns: readonly Column[],
): AsyncGenerator<Rows> {
  const list = columns.map((column) => `"${column.name}"`).join(', ');
  const order = await keyOf(client, name);
  await client.query(`declare snapshot no scroll cursor for select ${list} from "${name}" order by ${order}`);
  for (let count = FEWEST; ; ) {
    const text = `fetch ${count} from snapshot`;
    const { rows } = await client.query<Cell[]>({ text, rowMode: 'array' });
    if (rows.length === 0) break;
    yield rows.map((row) => plain(columns, row));
    count = nextCount(rows);
  }
  await client.query('close snapshot');
}
