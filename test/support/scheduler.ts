import type { Later } from '../../src/app/waker.ts';

export type Scheduler = {
  readonly later: Later;
  readonly elapsed: () => number;
  /** Lets so many milliseconds pass: runs what becomes due, each at its time, and waits for what follows from it. */
  readonly pass: (milliseconds: number) => Promise<void>;
};

/** Lets everything run that waits for nothing but its turn. */
const settle = async (): Promise<void> => {
  for (let turns = 0; turns < 5; turns += 1) await new Promise(setImmediate);
};

/** Time that passes only when a test says so. */
export const fakeScheduler = (): Scheduler => {
  let now = 0;
  const due = new Set<{ readonly at: number; readonly run: () => void }>();
  const next = (until: number) =>
    [...due]
      .filter(({ at }) => at <= until)
      .reduce<{ at: number; run: () => void } | undefined>(
        (first, one) => (first === undefined || one.at < first.at ? one : first),
        undefined,
      );
  return {
    later: (run, milliseconds) => {
      const one = { at: now + milliseconds, run };
      due.add(one);
      return () => void due.delete(one);
    },
    elapsed: () => now,
    pass: async (milliseconds) => {
      const until = now + milliseconds;
      await settle();
      for (let one = next(until); one !== undefined; one = next(until)) {
        due.delete(one);
        now = Math.max(now, one.at);
        one.run();
        await settle();
      }
      now = until;
    },
  };
};
