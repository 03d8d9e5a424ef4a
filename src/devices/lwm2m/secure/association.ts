import type { Instant } from '../../../domain/time.ts';
import type { Association } from '../transport.ts';
import { joined } from './bytes.ts';
import type { FlightPart, Handshake } from './handshake.ts';
import {
  type Content,
  LAST_SEQUENCE,
  openRecord,
  plainRecord,
  type RawRecord,
  sealRecord,
  TLS12_CID,
} from './record.ts';
import { isFresh, noted, type ReplayWindow } from './replay.ts';
import type { Suite } from './suites.ts';

/**
 * What is kept of a device whose handshake is done. There may be hundreds of thousands, so it is one flat object that
 * changes in place, with one small array of keys.
 */
export type Secured = {
  readonly suite: Suite;
  /** See `packKeys`. */
  readonly keys: Uint8Array;
  /** The connection id that its records carry, as hex; empty when they are told by their address. */
  readonly ownCid: string;
  /** What listeners see of it; another object once its address changed. */
  association: Association & { readonly identity: string };
  window: ReplayWindow;
  nextSequence: number;
  heardAt: Instant;
  /** When its key was last known to be valid. */
  checkedAt: Instant;
  /** The last flight and the next number of epoch 0, until the device shows that it got it. */
  final: { readonly flight: readonly FlightPart[]; nextPlain: number } | undefined;
};

/** Numbers that records of a handshake get. */
export type Numbers = { nextPlain: number; nextSequence: number };

/** An association out of a handshake that is done. */
export const secure = (
  state: Extract<Handshake, { step: 'done' }>,
  of: {
    readonly key: string;
    readonly from: Pick<Association, 'address' | 'port'>;
    readonly now: Instant;
    readonly numbers: Numbers;
    readonly window: ReplayWindow;
  },
): Secured => ({
  suite: state.suite,
  keys: packKeys(state),
  ownCid: state.hello.cid ? hexOf(state.share.cid) : '',
  association: { key: of.key, address: of.from.address, port: of.from.port, identity: state.identity },
  window: of.window,
  nextSequence: of.numbers.nextSequence,
  heardAt: of.now,
  checkedAt: of.now,
  final: { flight: state.flight, nextPlain: of.numbers.nextPlain },
});

const NO_CID = new Uint8Array(0);
const KEYS = 20;

/** The keys of both directions, the device's first, and the connection id that records to it carry. */
export const packKeys = (
  state: Pick<Extract<Handshake, { step: 'done' }>, 'client' | 'server' | 'hello'>,
): Uint8Array => joined(state.client, state.server, state.hello.cid ?? NO_CID);

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** What a record says, and whether it is newer than all before it; `undefined` for a replay or a forgery. */
export const openFrom = (
  secured: Pick<Secured, 'suite' | 'keys' | 'ownCid' | 'window'>,
  record: RawRecord,
): { readonly content: Content; readonly isNewest: boolean } | undefined => {
  const { suite, keys, ownCid, window } = secured;
  // Whoever agreed on a connection id has to use it (RFC 9146 3).
  const isOurs = record.epoch === 1 && (ownCid === '') === (record.type !== TLS12_CID);
  if (!isOurs || !isFresh(window, record.sequence)) return undefined;
  const content = openRecord({ suite, keys: keys.subarray(0, KEYS) }, record);
  if (!content) return undefined;
  secured.window = noted(window, record.sequence);
  return { content, isNewest: record.sequence > window.newest };
};

/** A sealed record; `undefined` once the numbers are used up, since a nonce must not come twice. */
export const sealTo = (
  secured: Pick<Secured, 'suite' | 'keys' | 'nextSequence'>,
  content: Content,
): Uint8Array | undefined => {
  if (secured.nextSequence > LAST_SEQUENCE) return undefined;
  const sequence = secured.nextSequence;
  secured.nextSequence += 1;
  const { suite, keys } = secured;
  const writes = { suite, keys: keys.subarray(KEYS, 2 * KEYS), cid: keys.subarray(2 * KEYS) };
  return sealRecord(writes, sequence, content);
};

/** A flight as one datagram, under new record numbers. */
export const flightBytes = (
  parts: readonly FlightPart[],
  numbers: { nextPlain: number },
  seal: (content: Content) => Uint8Array | undefined,
): Uint8Array => {
  const records = parts.map(({ epoch, type, bytes }) => {
    if (epoch === 1) return seal({ type, bytes }) ?? NO_CID;
    numbers.nextPlain += 1;
    return plainRecord(type, numbers.nextPlain - 1, bytes);
  });
  return joined(...records);
};
