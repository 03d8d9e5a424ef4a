/** What was put there, by name, until so much else was that it had to make room. */
export type Shelf<Value> = {
  readonly get: (name: string) => Value | undefined;
  readonly put: (name: string, value: Value) => void;
  readonly drop: (name: string) => void;
};

/**
 * Keeps at least half as many as `most`, and never more: those that nobody asked for longest go, half of them at a time,
 * since a map from which the first is taken again and again has more and more to skip.
 */
export const createShelf = <Value>(most: number): Shelf<Value> => {
  const half = Math.max(1, Math.floor(most / 2));
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  const put = (name: string, value: Value): void => {
    if (young.size >= half && !young.has(name)) {
      old = young;
      young = new Map();
    }
    young.set(name, value);
  };
  return {
    get: (name) => {
      const found = young.get(name);
      if (found !== undefined) return found;
      const older = old.get(name);
      if (older !== undefined) {
        old.delete(name);
        put(name, older);
      }
      return older;
    },
    put,
    drop: (name) => {
      young.delete(name);
      old.delete(name);
    },
  };
};
