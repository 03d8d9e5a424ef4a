import { generate, parse } from 'coap-packet';
import { isRequest, isResponse, type Message, NO_BYTES, type Option } from './message.ts';

/** A larger datagram is malformed. */
const MAX_DATAGRAM = 1500;
const MAX_OPTIONS = 64;
const MAX_TOKEN = 8;
const HEADER = 4;
const PAYLOAD_MARKER = 0xff;

/** Confirmable, non-confirmable, acknowledgement, reset: in the order of their two bits. */
export type MessageType = 'con' | 'non' | 'ack' | 'rst';
const types: readonly MessageType[] = ['con', 'non', 'ack', 'rst'];

/** A datagram of RFC 7252 3; without `message` it is empty (code 0.00). */
export type Datagram = {
  readonly type: MessageType;
  readonly id: number;
  readonly message: Message | undefined;
};

/** `ignore`: not of this version, or no header. `reset`: a format error in a confirmable message (RFC 7252 4.2). */
export type Decoded =
  | { readonly ok: true; readonly datagram: Datagram }
  | { readonly ok: false; readonly do: 'ignore' }
  | { readonly ok: false; readonly do: 'reset'; readonly id: number };

const IGNORE: Decoded = { ok: false, do: 'ignore' };

const asBuffer = (bytes: Uint8Array): Buffer =>
  bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** Reads a datagram of any content. Options and payload are views of it. */
export const decodeDatagram = (bytes: Uint8Array): Decoded => {
  const [first = 0, code = 0, high = 0, low = 0] = bytes;
  if (bytes.length < HEADER || first >> 6 !== 1) return IGNORE;
  const type = types[(first >> 4) & 3] ?? 'non';
  const id = high * 256 + low;
  const malformed: Decoded = type === 'con' ? { ok: false, do: 'reset', id } : IGNORE;
  if (bytes.length > MAX_DATAGRAM || (first & 15) > MAX_TOKEN) return malformed;
  if (code === 0) {
    return bytes.length === HEADER ? { ok: true, datagram: { type, id, message: undefined } } : malformed;
  }
  if (!isRequest(code) && !isResponse(code)) return malformed;
  const message = readMessage(asBuffer(bytes));
  return message === undefined ? malformed : { ok: true, datagram: { type, id, message } };
};

/**
 * Reads what a frame of RFC 8323 3.2 holds after its token: options, marker and payload. `undefined` where it is
 * malformed; its length is for the caller to bound.
 */
export const decodeBody = (code: number, token: Uint8Array, body: Uint8Array): Message | undefined => {
  const read = readMessage(Buffer.concat([Uint8Array.of(0x40, code, 0, 0), body]));
  return read === undefined ? undefined : { ...read, token };
};

const readMessage = (bytes: Buffer): Message | undefined => {
  const numbers = optionNumbers(bytes, HEADER + ((bytes[0] ?? 0) & 15));
  if (numbers === undefined) return undefined;
  try {
    const { token, options, payload } = parse(bytes);
    const named = numbers.map((number, at): Option => ({ number, value: options[at]?.value ?? NO_BYTES }));
    return { code: bytes[1] ?? 0, token, options: named, payload };
  } catch {
    return undefined;
  }
};

/** The numbers of all options in order; `undefined` where they are truncated, too many or otherwise malformed. */
const optionNumbers = (bytes: Uint8Array, start: number): readonly number[] | undefined => {
  if (start > bytes.length) return undefined;
  const numbers: number[] = [];
  let at = start;
  let number = 0;
  while (at < bytes.length && bytes[at] !== PAYLOAD_MARKER) {
    const head = bytes[at] ?? 0;
    const delta = extended(bytes, at + 1, head >> 4);
    const length = delta && extended(bytes, delta.next, head & 15);
    if (!length || length.next + length.value > bytes.length) return undefined;
    number += delta.value;
    at = length.next + length.value;
    if (numbers.push(number) > MAX_OPTIONS || number > 0xffff) return undefined;
  }
  // RFC 7252 3: a marker that no payload follows is a format error.
  return at === bytes.length - 1 ? undefined : numbers;
};

type Extended = { readonly value: number; readonly next: number };

/** A nibble of an option's head with its one or two further bytes: RFC 7252 3.1. */
const extended = (bytes: Uint8Array, at: number, nibble: number): Extended | undefined => {
  if (nibble === 15) return undefined;
  if (nibble < 13) return { value: nibble, next: at };
  const [one, two] = [bytes[at], bytes[at + 1]];
  if (nibble === 13) return one === undefined ? undefined : { value: one + 13, next: at + 1 };
  return one === undefined || two === undefined ? undefined : { value: one * 256 + two + 269, next: at + 2 };
};

/** Writes a datagram. The codec's own payload path is not used: it turns each payload into text to see if it is empty. */
export const encodeDatagram = (type: MessageType, id: number, message: Message): Uint8Array =>
  withPayload(headOf(type, id, message, message.token), message.payload);

/** An empty message: an ACK or an RST. */
export const emptyDatagram = (type: 'ack' | 'rst', id: number): Uint8Array =>
  Uint8Array.of(0x40 | (types.indexOf(type) << 4), 0, id >> 8, id & 255);

/** Options, marker and payload: what a frame of RFC 8323 3.2 holds after its token. */
export const encodeBody = (message: Omit<Message, 'token'>): Uint8Array =>
  withPayload(headOf('con', 0, message, NO_BYTES).subarray(HEADER), message.payload);

const headOf = (type: MessageType, id: number, message: Omit<Message, 'token'>, token: Uint8Array): Buffer =>
  generate(
    {
      confirmable: type === 'con',
      ack: type === 'ack',
      reset: type === 'rst',
      messageId: id,
      code: `${message.code >> 5}.${message.code & 31}`,
      token: asBuffer(token),
      options: message.options.map(({ number, value }) => ({ name: number, value: asBuffer(value) })),
    },
    Number.POSITIVE_INFINITY,
  );

const withPayload = (head: Buffer, payload: Uint8Array): Uint8Array =>
  payload.length === 0 ? head : Buffer.concat([head, Uint8Array.of(PAYLOAD_MARKER), payload]);
