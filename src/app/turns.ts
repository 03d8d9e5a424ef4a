import { type Instant, SECOND } from '../domain/time.ts';
import type { Clock } from './ports.ts';
import type { Leases } from './process-ports.ts';

/** Which of several processes does the work that one of them does for all. */
export type Turns = {
  /** Whether this one does the work of that name now; all of them ask every so many milliseconds. */
  readonly mine: (name: string, every: number) => Promise<boolean>;
  /** Leaves all of it to others. */
  readonly end: () => Promise<void>;
};

/** For a process that is alone with its store. */
export const alwaysMine: Turns = { mine: async () => true, end: async () => undefined };

/** How long nobody does the work of a process that died, beyond the time until it would have asked again. */
const GRACE = 5 * SECOND;

type Deps = { readonly leases: Leases; readonly clock: Clock; readonly holder: string };

/**
 * Takes turns by leases, which are renewed when half of one is over. Work is never done twice for want of a lease: whoever
 * was paused for longer than its own writes on condition of what it has read. The lease spares the others the looking.
 */
export const createTurns = ({ leases, clock, holder }: Deps): Turns => {
  const held = new Map<string, Instant>();
  return {
    mine: async (name, every) => {
      const [now, length] = [clock(), every + GRACE];
      if ((held.get(name) ?? 0) - now > length / 2) return true;
      const until = now + length;
      if (await leases.take(`work/${name}`, holder, now, until)) {
        held.set(name, until);
        return true;
      }
      held.delete(name);
      return false;
    },
    end: async () => {
      held.clear();
      await leases.release(holder);
    },
  };
};
