/** Bytes that are pushed in piece by piece, for somebody who reads them as one source. */
export type ByteFeed = {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Resolves once the reader has taken the piece, `false` when it wants no more. One at a time. */
  readonly push: (piece: Uint8Array) => Promise<boolean>;
  readonly end: () => void;
  /** The reader's next read throws. */
  readonly fail: (error: Error) => void;
};

export const newByteFeed = (): ByteFeed => {
  let next = Promise.withResolvers<Uint8Array | undefined>();
  let taken = Promise.withResolvers<void>();
  let isClosed = false;

  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const piece = await next.promise;
        if (piece === undefined) return;
        next = Promise.withResolvers();
        yield piece;
        taken.resolve();
      }
    } finally {
      isClosed = true;
      taken.resolve();
    }
  }

  return {
    bytes: read(),
    push: async (piece) => {
      if (isClosed) return false;
      taken = Promise.withResolvers();
      next.resolve(piece);
      await taken.promise;
      return !isClosed;
    },
    end: () => next.resolve(undefined),
    fail: (error) => {
      // Nobody may be reading any more.
      next.promise.catch(() => undefined);
      next.reject(error);
    },
  };
};
