import { type Client, follow } from '../client/muster.ts';

/** Why to look again: something happened or it is time to, or a second has passed on the screen. */
export type Cause = 'read' | 'tick';

type Pace = {
  /** Milliseconds between two reads at least, between two at most, and between two ticks. */
  readonly least: number;
  readonly most: number;
  readonly tick: number;
};

const usual: Pace = { least: 250, most: 5_000, tick: 1_000 };

/** A flag that others raise and one waits for. */
const bell = () => {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring: (): void => {
      rung = true;
      wake?.();
    },
    isRung: (): boolean => rung,
    reset: (): void => {
      rung = false;
    },
    /** Until it rings, or so many milliseconds have passed, or the signal says so. */
    wait: (milliseconds: number, signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          wake = undefined;
          resolve();
        };
        const timer = setTimeout(done, milliseconds);
        signal.addEventListener('abort', done);
        wake = done;
      }),
  };
};

/** Says when to look at a campaign again: by its stream, and where that is not to be had every few seconds. */
export async function* news(
  client: Pick<Client, 'openStream'>,
  campaign: string,
  signal: AbortSignal,
  { least, most, tick }: Pace = usual,
): AsyncGenerator<Cause> {
  const leaving = new AbortController();
  const until = AbortSignal.any([signal, leaving.signal]);
  const change = bell();
  const listening = listen(client, campaign, until, change.ring);
  let read = Number.NEGATIVE_INFINITY;
  try {
    while (!until.aborted) {
      const age = performance.now() - read;
      const due = age >= most || (change.isRung() && age >= least);
      if (due) {
        change.reset();
        read = performance.now();
      }
      yield due ? 'read' : 'tick';
      const next = change.isRung() ? Math.max(0, least - (performance.now() - read)) : tick;
      if (next > 0) await change.wait(next, until);
    }
  } finally {
    leaving.abort();
    await listening;
  }
}

const listen = async (
  client: Pick<Client, 'openStream'>,
  campaign: string,
  signal: AbortSignal,
  ring: () => void,
): Promise<void> => {
  try {
    for await (const _ of follow(client, { query: { campaign }, signal })) ring();
  } catch {
    // Without a stream, time alone says when to look.
  }
};
