/** A stretch of time in which updates ended. */
export type Stretch = { readonly from: string; readonly succeeded: number; readonly failed: number };

/** A place on the curve of a campaign; instants in epoch milliseconds, devices since the beginning. */
export type Point = {
  readonly at: number;
  readonly succeeded?: number;
  readonly failed?: number;
  readonly band?: readonly [low: number, high: number];
  readonly expected?: number;
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
