import type { Instant } from './time.ts';

/** A quiet span by name: no phase begins inside `[from, to)`. */
export type Freeze = { readonly name: string; readonly from: Instant; readonly to: Instant };

const holds = ({ from, to }: Freeze, at: Instant): boolean => from <= at && at < to;

/**
 * The instant at which the last of a chain of freezes ends, each beginning before the one before is over;
 * `undefined` when none holds now.
 */
export const frozenUntil = (
  freezes: readonly Freeze[],
  others: readonly Freeze[],
  now: Instant,
): Instant | undefined => {
  if (freezes.length === 0 && others.length === 0) return undefined;
  let until = now;
  for (;;) {
    const ends = Math.max(endAfter(freezes, until), endAfter(others, until));
    if (ends === until) return until === now ? undefined : until;
    until = ends;
  }
};

const endAfter = (freezes: readonly Freeze[], at: Instant): Instant =>
  freezes.reduce((end, freeze) => (holds(freeze, at) ? Math.max(end, freeze.to) : end), at);
