import type { Freeze } from './freeze.ts';
import type { Timing } from './plan.ts';
import { HOUR, type Instant } from './time.ts';
import { nextOpening, type Span, spansAt } from './window.ts';

/** When windows are open in a stretch, in order and apart; without windows all the time. */
const openSpans = (
  { windows }: Pick<Timing, 'windows'>,
  zone: string,
  { opens: from, closes: to }: Span,
): readonly Span[] => {
  if (windows.length === 0) return [{ opens: from, closes: to }];
  const spans: Span[] = [];
  let at: Instant | null = from;
  while (at !== null && at < to) {
    const closes = Math.max(at, ...spansAt(windows, zone, at).map((span) => span.closes));
    if (closes > at) spans.push({ opens: at, closes: Math.min(closes, to) });
    at = closes > at ? closes : nextOpening(windows, zone, at);
  }
  return spans;
};

const without = (spans: readonly Span[], { from, to }: Freeze): readonly Span[] =>
  spans.flatMap(({ opens, closes }) =>
    [
      { opens, closes: Math.min(closes, from) },
      { opens: Math.max(opens, to), closes },
    ].filter((part) => part.opens < part.closes),
  );

/**
 * The share of each of so many hours from an instant on, from 0 to 1, in which a phase may begin in a time zone: inside
 * its windows, not before it may, and outside of freezes.
 */
export const openShares = (
  timing: Pick<Timing, 'windows' | 'notBefore'>,
  zone: string,
  freezes: readonly Freeze[],
  { from, hours }: { readonly from: Instant; readonly hours: number },
): readonly number[] => {
  const stretch = { opens: Math.max(from, timing.notBefore ?? from), closes: from + hours * HOUR };
  const spans = stretch.opens < stretch.closes ? openSpans(timing, zone, stretch) : [];
  const open = freezes.reduce(without, spans);
  return Array.from({ length: hours }, (_, hour) => {
    const [begin, end] = [from + hour * HOUR, from + (hour + 1) * HOUR];
    const length = ({ opens, closes }: Span): number =>
      Math.max(0, Math.min(closes, end) - Math.max(opens, begin));
    return open.reduce((sum, span) => sum + length(span), 0) / HOUR;
  });
};
