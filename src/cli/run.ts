import { CommanderError } from 'commander';
import { ProblemError } from '../client/muster.ts';
import { CliError } from './cli-error.ts';
import type { Ending } from './exit-codes.ts';
import type { Io } from './io.ts';
import { createProgram } from './program.ts';

/** Runs one command line (without node and script) and tells how it ended. */
export const run = async (args: readonly string[], io: Omit<Io, 'endWith'>): Promise<Ending> => {
  let ending: Ending = 'done';
  const program = createProgram({
    ...io,
    endWith: (how) => {
      ending = how;
    },
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return ending;
  } catch (error) {
    return tell(error, io);
  }
};

const tell = (error: unknown, { err, signal }: Pick<Io, 'err' | 'signal'>): Ending => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 'done' : 'usage';
  if (signal.aborted) return 'interrupted';
  if (error instanceof CliError) {
    err(`error: ${error.message}\n${error.next === undefined ? '' : `  try: ${error.next}\n`}`);
    return error.ending;
  }
  if (error instanceof ProblemError) {
    const { detail, code, requestId } = error.problem;
    err(`error: ${detail} (${code}, request ${requestId})\n`);
    return 'refused';
  }
  err(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  return 'failed';
};
