import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { typeParser } from '../../src/store/postgres.ts';
import { serve } from '../support/muster-process.ts';

const run = promisify(execFile);

export type EngineName = 'sqlite' | 'postgres';
type Cell = string | number | null;
export type Row = Readonly<Record<string, Cell>>;
/** Rows by table, JSON as text: the same for both engines. */
export type Rows = Readonly<Record<string, readonly Row[]>>;

/** What a release has left here. */
export type Release = {
  readonly version: string;
  /** SQL of the whole schema. */
  readonly schema: Readonly<Record<EngineName, string>>;
  readonly rows: Rows;
  /** Migrations that it had, by number, with the digest of their statements for each engine. */
  readonly migrations: readonly Frozen[];
};
export type Frozen = { readonly number: number; readonly name: string } & Readonly<
  Record<EngineName, string>
>;

export const releasesDirectory = fileURLToPath(new URL('releases', import.meta.url));
const fileOf = (version: string, name: string): string => `${releasesDirectory}/${version}/${name}`;

/** Every release, the oldest first. */
export const releases = (): readonly Release[] =>
  readdirSync(releasesDirectory)
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map(readRelease);

const readRelease = (version: string): Release => {
  const read = (name: string): string => readFileSync(fileOf(version, name), 'utf8');
  const lines = read('rows.jsonl').trimEnd().split('\n');
  return {
    version,
    schema: { sqlite: read('schema.sqlite.sql'), postgres: read('schema.postgres.sql') },
    rows: Object.fromEntries(lines.map((line) => JSON.parse(line) as [string, readonly Row[]])),
    migrations: JSON.parse(read('migrations.json')),
  };
};

/** A file as the release left it. */
export const layOutSqlite = (file: string, { schema, rows }: Release): void => {
  const connection = new DatabaseSync(file);
  // Functions of its indexes would be those of a server; none of them has any so far.
  connection.exec(`pragma journal_mode = wal; begin; ${schema.sqlite}`);
  for (const [table, list] of Object.entries(rows)) {
    for (const row of list) {
      const names = Object.keys(row).map((name) => `"${name}"`);
      const insert = `insert into "${table}" (${names}) values (${names.map(() => '?')})`;
      connection.prepare(insert).run(...Object.values(row));
    }
  }
  connection.exec('commit');
  connection.close();
};

export const withClient = async <Answer>(
  url: string,
  work: (client: pg.Client) => Promise<Answer>,
): Promise<Answer> => {
  const client = new pg.Client({ connectionString: url, types: { getTypeParser: typeParser } });
  await client.connect();
  return work(client).finally(() => client.end());
};

/** An empty database as the release left it. */
export const layOutPostgres = (url: string, { schema, rows }: Release): Promise<void> =>
  withClient(url, async (client) => {
    await client.query(schema.postgres);
    for (const [table, list] of Object.entries(rows)) {
      const { rows: columns } = await client.query<{ name: string; type: string }>(
        `select attname as name, format_type(atttypid, null) as type from pg_attribute
          where attrelid = $1::regclass and attnum > 0`,
        [table],
      );
      const cells = columns.map(({ name, type }) => `(r ->> '${name}')::${type}`);
      await client.query(
        `insert into "${table}" (${columns.map(({ name }) => `"${name}"`)})
          select ${cells} from jsonb_array_elements($1::jsonb) as given(r)`,
        [JSON.stringify(list)],
      );
    }
  });

/** JSON that a database has put into its own order and spaces. */
const canonical = (cell: unknown): unknown => {
  if (typeof cell !== 'string' || !/^[[{]/.test(cell)) return cell;
  try {
    return JSON.parse(cell);
  } catch {
    return cell;
  }
};

const comparable = (rows: readonly Row[], columns: readonly string[]): readonly string[] =>
  rows.map((row) => sortedJson(columns.map((name) => canonical(row[name])))).toSorted();

const sortedJson = (value: unknown): string =>
  JSON.stringify(value, (_, one) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );

/** The tables of a release, as texts that are equal when the rows are; only the columns that it had. */
export const textsOf = async (
  { rows }: Release,
  read: (sql: string) => Promise<readonly Row[]>,
): Promise<Readonly<Record<string, readonly string[]>>> => {
  const texts: Record<string, readonly string[]> = {};
  for (const [table, list] of Object.entries(rows)) {
    const columns = Object.keys(list[0] ?? {});
    const names = columns.map((name) => `"${name}"`).join(', ');
    texts[table] = comparable(await read(`select ${names} from "${table}"`), columns);
  }
  return texts;
};

/** The same of what the release itself has left. */
export const textsOfRelease = ({ rows }: Release): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    Object.entries(rows).map(([table, list]) => [table, comparable(list, Object.keys(list[0] ?? {}))]),
  );

/** Unpacks the server of a release, and gives the script that starts it. */
export const unpackServer = async ({ version }: Release, directory: string): Promise<string> => {
  await run('tar', ['-xzf', fileOf(version, 'server.tgz'), '-C', directory]);
  symlinkSync(
    fileURLToPath(new URL('../../node_modules', import.meta.url)),
    `${directory}/node_modules`,
    'dir',
  );
  return `${directory}/dist/server/main.js`;
};

/** A server of any release that is ready. */
export type Running = {
  readonly url: string;
  /** Everything that it has logged. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
};

/** Starts the script of a server on a port of its own. */
export const startScript = async (
  script: string,
  env: Readonly<Record<string, string>>,
): Promise<Running> => {
  const server = await serve({ MUSTER_RATE_LIMIT: '0', ...env }, script);
  return {
    url: server.url,
    log: () => server.out() + server.err(),
    stop: async () => {
      await server.stop();
    },
  };
};
