import type { Clock } from './ports.ts';

/** What took less than this to make, in milliseconds, is made anew each time. */
const QUICK = 50;
const TIMES = 10;
const MOST = 1_000;

type Kept<Value> = {
  readonly value: Promise<Value>;
  /** Until when it is given, and until when it is given while it is made anew. */
  readonly until: number;
  readonly stale: number;
};

/**
 * Remembers what took long to make for ten times as long as it took, so that making it again and again takes a tenth of
 * the server at most. Whoever asks while it is being made waits for the same; for `stale` milliseconds more nobody waits,
 * but has what there was until it is made anew.
 */
export const keepAWhile = <Value>(
  clock: Clock,
  stale = 0,
): ((name: string, make: () => Promise<Value>) => Promise<Value>) => {
  const all = new Map<string, Kept<Value>>();

  /** Makes it; who asks meanwhile is given `shown`, or what is being made. */
  const renew = (name: string, make: () => Promise<Value>, shown?: Promise<Value>): Promise<Value> => {
    const begun = clock();
    const value = make();
    all.set(name, { value: shown ?? value, until: Number.POSITIVE_INFINITY, stale: 0 });
    value.then(
      () => {
        const made = clock();
        const until = made - begun < QUICK ? 0 : made + TIMES * (made - begun);
        all.set(name, { value, until, stale: until + stale });
      },
      () => all.delete(name),
    );
    return shown ?? value;
  };

  return (name, make) => {
    const now = clock();
    const known = all.get(name);
    if (known !== undefined && known.until > now) return known.value;
    if (known !== undefined && known.stale > now) return renew(name, make, known.value);
    if (all.size >= MOST) all.clear();
    return renew(name, make);
  };
};
