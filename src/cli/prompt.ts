import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CliError } from './cli-error.ts';
import type { Io } from './io.ts';

type Asking = Pick<Io, 'stdin' | 'err' | 'signal'>;

const insistOnTerminal = ({ stdin }: Asking, question: string): void => {
  if (stdin.isTTY === true) return;
  throw new CliError(`there is no terminal to ask for: ${question.replace(/: $/, '')}`, {
    ending: 'usage',
    next: 'muster login --url <url> --email <address> --password-stdin',
  });
};

/** What a person types, letter by letter without a trace where it is hidden. */
const read = async (question: string, io: Asking, shown: boolean): Promise<string> => {
  insistOnTerminal(io, question);
  const quiet = new Writable({
    write: (chunk: Buffer, _, done) => {
      if (shown) io.err(chunk.toString());
      done();
    },
  });
  if (!shown) io.err(question);
  const lines = createInterface({ input: io.stdin, output: quiet, terminal: true });
  try {
    return await lines.question(shown ? question : '', { signal: io.signal });
  } catch (error) {
    // Ctrl-C and Ctrl-D close the line without an answer.
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    throw new CliError('nothing was entered', { ending: 'interrupted' });
  } finally {
    lines.close();
    if (!shown) io.err('\n');
  }
};

/** Asks a person in a terminal; refuses where there is none. */
export const ask = (question: string, io: Asking): Promise<string> => read(question, io, true);

/** The same without showing what is typed. */
export const askHidden = (question: string, io: Asking): Promise<string> => read(question, io, false);
