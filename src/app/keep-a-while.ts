import type { Clock } from './ports.ts';

/** What took less than this to make, in milliseconds, is made anew each time. */
const QUICK = 50;
const TIMES = 10;
const MOST = 1_000;

type Kept<Value> = { readonly value: Promise<Value>; until: number };

/**
 * Remembers what took long to make for ten times as long as it took, so that making it again and again takes a tenth of
 * the server at most. Whoever asks while it is being made waits for the same.
 */
export const keepAWhile = <Value>(
  clock: Clock,
): ((name: string, make: () => Promise<Value>) => Promise<Value>) => {
  const all = new Map<string, Kept<Value>>();
  return (name, make) => {
    const begun = clock();
    const known = all.get(name);
    if (known !== undefined && known.until > begun) return known.value;
    if (all.size >= MOST) all.clear();
    const kept: Kept<Value> = { value: make(), until: Number.POSITIVE_INFINITY };
    all.set(name, kept);
    kept.value.then(
      () => {
        const took = clock() - begun;
        kept.until = took < QUICK ? 0 : clock() + TIMES * took;
      },
      () => all.delete(name),
    );
    return kept.value;
  };
};
