import type { Marks, Page, PageRequest, Slice, Sliced } from '../../app/lists.ts';
import type { RefusalOf } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import type { Instant } from '../../domain/time.ts';
import type { Marks as ShownMarks } from '../../wire/muster/common.ts';

/** An instant as this wire writes it. */
export const toInstant = (at: Instant): string => new Date(at).toISOString();
export const toMaybeInstant = (at: Instant | null): string | null => (at === null ? null : toInstant(at));
/** 0 stands for "never" in the domain, `null` on this wire. */
export const toSeen = (at: Instant): string | null => (at === 0 ? null : toInstant(at));
/** The schema has checked that it is a date and time. */
export const fromInstant = (text: string): Instant => Date.parse(text);
export const fromMaybeInstant = (text: string | null): Instant | null =>
  text === null ? null : fromInstant(text);

const DEFAULT_LIMIT = 100;

/** Cursors are opaque to clients; a text that is none of ours is refused. */
export const fromPaging = (query: {
  cursor?: string | undefined;
  limit?: number | undefined;
}): Result<PageRequest, RefusalOf<'invalid'>> => {
  const limit = query.limit ?? DEFAULT_LIMIT;
  if (query.cursor === undefined) return ok({ after: 0, limit });
  const after = /^k([0-9a-z]{1,11})$/.exec(query.cursor)?.[1];
  return after === undefined
    ? refused({
        code: 'invalid',
        field: 'cursor',
        expected: 'the next of a page',
        got: JSON.stringify(query.cursor),
      })
    : ok({ after: Number.parseInt(after, 36), limit });
};

/** From a place behind the cursor on, and one more than the page, which tells whether more follow. */
export const sliceFrom = (skip: number, { after, limit }: PageRequest): Slice => ({
  ...{ skip, after, limit: limit + 1 },
  ...({ by: 'created', descending: false, counted: false } as const),
});

/** The page that was read as such a slice. */
export const pageOfSlice = <Item>(
  { items }: Pick<Sliced<Item>, 'items'>,
  { limit }: PageRequest,
  keyOf: (item: Item) => number,
): Page<Item> => {
  const page = items.slice(0, limit);
  const last = page.at(-1);
  return { items: page, next: items.length > limit && last !== undefined ? keyOf(last) : null };
};

/** A cursor behind the item with a key. */
export const toCursor = (key: number): string => `k${key.toString(36)}`;

/** Marks as this wire writes them. */
export const toMarks = ({ total, marks }: Marks): ShownMarks => ({
  total,
  marks: marks.map(({ place, after }) => ({ place, cursor: toCursor(after) })),
});

export const toPage = <Item, Shown>(
  page: Page<Item>,
  show: (item: Item) => Shown,
): { items: Shown[]; next: string | null } => ({
  items: page.items.map(show),
  next: page.next === null ? null : toCursor(page.next),
});
