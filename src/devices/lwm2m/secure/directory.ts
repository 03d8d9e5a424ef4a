import type { Instant } from '../../../domain/time.ts';
import type { Secured } from './association.ts';

/** The associations of a listener, by all that they are looked for, within a bound. */
export type Directory = {
  readonly byKey: (key: string) => Secured | undefined;
  /** By an address, for those without a connection id only: with one, an address says nothing. */
  readonly byAddress: (key: string) => Secured | undefined;
  readonly byCid: (cid: string) => Secured | undefined;
  /** Takes the place of the one with the same identity, and of the one that had its address. Answers who left. */
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

/** At most `most` at a time: who was quiet for longest is forgotten first. */
export const createDirectory = (most: number): Directory => {
  // In the order in which they were heard from.
  const keys = new Map<string, Secured>();
  const addresses = new Map<string, Secured>();
  const cids = new Map<string, Secured>();
  const identities = new Map<string, Secured>();

  const dropFrom = (map: Map<string, Secured>, name: string, secured: Secured): void => {
    if (map.get(name) === secured) map.delete(name);
  };
  const remove = (secured: Secured): void => {
    const { association, ownCid } = secured;
    dropFrom(keys, association.key, secured);
    dropFrom(cids, ownCid, secured);
    dropFrom(addresses, addressKey(association), secured);
    dropFrom(identities, association.identity, secured);
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
      const replaced = [identities.get(association.identity), hasCid ? undefined : addresses.get(at)];
      const full = keys.size >= most ? oldest() : undefined;
      const left = new Set([...replaced, replaced.every((one) => one === undefined) ? full : undefined]);
      const leaving = [...left].filter((one) => one !== undefined);
      leaving.forEach(remove);
      keys.set(association.key, secured);
      identities.set(association.identity, secured);
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
