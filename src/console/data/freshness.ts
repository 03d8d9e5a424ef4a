import { newValue, useValue } from './store.ts';

/**
 * How the page is kept up to date: by the stream, by asking again and again while the stream is down, or not at all while
 * nothing answers. `at` is when it was last known to be so, in epoch milliseconds.
 */
export type Freshness = {
  readonly mode: 'connecting' | 'live' | 'polling' | 'offline';
  readonly at: number;
};

export const freshness = newValue<Freshness>({ mode: 'connecting', at: Date.now() });

export const useFreshness = (): Freshness => useValue(freshness);
