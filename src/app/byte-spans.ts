import type { Range } from './blobs.ts';

/** Parts of something, in order, that neither overlap nor touch. */
export type Spans = readonly Range[];

/** More parts than this are not told apart: a device fetches few at a time. */
const MOST = 256;

/** The parts with one more. One that touches no other is left out where there are too many already. */
export const withSpan = (spans: Spans, { start, end }: Range): Spans => {
  if (end <= start) return spans;
  const before = spans.filter((span) => span.end < start);
  const after = spans.filter((span) => span.start > end);
  const touched = spans.slice(before.length, spans.length - after.length);
  if (touched.length === 0 && spans.length >= MOST) return spans;
  const joined = {
    start: Math.min(start, touched[0]?.start ?? start),
    end: Math.max(end, touched.at(-1)?.end ?? end),
  };
  return [...before, joined, ...after];
};

/** How much the parts are together. */
export const sizeOf = (spans: Spans): number => spans.reduce((sum, { start, end }) => sum + end - start, 0);
