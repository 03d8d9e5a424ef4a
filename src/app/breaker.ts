import { type Instant, SECOND } from '../domain/time.ts';

/** Failures in a row, and for how long there was nothing else, before a receiver is left in peace. */
const FAILURES = 16;
const FAILING = 5 * SECOND;
/** Then it is tried once in a while. */
const PAUSE = 30 * SECOND;

/** Keeps a receiver that fails and fails from being tried again as fast as it can fail. */
export type Breaker = {
  /** Whether to try now. While it is broken, one try is let through after each pause. */
  readonly admits: (receiver: string, now: Instant) => boolean;
  /** Whether its last try failed. */
  readonly knows: (receiver: string) => boolean;
  readonly note: (receiver: string, failed: boolean, now: Instant) => void;
};

type Failing = { readonly since: Instant; readonly count: number; readonly notBefore: Instant };

/** A breaker that knows nobody yet; it remembers those whose last try failed. */
export const createBreaker = (): Breaker => {
  const failing = new Map<string, Failing>();
  return {
    admits: (receiver, now) => {
      const known = failing.get(receiver);
      if (known === undefined || known.count < FAILURES || now - known.since < FAILING) return true;
      if (now < known.notBefore) return false;
      failing.set(receiver, { ...known, notBefore: now + PAUSE });
      return true;
    },
    knows: (receiver) => failing.has(receiver),
    note: (receiver, failed, now) => {
      if (!failed) {
        failing.delete(receiver);
        return;
      }
      const known = failing.get(receiver);
      failing.set(receiver, {
        since: known?.since ?? now,
        count: (known?.count ?? 0) + 1,
        notBefore: now + PAUSE,
      });
    },
  };
};
