/** Runs the tasks of one key one after another, those of different keys side by side. */
export type Locks = <T>(key: string, task: () => Promise<T>) => Promise<T>;

export const openLocks = (): Locks => {
  const tails = new Map<string, Promise<void>>();
  return async (key, task) => {
    const before = tails.get(key);
    const { promise: tail, resolve: release } = Promise.withResolvers<void>();
    tails.set(key, tail);
    await before;
    try {
      return await task();
    } finally {
      if (tails.get(key) === tail) tails.delete(key);
      release();
    }
  };
};
