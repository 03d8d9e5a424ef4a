import { createHash, createHmac } from 'node:crypto';
import { bytesOf, joined } from './bytes.ts';

/** The pseudo-random function of TLS 1.2 with SHA-256 (RFC 5246 5). */
export const prf = (secret: Uint8Array, label: string, seed: Uint8Array, length: number): Uint8Array => {
  const start = joined(Buffer.from(label, 'latin1'), seed);
  const out = new Uint8Array(length);
  let a: Uint8Array = start;
  for (let at = 0; at < length; at += 32) {
    a = hmac(secret, a);
    const block = hmac(secret, joined(a, start));
    out.set(block.subarray(0, length - at), at);
  }
  return out;
};

export const hmac = (key: Uint8Array, text: Uint8Array): Uint8Array =>
  createHmac('sha256', key).update(text).digest();

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** What a pre-shared key alone gives (RFC 4279 2): as many zeros as it is long, then the key, each with its length. */
export const premasterOf = (key: Uint8Array): Uint8Array => {
  const length = bytesOf(key.length, 2);
  return joined(length, new Uint8Array(key.length), length, key);
};

const MASTER = 48;

/** The master secret; bound to the messages up to ClientKeyExchange when both sides know how (RFC 7627 4). */
export const masterOf = (
  premaster: Uint8Array,
  from:
    | { readonly extended: true; readonly transcript: Uint8Array }
    | { readonly extended: false; readonly clientRandom: Uint8Array; readonly serverRandom: Uint8Array },
): Uint8Array =>
  from.extended
    ? prf(premaster, 'extended master secret', sha256(from.transcript), MASTER)
    : prf(premaster, 'master secret', joined(from.clientRandom, from.serverRandom), MASTER);

/** The keys of one direction: 16 bytes of key, then 4 bytes of salt. One array, since there is one for each device. */
export type WriteKeys = Uint8Array;

const KEY = 16;
const SALT = 4;

/** Keys and salts of both directions (RFC 5246 6.3); the suites here need no MAC keys. */
export const keysOf = (
  master: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
): { readonly client: WriteKeys; readonly server: WriteKeys } => {
  const block = prf(master, 'key expansion', joined(serverRandom, clientRandom), 2 * (KEY + SALT));
  const part = (from: number, length: number) => block.subarray(from, from + length);
  return {
    client: joined(part(0, KEY), part(2 * KEY, SALT)),
    server: joined(part(KEY, KEY), part(2 * KEY + SALT, SALT)),
  };
};

/** What a Finished message says (RFC 5246 7.4.9) about the messages before it. */
export const verifyData = (
  master: Uint8Array,
  who: 'client' | 'server',
  transcript: Uint8Array,
): Uint8Array => prf(master, `${who} finished`, sha256(transcript), 12);
