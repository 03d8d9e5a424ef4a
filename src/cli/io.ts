import type { Readable, Writable } from 'node:stream';
import type { CliEnv } from './env.ts';
import type { Ending } from './exit-codes.ts';

/** What a command has of the world around it. */
export type Io = {
  /** Results, as given: callers end their lines. */
  readonly out: (text: string) => void;
  /** Standard output for bytes in bulk; ending it leaves standard output open. */
  readonly sink: () => Writable;
  /** Notes for a person, progress and errors, as given. */
  readonly err: (text: string) => void;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly env: CliEnv;
  /** Whether results go to a terminal; `columns` is its width. */
  readonly terminal: { readonly out: boolean; readonly err: boolean; readonly columns: number };
  /** Aborted by the first Ctrl-C or signal TERM; the second one ends the process. */
  readonly signal: AbortSignal;
  /** Says how the process ends if it does not throw; `done` where nobody says. */
  readonly endWith: (ending: Ending) => void;
};
