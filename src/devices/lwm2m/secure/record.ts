import { bytesOf, joined, readerOf, vectorOf } from './bytes.ts';
import type { WriteKeys } from './prf.ts';
import { openBytes, type Suite, sealBytes } from './suites.ts';

/** Content types of RFC 5246 6.2.1, and that of RFC 9146 for records that carry a connection id. */
export const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;
export const TLS12_CID = 25;

/** The last sequence number of an epoch. Going on after it would repeat nonces. */
export const LAST_SEQUENCE = 2 ** 48 - 1;

const VERSION_12 = Uint8Array.of(0xfe, 0xfd);
/** More in one datagram is nobody's flight. */
const MOST_RECORDS = 16;
const NO_CID = new Uint8Array(0);

/** A record as it came, not opened. Its parts are views of the datagram. */
export type RawRecord = {
  readonly type: number;
  readonly version: Uint8Array;
  readonly epoch: number;
  readonly sequence: number;
  /** Empty in ordinary records. */
  readonly cid: Uint8Array;
  readonly body: Uint8Array;
};

/** What one record says once it was opened. */
export type Content = { readonly type: number; readonly bytes: Uint8Array };

/**
 * The records of a datagram up to the first that is none (RFC 6347 4.1, RFC 9146 4): what follows is nobody's, and the
 * datagram is no error. `cidLength` is how long the connection ids are that this side gives away.
 */
export const readRecords = (datagram: Uint8Array, cidLength: number): readonly RawRecord[] => {
  const reader = readerOf(datagram);
  const records: RawRecord[] = [];
  while (reader.left() > 0 && records.length < MOST_RECORDS) {
    const type = reader.number(1);
    const version = reader.bytes(2);
    const epoch = reader.number(2);
    const sequence = reader.number(6);
    const cid = type === TLS12_CID ? reader.bytes(cidLength) : NO_CID;
    const body = reader.vector(2);
    if (type === undefined || version?.[0] !== 0xfe || !body || !cid) break;
    if (epoch === undefined || sequence === undefined) break;
    records.push({ type, version, epoch, sequence, cid, body });
  }
  return records;
};

/** A record that is not sealed: epoch 0. */
export const plainRecord = (type: number, sequence: number, body: Uint8Array): Uint8Array =>
  joined(Uint8Array.of(type), VERSION_12, bytesOf(0, 2), bytesOf(sequence, 6), vectorOf(body, 2));

/** How one direction is sealed: epoch 1 is the only one, since nobody renegotiates here. */
export type Protection = {
  readonly suite: Suite;
  readonly keys: WriteKeys;
  /** The connection id that records of this direction carry; empty for ordinary records. */
  readonly cid: Uint8Array;
};

const EPOCH = 1;

/** A sealed record; with a connection id its real type is sealed too. */
export const sealRecord = (
  { suite, keys, cid }: Protection,
  sequence: number,
  { type, bytes }: Content,
): Uint8Array => {
  const place = joined(bytesOf(EPOCH, 2), bytesOf(sequence, 6));
  const hides = cid.length > 0;
  const inner = hides ? joined(bytes, Uint8Array.of(type)) : bytes;
  const about = aboutRecord({ type, version: VERSION_12, place, cid }, inner.length);
  const body = sealBytes(suite, keys, place, about, inner);
  const outer = Uint8Array.of(hides ? TLS12_CID : type);
  return joined(outer, VERSION_12, place, cid, vectorOf(body, 2));
};

/** What a record of epoch 1 says; `undefined` when it was not sealed under these keys, or says nothing. */
export const openRecord = (
  { suite, keys }: Omit<Protection, 'cid'>,
  record: RawRecord,
): Content | undefined => {
  const { type, version, cid, body } = record;
  const place = joined(bytesOf(record.epoch, 2), bytesOf(record.sequence, 6));
  const plain = openBytes(suite, keys, (length) => aboutRecord({ type, version, place, cid }, length), body);
  if (!plain) return undefined;
  return type === TLS12_CID ? innerOf(plain) : { type, bytes: plain };
};

/** The additional data: RFC 5246 6.2.3.3, or RFC 9146 5.3 with a connection id. */
const aboutRecord = (
  header: Pick<RawRecord, 'type' | 'version' | 'cid'> & { readonly place: Uint8Array },
  length: number,
): Uint8Array => {
  const { type, version, place, cid } = header;
  if (cid.length === 0) return joined(place, Uint8Array.of(type), version, bytesOf(length, 2));
  const start = Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, TLS12_CID, cid.length, TLS12_CID);
  return joined(start, version, place, cid, bytesOf(length, 2));
};

/** Content, its real type, then zeros for padding (RFC 9146 4). */
const innerOf = (plain: Uint8Array): Content | undefined => {
  const end = plain.findLastIndex((byte) => byte !== 0);
  const type = plain[end];
  return type === undefined ? undefined : { type, bytes: plain.subarray(0, end) };
};
