/** So many at once; the others wait in the order in which they came. */
export type Limiter = <Value>(work: () => Promise<Value>) => Promise<Value>;

export const createLimiter = (most: number): Limiter => {
  const waiting: (() => void)[] = [];
  let busy = 0;
  return async (work) => {
    if (busy >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else busy += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // Whoever is next takes the place over.
      if (next === undefined) busy -= 1;
      else next();
    }
  };
};
