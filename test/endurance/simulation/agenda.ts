/** Something that is to happen at an instant of the simulated world. */
export type Planned = { readonly at: number; readonly run: () => Promise<void> };

/** What is to come, the earliest first, and of the same instant what was planned first. */
export type Agenda = {
  readonly add: (at: number, run: Planned['run']) => void;
  /** When the next is; infinite when nothing is to come. */
  readonly next: () => number;
  /** Takes out what is due by an instant, but so many at most. */
  readonly take: (until: number, most: number) => readonly Planned[];
};

type Entry = Planned & { readonly order: number };

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A binary heap. */
export const createAgenda = (): Agenda => {
  const heap: Entry[] = [];
  let order = 0;

  const swap = (i: number, j: number): void => {
    const [a, b] = [heap[i], heap[j]];
    if (a === undefined || b === undefined) return;
    heap[i] = b;
    heap[j] = a;
  };
  const precedes = (i: number, j: number): boolean => {
    const [a, b] = [heap[i], heap[j]];
    return a !== undefined && b !== undefined && isBefore(a, b);
  };
  const rise = (from: number): void => {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!precedes(at, parent)) return;
      swap(at, parent);
      at = parent;
    }
  };
  const sink = (): void => {
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const child = precedes(left + 1, left) ? left + 1 : left;
      if (!precedes(child, at)) return;
      swap(at, child);
      at = child;
    }
  };
  const pop = (): Planned | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) {
      heap[0] = last;
      sink();
    }
    return first;
  };
  const next = (): number => heap[0]?.at ?? Number.POSITIVE_INFINITY;

  return {
    next,
    add: (at, run) => {
      order += 1;
      heap.push({ at, run, order });
      rise(heap.length - 1);
    },
    take: (until, most) => {
      const taken: Planned[] = [];
      while (next() <= until && taken.length < most) {
        const one = pop();
        if (one !== undefined) taken.push(one);
      }
      return taken;
    },
  };
};
