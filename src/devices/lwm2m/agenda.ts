import type { Instant } from '../../domain/time.ts';

/** What is to be looked at when, once each; a later word about the same thing replaces the earlier one. */
export type Agenda<Item> = {
  readonly set: (key: string, item: Item, at: Instant) => void;
  readonly drop: (key: string) => void;
  /** Takes what is due, the earliest first, so many at most. */
  readonly take: (now: Instant, most: number) => readonly Item[];
  readonly size: () => number;
};

const SLOT = 250;

/** Buckets of a quarter of a second: what a million entries cost is what they hold. */
export const createAgenda = <Item>(): Agenda<Item> => {
  const places = new Map<string, number>();
  const slots = new Map<number, Map<string, Item>>();
  let first = Number.POSITIVE_INFINITY;

  const drop = (key: string): void => {
    const slot = places.get(key);
    if (slot === undefined) return;
    places.delete(key);
    const items = slots.get(slot);
    items?.delete(key);
    if (items?.size === 0) slots.delete(slot);
  };

  return {
    drop,
    set: (key, item, at) => {
      drop(key);
      const slot = Math.ceil(at / SLOT);
      places.set(key, slot);
      slots.set(slot, (slots.get(slot) ?? new Map<string, Item>()).set(key, item));
      first = Math.min(first, slot);
    },
    take: (now, most) => {
      const last = Math.floor(now / SLOT);
      const due: Item[] = [];
      if (first > last) return due;
      for (const slot of [...slots.keys()].filter((one) => one <= last).sort((a, b) => a - b)) {
        for (const [key, item] of slots.get(slot) ?? []) {
          if (due.length >= most) return due;
          due.push(item);
          drop(key);
        }
      }
      first = slots.size === 0 ? Number.POSITIVE_INFINITY : Math.min(...slots.keys());
      return due;
    },
    size: () => places.size,
  };
};
