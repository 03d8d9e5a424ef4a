import { ok, type Result, refused } from '../../domain/result.ts';
import { toBase64 } from './data.ts';
import { isSame, type Secret, triggerDigest } from './digest.ts';
import type { Unreadable } from './message.ts';

/** What a device shows of a session that a trigger begins, in the order of its codes (B1.9). */
export const uiModes = ['none', 'background', 'informative', 'interaction'] as const;

export type UiMode = (typeof uiModes)[number];

/** A notification that asks a device to begin a session: Package #0. */
export type Trigger = {
  readonly uiMode: UiMode;
  readonly initiator: 'user' | 'server';
  /** Two bytes: the session that the device is to begin. */
  readonly sessionId: number;
  /** ASCII, at most 255 characters. */
  readonly serverId: string;
  readonly vendor?: Uint8Array;
};

/** What a client takes besides its nonce, which may be stale: 0x00000000. */
export const fallbackNonce = new Uint8Array(4);

const DIGEST = 16;
const HEAD = 8;
const VERSION = 0b00_0000_1011;

const bodyOf = ({ uiMode, initiator, sessionId, serverId, vendor }: Trigger): Buffer => {
  const id = Buffer.from(serverId, 'latin1');
  const head = Buffer.alloc(HEAD);
  const flags = (uiModes.indexOf(uiMode) << 1) | (initiator === 'server' ? 1 : 0);
  head.writeUInt16BE((VERSION << 6) | (flags << 3));
  head.writeUInt16BE(sessionId, 5);
  head.writeUInt8(id.length, 7);
  return Buffer.concat([head, id, vendor ?? new Uint8Array()]);
};

/** A trigger with its digest, by the server's secret and the nonce that the device last gave it. */
export const writeTrigger = (trigger: Trigger, password: string, nonce: Uint8Array): Uint8Array => {
  const body = bodyOf(trigger);
  const digest = triggerDigest({ user: trigger.serverId, password }, nonce, body);
  return new Uint8Array(Buffer.concat([digest, body]));
};

/** A trigger with its digest not yet looked at. */
export type SignedTrigger = {
  readonly trigger: Trigger;
  readonly isSignedBy: (password: string, nonce: Uint8Array) => boolean;
};

/** Reads a trigger of protocol 1.1, with its digest before it. */
export const readTrigger = (bytes: Uint8Array): Result<SignedTrigger, Unreadable> => {
  const buffer = Buffer.from(bytes);
  const body = buffer.subarray(DIGEST);
  const length = body.length < HEAD ? undefined : body.readUInt8(7);
  if (length === undefined || body.length < HEAD + length)
    return refused({ expected: 'a whole notification' });
  const head = body.readUInt16BE(0);
  if (head >> 6 !== VERSION) return refused({ expected: 'a notification of version 1.1' });
  const serverId = body.toString('latin1', HEAD, HEAD + length);
  const vendor = new Uint8Array(body.subarray(HEAD + length));
  const uiMode = uiModes[(head >> 4) & 0b11] ?? 'none';
  const initiator = ((head >> 3) & 1) === 1 ? 'server' : 'user';
  const known = { uiMode, initiator, sessionId: body.readUInt16BE(5), serverId } as const;
  const claimed = toBase64(buffer.subarray(0, DIGEST));
  return ok({
    trigger: vendor.length > 0 ? { ...known, vendor } : known,
    isSignedBy: (password, nonce) => {
      const secret: Secret = { user: serverId, password };
      return isSame(claimed, toBase64(triggerDigest(secret, nonce, body)));
    },
  });
};

const PUSH = 0x06;
/** Content type 0x44, and the application id 0x07, both as short integers (B1.9). */
const wspHeaders = [0xc4, 0xaf, 0x87] as const;

/** A trigger as a push of connectionless WSP, which devices take on UDP port 2948. */
export const wrapPush = (trigger: Uint8Array, transaction: number): Uint8Array =>
  Uint8Array.of(transaction & 0xff, PUSH, wspHeaders.length, ...wspHeaders, ...trigger);

/** What a push carries after its headers, whichever they are; `undefined` where it is none. */
export const unwrapPush = (push: Uint8Array): Uint8Array | undefined => {
  const [, type, length = 0] = push;
  const start = 3 + length;
  return type === PUSH && length < 0x80 && push.length >= start ? push.subarray(start) : undefined;
};
