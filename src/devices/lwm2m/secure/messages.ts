import { bytesOf, joined, readerOf } from './bytes.ts';

/** Types of handshake messages (RFC 5246 7.4, RFC 6347 4.3.2). */
export const CLIENT_HELLO = 1;
export const SERVER_HELLO = 2;
const HELLO_VERIFY_REQUEST = 3;
export const SERVER_HELLO_DONE = 14;
export const CLIENT_KEY_EXCHANGE = 16;
export const FINISHED = 20;

/** Reasons of alerts (RFC 5246 7.2). */
export const alerts = {
  closeNotify: 0,
  unexpectedMessage: 10,
  handshakeFailure: 40,
  decodeError: 50,
  decryptError: 51,
  protocolVersion: 70,
  noRenegotiation: 100,
} as const;
export type AlertReason = (typeof alerts)[keyof typeof alerts];

export const FATAL = 2;
const WARNING = 1;

/** The two bytes of an alert; only close_notify and no_renegotiation are not fatal. */
export const alertOf = (reason: AlertReason): Uint8Array =>
  Uint8Array.of(reason === alerts.closeNotify || reason === alerts.noRenegotiation ? WARNING : FATAL, reason);

/** A part of a handshake message, or all of it (RFC 6347 4.2.2). */
export type Fragment = {
  readonly type: number;
  /** Bytes of the whole message without its header. */
  readonly length: number;
  readonly sequence: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
};

/** A whole message. `sequence` counts messages of one side, not records. */
export type Message = Pick<Fragment, 'type' | 'sequence'> & { readonly body: Uint8Array };

/** The fragments in a record of handshake messages, up to the first that is none. */
export const readFragments = (record: Uint8Array): readonly Fragment[] => {
  const reader = readerOf(record);
  const fragments: Fragment[] = [];
  while (reader.left() > 0) {
    const fragment = readFragment(reader);
    if (!fragment) break;
    fragments.push(fragment);
  }
  return fragments;
};

const readFragment = (reader: ReturnType<typeof readerOf>): Fragment | undefined => {
  const type = reader.number(1);
  const length = reader.number(3);
  const sequence = reader.number(2);
  const offset = reader.number(3);
  const bytes = reader.vector(3);
  if (type === undefined || length === undefined || sequence === undefined) return undefined;
  if (offset === undefined || !bytes || offset + bytes.length > length) return undefined;
  return { type, length, sequence, offset, bytes };
};

/** A message in one piece with its header, which is also how it enters the hash of the handshake. */
export const messageBytes = ({ type, sequence, body }: Message): Uint8Array => {
  const length = bytesOf(body.length, 3);
  return joined(Uint8Array.of(type), length, bytesOf(sequence, 2), bytesOf(0, 3), length, body);
};

/** The identity in a ClientKeyExchange (RFC 4279 2); `undefined` when it is malformed or no UTF-8 (RFC 4279 5.1). */
export const readIdentity = (body: Uint8Array): string | undefined => {
  const reader = readerOf(body);
  const identity = reader.vector(2);
  if (!identity || reader.left() > 0) return undefined;
  return textOf(identity);
};

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

/** Header of a record, of a message, and the body of a HelloVerifyRequest, for a cookie of 16 bytes. */
const VERIFY = Uint8Array.of(
  ...[22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 31],
  ...[HELLO_VERIFY_REQUEST, 0, 0, 19, 0, 0, 0, 0, 0, 0, 0, 19],
  ...[0xfe, 0xff, 16],
);

/**
 * A whole record with a HelloVerifyRequest, under the numbers of the hello; its version is that of DTLS 1.0 whatever is
 * spoken later (RFC 6347 4.2.1). Made in one go, since floods ask for it.
 */
export const helloVerifyRecord = (record: number, message: number, cookie: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(VERIFY.length + cookie.length);
  bytes.set(VERIFY);
  bytes.set(bytesOf(record, 6), 5);
  bytes.set(bytesOf(message, 2), 17);
  bytes.set(cookie, VERIFY.length);
  return bytes;
};
