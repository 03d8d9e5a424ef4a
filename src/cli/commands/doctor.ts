import type { Command } from 'commander';
import type { Io } from '../io.ts';
import type { GlobalOptions } from '../online.ts';
import { type Column, formatOf, printerOf } from '../output.ts';
import type { Register } from '../program.ts';
import { runServerScript, type Target } from '../server-script.ts';

type Options = Target & { readonly deep?: true };
type Finding = {
  readonly check: string;
  readonly level: 'ok' | 'warning' | 'problem';
  readonly found: string;
  readonly todo: string;
};

/** `doctor`: what may be wrong with a server on this machine, and what to do about it. */
export const registerDoctor: Register = (program, io) => {
  program
    .command('doctor')
    .description('look a server on this machine over, running or not; a problem ends with code 8')
    .option('--data <directory>', 'the data directory, in place of MUSTER_DATA')
    .option('--database-url <url>', 'the PostgreSQL database, in place of MUSTER_DATABASE_URL')
    .option('--deep', 'read and hash every package, and check the whole database file')
    .action(async (options: Options, command: Command) => examine(options, command, io));
};

const columns: readonly Column<Finding>[] = [
  ['', ({ level }) => ({ ok: 'ok', warning: 'WARN', problem: 'FAIL' })[level]],
  ['check', ({ check }) => check],
  ['found', ({ found }) => found],
  ['what to do', ({ todo }) => todo],
];

const examine = async (options: Options, command: Command, io: Io): Promise<void> => {
  const { output } = command.optsWithGlobals<GlobalOptions>();
  const print = printerOf(io, formatOf(output));
  const findings = await runServerScript<readonly Finding[]>(
    io,
    'doctor',
    options.deep ? ['--deep'] : [],
    options,
  );
  await print.list(findings, columns);
  if (findings.some(({ level }) => level === 'problem')) io.endWith('differs');
};
