import type { ServerResponse } from 'node:http';

/** A place among the requests that wait. */
export type Place = {
  /** Aborts when the time is over, the client is gone, or the server is about to stop. */
  readonly signal: AbortSignal;
  readonly leave: () => void;
};

/** Requests that wait for news, so many at once and no more. */
export type WaitingRoom = {
  /** `undefined` when it is full, or closed. */
  readonly enter: (response: ServerResponse, milliseconds: number) => Place | undefined;
  /** Sends everybody away and lets nobody in. */
  readonly close: () => void;
};

export const openWaitingRoom = (most: number): WaitingRoom => {
  const waiting = new Set<AbortController>();
  let isClosed = false;
  return {
    enter: (response, milliseconds) => {
      if (isClosed || waiting.size >= most || response.destroyed) return undefined;
      const place = new AbortController();
      const abort = (): void => place.abort();
      const timer = setTimeout(abort, milliseconds);
      response.once('close', abort);
      waiting.add(place);
      return {
        signal: place.signal,
        leave: () => {
          waiting.delete(place);
          clearTimeout(timer);
          response.off('close', abort);
        },
      };
    },
    close: () => {
      isClosed = true;
      for (const place of waiting) place.abort();
    },
  };
};
