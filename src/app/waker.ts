import type { AccountKey, DeviceKey } from '../domain/ids.ts';

/** Runs something once after so many milliseconds; the answer calls it off. */
export type Later = (run: () => void, milliseconds: number) => () => void;

/** As much of an `AbortSignal` as is needed here. */
export type Aborting = {
  readonly aborted: boolean;
  readonly addEventListener: (type: 'abort', listener: () => void) => void;
  readonly removeEventListener: (type: 'abort', listener: () => void) => void;
};

/**
 * Lets a request that waits for news of a device know that there is some. It knows of this process alone, so who
 * waits looks again by itself now and then.
 */
export type Waker = {
  /** Resolves when the device is woken, the time is over or the signal aborts: whether it was woken. */
  readonly wait: (
    account: AccountKey,
    device: DeviceKey,
    milliseconds: number,
    signal?: Aborting,
  ) => Promise<boolean>;
  readonly wake: (account: AccountKey, device: DeviceKey) => void;
};

/** More than this many at once are not woken: they wait until their time is over. */
const MOST_WAITING = 100_000;

export const createWaker = (later: Later, most = MOST_WAITING): Waker => {
  const waiting = new Map<string, Set<() => void>>();
  let count = 0;

  const join = (key: string, rouse: () => void): (() => void) => {
    if (count >= most) return () => undefined;
    const others = waiting.get(key) ?? new Set();
    waiting.set(key, others.add(rouse));
    count += 1;
    return () => {
      if (!others.delete(rouse)) return;
      count -= 1;
      if (others.size === 0) waiting.delete(key);
    };
  };

  return {
    wait: (account, device, milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve(false);
        const end = (woken: boolean): void => {
          leave();
          callOff();
          signal?.removeEventListener('abort', isOver);
          resolve(woken);
        };
        const isOver = (): void => end(false);
        const leave = join(`${account}/${device}`, () => end(true));
        const callOff = later(isOver, milliseconds);
        signal?.addEventListener('abort', isOver);
      }),
    wake: (account, device) => {
      for (const rouse of [...(waiting.get(`${account}/${device}`) ?? [])]) rouse();
    },
  };
};
