import type { Instant } from '../../../domain/time.ts';
import type { Secured } from './association.ts';

/** The associations of a listener, by all that they are looked for, within a bound. */
export type Directory = {
  readonly byKey: (key: string) => Secured | undefined;
  /** By an address, for those without a connection id only: with one, an address says nothing. */
  readonly byAddress: (key: string) => Secured | undefined;
  readonly byCid: (cid: string) => Secured | undefined;
  /** Takes the place of the one that had its address, and of one of its identity that has too many. Answers who left. */
  readonly add: (secured: Secured) => readonly Secured[];
  readonly remove: (secured: Secured) => void;
  /** It was heard from: others are forgotten before it. */
  readonly touch: (secured: Secured, now: Instant) => void;
  /** Takes out those that were not heard from since then. */
  readonly expire: (before: Instant) => readonly Secured[];
  readonly all: () => Iterable<Secured>;
  readonly size: () => number;
};

/** What stands for an address: as plain UDP names an association. */
export const addressKey = ({ address, port }: { readonly address: string; readonly port: number }): string =>
  `${address} ${port}`;

/** The order is kept to this exactness only, so that not every record moves an entry. */
const COARSE = 60_000;

/**
 * Associations of one device: that on which it registered, another one for a download (A1.13), and such as it lost in a
 * restart.
 */
const OF_ONE_IDENTITY = 4;

/** At most `most` at a time: who was quiet for longest is forgotten first. */
export const createDirectory = (most: number): Directory => {
  // In the order in which they were heard from.
  const keys = new Map<string, Secured>();
  const addresses = new Map<string, Secured>();
  const cids = new Map<string, Secured>();
  const identities = new Map<string, readonly Secured[]>();

  const dropFrom = (map: Map<string, Secured>, name: string, secured: Secured): void => {
    if (map.get(name) === secured) map.delete(name);
  };
  const ofIdentity = (identity: string): readonly Secured[] => identities.get(identity) ?? [];
  const remove = (secured: Secured): void => {
    const { association, ownCid } = secured;
    dropFrom(keys, association.key, secured);
    dropFrom(cids, ownCid, secured);
    dropFrom(addresses, addressKey(association), secured);
    const others = ofIdentity(association.identity).filter((one) => one !== secured);
    if (others.length > 0) identities.set(association.identity, others);
    else identities.delete(association.identity);
  };
  const oldest = (): Secured | undefined => keys.values().next().value;

  return {
    byKey: (key) => keys.get(key),
    byAddress: (key) => addresses.get(key),
    byCid: (cid) => cids.get(cid),
    add: (secured) => {
      const { association, ownCid } = secured;
      const hasCid = ownCid !== '';
      const at = addressKey(association);
      const siblings = ofIdentity(association.identity);
      const surplus = siblings.length < OF_ONE_IDENTITY ? undefined : quietest(siblings);
      const replaced = [surplus, hasCid ? undefined : addresses.get(at)];
      const full = keys.size >= most ? oldest() : undefined;
      const left = new Set([...replaced, replaced.every((one) => one === undefined) ? full : undefined]);
      const leaving = [...left].filter((one) => one !== undefined);
      leaving.forEach(remove);
      keys.set(association.key, secured);
      identities.set(association.identity, [...ofIdentity(association.identity), secured]);
      if (hasCid) cids.set(ownCid, secured);
      else addresses.set(at, secured);
      return leaving;
    },
    remove,
    touch: (secured, now) => {
      if (now - secured.heardAt < COARSE) return;
      secured.heardAt = now;
      if (keys.delete(secured.association.key)) keys.set(secured.association.key, secured);
    },
    expire: (before) => {
      const gone: Secured[] = [];
      for (let one = oldest(); one && one.heardAt < before; one = oldest()) {
        remove(one);
        gone.push(one);
      }
      return gone;
    },
    all: () => keys.values(),
    size: () => keys.size,
  };
};

const quietest = ([first, ...others]: readonly Secured[]): Secured | undefined =>
  others.reduce((least, one) => (least && one.heardAt < least.heardAt ? one : least), first);
