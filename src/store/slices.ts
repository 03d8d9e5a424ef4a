import type { Counts, Mark, Marks, Slice, UpdateFilter } from '../app/lists.ts';
import { bounded } from './db.ts';

/** A part of an ordered list of keys that is short enough to be looked at in one go. */
export type Stretch = {
  /** How many of it the filter lets through. */
  readonly count: () => Promise<number>;
  readonly keys: (skip: number, limit: number) => Promise<readonly number[]>;
  readonly isLast: boolean;
};

/** The keys of what a slice shows, in its order, and how many there are in all. */
export type SlicedKeys = { readonly keys: readonly number[]; readonly total: number };

const countOf = async (
  { isLast, count }: Stretch,
  total: number | undefined,
  seen: number,
): Promise<number> => (isLast && total !== undefined ? total - seen : count());

/**
 * The keys from one place to another, and how many there are in all stretches; between them others have their
 * turn. Where the total is known, those behind the last key are not looked at.
 */
export const pageOfKeys = async (
  stretches: AsyncIterable<Stretch>,
  { skip, limit }: Pick<Slice, 'skip' | 'limit'>,
  total?: number,
): Promise<SlicedKeys> => {
  const keys: number[] = [];
  let seen = 0;
  for await (const stretch of stretches) {
    // Where nothing more is left out and the total is known, nobody asks how many there are.
    const count = total !== undefined && seen >= skip ? 1 : await countOf(stretch, total, seen);
    if (keys.length < limit && seen + count > skip) {
      keys.push(...(await stretch.keys(Math.max(0, skip - seen), limit - keys.length)));
    }
    seen += count;
    if (stretch.isLast || (total !== undefined && keys.length >= limit)) break;
    await new Promise(setImmediate);
  }
  return { keys, total: total ?? seen };
};

/** Which part of a list by key, which way, and whether all of it has to be gone through. */
export type KeyOrder = Pick<Slice, 'descending' | 'after' | 'counted'>;
const UPWARDS: KeyOrder = { descending: false };

/** A list that may be too long to be sorted. */
export type LongList = {
  readonly byKey: (which: KeyOrder) => AsyncIterable<Stretch>;
  readonly byName: (descending: boolean) => AsyncIterable<Stretch>;
  /** Those of the keys that the slice shows, by name. */
  readonly sorted: (keys: readonly number[], slice: Slice) => Promise<readonly number[]>;
};

/** As many as are sorted; in a longer list the order of an index is followed instead. */
export const MOST_SORTED = 5_000;

/** The keys that a slice shows. `total` is how many there are, where that is known. */
export const sliceOf = async (list: LongList, slice: Slice, total?: number): Promise<SlicedKeys> => {
  if (slice.by === 'created') {
    const known = slice.counted === false ? Number.POSITIVE_INFINITY : total;
    return pageOfKeys(list.byKey(slice), slice, known);
  }
  // Names lie scattered: counting goes by key.
  const all = total ?? (await pageOfKeys(list.byKey(UPWARDS), { skip: 0, limit: 0 })).total;
  if (all > MOST_SORTED) return pageOfKeys(list.byName(slice.descending), slice, all);
  const { keys } = await pageOfKeys(list.byKey(UPWARDS), { skip: 0, limit: all }, all);
  return { keys: await list.sorted(keys, slice), total: all };
};

type Span = { readonly from: number; readonly to: number };

/** Spans of so many keys from one end to the other. Keys are counted, so each has about as many rows. */
export const spansBetween = (
  { first, last }: { readonly first: number; readonly last: number },
  length: number,
  descending: boolean,
): readonly Span[] => {
  const spans: Span[] = [];
  for (let from = first; from <= last; from += length) spans.push({ from, to: bounded(from + length - 1) });
  return descending ? spans.reverse() : spans;
};

const NEAR = 2_000;
const GROWTH = 4;

/** Spans of which each is longer than the one before, up to a longest: what is near is found without a look at the rest. */
export const growingSpans = (
  { first, last }: { readonly first: number; readonly last: number },
  longest: number,
): readonly Span[] => {
  const spans: Span[] = [];
  let length = Math.min(NEAR, longest);
  for (let from = first; from <= last; ) {
    const to = bounded(from + length - 1);
    spans.push({ from, to });
    from = to + 1;
    length = Math.min(length * GROWTH, longest);
  }
  return spans;
};

/** The most marks of a list, and the fewest keys between two of them. */
const MOST_MARKS = 2_000;
const FEWEST_KEYS = 1_000;

/** How many keys lie between two marks of a list. */
export const markEvery = ({ first, last }: { readonly first: number; readonly last: number }): number =>
  Math.max(FEWEST_KEYS, Math.ceil((last - first + 1) / MOST_MARKS));

/** Marks from how many items lie in each of so many stretches of keys from `first` on. */
export const marksFrom = (counts: ReadonlyMap<number, number>, first: number, every: number): Marks => {
  const marks: Mark[] = [];
  let total = 0;
  for (const [stretch, count] of [...counts].sort(([a], [b]) => a - b)) {
    marks.push({ place: total, after: first + stretch * every - 1 });
    total += count;
  }
  return { total, marks };
};

const sum = <Name extends string>(
  counts: Readonly<Partial<Record<Name, number>>>,
  wanted: readonly Name[],
): number =>
  Object.entries<number | undefined>(counts)
    .filter(([name]) => wanted.length === 0 || wanted.some((each) => each === name))
    .reduce((total, [, count]) => total + (count ?? 0), 0);

/**
 * How many updates a filter lets through, where the counters can say: of closed ones they know the positions only of
 * all that were not taken out.
 */
export const totalOf = (
  counts: Counts,
  { positions, outcomes, open, reasons = [], present = false, wave }: UpdateFilter,
): number | undefined => {
  if (reasons.length > 0 || wave !== undefined) return undefined;
  const opened = open === false || outcomes.length > 0 ? 0 : sum(counts.open, positions);
  if (open === true) return opened;
  if (positions.length > 0) {
    return present && outcomes.length === 0 ? opened + sum(counts.closedAt, positions) : undefined;
  }
  return opened + sum(present ? { ...counts.closed, removed: 0 } : counts.closed, outcomes);
};
