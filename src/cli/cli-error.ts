import type { Ending } from './exit-codes.ts';

/** Ends a command with a sentence and, where there is one, the command or step to try next. */
export class CliError extends Error {
  readonly ending: Ending;
  readonly next: string | undefined;

  constructor(message: string, { ending = 'failed', next }: { ending?: Ending; next?: string } = {}) {
    super(message);
    this.name = 'CliError';
    this.ending = ending;
    this.next = next;
  }
}
