import type { Later } from '../../../app/waker.ts';
import { EXCHANGE_LIFETIME } from './limits.ts';
import type { Seen } from './seen.ts';

/** A confirmable message of ours that is not acknowledged yet. */
export type Unacknowledged = {
  /** Ends it: it was acknowledged or reset, or nobody waits for it any more. */
  readonly stop: () => void;
  readonly told: (what: 'acknowledged' | 'reset' | 'gone') => void;
};

/** What the message layer knows of a peer, and only while it has to. */
export type KnownPeer = {
  readonly key: string;
  /** The last message id of ours. */
  id: number;
  touched: number;
  /** Whether it has acknowledged a message of ours: its address is its own. */
  isThere: boolean;
  seen: Seen[] | undefined;
  unacknowledged: Map<number, Unacknowledged> | undefined;
};

/** Peers in the order in which they were last dealt with, so many and no more. */
export type KnownPeers = {
  readonly find: (key: string) => KnownPeer | undefined;
  /** Finds or makes one, and notes that it was dealt with. */
  readonly touch: (key: string) => KnownPeer;
  readonly take: (key: string) => KnownPeer | undefined;
  readonly count: () => number;
  /** Takes all of them. */
  readonly close: () => readonly KnownPeer[];
};

type Deps = {
  readonly clock: () => number;
  readonly later: Later;
  readonly most: number;
  /** A message id to begin with. */
  readonly firstId: () => number;
};

const SWEEP = 30_000;
const SWEEP_ON = 50;
const PIECE = 10_000;
/** A peer keeps its place in the order for this long: to move it for every message costs more than it tells. */
const TOUCH = 1000;
const LOOKS = 16;

const isBusy = ({ unacknowledged, seen }: KnownPeer): boolean =>
  (unacknowledged?.size ?? 0) > 0 || (seen?.some(({ busy }) => busy) ?? false);

export const createKnownPeers = ({ clock, later, most, firstId }: Deps): KnownPeers => {
  const peers = new Map<string, KnownPeer>();
  let callOff: (() => void) | undefined;

  const moveToEnd = (peer: KnownPeer, now: number): void => {
    peer.touched = now;
    peers.delete(peer.key);
    peers.set(peer.key, peer);
  };

  /** Forgets peers that were quiet so long that no message id stands for anything; answers whether there may be more. */
  const forgetQuiet = (now: number): boolean => {
    let looked = 0;
    for (const peer of peers.values()) {
      if (now - peer.touched < EXCHANGE_LIFETIME) return false;
      looked += 1;
      if (looked > PIECE) return true;
      if (isBusy(peer)) moveToEnd(peer, now);
      else peers.delete(peer.key);
    }
    return false;
  };
  const sweepIn = (milliseconds: number): void => {
    callOff = later(() => {
      callOff = undefined;
      const more = forgetQuiet(clock());
      if (peers.size > 0) sweepIn(more ? SWEEP_ON : SWEEP);
    }, milliseconds);
  };

  /** Of the few that were quiet longest, forgets the first of whom nothing is waited for. */
  const makeRoom = (): void => {
    let looked = 0;
    for (const peer of peers.values()) {
      looked += 1;
      if (!isBusy(peer)) {
        peers.delete(peer.key);
        return;
      }
      moveToEnd(peer, clock());
      // What is busy is bounded by who makes it so.
      if (looked >= LOOKS) return;
    }
  };

  return {
    find: (key) => peers.get(key),
    touch: (key) => {
      const now = clock();
      const known = peers.get(key);
      if (known !== undefined) {
        if (now - known.touched > TOUCH) moveToEnd(known, now);
        return known;
      }
      if (peers.size >= most) makeRoom();
      const peer: KnownPeer = {
        key,
        id: firstId(),
        touched: now,
        isThere: false,
        seen: undefined,
        unacknowledged: undefined,
      };
      peers.set(key, peer);
      if (callOff === undefined) sweepIn(SWEEP);
      return peer;
    },
    take: (key) => {
      const peer = peers.get(key);
      peers.delete(key);
      return peer;
    },
    count: () => peers.size,
    close: () => {
      callOff?.();
      callOff = undefined;
      const all = [...peers.values()];
      peers.clear();
      return all;
    },
  };
};
