import type { Instant } from './time.ts';

/** What decides which of several campaigns a device is given work from. */
export type Contender = {
  /** The device was told to begin with it. */
  readonly begun: boolean;
  readonly priority: number;
  /** When its campaign was started; 0 when it never was. */
  readonly startedAt: Instant;
};

/** Sorts the one that goes first to the front: what was begun, then the highest priority, then what was started first. */
export const byPrecedence = (a: Contender, b: Contender): number =>
  Number(b.begun) - Number(a.begun) || b.priority - a.priority || a.startedAt - b.startedAt;
