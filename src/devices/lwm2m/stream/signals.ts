import { decodeBody, encodeBody } from '../coap/codec.ts';
import { NO_BYTES, type Option, uint, uintOf } from '../coap/message.ts';
import type { Frame } from './frame.ts';

/** Codes of signalling messages (RFC 8323 5). */
export const CSM = 0xe1;
export const PING = 0xe2;
const PONG = 0xe3;
export const RELEASE = 0xe4;
export const ABORT = 0xe5;

const MAX_MESSAGE_SIZE = 2;
const BLOCK_WISE_TRANSFER = 4;
const BAD_CSM_OPTION = 2;

/**
 * What is offered: the base size, with which the option of block-wise transfer stands for blocks of up to 1,024 bytes
 * only (RFC 8323 5.3.2 and 6: the larger ones of BERT need a larger size).
 */
export const OWN_MESSAGE_SIZE = 1152;

const signal = (code: number, options: readonly Option[], token = NO_BYTES, payload = NO_BYTES): Frame => ({
  code,
  token,
  body: encodeBody({ code, options, payload }),
});

/** The first message of this side. */
export const ownCsm = (): Frame =>
  signal(CSM, [
    { number: MAX_MESSAGE_SIZE, value: uint(OWN_MESSAGE_SIZE) },
    { number: BLOCK_WISE_TRANSFER, value: NO_BYTES },
  ]);

export const pongFor = (ping: Frame): Frame => signal(PONG, [], ping.token);

export const release = (): Frame => signal(RELEASE, []);

/** Why a connection ends at once; `badOption` names an option of a CSM that is critical and unknown. */
export const abort = (why: string, badOption?: number): Frame => {
  const options = badOption === undefined ? [] : [{ number: BAD_CSM_OPTION, value: uint(badOption) }];
  return signal(ABORT, options, NO_BYTES, Buffer.from(why));
};

/** The most that a peer takes in one message, out of its CSM; or what is wrong with it. */
export type ReadCsm =
  | { readonly ok: true; readonly maxMessageSize: number }
  | { readonly ok: false; readonly badOption: number | undefined };

/** `before` holds where the CSM does not say: it may come again and change some of it (RFC 8323 5.3). */
export const readCsm = (frame: Frame, before = OWN_MESSAGE_SIZE): ReadCsm => {
  const message = decodeBody(frame.code, frame.token, frame.body);
  if (!message) return { ok: false, badOption: undefined };
  const unknown = message.options.find(({ number }) => number % 2 === 1);
  if (unknown) return { ok: false, badOption: unknown.number };
  const size = message.options.find(({ number }) => number === MAX_MESSAGE_SIZE);
  const value = size && uintOf(size.value);
  return { ok: true, maxMessageSize: value ?? before };
};
