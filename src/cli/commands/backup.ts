import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type BackupFacts, backupColumns, warnOfMissing } from '../backup-facts.ts';
import { CliError } from '../cli-error.ts';
import type { Io } from '../io.ts';
import { type Online, online } from '../online.ts';
import type { Register } from '../program.ts';
import { runServerScript } from '../server-script.ts';
import { bytes } from '../words.ts';

type Options = { readonly withKey?: true; readonly verify: boolean };

/** `backup`: the whole server as one file. */
export const registerBackup: Register = (program, io) => {
  program
    .command('backup')
    .description('save the whole server, packages included, as one file while it serves (docs/backup.md)')
    .argument('<file>', 'where to; - for standard output')
    .option('--with-key', 'put the key that opens sealed secrets into the file: keep it as you keep the key')
    .option('--no-verify', 'do not read the file again to check it')
    .action(
      online(io, async (on, file: string, options: Options) => {
        if (file === '-') return void (await pipeline(await fetchBackup(on, options), io.sink()));
        const facts = await save(on, file, options);
        if (!options.withKey)
          io.err('the key is not in it: keep secrets.key (or MUSTER_SECRETS_KEY) of the server elsewhere\n');
        if (facts === undefined) return;
        await on.print.one(facts, backupColumns);
        warnOfMissing(facts, io);
      }),
    );
};

const fetchBackup = async ({ client, io }: Online, { withKey }: Pick<Options, 'withKey'>) => {
  const { body } = await client.makeBackup({ query: { key: withKey === true }, signal: io.signal });
  if (body === null) throw new CliError('the server sent nothing');
  return Readable.fromWeb(body);
};

const PACE = 200;

/** Tells how much came, and hashes it. */
const counting = ({ err, terminal }: Io) => {
  const hash = createHash('sha256');
  let [size, drawn] = [0, 0];
  const through = new Transform({
    transform: (chunk: Buffer, _, done) => {
      hash.update(chunk);
      size += chunk.length;
      if (terminal.err && performance.now() - drawn > PACE) {
        drawn = performance.now();
        err(`\r\u001b[K${bytes(size)}`);
      }
      done(null, chunk);
    },
  });
  return { through, end: () => ({ size, sha256: hash.digest('hex') }) };
};

/** Under another name until all of it is there, flushed and checked: what went before under this name is kept till then. */
const save = async (on: Online, file: string, options: Options): Promise<BackupFacts | undefined> => {
  const { io } = on;
  const draft = `${file}.part`;
  const counted = counting(io);
  let facts: BackupFacts | undefined;
  await rm(draft, { force: true });
  try {
    // It may hold the key, and all of it is for the eyes of few.
    const target = createWriteStream(draft, { mode: 0o600, flush: true });
    await pipeline(await fetchBackup(on, options), counted.through, target);
    if (options.verify) facts = await runServerScript<BackupFacts>(io, 'restore', ['--verify', '--', draft]);
    await rename(draft, file);
    await flushDirectoryOf(file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  const { size, sha256 } = counted.end();
  io.err(`${io.terminal.err ? '\r\u001b[K' : ''}${bytes(size)} saved as ${file}, SHA-256 ${sha256}\n`);
  return facts;
};

const flushDirectoryOf = async (file: string): Promise<void> => {
  if (process.platform === 'win32') return;
  const directory = await open(dirname(file), 'r');
  await directory.sync().finally(() => directory.close());
};
