import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { Sealing } from '../app/protocol-ports.ts';

/** 32 bytes in base64, as settings and the file of the key hold it; `undefined` for anything else. */
export const readSecretsKey = (text: string): Uint8Array | undefined => {
  try {
    const bytes = Uint8Array.fromBase64(text.trim(), { lastChunkHandling: 'strict' });
    return bytes.length === KEY_BYTES ? bytes : undefined;
  } catch {
    return undefined;
  }
};

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** The key itself is used for nothing but to make others of it, each for one purpose (as HKDF-Expand, RFC 5869). */
const derived = (key: Uint8Array, purpose: string): Buffer =>
  createHmac('sha256', key).update(`muster ${purpose}\u0001`).digest();

type Key = { readonly id: string; readonly secret: Buffer; readonly derive: (purpose: string) => string };

const toKey = (bytes: Uint8Array): Key => ({
  id: derived(bytes, 'key id').subarray(0, 6).toString('base64url'),
  secret: derived(bytes, 'sealing'),
  derive: (purpose) => derived(bytes, `purpose ${purpose}`).toString('base64'),
});

/**
 * Seals with AES-256-GCM: `<id of the key>.<base64url of nonce, ciphertext and tag>`. The first key seals and derives,
 * all of them open, so that a new key goes before the old one. Nonces are random: good for 2^32 texts under one key.
 */
export const createSealing = (keys: readonly [Uint8Array, ...Uint8Array[]]): Sealing => {
  const [first, ...others] = keys;
  const newest = toKey(first);
  const known = new Map([...others.map(toKey), newest].map((key) => [key.id, key]));
  return {
    seal: (text, about) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, newest.secret, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(about));
      const sealed = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
      return `${newest.id}.${Buffer.concat(sealed).toString('base64url')}`;
    },
    open: (sealed, about) => {
      const dot = sealed.indexOf('.');
      const key = known.get(sealed.slice(0, dot));
      const bytes = Buffer.from(sealed.slice(dot + 1), 'base64url');
      if (key === undefined || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      return opened(key, bytes, about);
    },
    derive: newest.derive,
  };
};

const opened = ({ secret }: Key, bytes: Buffer, about: string): string | undefined => {
  const decipher = createDecipheriv(CIPHER, secret, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(about));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const text = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
    return Buffer.concat(text).toString('utf8');
  } catch {
    return undefined;
  }
};
