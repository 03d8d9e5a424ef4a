/**
 * Keeps what was loaded for as long as the epoch stays the same, since then nothing that it was made of has been
 * written. Without an epoch nothing is kept. At most `most` values are kept; the oldest makes room.
 */
export const remember = <Value>(
  epoch: () => number | undefined,
  { most, isKept }: { readonly most: number; readonly isKept: (value: Value) => boolean },
): ((key: string, load: () => Promise<Value>) => Promise<Value>) => {
  const kept = new Map<string, Value>();
  let since: number | undefined;

  const keep = (key: string, value: Value): void => {
    const [oldest] = kept.keys();
    if (kept.size >= most && oldest !== undefined) kept.delete(oldest);
    kept.set(key, value);
  };

  return async (key, load) => {
    const before = epoch();
    if (before !== since) kept.clear();
    since = before;
    const found = kept.get(key);
    if (found !== undefined) return found;
    const loaded = await load();
    // What was written while it was loaded may be in it or not.
    const isFresh = before !== undefined && before === since && before === epoch();
    if (isFresh && isKept(loaded)) keep(key, loaded);
    return loaded;
  };
};
