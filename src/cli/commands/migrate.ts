import type { Command } from 'commander';
import type { Io } from '../io.ts';
import type { GlobalOptions } from '../online.ts';
import { formatOf, printerOf } from '../output.ts';
import type { Register } from '../program.ts';
import { runServerScript, type Target } from '../server-script.ts';

type Options = Target & { readonly check?: true };
type Step = { readonly number: number; readonly name: string };
type Steps = {
  readonly applied: readonly Step[];
  readonly pending: readonly Step[];
  readonly unknown: readonly Step[];
  /** Of this version of Muster. */
  readonly schema: number;
};

/** `migrate`: the database brought up to date without a server. */
export const registerMigrate: Register = (program, io) => {
  program
    .command('migrate')
    .description('bring the database up to date, and end; a server does the same when it starts')
    .option('--data <directory>', 'the data directory, in place of MUSTER_DATA')
    .option('--database-url <url>', 'the PostgreSQL database, in place of MUSTER_DATABASE_URL')
    .option('--check', 'only say what is to be done; where there is something it ends with code 8')
    .action(async (options: Options, command: Command) => migrate(options, command, io));
};

const textOf = (steps: readonly Step[]): string =>
  steps.length === 0 ? 'none' : steps.map(({ number, name }) => `${number} ${name}`).join('\n');

const migrate = async (options: Options, command: Command, io: Io): Promise<void> => {
  const { output } = command.optsWithGlobals<GlobalOptions>();
  const print = printerOf(io, formatOf(output));
  const found = await runServerScript<Steps>(io, 'migrate', options.check ? ['--check'] : [], options);
  const done = options.check !== true;
  await print.one(found, [
    ['schema of this version', ({ schema }) => String(schema)],
    ['were there', ({ applied }) => textOf(applied)],
    [done ? 'done now' : 'to be done', ({ pending }) => textOf(pending)],
    ['of a later version', ({ unknown }) => textOf(unknown)],
  ]);
  if (!done && found.pending.length > 0) io.endWith('differs');
};
