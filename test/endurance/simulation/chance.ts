import { draw } from '../../../src/simulator/draw.ts';

/** Decisions that look random and follow from a seed alone. */
export type Chance = {
  /** From 0 up to 1. */
  readonly next: () => number;
  /** A whole number from 0 to below a bound. */
  readonly below: (bound: number) => number;
  /** A whole number from one to another, both of them possible. */
  readonly from: (least: number, most: number) => number;
  readonly happens: (odds: number) => boolean;
  readonly pick: <Item>(items: readonly Item[]) => Item;
};

/** The decisions of one purpose; those of another do not depend on how many were taken here. */
export const chanceOf = (seed: number, purpose: string): Chance => {
  let count = 0;
  const next = (): number => {
    count += 1;
    return draw(seed, purpose, count);
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    below,
    from: (least, most) => least + below(most - least + 1),
    happens: (odds) => next() < odds,
    pick: (items) => {
      if (items.length === 0) throw new Error('there is nothing to pick from');
      // The index is one of the list's, whose items may be undefined themselves.
      return items[below(items.length)] as (typeof items)[number];
    },
  };
};
