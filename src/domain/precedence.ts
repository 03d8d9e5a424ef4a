import type { Instant } from './time.ts';

/** What decides which of several campaigns a device is given work from. */
export type Contender = {
  /** The device was told to begin with it. */
  readonly begun: boolean;
  readonly priority: number;
  readonly createdAt: Instant;
};

/** Sorts the one that goes first to the front: what was begun, then the highest priority, then the oldest. */
export const byPrecedence = (a: Contender, b: Contender): number =>
  Number(b.begun) - Number(a.begun) || b.priority - a.priority || a.createdAt - b.createdAt;
