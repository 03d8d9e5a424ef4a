import { bytesOf, joined, numberOf } from '../secure/bytes.ts';

/** A message of RFC 8323 3.2 without its length; `body` is options, marker and payload. */
export type Frame = { readonly code: number; readonly token: Uint8Array; readonly body: Uint8Array };

/** Cuts a stream of bytes into messages. */
export type FrameReader = {
  /** The messages that are whole now; `undefined` once the stream is malformed, from then on for good. */
  readonly add: (bytes: Uint8Array) => readonly Frame[] | undefined;
  /** Whether the beginning of a message waits for its rest. */
  readonly isWaiting: () => boolean;
};

const LONGEST_TOKEN = 8;

/** What the length nibble means: further bytes of length, and what is added to them. */
const extensions: Readonly<Record<number, { readonly size: number; readonly base: number }>> = {
  13: { size: 1, base: 13 },
  14: { size: 2, base: 269 },
  15: { size: 4, base: 65_805 },
};

/** Takes messages of at most `most` bytes after their length; no more than that is ever kept. */
export const createFrameReader = (most: number): FrameReader => {
  let kept: Uint8Array = new Uint8Array(0);
  let isBroken = false;
  return {
    add: (bytes) => {
      if (isBroken) return undefined;
      const input = kept.length === 0 ? bytes : joined(kept, bytes);
      const frames: Frame[] = [];
      let at = 0;
      for (;;) {
        const head = readHead(input.subarray(at));
        if (head === 'short') break;
        if (head === 'malformed' || head.rest > most) {
          isBroken = true;
          return undefined;
        }
        const end = at + head.size + head.rest;
        if (end > input.length) break;
        frames.push(frameOf(input.subarray(at + head.size, end), head.token));
        at = end;
      }
      kept = joined(input.subarray(at));
      return frames;
    },
    isWaiting: () => kept.length > 0,
  };
};

type Head = {
  readonly size: number;
  readonly token: number /** Code, token, body. */;
  readonly rest: number;
};

const readHead = (bytes: Uint8Array): Head | 'short' | 'malformed' => {
  const [first] = bytes;
  if (first === undefined) return 'short';
  const token = first & 15;
  if (token > LONGEST_TOKEN) return 'malformed';
  const nibble = first >> 4;
  const { size, base } = extensions[nibble] ?? { size: 0, base: nibble };
  if (bytes.length < 1 + size) return 'short';
  return { size: 1 + size, token, rest: 1 + token + base + numberOf(bytes.subarray(1, 1 + size)) };
};

const frameOf = (rest: Uint8Array, token: number): Frame => ({
  code: rest[0] ?? 0,
  token: rest.subarray(1, 1 + token),
  body: rest.subarray(1 + token),
});

/** The bytes of a message. */
export const frameBytes = ({ code, token, body }: Frame): Uint8Array =>
  joined(lengthOf(body.length, token.length), Uint8Array.of(code), token, body);

const lengthOf = (length: number, token: number): Uint8Array => {
  if (length < 13) return Uint8Array.of((length << 4) | token);
  const nibble = length < 269 ? 13 : length < 65_805 ? 14 : 15;
  const { size, base } = extensions[nibble] ?? { size: 0, base: 0 };
  return joined(Uint8Array.of((nibble << 4) | token), bytesOf(length - base, size));
};
