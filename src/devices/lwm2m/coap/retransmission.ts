import type { Later } from '../../../app/waker.ts';
import type { KnownPeer, Unacknowledged } from './known-peers.ts';
import type { Timing } from './peer.ts';

/** How one confirmable message ends, told once: `given-up` after the last retransmission went unanswered. */
export type Ending = 'acknowledged' | 'reset' | 'gone' | 'given-up';

type Deps = {
  readonly later: Later;
  /** From 0 up to 1. */
  readonly fraction: () => number;
  readonly send: (key: string, bytes: Uint8Array) => void;
};

/**
 * The next message id of ours to that peer: each peer has its own, so that no two peers share a space of 65,536. A fast
 * transfer comes round within EXCHANGE_LIFETIME: with one request at a time, nothing of the older one is under way then.
 */
export const nextId = (peer: KnownPeer): number => {
  do peer.id = (peer.id + 1) & 0xffff;
  while (peer.unacknowledged?.has(peer.id) === true);
  return peer.id;
};

/**
 * Sends a confirmable message until it is acknowledged, first after ackTimeout times a random factor, then each time
 * after twice as long (RFC 7252 4.2). The answer ends it without a word.
 */
export const transmit = (
  { later, fraction, send }: Deps,
  peer: KnownPeer,
  id: number,
  bytes: Uint8Array,
  timing: Timing,
  told: (ending: Ending) => void,
): (() => void) => {
  let left = timing.maxRetransmit;
  let wait = timing.ackTimeout * (1 + fraction() * (timing.ackRandomFactor - 1));
  const again = (): void => {
    if (left === 0) {
      end();
      told('given-up');
      return;
    }
    left -= 1;
    wait *= 2;
    callOff = later(again, wait);
    send(peer.key, bytes);
  };
  let callOff = later(again, wait);
  const end = (): void => {
    callOff();
    if (peer.unacknowledged?.get(id) === entry) peer.unacknowledged.delete(id);
  };
  const entry: Unacknowledged = { stop: end, told };
  peer.unacknowledged ??= new Map();
  peer.unacknowledged.set(id, entry);
  send(peer.key, bytes);
  return end;
};
