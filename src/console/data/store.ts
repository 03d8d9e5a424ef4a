import { useSyncExternalStore } from 'react';

/** A value that lives outside of the tree of components, and tells those that show it. */
export type Value<T> = {
  readonly get: () => T;
  readonly set: (next: T | ((now: T) => T)) => void;
  readonly listen: (listener: () => void) => () => void;
};

export const newValue = <T>(first: T): Value<T> => {
  let value = first;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      const now = next instanceof Function ? next(value) : next;
      if (Object.is(now, value)) return;
      value = now;
      for (const listener of listeners) listener();
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

/** The value now; the component is drawn again with the next. */
export const useValue = <T>({ listen, get }: Value<T>): T => useSyncExternalStore(listen, get);
