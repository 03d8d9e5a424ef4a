import { randomInt } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { numberOf } from './sqlite-connection.ts';

/** What a writer leaves for the reader of its process, which may be on another thread. */
export type Marks = {
  /** The mark of the next commit: 31 bits, kept as `user_version`. */
  readonly next: () => number;
  /** Another process has written since the last transaction. */
  readonly noteOthers: () => void;
  /** The mark of the latest commit, or of the one under way. */
  readonly own: () => number;
  readonly others: () => number;
};

const MARKS = 2 ** 31;
const [OWN, OTHERS] = [0, 1];

/** Memory for `marksIn`. */
export const newMarks = (): Int32Array<SharedArrayBuffer> => {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  shared[OWN] = randomInt(MARKS);
  return shared;
};

export const marksIn = (shared: Int32Array<SharedArrayBuffer>): Marks => ({
  next: () => {
    const mark = (Atomics.load(shared, OWN) + 1) % MARKS;
    Atomics.store(shared, OWN, mark);
    return mark;
  },
  noteOthers: () => void Atomics.add(shared, OTHERS, 1),
  own: () => Atomics.load(shared, OWN),
  others: () => Atomics.load(shared, OTHERS),
});

const distance = (from: number, to: number): number => (to - from + MARKS) % MARKS;

/** Tells the commits of this process from those of others by what its reader sees. */
export type Lookout = {
  /** Looks who has committed, in a transaction of the reader. To be called whenever that begins anew. */
  readonly look: () => void;
  /** Another number whenever another process has written, as far as was looked. */
  readonly writesOfOthers: () => number;
};

/**
 * A reader is told by `data_version` that somebody has committed (https://sqlite.org/pragma.html#pragma_data_version),
 * but not who: that is whoever left the mark. Ours are those after the last of ours that was seen, up to the latest. A
 * commit under a mark that was seen before is of a stranger that leaves none.
 */
export const lookOut = (reader: DatabaseSync, { own, others }: Marks): Lookout => {
  const [dataVersion, markLeft] = [numberOf(reader, 'data_version'), numberOf(reader, 'user_version')];
  let [seen, ours, strange] = [dataVersion(), own(), 0];
  return {
    look: () => {
      const version = dataVersion();
      if (version === seen) return;
      seen = version;
      const mark = markLeft();
      const ahead = distance(ours, mark);
      if (ahead > 0 && ahead <= distance(ours, own())) ours = mark;
      else strange += 1;
    },
    writesOfOthers: () => strange + others(),
  };
};
