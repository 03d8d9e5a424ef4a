import { describe, expect, it } from 'vitest';
import type { AccountKey, DeviceKey } from '../domain/ids.ts';
import { createWaker, type Later } from './waker.ts';

const account = 1 as AccountKey;
const device = 7 as DeviceKey;

/** Timers that are rung by hand. */
const newTimers = () => {
  const set = new Map<() => void, number>();
  const later: Later = (run, milliseconds) => {
    set.set(run, milliseconds);
    return () => set.delete(run);
  };
  const ring = (): void => {
    for (const run of [...set.keys()]) {
      set.delete(run);
      run();
    }
  };
  return { later, set, ring };
};

const newSignal = () => {
  const listeners = new Set<() => void>();
  let aborted = false;
  return {
    listeners,
    abort: () => {
      aborted = true;
      for (const listener of [...listeners]) listener();
    },
    signal: {
      get aborted() {
        return aborted;
      },
      addEventListener: (_: 'abort', listener: () => void) => {
        listeners.add(listener);
      },
      removeEventListener: (_: 'abort', listener: () => void) => {
        listeners.delete(listener);
      },
    },
  };
};

/** Whether a promise has settled by now, without waiting for it. */
const isDone = async (promise: Promise<boolean>): Promise<boolean> => {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await Promise.resolve();
  await Promise.resolve();
  return done;
};

describe('who waits for news of a device', () => {
  it('is woken, everybody at once, and nobody who waits for another device or in another account', async () => {
    const timers = newTimers();
    const waker = createWaker(timers.later);
    const mine = [waker.wait(account, device, 60_000), waker.wait(account, device, 1_000)];
    const others = [waker.wait(account, 8 as DeviceKey, 60_000), waker.wait(2 as AccountKey, device, 60_000)];
    expect([...timers.set.values()]).toEqual([60_000, 1_000, 60_000, 60_000]);
    waker.wake(account, device);
    expect(await Promise.all(mine)).toEqual([true, true]);
    for (const other of others) expect(await isDone(other)).toBe(false);
    expect(timers.set.size).toBe(2);
  });

  it('waits no longer than it said', async () => {
    const timers = newTimers();
    const waker = createWaker(timers.later);
    const waiting = waker.wait(account, device, 1_000);
    expect(await isDone(waiting)).toBe(false);
    timers.ring();
    expect(await waiting).toBe(false);
  });

  it('stops when its request ends, and does not begin when that has ended', async () => {
    const timers = newTimers();
    const waker = createWaker(timers.later);
    const { signal, listeners, abort } = newSignal();
    const waiting = waker.wait(account, device, 1_000, signal);
    abort();
    expect(await isDone(waiting)).toBe(true);
    expect(await isDone(waker.wait(account, device, 1_000, signal))).toBe(true);
    expect([timers.set.size, listeners.size]).toEqual([0, 0]);
  });

  it('leaves nothing behind, however it ended: there is room for others', async () => {
    const timers = newTimers();
    const waker = createWaker(timers.later, 1);
    const { signal, listeners, abort } = newSignal();
    const endings = [() => timers.ring(), () => waker.wake(account, device), abort];
    for (const end of endings) {
      const waiting = waker.wait(account, device, 1_000, signal);
      end();
      expect(await isDone(waiting)).toBe(true);
      expect([timers.set.size, listeners.size]).toEqual([0, 0]);
    }
    const last = waker.wait(account, device, 1_000);
    waker.wake(account, device);
    expect(await isDone(last)).toBe(true);
  });

  it('is not woken when too many wait, and waits its time all the same', async () => {
    const timers = newTimers();
    const waker = createWaker(timers.later, 1);
    const first = waker.wait(account, device, 1_000);
    const surplus = waker.wait(account, device, 1_000);
    waker.wake(account, device);
    expect(await isDone(first)).toBe(true);
    expect(await isDone(surplus)).toBe(false);
    timers.ring();
    expect(await isDone(surplus)).toBe(true);
  });
});
