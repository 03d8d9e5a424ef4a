import { createCipheriv, createDecipheriv } from 'node:crypto';
import { joined } from './bytes.ts';
import type { WriteKeys } from './prf.ts';

/** One cipher suite: plain PSK, SHA-256, AES-128 in a mode that authenticates. */
export type Suite = {
  /** Its number in the registry of TLS. */
  readonly id: number;
  readonly cipher: 'aes-128-ccm' | 'aes-128-gcm';
  /** Bytes of the authentication tag. */
  readonly tag: number;
};

/** What is spoken here; CBC suites are not, since they cannot be opened in constant time with what Node offers. */
export const suites: readonly Suite[] = [
  /** TLS_PSK_WITH_AES_128_CCM_8, which LwM2M makes mandatory. */
  { id: 0xc0a8, cipher: 'aes-128-ccm', tag: 8 },
  /** TLS_PSK_WITH_AES_128_CCM. */
  { id: 0xc0a4, cipher: 'aes-128-ccm', tag: 16 },
  /** TLS_PSK_WITH_AES_128_GCM_SHA256. */
  { id: 0x00a8, cipher: 'aes-128-gcm', tag: 16 },
];

/** The one that a device likes most of those that are spoken here. */
export const chooseSuite = (offered: readonly number[]): Suite | undefined => {
  const id = offered.find((one) => suites.some((suite) => suite.id === one));
  return suites.find((suite) => suite.id === id);
};

/** Bytes of a nonce that every record brings along (RFC 5288 3, RFC 6655 3). */
const EXPLICIT = 8;
const KEY = 16;

/** The explicit nonce, what was sealed, and its tag. The same nonce must never come twice under a key. */
export const sealBytes = (
  suite: Suite,
  keys: WriteKeys,
  explicit: Uint8Array,
  about: Uint8Array,
  plain: Uint8Array,
): Uint8Array => {
  const nonce = joined(keys.subarray(KEY), explicit);
  const options = { authTagLength: suite.tag };
  const cipher =
    suite.cipher === 'aes-128-ccm'
      ? createCipheriv(suite.cipher, keys.subarray(0, KEY), nonce, options)
      : createCipheriv(suite.cipher, keys.subarray(0, KEY), nonce, options);
  cipher.setAAD(about, { plaintextLength: plain.length });
  const sealed = cipher.update(plain);
  cipher.final();
  return joined(explicit, sealed, cipher.getAuthTag());
};

/** What was sealed, or `undefined` when it, its nonce or what it is `about` was not sealed under this key. */
export const openBytes = (
  suite: Suite,
  keys: WriteKeys,
  about: (length: number) => Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined => {
  const length = sealed.length - EXPLICIT - suite.tag;
  if (length < 0) return undefined;
  const nonce = joined(keys.subarray(KEY), sealed.subarray(0, EXPLICIT));
  const options = { authTagLength: suite.tag };
  const cipher =
    suite.cipher === 'aes-128-ccm'
      ? createDecipheriv(suite.cipher, keys.subarray(0, KEY), nonce, options)
      : createDecipheriv(suite.cipher, keys.subarray(0, KEY), nonce, options);
  try {
    cipher.setAuthTag(sealed.subarray(EXPLICIT + length));
    cipher.setAAD(about(length), { plaintextLength: length });
    const plain = cipher.update(sealed.subarray(EXPLICIT, EXPLICIT + length));
    cipher.final();
    return plain;
  } catch {
    // Node tells of a wrong tag by throwing.
    return undefined;
  }
};
