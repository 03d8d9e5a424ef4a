import {
  basicCredential,
  isSame,
  type MacHeader,
  macOf,
  md5Credential,
  type Scheme,
  type Secret,
  schemeOf,
  schemes,
} from './digest.ts';
import type { Cred, Message } from './message.ts';

/** What a message shows for itself. */
export type Shown =
  | { readonly scheme: 'basic'; readonly data: string }
  | { readonly scheme: 'md5'; readonly data: string }
  | { readonly scheme: 'hmac'; readonly header: MacHeader; readonly body: Uint8Array };

/** How a message proves who sent it: a Cred, or the header with a MAC; `unknown` is a scheme that nobody knows. */
export const shownBy = (
  { header }: Message,
  mac: MacHeader | undefined,
  body: Uint8Array,
): Shown | 'nothing' | 'unknown' => {
  if (mac !== undefined) return { scheme: 'hmac', header: mac, body };
  if (header.cred === undefined) return 'nothing';
  const scheme = schemeOf(header.cred.type);
  return scheme === 'basic' || scheme === 'md5' ? { scheme, data: header.cred.data.trim() } : 'unknown';
};

/** Somebody's secrets, where nobody has any: what is shown is compared all the same. */
const nobody: Secret = { user: 'nobody', password: 'nobody' };

/** Whether what is shown was made with one of the secrets and one of the nonces; always compares, whatever there is. */
export const isProven = (
  shown: Shown,
  secrets: readonly Secret[],
  nonces: readonly Uint8Array[],
): boolean => {
  const fits = (secret: Secret): boolean => {
    if (shown.scheme !== 'hmac') {
      const { data } = shown;
      if (shown.scheme === 'basic') return isSame(data, basicCredential(secret));
      return nonces.map((nonce) => isSame(data, md5Credential(secret, nonce))).some(Boolean);
    }
    const { header, body } = shown;
    const right = nonces.map((nonce) => isSame(header.mac, macOf(secret, nonce, body))).some(Boolean);
    return isSame(header.user, secret.user) && right;
  };
  const found = (secrets.length === 0 ? [nobody] : secrets).map(fits).some(Boolean);
  return found && secrets.length > 0;
};

/** By which scheme a device is challenged: as it began, unless that is not allowed (B1.5). */
export const challengeScheme = (shown: Shown | 'nothing' | 'unknown', allowsBasic: boolean): Scheme => {
  if (typeof shown === 'string' || (shown.scheme === 'basic' && !allowsBasic)) return 'md5';
  return shown.scheme;
};

/** The Cred of our message by the scheme that the device asked for; a MAC goes into a header instead. */
export const serverCred = (scheme: Exclude<Scheme, 'hmac'>, server: Secret, nonce: Uint8Array): Cred => ({
  type: schemes[scheme],
  format: 'b64',
  data: scheme === 'basic' ? basicCredential(server) : md5Credential(server, nonce),
});
