import { createHash } from 'node:crypto';
import { type El, el, find, leaf, textAt } from './wire.ts';

/** How one side proves itself; with `hmac`, by a header of the transport. */
export type Scheme = 'basic' | 'md5' | 'hmac';
export type Account = { readonly scheme: Scheme; readonly user: string; readonly password: string };

const types: Readonly<Record<Scheme, string>> = {
  basic: 'syncml:auth-basic',
  md5: 'syncml:auth-md5',
  hmac: 'syncml:auth-MAC',
};

const digest = (...parts: readonly (string | Uint8Array)[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash('md5')).digest('base64');

const secretOf = ({ user, password }: Account): string => digest(`${user}:${password}`);

const proofOf = (account: Account, nonce: Uint8Array): string =>
  account.scheme === 'basic'
    ? Buffer.from(`${account.user}:${account.password}`).toString('base64')
    : digest(secretOf(account), ':', nonce);

/** The Cred of a header; none where the transport carries the proof. */
export const credOf = (account: Account, nonce: Uint8Array): El | undefined =>
  account.scheme === 'hmac'
    ? undefined
    : el(
        'Cred',
        el('Meta', leaf('Format', 'b64'), leaf('Type', types[account.scheme])),
        leaf('Data', proofOf(account, nonce)),
      );

export const challengeOf = (scheme: Scheme, nonce: Uint8Array): El =>
  el(
    'Chal',
    el(
      'Meta',
      leaf('Format', 'b64'),
      leaf('Type', types[scheme]),
      leaf('NextNonce', Buffer.from(nonce).toString('base64')),
    ),
  );

/** What a Chal asks for, and the nonce in it. */
export const readChallenge = (
  chal: El,
): { readonly scheme: Scheme | undefined; readonly nonce: Uint8Array | undefined } => {
  const type = textAt(chal, 'Meta/Type').toLowerCase();
  const scheme = (['basic', 'md5', 'hmac'] as const).find((it) => types[it].toLowerCase() === type);
  const nonce = find(chal, 'Meta/NextNonce');
  return { scheme, nonce: nonce && new Uint8Array(Buffer.from(nonce.text, 'base64')) };
};

const macOf = (account: Account, nonce: Uint8Array, body: Uint8Array): string =>
  digest(secretOf(account), ':', nonce, ':', digest(body));

export const MAC_HEADER = 'x-syncml-hmac';

export const macHeaderOf = (account: Account, nonce: Uint8Array, body: Uint8Array): string =>
  `algorithm=MD5, username="${account.user}", mac=${macOf(account, nonce, body)}`;

/** Whether a message of the server proves that it is the server. */
export const provesItself = (
  account: Account,
  nonce: Uint8Array,
  message: { readonly header: El | undefined; readonly body: Uint8Array; readonly mac: string },
): boolean =>
  account.scheme === 'hmac'
    ? message.mac.includes(`mac=${macOf(account, nonce, message.body)}`)
    : textAt(message.header, 'Cred/Data') === proofOf(account, nonce);
