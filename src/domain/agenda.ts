import type { Instant } from './time.ts';

/** What is to happen when: the earliest first. What is added in the same order comes in the same order. */
export type Agenda = {
  readonly add: (at: Instant, what: number) => void;
  /** Takes the earliest; `undefined` when nothing is left. */
  readonly take: () => { readonly at: Instant; readonly what: number } | undefined;
};

/** A binary heap over growing typed arrays: a forecast adds millions of entries. */
export const newAgenda = (room: number): Agenda => {
  let times = new Float64Array(room);
  let whats = new Int32Array(room);
  let length = 0;

  const grow = (): void => {
    const [oldTimes, oldWhats] = [times, whats];
    times = new Float64Array(length * 2);
    whats = new Int32Array(length * 2);
    times.set(oldTimes);
    whats.set(oldWhats);
  };
  const put = (place: number, at: Instant, what: number): void => {
    times[place] = at;
    whats[place] = what;
  };
  const move = (from: number, to: number): void => put(to, times[from] ?? 0, whats[from] ?? 0);
  /** The place for an entry that is later than all above it, beginning at the end. */
  const rise = (at: Instant): number => {
    let place = length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if ((times[above] ?? 0) <= at) break;
      move(above, place);
      place = above;
    }
    return place;
  };
  /** The place for an entry that is earlier than all below it, beginning at the top. */
  const sink = (at: Instant): number => {
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      if (left >= length) return place;
      const right = left + 1;
      const next = right < length && (times[right] ?? 0) < (times[left] ?? 0) ? right : left;
      if ((times[next] ?? 0) >= at) return place;
      move(next, place);
      place = next;
    }
  };

  return {
    add: (at, what) => {
      if (length === times.length) grow();
      put(rise(at), at, what);
      length += 1;
    },
    take: () => {
      if (length === 0) return undefined;
      const first = { at: times[0] ?? 0, what: whats[0] ?? 0 };
      length -= 1;
      const [at, what] = [times[length] ?? 0, whats[length] ?? 0];
      put(sink(at), at, what);
      return first;
    },
  };
};
