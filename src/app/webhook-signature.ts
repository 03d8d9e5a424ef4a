import type { RefusalOf } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { type Instant, SECOND } from '../domain/time.ts';
import type { Hashing, Ids } from './ports.ts';

/** Standard Webhooks 1.0.0, https://www.standardwebhooks.com: symmetric secrets are 24 to 64 bytes. */
const PREFIX = 'whsec_';
const LEAST_BYTES = 24;
const MOST_BYTES = 64;
const NEW_BYTES = 32;

/** A new secret as receivers are shown it. */
export const newWebhookSecret = (ids: Pick<Ids, 'secret'>): string =>
  PREFIX + Uint8Array.fromBase64(ids.secret(NEW_BYTES), { alphabet: 'base64url' }).toBase64();

/** A secret that somebody chose, when it is one: `whsec_` and 24 to 64 bytes in base64. Never repeats it. */
export const parseWebhookSecret = (text: string): Result<string, RefusalOf<'invalid'>> => {
  const bytes = bytesOf(text);
  if (bytes !== undefined && bytes >= LEAST_BYTES && bytes <= MOST_BYTES) return ok(text);
  return refused({
    code: 'invalid',
    field: 'secret',
    expected: `${PREFIX} and ${LEAST_BYTES} to ${MOST_BYTES} bytes in base64`,
    got: bytes === undefined ? 'something else' : `${bytes} bytes`,
  });
};

const bytesOf = (text: string): number | undefined => {
  if (!text.startsWith(PREFIX)) return undefined;
  try {
    return Uint8Array.fromBase64(keyOf(text), { lastChunkHandling: 'strict' }).length;
  } catch {
    return undefined;
  }
};

const keyOf = (secret: string): string => secret.slice(PREFIX.length);

/** HMAC-SHA-256 of a text under the bytes of a secret, in base64. */
export const hmacOf = (hashing: Pick<Hashing, 'hmacSha256'>, secret: string, text: string): string =>
  hashing.hmacSha256(keyOf(secret), text);

/** What is sent, as it is signed: an id without dots that stays the same over retries, and this attempt's time. */
export type Signed = { readonly id: string; readonly at: Instant; readonly body: string };

/** The three headers of Standard Webhooks, signed once with each secret; without any, unsigned. */
export const webhookHeaders = (
  hashing: Pick<Hashing, 'hmacSha256'>,
  secrets: readonly string[],
  { id, at, body }: Signed,
): Readonly<Record<string, string>> => {
  const timestamp = `${Math.floor(at / SECOND)}`;
  const named = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (secrets.length === 0) return named;
  const text = `${id}.${timestamp}.${body}`;
  const signatures = secrets.map((secret) => `v1,${hmacOf(hashing, secret, text)}`);
  return { ...named, 'webhook-signature': signatures.join(' ') };
};
