/** A stretch of time in which updates ended. */
export type Stretch = { readonly from: string; readonly succeeded: number; readonly failed: number };

/** A place on the curve of a campaign; instants in epoch milliseconds, devices since the beginning. */
export type Point = {
  readonly at: number;
  readonly succeeded?: number;
  readonly failed?: number;
  readonly band?: readonly [low: number, high: number];
  readonly expected?: number;
  /** Of another plan that is held against the one at hand. */
  readonly compared?: number;
};

type Band = { readonly at: string; readonly low: number; readonly middle: number; readonly high: number };

/** What has ended by when, from `start` until `end`: each stretch is shown at its end. */
export const soFar = (
  stretches: readonly Stretch[],
  every: number,
  start: number,
  end: number,
): readonly Point[] => {
  let [succeeded, failed] = [0, 0];
  const points: Point[] = [{ at: start, succeeded, failed }];
  for (const stretch of stretches) {
    const from = Date.parse(stretch.from);
    // A line that is flat until the stretch begins, and not one that climbs all the while before.
    if (from > (points.at(-1)?.at ?? 0)) points.push({ at: from, succeeded, failed });
    succeeded += stretch.succeeded;
    failed += stretch.failed;
    points.push({ at: Math.max(start, Math.min(from + every, end)), succeeded, failed });
  }
  if (end > (points.at(-1)?.at ?? 0)) points.push({ at: end, succeeded, failed });
  return points;
};

/** What is expected by when. */
export const expected = (curve: readonly Band[]): readonly Point[] =>
  curve.map(({ at, low, middle, high }) => ({ at: Date.parse(at), band: [low, high], expected: middle }));

/** What a curve says at an instant between two of its places; before and after it, what it says at its ends. */
const middleAt = (curve: readonly Band[], at: number): number | undefined => {
  const next = curve.findIndex((place) => Date.parse(place.at) >= at);
  const [before, after] = [curve[next - 1], curve[next]];
  if (after === undefined) return curve.at(-1)?.middle;
  if (before === undefined) return after.middle;
  const [from, to] = [Date.parse(before.at), Date.parse(after.at)];
  return before.middle + ((after.middle - before.middle) * (at - from)) / (to - from);
};

/** As it was at its end, later on: who has succeeded stays so. */
const until = (points: readonly Point[], end: number): readonly Point[] => {
  const last = points.at(-1);
  return last === undefined || last.at >= end ? points : [...points, { ...last, at: end }];
};

/** What is expected by when, and what is expected of another plan by then; both as far as the longer of them. */
export const sideBySide = (curve: readonly Band[], other: readonly Band[]): readonly Point[] => {
  const instants = new Set([...curve, ...other].map(({ at }) => Date.parse(at)));
  const own = new Map(until(expected(curve), Math.max(0, ...instants)).map((point) => [point.at, point]));
  return [...instants]
    .sort((a, b) => a - b)
    .map((at) => {
      const compared = middleAt(other, at);
      return { at, ...own.get(at), ...(compared !== undefined && { compared }) };
    });
};

/** So many instants, evenly, from the first point to the last. */
export const ticksOf = (points: readonly Point[], many: number): number[] => {
  const [from, to] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 0];
  return Array.from({ length: many }, (_, index) => from + ((to - from) * index) / (many - 1));
};
