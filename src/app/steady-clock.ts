import { type Instant, MINUTE } from '../domain/time.ts';
import type { Clock } from './ports.ts';

/** Longer between two looks, or backwards: the process did not run, or its clock has jumped. */
const LONGEST_BREAK = 5 * MINUTE;

/**
 * For how long the clock has run on without a break, in milliseconds, to whoever looks every few seconds; it counts
 * from `since` on.
 */
export const watchClock = (clock: Clock, since: Instant): (() => number) => {
  let from = since;
  let last: Instant | undefined;
  return () => {
    const now = clock();
    if (last !== undefined && (now < last || now - last > LONGEST_BREAK)) from = now;
    last = now;
    return now - from;
  };
};
