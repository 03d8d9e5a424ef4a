/** Wakes numbers at their times: each number is in it once at most, and takes twelve bytes whatever it waits for. */
export type Wheel = {
  /** The number is due at a time in milliseconds of any clock that does not go back. Replaces what was set before. */
  readonly set: (index: number, at: number) => void;
  readonly remove: (index: number) => void;
  /** Takes out all that are due by now, in the order of their slots. */
  readonly due: (now: number, take: (index: number) => void) => void;
};

const SLOTS = 4096;
const NONE = -1;

/** A wheel for the numbers from 0 up to `size`; `tick` is how many milliseconds a slot stands for. */
export const createWheel = (size: number, tick: number, start: number): Wheel => {
  const heads = new Int32Array(SLOTS).fill(NONE);
  const next = new Int32Array(size).fill(NONE);
  /** The tick in which a number is due; 0 for one that is not in the wheel. */
  const ticks = new Uint32Array(size);
  let turned = 0;

  const remove = (index: number): void => {
    const at = ticks[index];
    if (at === undefined || at === 0) return;
    ticks[index] = 0;
    const slot = at % SLOTS;
    let before = NONE;
    for (let one = heads[slot] ?? NONE; one !== NONE; one = next[one] ?? NONE) {
      if (one === index) {
        if (before === NONE) heads[slot] = next[one] ?? NONE;
        else next[before] = next[one] ?? NONE;
        return;
      }
      before = one;
    }
  };

  const turn = (slot: number, at: number, take: (index: number) => void): void => {
    let one = heads[slot] ?? NONE;
    heads[slot] = NONE;
    while (one !== NONE) {
      const following = next[one] ?? NONE;
      if ((ticks[one] ?? 0) <= at) {
        ticks[one] = 0;
        take(one);
      } else {
        next[one] = heads[slot] ?? NONE;
        heads[slot] = one;
      }
      one = following;
    }
  };

  return {
    set: (index, at) => {
      remove(index);
      const due = Math.max(turned + 1, Math.ceil((at - start) / tick));
      ticks[index] = due;
      next[index] = heads[due % SLOTS] ?? NONE;
      heads[due % SLOTS] = index;
    },
    remove,
    due: (now, take) => {
      const until = Math.floor((now - start) / tick);
      // After a long pause each slot is looked at once.
      const from = Math.max(turned + 1, until - SLOTS + 1);
      const found: number[] = [];
      for (let at = from; at <= until; at += 1) turn(at % SLOTS, until, (index) => found.push(index));
      turned = Math.max(turned, until);
      for (const index of found) take(index);
    },
  };
};
