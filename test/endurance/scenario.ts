import type { Figure } from '../support/figures.ts';

/** What a run has found, before it is known by which command. */
export type Finding = Omit<Figure, 'date' | 'command'>;

/** One kind of test that takes longer than CI has, by its arguments. */
export type Scenario = {
  /** Its options, and what it does. */
  readonly usage: string;
  /** Leaves a finding for each part as soon as that is known. */
  readonly run: (args: readonly string[]) => AsyncIterable<Finding>;
};
