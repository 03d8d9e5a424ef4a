/** While somebody holds them, no package bytes are removed. */
export type ByteHolds = {
  /** Until the answer is called. */
  readonly hold: () => () => void;
  readonly held: () => boolean;
};

/** For one process: package bytes belong to one. */
export const createByteHolds = (): ByteHolds => {
  const holders = new Set<symbol>();
  return {
    hold: () => {
      const holder = Symbol();
      holders.add(holder);
      return () => void holders.delete(holder);
    },
    held: () => holders.size > 0,
  };
};
