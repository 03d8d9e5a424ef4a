import { describe, expect, it } from 'vitest';
import type { AccountKey, DeviceKey } from '../domain/ids.ts';
import { createLastSeen } from './last-seen.ts';
import type { Store } from './ports.ts';

type Touched = Parameters<Store['devices']['touch']>;

const a = 1 as AccountKey;
const b = 2 as AccountKey;
const device = (key: number) => key as DeviceKey;

const setUp = (touch: (...call: Touched) => Promise<void> = async () => undefined) => {
  let now = 100;
  const calls: Touched[] = [];
  const devices = {
    touch: async (...call: Touched) => {
      calls.push(call);
      await touch(...call);
    },
  };
  // The only method it may use.
  const store = { devices } as unknown as Store;
  const lastSeen = createLastSeen(store, () => now);
  return { lastSeen, calls, at: (instant: number) => (now = instant) };
};

describe('last seen', () => {
  it('writes nothing until it is flushed, then the latest instant of each device, by account', async () => {
    const { lastSeen, calls, at } = setUp();
    lastSeen.note(a, device(1));
    lastSeen.note(b, device(1));
    at(200);
    lastSeen.note(a, device(1));
    lastSeen.note(a, device(2));
    expect(calls).toEqual([]);
    await lastSeen.flush();
    expect(calls).toEqual([
      [
        a,
        [
          { device: 1, at: 200 },
          { device: 2, at: 200 },
        ],
      ],
      [b, [{ device: 1, at: 100 }]],
    ]);
    await lastSeen.flush();
    expect(calls).toHaveLength(2);
  });

  it('hands over at most a thousand at once', async () => {
    const { lastSeen, calls } = setUp();
    for (let key = 1; key <= 2500; key += 1) lastSeen.note(a, device(key));
    await lastSeen.flush();
    expect(calls.map(([, seen]) => seen.length)).toEqual([1000, 1000, 500]);
  });

  it('keeps what the store did not take', async () => {
    let broken = true;
    const { lastSeen, calls } = setUp(async () => {
      if (broken) throw new Error('disk gone');
    });
    lastSeen.note(a, device(1));
    await expect(lastSeen.flush()).rejects.toThrow('disk gone');
    broken = false;
    await lastSeen.flush();
    expect(calls.at(-1)).toEqual([a, [{ device: 1, at: 100 }]]);
  });

  it('does not lose contact that is noted during a flush', async () => {
    const noting: { again: () => void } = { again: () => undefined };
    const { lastSeen, calls, at } = setUp(async () => noting.again());
    lastSeen.note(a, device(1));
    noting.again = () => {
      at(300);
      lastSeen.note(a, device(1));
      noting.again = () => undefined;
    };
    await lastSeen.flush();
    await lastSeen.flush();
    expect(calls.map(([, seen]) => seen)).toEqual([[{ device: 1, at: 100 }], [{ device: 1, at: 300 }]]);
  });
});
