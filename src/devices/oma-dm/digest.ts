import { createHash, timingSafeEqual } from 'node:crypto';
import { toBase64 } from './data.ts';

/** Names of the ways to authenticate, as Cred and Chal give them (B1.5). */
export const schemes = {
  basic: 'syncml:auth-basic',
  md5: 'syncml:auth-md5',
  hmac: 'syncml:auth-MAC',
} as const;

export type Scheme = keyof typeof schemes;

/** The way that a Cred or a Chal names, in any case. */
export const schemeOf = (type: string): Scheme | undefined => {
  const name = type.trim().toLowerCase();
  return (['basic', 'md5', 'hmac'] as const).find((scheme) => schemes[scheme].toLowerCase() === name);
};

export type Secret = { readonly user: string; readonly password: string };

const md5 = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest('base64');
};

const secretHash = ({ user, password }: Secret): string => md5(`${user}:${password}`);

/** What Cred carries for basic: base64 of `user:password`. */
export const basicCredential = ({ user, password }: Secret): string =>
  toBase64(new TextEncoder().encode(`${user}:${password}`));

/** What Cred carries for MD5: base64 of the digest over a secret and the bytes of the latest nonce. */
export const md5Credential = (secret: Secret, nonce: Uint8Array): string =>
  md5(secretHash(secret), ':', nonce);

/** The MAC of a body, base64: over a secret, the latest nonce, and the body's bytes as they are sent. */
export const macOf = (secret: Secret, nonce: Uint8Array, body: Uint8Array): string =>
  md5(secretHash(secret), ':', nonce, ':', md5(body));

/** The digest of a trigger message, 16 bytes (B1.9): made like a MAC. */
export const triggerDigest = (secret: Secret, nonce: Uint8Array, trigger: Uint8Array): Uint8Array =>
  new Uint8Array(Buffer.from(macOf(secret, nonce, trigger), 'base64'));

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares two credentials in a time that tells of neither. */
export const isSame = (one: string, other: string): boolean => timingSafeEqual(sha256(one), sha256(other));

/** The header `x-syncml-hmac`: who sends a body, and its MAC in base64. */
export type MacHeader = { readonly user: string; readonly mac: string };

const MOST_CHARACTERS = 1_024;
const field = /([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)/giy;

const fieldsOf = (header: string): ReadonlyMap<string, string> | undefined => {
  const fields = new Map<string, string>();
  let rest = header.trim();
  while (rest !== '') {
    field.lastIndex = 0;
    const [whole, name = '', quoted, bare = ''] = field.exec(rest) ?? [];
    if (whole === undefined || fields.has(name.toLowerCase())) return undefined;
    fields.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare);
    rest = rest.slice(whole.length).trimStart();
  }
  return fields;
};

/** Base64 may come without what fills it up. */
const padded = (mac: string): string => mac.padEnd(Math.ceil(mac.length / 4) * 4, '=');

/** Reads `x-syncml-hmac`; `undefined` where it is malformed, or another algorithm than MD5. */
export const readMacHeader = (header: string): MacHeader | undefined => {
  const fields = header.length > MOST_CHARACTERS ? undefined : fieldsOf(header);
  const user = fields?.get('username');
  const mac = fields?.get('mac');
  const algorithm = fields?.get('algorithm') ?? 'MD5';
  if (user === undefined || mac === undefined || algorithm.toUpperCase() !== 'MD5') return undefined;
  return { user, mac: padded(mac) };
};

/** Writes `x-syncml-hmac`; characters that no header can carry are left out of the name. */
export const writeMacHeader = ({ user, mac }: MacHeader): string => {
  const quoted = user.replace(/[^\u0020-\u007E]/g, '').replace(/["\\]/g, '\\$&');
  return `algorithm=MD5, username="${quoted}", mac=${mac}`;
};
