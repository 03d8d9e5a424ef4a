import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Instant } from '../../../domain/time.ts';

/** So many a second in the long run, and so many at once. */
export type Rate = { readonly perSecond: number; readonly burst: number };

/** Counts in a table of a fixed size: two sources may share a place, and no flood makes it grow. */
export type RateLimit = {
  /** Whether one more is within the rate; it costs 1 unless told. */
  readonly take: (source: string, cost?: number) => boolean;
};

const PLACES = 8192;

/** `salt` keeps others from choosing whose place they share. */
export const createRateLimit = (rate: Rate, clock: () => Instant, salt: Uint8Array): RateLimit => {
  const tokens = new Float64Array(PLACES).fill(rate.burst);
  const times = new Float64Array(PLACES).fill(clock());
  const placeOf = (source: string): number =>
    createHash('sha256').update(salt).update(source).digest().readUInt16BE(0) % PLACES;
  return {
    take: (source, cost = 1) => {
      const place = placeOf(source);
      const now = clock();
      const grown = (Math.max(0, now - (times[place] ?? now)) / 1000) * rate.perSecond;
      const there = Math.min(rate.burst, (tokens[place] ?? 0) + grown);
      const isWithin = there >= 1;
      times[place] = now;
      // Dear ones may leave a debt, but one that is paid off within a burst.
      tokens[place] = isWithin ? Math.max(there - cost, -rate.burst) : there;
      return isWithin;
    },
  };
};

/** The network that an address counts for: the first 24 bits of IPv4, 48 of IPv6. */
export const prefixOf = (address: string): string => {
  const mapped = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
  if (!isIPv6(mapped)) return mapped.slice(0, Math.max(0, mapped.lastIndexOf('.')));
  const [head = '', tail] = mapped.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail ?? '').split(':')];
  return all.slice(0, 3).join(':');
};
