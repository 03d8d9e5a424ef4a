import { drawLeast, type Random } from './random.ts';
import type { Instant } from './time.ts';

/**
 * Devices that wait for room rather than for the clock: for a place under a cap, or for the next start of a ramp.
 * They keep coming, and nothing follows from that until there is room; so only the one that comes first then is
 * played. With so many that ask every `interval`, that is the least of as many even draws. Those of a zone can be put
 * to sleep together, because hours shut for one of them are shut for all.
 */
export type Pools = {
  readonly add: (key: string, zone: string, device: number) => void;
  readonly keys: () => Iterable<string>;
  /** How many of a pool were called and have not come yet. */
  readonly called: (key: string) => number;
  /** Takes one out by chance and answers when it comes; `undefined` when none waits that is awake. */
  readonly call: (
    key: string,
    now: Instant,
    intervalOf: (device: number) => number,
  ) => { readonly device: number; readonly at: Instant } | undefined;
  /** It came: answers the pool that it was called from, if it was. */
  readonly arrive: (device: number) => string | undefined;
  readonly hasAwake: (key: string, now: Instant) => boolean;
  /** Nobody of a zone is called before; answers whether that is news. */
  readonly sleep: (zone: string, until: Instant) => boolean;
};

type Pool = { readonly zones: Map<string, number[]>; called: number };

export const newPools = (random: Random): Pools => {
  const pools = new Map<string, Pool>();
  const onTheWay = new Map<number, string>();
  const asleep = new Map<string, Instant>();

  const poolOf = (key: string): Pool => {
    const known = pools.get(key);
    if (known !== undefined) return known;
    const pool: Pool = { zones: new Map(), called: 0 };
    pools.set(key, pool);
    return pool;
  };

  const isAwake = (zone: string, now: Instant): boolean => (asleep.get(zone) ?? 0) <= now;

  /** One of those that are awake, and how many they are. */
  const draw = (pool: Pool, now: Instant): { readonly device: number; readonly of: number } | undefined => {
    const awake = [...pool.zones].filter(([zone]) => isAwake(zone, now));
    const count = awake.reduce((sum, [, { length }]) => sum + length, 0);
    let index = Math.floor(random() * count);
    for (const [, waiting] of awake) {
      if (index >= waiting.length) {
        index -= waiting.length;
        continue;
      }
      const device = waiting[index] ?? 0;
      const last = waiting.pop() ?? 0;
      if (index < waiting.length) waiting[index] = last;
      return { device, of: count };
    }
    return undefined;
  };

  return {
    add: (key, zone, device) => {
      const { zones } = poolOf(key);
      const waiting = zones.get(zone);
      if (waiting === undefined) zones.set(zone, [device]);
      else waiting.push(device);
    },
    keys: () => pools.keys(),
    called: (key) => pools.get(key)?.called ?? 0,
    call: (key, now, intervalOf) => {
      const pool = pools.get(key);
      const drawn = pool && draw(pool, now);
      if (pool === undefined || drawn === undefined) return undefined;
      const { device, of } = drawn;
      pool.called += 1;
      onTheWay.set(device, key);
      return { device, at: now + Math.round(drawLeast(random, of, intervalOf(device))) };
    },
    arrive: (device) => {
      const key = onTheWay.get(device);
      if (key === undefined) return undefined;
      onTheWay.delete(device);
      poolOf(key).called -= 1;
      return key;
    },
    hasAwake: (key, now) => {
      const pool = pools.get(key);
      if (pool === undefined) return false;
      for (const [zone, { length }] of pool.zones) if (length > 0 && isAwake(zone, now)) return true;
      return false;
    },
    sleep: (zone, until) => {
      if ((asleep.get(zone) ?? 0) >= until) return false;
      asleep.set(zone, until);
      return true;
    },
  };
};
