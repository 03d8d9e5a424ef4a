import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { migrations } from '../store/migrations/index.ts';
import { refuseUnfinished, UnfinishedRestore } from './backup/marker.ts';
import { loadModulesCompiled } from './compiled.ts';
import { type Config, ConfigError, configFromEnv } from './config.ts';
import { readEnv } from './env.ts';
import { inspectDatabase } from './inspect.ts';
import { print } from './report-lines.ts';

/*
 * Run by the command line as a process of its own: brings the database that the environment names up to date, or with
 * `--check` only says what would be done. One line of JSON: `{"result": {applied, pending, unknown}}` as they were
 * before, or `{"error"}`.
 */

loadModulesCompiled();
const { values } = parseArgs({ options: { check: { type: 'boolean' } } });

const bringUpToDate = async ({ database, dataDirectory }: Config): Promise<void> => {
  if (database.kind === 'postgres') {
    const { openPostgres } = await import('../store/postgres.ts');
    return (await openPostgres(database)).close();
  }
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const { openSqlite } = await import('../store/sqlite.ts');
  return (await openSqlite(database.file)).close();
};

const run = async (): Promise<void> => {
  const config = configFromEnv(readEnv());
  refuseUnfinished(config.dataDirectory);
  const found = await inspectDatabase(config);
  await found?.close();
  const pending = migrations.map(({ number, name }) => ({ number, name }));
  const steps = found?.steps ?? { applied: [], pending, unknown: [] };
  if (!values.check) await bringUpToDate(config);
  print({ result: { ...steps, schema: migrations.at(-1)?.number ?? 0 } });
};

run().catch((error: unknown) => {
  const refused = error instanceof ConfigError || error instanceof UnfinishedRestore;
  print({ error: error instanceof Error ? error.message : String(error), refused });
  process.exitCode = 1;
});
