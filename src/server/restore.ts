import { stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Verified, verifyBackup } from './backup/read.ts';
import { checkThere, isExpected, restoreBackup } from './backup/restore.ts';
import { loadModulesCompiled } from './compiled.ts';
import { ConfigError, configFromEnv } from './config.ts';
import { readEnv } from './env.ts';
import { print } from './report-lines.ts';

/*
 * Run by the command line as a process of its own: `restore.ts [--verify] [--key-file <file>] [--without-key] <file>`, with the
 * target in the environment. Tells what it does in lines of JSON: `{"step"}`, then `{"result"}` or `{"error"}`.
 */

loadModulesCompiled();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    verify: { type: 'boolean' },
    'key-file': { type: 'string' },
    'without-key': { type: 'boolean' },
  },
});

const told = async (file: string, { manifest, summary, key }: Verified) => {
  const { id, createdAt, muster, engine, schema } = manifest;
  const { size } = await stat(file);
  return { id, createdAt, muster, engine, schema, ...summary, withKey: key !== undefined, size };
};

const run = async (): Promise<void> => {
  const [file = ''] = positionals;
  checkThere(file);
  if (values.verify) return print({ result: await told(file, await verifyBackup(file)) });
  const verified = await restoreBackup({
    file,
    config: configFromEnv(readEnv()),
    keyFile: values['key-file'],
    withoutKey: values['without-key'],
    tell: (step) => print({ step }),
  });
  print({ result: await told(file, verified) });
};

run().catch((error: unknown) => {
  const plain = isExpected(error) || error instanceof ConfigError;
  print({ error: error instanceof Error ? error.message : String(error), refused: plain });
  process.exitCode = 1;
});
