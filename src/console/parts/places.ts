/**
 * A list that is longer than a browser scrolls is drawn on a body that is as high as one can be. `offset` is where in the
 * list, in pixels of its rows, `top` how far the body was scrolled.
 */
export type Scale = {
  /** Of the body, in pixels. */
  readonly height: number;
  /** Pixels of the list for each pixel of the body; 1 where it fits. */
  readonly ratio: number;
};

/** Firefox draws nothing that is higher than 17.8 million pixels, Chromium than 33.5. */
const HIGHEST = 15_000_000;

export const scaleOf = (rows: number, rowHeight: number, view: number): Scale => {
  const whole = rows * rowHeight;
  if (whole <= HIGHEST) return { height: whole, ratio: 1 };
  return { height: HIGHEST, ratio: (whole - view) / (HIGHEST - view) };
};

/** Where the list is and how the body is scrolled. */
export type Place = { readonly top: number; readonly offset: number };

/** A step that is longer than so many views is a jump: a drag of the scroll bar, a key that goes to the end. */
const JUMP = 2;

/**
 * Where the list is after the body was scrolled. Small steps move it by as much, so that nothing is skipped; a jump goes to
 * the same share of the list.
 */
export const scrolled = (was: Place, top: number, { height, ratio }: Scale, view: number): Place => {
  const last = Math.max(0, (height - view) * ratio);
  const step = top - was.top;
  const isJump = ratio === 1 || Math.abs(step) > JUMP * view;
  const offset = isJump ? top * ratio : was.offset + step;
  return { top, offset: Math.min(last, Math.max(0, offset)) };
};

/** How the body would have to be scrolled for what is shown: small steps leave it elsewhere. */
export const settled = ({ offset }: Place, { ratio }: Scale): number => offset / ratio;

/** The rows that are seen, from the first to the one behind the last. */
export const seenRows = (
  { offset }: Place,
  rows: number,
  rowHeight: number,
  view: number,
): { readonly from: number; readonly to: number } => ({
  from: Math.min(rows, Math.max(0, Math.floor(offset / rowHeight))),
  to: Math.min(rows, Math.max(0, Math.ceil((offset + view) / rowHeight))),
});

/** The first rows of the pages that hold these rows. */
export const pagesOf = (from: number, to: number, page: number): readonly number[] => {
  const first = Math.floor(Math.max(0, from) / page);
  const last = Math.floor(Math.max(0, to - 1) / page);
  return Array.from({ length: last - first + 1 }, (_, n) => (first + n) * page);
};

/** How a page is asked for: behind a cursor, and so many further. */
export type Reach = { readonly cursor?: string; readonly offset: number };

type Mark = { readonly place: number; readonly cursor: string };

/** The way to a place from the last mark before it; from the beginning of the list where there is none. */
export const reachOf = (marks: readonly Mark[], place: number): Reach => {
  const mark = marks[markBefore(marks, place)];
  return mark === undefined ? { offset: place } : { cursor: mark.cursor, offset: place - mark.place };
};

/** Where in the list of marks the last one is that is not behind a place; -1 where all are. */
const markBefore = (marks: readonly Mark[], place: number): number => {
  let [from, to] = [0, marks.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((marks[middle]?.place ?? 0) <= place) from = middle + 1;
    else to = middle;
  }
  return from - 1;
};

/** Rows ahead that are asked for at least, and for how many milliseconds of scrolling they shall do. */
const LEAST_AHEAD = 60;
const HEADROOM = 600;
const MOST_AHEAD = 1_000;

/**
 * The rows to have beyond what is seen: more in the direction of the scrolling, the faster it is. `speed` is in rows a
 * millisecond, below 0 towards the beginning.
 */
export const aheadOf = (
  { from, to }: { readonly from: number; readonly to: number },
  speed: number,
  rows: number,
): { readonly from: number; readonly to: number } => {
  const ahead = Math.round(Math.min(MOST_AHEAD, Math.max(LEAST_AHEAD, Math.abs(speed) * HEADROOM)));
  const [before, behind] = speed < 0 ? [ahead, LEAST_AHEAD] : [LEAST_AHEAD, ahead];
  return { from: Math.max(0, from - before), to: Math.min(rows, to + behind) };
};
