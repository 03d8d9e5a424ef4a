import type { Change, Committed } from '../app/writes.ts';

/** More than this in one transaction gains nothing and makes the first wait for the last. */
export const LARGEST = 512;

type Waiting = {
  readonly change: Change;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: unknown) => void;
};

/** What became of a change: its answer, or why it could not be tried. */
export type Settled = { readonly committed: Committed } | { readonly error: unknown };

/**
 * Collects changes that arrive together, so that they share one transaction and one flush. While a group is
 * being written the next one gathers. With `most` a group goes as soon as it has so many, and none waits for the one
 * before: where another thread writes, that has work while this one hears the rest, and puts together what waits there.
 */
export const groupCommit = (
  write: (changes: readonly Change[]) => Promise<readonly Settled[]>,
  most?: number,
) => {
  const waiting: Waiting[] = [];
  let busy = false;

  const settle = async (group: readonly Waiting[]): Promise<void> => {
    const settled = await write(group.map(({ change }) => change));
    for (const [index, { resolve, reject }] of group.entries()) {
      const answer = settled[index];
      if (answer !== undefined && 'committed' in answer) resolve(answer.committed);
      else reject(answer?.error ?? new Error('a change was not answered'));
    }
  };

  const send = async (): Promise<void> => {
    const group = waiting.splice(0, LARGEST);
    await settle(group).catch((error: unknown) => {
      for (const { reject } of group) reject(error);
    });
  };

  const flush = async (): Promise<void> => {
    // All of them may have gone early.
    const sent = waiting.length > 0 && send();
    if (most === undefined) await sent;
    if (waiting.length > 0) begin();
    else busy = false;
  };

  // Not at once: the reports that one turn of the event loop reads from its sockets go together.
  const begin = (): void => {
    busy = true;
    setImmediate(() => void flush());
  };

  return (change: Change): Promise<Committed> =>
    new Promise((resolve, reject) => {
      waiting.push({ change, resolve, reject });
      if (waiting.length === most) void send();
      else if (!busy) begin();
    });
};
