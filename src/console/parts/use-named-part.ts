import { useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';

/** The part may come later than the page, and move while others come: milliseconds. */
const TIMES = [0, 300, 900, 2_000];
const HANDS = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const;

/** Goes to the part of the page that the address names after its `#`, until somebody does something themselves. */
export const useNamedPart = (): void => {
  const hash = useRouterState({ select: ({ location }) => location.hash });
  useEffect(() => {
    if (hash === '') return undefined;
    const show = (): void => document.getElementById(hash)?.scrollIntoView({ block: 'start' });
    const timers = TIMES.map((after) => setTimeout(show, after));
    const stop = (): void => {
      for (const timer of timers) clearTimeout(timer);
      for (const hand of HANDS) window.removeEventListener(hand, stop);
    };
    for (const hand of HANDS) window.addEventListener(hand, stop, { passive: true });
    return stop;
  }, [hash]);
};
