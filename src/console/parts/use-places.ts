import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { type Place, type Scale, scaleOf, scrolled, seenRows, settled } from './places.ts';

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
  readonly wanted: { readonly from: number; readonly to: number };
};

/** Follows the scrolling of the window over a body of rows. */
export const usePlaces = (body: RefObject<HTMLElement | null>, rows: number, rowHeight: number): Shown => {
  const view = useRef(window.innerHeight);
  const scale = useRef<Scale>(scaleOf(rows, rowHeight, view.current));
  const place = useRef<Place>({ top: 0, offset: 0 });
  const [shown, setShown] = useState(place.current);
  const [wanted, setWanted] = useState(() => seenRows(place.current, rows, rowHeight, view.current));
  scale.current = scaleOf(rows, rowHeight, view.current);

  const want = useCallback(
    () => setWanted(seenRows(place.current, rows, rowHeight, view.current)),
    [rows, rowHeight],
  );

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
    const look = (): void => {
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
      look();
    };
    // A list of other rows begins where the window is.
    place.current = scrolled({ top: 0, offset: 0 }, topNow(), { ...scale.current }, view.current);
    setShown(place.current);
    want();
    window.addEventListener('scroll', look, { passive: true });
    window.addEventListener('resize', resize);
    return () => {
      clearTimeout(quiet);
      clearTimeout(pace);
      window.removeEventListener('scroll', look);
      window.removeEventListener('resize', resize);
    };
  }, [body, rows, rowHeight, want]);

  useEffect(() => want(), [want]);
  return {
    height: scale.current.height,
    place: shown,
    ...seenRows(shown, rows, rowHeight, view.current),
    wanted,
  };
};
