import { Command } from 'commander';
import type { Io } from './io.ts';

/**
 * Adds a command, or a noun with its verbs, to the program. One file for each in `commands`, which exports `register`;
 * its actions throw `CliError` or `ProblemError`, write by `io`, and never end the process themselves.
 */
export type Register = (program: Command, io: Io) => void;

const registers: readonly Register[] = [];

/** The whole command tree. It ends no process and writes nothing but by `io`. */
export const createProgram = (io: Io): Command => {
  const program = new Command('muster')
    .description('Over-the-air update campaigns from the command line')
    .option('--profile <name>', 'profile of the configuration file')
    .option('--url <url>', 'where the server is')
    .option('--account <id>', 'the account to act in')
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err });
  for (const register of registers) register(program, io);
  return program;
};
