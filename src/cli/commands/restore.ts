import type { Command } from 'commander';
import { type BackupFacts, backupColumns, warnOfMissing } from '../backup-facts.ts';
import type { Io } from '../io.ts';
import type { GlobalOptions } from '../online.ts';
import { formatOf, printerOf } from '../output.ts';
import type { Register } from '../program.ts';
import { runServerScript, type Target } from '../server-script.ts';

type Options = Target & { readonly keyFile?: string; readonly withoutKey?: true; readonly verify?: true };

/** `restore`: a backup into a data directory, and a database, that have nothing yet. */
export const registerRestore: Register = (program, io) => {
  program
    .command('restore')
    .description('put a backup into an empty data directory or database, or only check it (docs/backup.md)')
    .argument('<file>')
    .option('--data <directory>', 'the data directory, in place of MUSTER_DATA')
    .option('--database-url <url>', 'the PostgreSQL database, in place of MUSTER_DATABASE_URL')
    .option('--key-file <file>', 'secrets.key of the server that made the backup')
    .option('--without-key', 'restore although nobody has the key: what is sealed stays so')
    .option('--verify', 'check every byte of the file, and restore nothing')
    .action(async (file: string, options: Options, command: Command) => restore(file, options, command, io));
};

const argsOf = (file: string, { keyFile, withoutKey, verify }: Options): readonly string[] => [
  ...(verify ? ['--verify'] : []),
  ...(withoutKey ? ['--without-key'] : []),
  ...(keyFile === undefined ? [] : ['--key-file', keyFile]),
  ...['--', file],
];

const restore = async (file: string, options: Options, command: Command, io: Io): Promise<void> => {
  const { output } = command.optsWithGlobals<GlobalOptions>();
  const print = printerOf(io, formatOf(output));
  const facts = await runServerScript<BackupFacts>(io, 'restore', argsOf(file, options), options);
  await print.one(facts, backupColumns);
  io.err(options.verify ? 'the file is whole and unaltered\n' : 'restored; start the server on it\n');
  warnOfMissing(facts, io);
};
