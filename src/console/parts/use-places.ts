import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { aheadOf, type Place, type Scale, scaleOf, scrolled, seenRows, settled } from './places.ts';

/** The body is put where its list is after so long without scrolling, in milliseconds. */
const QUIET = 160;
/** Rows are asked for at most so often while somebody scrolls. */
const PACE = 60;

export type Shown = {
  readonly height: number;
  readonly place: Place;
  readonly from: number;
  readonly to: number;
  /** The rows to ask for: those seen a moment ago. */
  readonly wanted: Rows;
  /** The rows to have ready beyond them. */
  readonly ahead: Rows;
};

type Rows = { readonly from: number; readonly to: number };

/** A longer pause ends a scroll: what comes then has no direction yet. */
const PAUSE = 400;
/** Rows that nobody scrolls over in one step: they were jumped over. */
const LEAP = 200;

/** How fast the rows pass, in rows a millisecond. */
const newSpeed = () => {
  let was: { readonly at: number; readonly from: number } | undefined;
  let speed = 0;
  return (from: number): number => {
    const at = performance.now();
    const [rows, time] = was === undefined ? [0, Number.POSITIVE_INFINITY] : [from - was.from, at - was.at];
    if (time > 0) {
      speed = time > PAUSE || Math.abs(rows) > LEAP ? 0 : rows / time;
      was = { at, from };
    }
    return speed;
  };
};

/** Follows the scrolling of the window over a body of rows. `soon` is told what will be seen, before it is drawn. */
export const usePlaces = (
  body: RefObject<HTMLElement | null>,
  rows: number,
  rowHeight: number,
  soon: (rows: Rows) => void,
): Shown => {
  const view = useRef(window.innerHeight);
  const scale = useRef<Scale>(scaleOf(rows, rowHeight, view.current));
  const place = useRef<Place>({ top: 0, offset: 0 });
  const [shown, setShown] = useState(place.current);
  const speed = useRef(newSpeed());
  const look = useCallback(() => {
    const wanted = seenRows(place.current, rows, rowHeight, view.current);
    return { wanted, ahead: aheadOf(wanted, speed.current(wanted.from), rows) };
  }, [rows, rowHeight]);
  const [asked, setAsked] = useState(look);
  scale.current = scaleOf(rows, rowHeight, view.current);

  const want = useCallback(() => {
    const next = look();
    soon(next.wanted);
    setAsked(next);
  }, [look, soon]);

  useLayoutEffect(() => {
    const margin = Math.round((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    const topNow = (): number => Math.max(0, window.scrollY - margin);
    let quiet: ReturnType<typeof setTimeout> | undefined;
    let pace: ReturnType<typeof setTimeout> | undefined;

    const settle = (): void => {
      const top = settled(place.current, scale.current);
      if (scale.current.ratio === 1 || Math.abs(top - place.current.top) < 1 || window.scrollY < margin)
        return;
      place.current = { ...place.current, top: Math.round(top) };
      setShown(place.current);
      window.scrollTo({ top: Math.round(top) + margin, behavior: 'instant' });
    };
    const follow = (): void => {
      const top = topNow();
      if (top !== place.current.top)
        place.current = scrolled(place.current, top, scale.current, view.current);
      setShown(place.current);
      if (pace === undefined) {
        want();
        pace = setTimeout(() => {
          pace = undefined;
          want();
        }, PACE);
      }
      clearTimeout(quiet);
      quiet = setTimeout(settle, QUIET);
    };
    const resize = (): void => {
      view.current = window.innerHeight;
      scale.current = scaleOf(rows, rowHeight, view.current);
      follow();
    };
    // A list of other rows begins where the window is.
    place.current = scrolled({ top: 0, offset: 0 }, topNow(), { ...scale.current }, view.current);
    setShown(place.current);
    want();
    window.addEventListener('scroll', follow, { passive: true });
    window.addEventListener('resize', resize);
    return () => {
      clearTimeout(quiet);
      clearTimeout(pace);
      window.removeEventListener('scroll', follow);
      window.removeEventListener('resize', resize);
    };
  }, [body, rows, rowHeight, want]);

  useEffect(() => want(), [want]);
  return {
    height: scale.current.height,
    place: shown,
    ...seenRows(shown, rows, rowHeight, view.current),
    ...asked,
  };
};
