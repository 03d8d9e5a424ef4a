import type { Instant } from '../domain/time.ts';
import type { Delivery, Destination, Subscription } from './delivery-records.ts';
import type { Hashing } from './ports.ts';
import type { PushRequest } from './push-ports.ts';
import { fillTemplate } from './template.ts';
import { hmacOf, webhookHeaders } from './webhook-signature.ts';

type Hmac = Pick<Hashing, 'hmacSha256'>;

/** What a destination is told, and in whose form. */
export type Outgoing = {
  readonly message: Pick<Delivery, 'id' | 'body'>;
  readonly destination: Destination;
  readonly subscription: Pick<Subscription, 'wire' | 'path' | 'headers' | 'template'>;
};

/** No attempt takes longer, whatever a destination asks for: what was claimed is free again soon after. */
export const MOST_TIMEOUT = 60_000;

/** Beside the signature that every message has: what receivers of one wire look for. */
const signatureOfWire: Readonly<
  Record<
    Subscription['wire'],
    (hashing: Hmac, secret: string, body: string) => Readonly<Record<string, string>>
  >
> = {
  muster: () => ({}),
  thingspace: () => ({}),
  pulse: (hashing, secret, body) => ({
    'x-signature': `sha256=${Uint8Array.fromBase64(hmacOf(hashing, secret, body)).toHex()}`,
  }),
};

/** The secrets that sign now, the newest first: older ones until receivers have changed over. */
export const secretsAt = (
  { secrets, olderSecretsUntil }: Pick<Destination, 'secrets' | 'olderSecretsUntil'>,
  now: Instant,
): readonly string[] =>
  olderSecretsUntil !== null && now < olderSecretsUntil ? secrets : secrets.slice(0, 1);

/** The body as it goes out: the message itself, or what the template of its subscription makes of it. */
export const bodyOf = (template: Subscription['template'], message: string): string =>
  template === '' ? message : fillTemplate(template, message);

const originOf = (url: string): string => /^https?:\/\/[^/?#]+/.exec(url)?.[0] ?? url;

const urlOf = ({ destination, subscription }: Outgoing): string =>
  subscription.path === '' ? destination.url : originOf(destination.url) + subscription.path;

const byName = (headers: Destination['headers']): Readonly<Record<string, string>> =>
  Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value]));

/** A message as it goes out, signed for this attempt; the bytes that are signed are the bytes that are sent. */
export const pushRequestOf = (hashing: Hmac, outgoing: Outgoing, now: Instant): PushRequest => {
  const { message, destination, subscription } = outgoing;
  const { template, wire } = subscription;
  const body = bodyOf(template, message.body);
  const secrets = secretsAt(destination, now);
  const [newest] = secrets;
  return {
    url: urlOf(outgoing),
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Muster',
      ...byName(destination.headers),
      ...byName(subscription.headers),
      ...webhookHeaders(hashing, secrets, { id: message.id, at: now, body }),
      ...(newest === undefined ? {} : signatureOfWire[wire](hashing, newest, body)),
    },
    authentication: destination.authentication,
    body,
    trust: destination.trust,
    timeout: Math.min(destination.timeout, MOST_TIMEOUT),
  };
};
