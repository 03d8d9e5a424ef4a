import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { configFromEnv } from '../../src/server/config.ts';
import { createContext } from '../../src/server/context.ts';
import { readEnv } from '../../src/server/env.ts';
import type { Engine } from '../../src/store/engine.ts';
import { postgresEngine } from '../../src/store/engine-postgres.ts';
import { sqliteEngine } from '../../src/store/engine-sqlite.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { connectSqlite } from '../../src/store/sqlite-connection.ts';
import { backedUp } from '../../src/store/table-names.ts';
import { administrator, conform } from './conformance.ts';
import { fillEverything } from './everything.ts';
import { startScript } from './release.ts';

/*
 * Keeps what this tree is as a release: `npm run freeze-release 1.2.3`. Schema and migrations for both engines, a row or
 * more for every table, and the server as it is, without the console.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
const [version] = process.argv.slice(2);
if (version === undefined) throw new Error('which version?');
const target = join(root, 'test/migrations/releases', version);
const scratch = mkdtempSync(join(tmpdir(), 'muster-freeze-'));
const environment = {
  MUSTER_DATA: join(scratch, 'data'),
  MUSTER_ADMIN_PASSWORD: administrator.password,
};

/** What `migrate` runs on an empty database. */
const schemaOf = ({ schema }: Engine): string =>
  [
    `create table migrations (number integer not null primary key, name text not null,
      breaking smallint not null, applied_at ${schema.instant} not null)`,
    ...migrations.flatMap(({ statements }) => statements(schema)),
  ]
    .map((statement) => `${statement};\n`)
    .join('\n');

const digestFor = (statements: readonly string[]): string =>
  createHash('sha256').update(statements.join('\0')).digest('hex');

const digests = migrations.map(({ number, name, statements }) => ({
  ...{ number, name },
  sqlite: digestFor(statements(sqliteEngine.schema)),
  postgres: digestFor(statements(postgresEngine.schema)),
}));

/** The server in a few files, with the packages it uses but for those that are machine code. */
const bundleServer = async (): Promise<void> => {
  const files = join(scratch, 'server');
  const directory = join(files, 'dist/server');
  const bundle = await rolldown({
    ...{ cwd: root, input: join(root, 'src/server/main.ts'), platform: 'node' },
    external: ['@node-rs/argon2', 'pg-native'],
  });
  await bundle.write({ dir: directory, format: 'esm', minify: true });
  cpSync(join(root, 'src/api/muster/docs.css'), join(directory, 'docs.css'));
  cpSync(join(root, 'src/blobs/digest-worker.mjs'), join(directory, 'digest-worker.mjs'));
  writeFileSync(join(files, 'package.json'), JSON.stringify({ name: 'muster', version, type: 'module' }));
  const options = ['--sort=name', '--mtime=2026-01-01', '--owner=0', '--group=0', '-I', 'gzip -9n'];
  execFileSync('tar', [...options, '-cf', join(target, 'server.tgz'), '-C', files, 'package.json', 'dist']);
};

/** One line for each table, which are the same on both engines; what processes have under way may be empty. */
const rowsOf = (file: string): string => {
  const connection: DatabaseSync = connectSqlite(file);
  const tables = connection
    .prepare("select name from sqlite_schema where type = 'table' order by name")
    .all();
  const lines = tables
    .map(({ name }) => String(name))
    .filter((name) => !name.startsWith('sqlite_'))
    .map((name) => [name, connection.prepare(`select * from "${name}"`).all()] as const);
  connection.close();
  const empty = lines.filter(([name, rows]) => rows.length === 0 && backedUp.includes(name));
  if (empty.length > 0) throw new Error(`nothing is in ${empty.map(([name]) => name)}`);
  return lines.flatMap((line) => (line[1].length === 0 ? [] : `${JSON.stringify(line)}\n`)).join('');
};

/** A fleet that the server itself has served, and beside it one of everything. */
const makeRows = async (): Promise<string> => {
  const server = await startScript(join(root, 'src/server/main.ts'), environment);
  await conform(server.url).finally(server.stop);
  const config = configFromEnv(readEnv({ ...environment }));
  const context = await createContext(config);
  await fillEverything(context, randomUUID()).finally(context.dispose);
  return rowsOf(join(scratch, 'data/muster.db'));
};

try {
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'schema.sqlite.sql'), schemaOf(sqliteEngine));
  writeFileSync(join(target, 'schema.postgres.sql'), schemaOf(postgresEngine));
  writeFileSync(join(target, 'migrations.json'), `${JSON.stringify(digests, null, 2)}\n`);
  writeFileSync(join(target, 'rows.jsonl'), await makeRows());
  await bundleServer();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
