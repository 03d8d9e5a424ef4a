import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { NOON, sampleDestination, sampleSubscription } from '../../test/support/samples.ts';
import { nodeHashing } from '../server/crypto.ts';
import type { Destination, Subscription } from './delivery-records.ts';
import { MOST_TIMEOUT, pushRequestOf, secretsAt } from './push-request.ts';

const now = Date.now();
const message = { id: 'd-1', body: '{"type":"campaign-started","data":{"seq":7}}' };

const requestOf = (destination: Partial<Destination> = {}, subscription: Partial<Subscription> = {}) => {
  const to = sampleDestination(destination);
  return pushRequestOf(
    nodeHashing,
    { message, destination: to, subscription: sampleSubscription(to, subscription) },
    now,
  );
};

describe('a request', () => {
  it('goes where the destination is, in its time, with its headers and its proof', () => {
    const { headers, ...request } = requestOf({ trust: 'pem' });
    expect(request).toEqual({
      url: 'https://hooks.example.com/muster',
      authentication: { kind: 'basic', username: 'muster', password: 'p"ss' },
      body: message.body,
      trust: 'pem',
      timeout: 15_000,
    });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'Muster',
      'x-fleet': 'north',
      'webhook-id': 'd-1',
      'webhook-timestamp': `${Math.floor(now / 1000)}`,
    });
  });

  it.each([
    ['https://hooks.example.com/muster', '/other?a=b', 'https://hooks.example.com/other?a=b'],
    ['https://hooks.example.com:8443/a/b?c=d', '/', 'https://hooks.example.com:8443/'],
    ['http://[2001:4860::1]:80/x', '//evil.example/', 'http://[2001:4860::1]:80//evil.example/'],
    ['https://hooks.example.com/a?u=http://x/y', '', 'https://hooks.example.com/a?u=http://x/y'],
  ])('to %s with the path "%s" goes to %s', (url, path, expected) => {
    expect(requestOf({ url }, { path }).url).toBe(expected);
  });

  it('takes a header of the subscription before one of the destination, and none before a signature', () => {
    const { headers } = requestOf(
      { headers: [{ name: 'X-Fleet', value: 'north' }] },
      {
        headers: [
          { name: 'x-fleet', value: 'south' },
          { name: 'Webhook-Id', value: 'mine' },
          { name: 'Content-Type', value: 'application/vnd.acme+json' },
        ],
      },
    );
    expect(headers).toMatchObject({
      'x-fleet': 'south',
      'webhook-id': 'd-1',
      'content-type': 'application/vnd.acme+json',
    });
  });

  it('signs what is sent, after the template', () => {
    const secret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
    const { body, headers } = requestOf({ secrets: [secret] }, { template: '{"n":{{data.seq}}}' });
    expect(body).toBe('{"n":7}');
    expect(new Webhook(secret).verify(body, { ...headers })).toEqual({ n: 7 });
  });

  it('waits no longer than anybody may ask for', () => {
    expect(requestOf({ timeout: 10 * MOST_TIMEOUT }).timeout).toBe(MOST_TIMEOUT);
  });
});

describe('a request of the pulse wire', () => {
  it('has the hexadecimal HMAC of its body too, by the newest secret', () => {
    const destination = sampleDestination();
    const key = Buffer.from(destination.secrets[0]?.slice(6) ?? '', 'base64');
    const expected = createHmac('sha256', key).update(message.body).digest('hex');
    expect(requestOf({}, { wire: 'pulse' }).headers['x-signature']).toBe(`sha256=${expected}`);
  });

  it('has none without a secret, and no other wire has it', () => {
    expect(requestOf({ secrets: [] }, { wire: 'pulse' }).headers).not.toHaveProperty('x-signature');
    expect(requestOf({}, { wire: 'muster' }).headers).not.toHaveProperty('x-signature');
  });
});

describe('the older of two secrets', () => {
  const { secrets } = sampleDestination();

  it('signs until its time is over', () => {
    const olderSecretsUntil = NOON + 1_000;
    expect(secretsAt({ secrets, olderSecretsUntil }, NOON + 999)).toEqual(secrets);
    expect(secretsAt({ secrets, olderSecretsUntil }, NOON + 1_000)).toEqual(secrets.slice(0, 1));
  });

  it('does not sign when it has no time', () => {
    expect(secretsAt({ secrets, olderSecretsUntil: null }, NOON)).toEqual(secrets.slice(0, 1));
  });
});
