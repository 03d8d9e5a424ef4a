import { type Instant, SECOND } from '../domain/time.ts';
import type { Clock } from './ports.ts';
import type { Later } from './waker.ts';

type Deps = {
  /** What time it is where the rows are. */
  readonly ask: () => Promise<Instant>;
  /** Milliseconds since any one moment, never back. */
  readonly elapsed: () => number;
  /** What this machine takes for the time. */
  readonly here: Clock;
  readonly later: Later;
};

export type SharedClock = { readonly clock: Clock; readonly stop: () => void };

const EVERY = 5 * SECOND;
/** The two clocks of this machine differ by more than before: one was set, or it slept and what counts its time did not. */
const JUMP = SECOND;

/**
 * The clock of the database, as several processes share it: a lease that one of them sets is over for all at the same
 * moment, whatever is done to the clock of its machine. Between two questions it goes on by what counts the time that the
 * process runs, which is never set.
 */
export const openSharedClock = async ({ ask, elapsed, here, later }: Deps): Promise<SharedClock> => {
  let ahead = 0;
  let drift = 0;
  let asking = false;
  let stopped = false;
  let callOff = (): void => undefined;

  const set = (at: Instant, [before, after]: readonly [number, number], isFirst: boolean): void => {
    const found = at - (before + after) / 2;
    drift = here() - after;
    // What lies within the time that the answer took to come is no difference.
    if (isFirst || Math.abs(found - ahead) > (after - before) / 2) ahead = found;
  };

  const look = async (isFirst = false): Promise<void> => {
    const before = elapsed();
    const at = await ask();
    set(at, [before, elapsed()], isFirst);
  };

  /** Where nobody answers it goes on as it went. */
  const lookAgain = (): void => {
    callOff();
    if (stopped || asking) return;
    asking = true;
    look()
      .catch(() => undefined)
      .finally(() => {
        asking = false;
        if (!stopped) callOff = later(lookAgain, EVERY);
      });
  };

  await look(true);
  callOff = later(lookAgain, EVERY);
  return {
    clock: () => {
      const now = elapsed();
      if (Math.abs(here() - now - drift) > JUMP) {
        drift = here() - now;
        lookAgain();
      }
      return Math.floor(now + ahead);
    },
    stop: () => {
      stopped = true;
      callOff();
    },
  };
};
