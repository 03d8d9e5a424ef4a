import { CommanderError } from 'commander';
import { ProblemError } from '../client/muster.ts';
import { CliError } from './cli-error.ts';
import type { Ending } from './exit-codes.ts';
import type { Io } from './io.ts';
import { plain } from './output.ts';
import { endingOf, nextStep, problemText } from './problem-text.ts';
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

type Telling = Pick<Io, 'err' | 'signal'>;

const say = ({ err }: Telling, text: string, next: string | undefined): void =>
  err(`error: ${text}${next === undefined ? '' : `  try: ${next}\n`}`);

const tell = (error: unknown, io: Telling): Ending => {
  // Commander has told what is wrong, and --help is no error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 'done' : 'usage';
  if (io.signal.aborted) return 'interrupted';
  if (error instanceof CliError) {
    say(io, `${error.message}\n`, error.next);
    return error.ending;
  }
  if (error instanceof ProblemError) {
    say(io, problemText(error.problem), nextStep(error.problem));
    return endingOf(error.problem);
  }
  const [text, next] = describe(error);
  say(io, `${plain(text)}\n`, next);
  return 'failed';
};

const causeOf = (error: Error): string | undefined => {
  const { cause } = error;
  if (!(cause instanceof Error)) return undefined;
  const code = 'code' in cause ? String(cause.code) : '';
  return cause.message === '' ? code : cause.message;
};

/** What went wrong beside refusals: files and networks. */
const describe = (error: unknown): readonly [string, string | undefined] => {
  if (!(error instanceof Error)) return [String(error), undefined];
  if (error.message === 'fetch failed') {
    return [
      `no answer from the server: ${causeOf(error) ?? 'the connection failed'}`,
      'muster whoami --url <url>, or muster serve to start a server here',
    ];
  }
  return [fileTrouble(error) ?? error.message, undefined];
};

const fileTroubles: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EACCES: 'it may not be read or written by you',
  EISDIR: 'it is a directory',
  ENOSPC: 'no space is left for it',
};

const fileTrouble = (error: Error): string | undefined => {
  if (!('code' in error && 'path' in error)) return undefined;
  const text = fileTroubles[String(error.code)];
  return text === undefined ? undefined : `${error.path}: ${text}`;
};
