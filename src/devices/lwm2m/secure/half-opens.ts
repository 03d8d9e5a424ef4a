import type { Instant } from '../../../domain/time.ts';
import { hexOf } from './association.ts';
import { addressKey } from './directory.ts';
import type { HalfOpen } from './half-open.ts';

/** The handshakes under way, one for an address, within a bound. */
export type HalfOpens = {
  readonly byAddress: (key: string) => HalfOpen | undefined;
  readonly byCid: (cid: string) => HalfOpen | undefined;
  readonly isFull: () => boolean;
  /** Takes the place of another from the same address. */
  readonly add: (half: HalfOpen) => void;
  readonly remove: (half: HalfOpen) => void;
  /** Flights go out again where it is time; those whose time is over are forgotten. */
  readonly tick: (now: Instant) => void;
  readonly size: () => number;
};

export const createHalfOpens = (most: number): HalfOpens => {
  const addresses = new Map<string, HalfOpen>();
  const cids = new Map<string, HalfOpen>();
  const remove = (half: HalfOpen): void => {
    const key = addressKey(half.from);
    if (addresses.get(key) === half) addresses.delete(key);
    cids.delete(hexOf(half.cid));
  };
  return {
    byAddress: (key) => addresses.get(key),
    byCid: (cid) => cids.get(cid),
    isFull: () => addresses.size >= most,
    add: (half) => {
      const key = addressKey(half.from);
      const before = addresses.get(key);
      if (before) remove(before);
      addresses.set(key, half);
      cids.set(hexOf(half.cid), half);
    },
    remove,
    tick: (now) => {
      for (const half of addresses.values()) {
        if (!half.tick(now)) remove(half);
      }
    },
    size: () => addresses.size,
  };
};
