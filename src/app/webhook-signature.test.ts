import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { nodeHashing, nodeIds } from '../server/crypto.ts';
import { newWebhookSecret, parseWebhookSecret, webhookHeaders } from './webhook-signature.ts';

const body = '{"type":"campaign-started","data":{"name":"Frühling 2.0 🌱"}}';
const now = Date.now();
const id = '0f9d3a1e-6c1f-8b5e-9a3d-1f2e3d4c5b6a';

const secretOf = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 'k').toString('base64')}`;

const headersBy = (...secrets: readonly string[]) =>
  webhookHeaders(nodeHashing, secrets, { id, at: now, body });

describe('a signature', () => {
  it('is taken by the reference library of Standard Webhooks', () => {
    const secret = newWebhookSecret(nodeIds);
    const verified = new Webhook(secret).verify(body, { ...headersBy(secret) });
    expect(verified).toEqual(JSON.parse(body));
  });

  it('is not taken for another body, another id, another time or by another secret', () => {
    const secret = newWebhookSecret(nodeIds);
    const headers = { ...headersBy(secret) };
    const webhook = new Webhook(secret);
    expect(() => webhook.verify(body.replace('2.0', '2.1'), headers)).toThrow('No matching signature');
    expect(() => webhook.verify(body, { ...headers, 'webhook-id': `${id}1` })).toThrow('No matching');
    const later = `${Number(headers['webhook-timestamp']) + 1}`;
    expect(() => webhook.verify(body, { ...headers, 'webhook-timestamp': later })).toThrow('No matching');
    expect(() => new Webhook(newWebhookSecret(nodeIds)).verify(body, headers)).toThrow('No matching');
  });

  it('is given by each secret while one takes over from the other', () => {
    const [older, newer] = [secretOf(24), secretOf(64)];
    const headers = { ...headersBy(newer, older) };
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const secret of [older, newer]) {
      expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    }
  });

  it('is left out where there is no secret, and the id and the time are not', () => {
    expect(headersBy()).toEqual({ 'webhook-id': id, 'webhook-timestamp': `${Math.floor(now / 1000)}` });
  });
});

describe('a secret', () => {
  it.each([24, 32, 64])('may have %i bytes', (bytes) => {
    expect(parseWebhookSecret(secretOf(bytes))).toEqual({ ok: true, value: secretOf(bytes) });
  });

  it.each([23, 65])('may not have %i bytes, and is not repeated', (bytes) => {
    const parsed = parseWebhookSecret(secretOf(bytes));
    expect(parsed).toMatchObject({ ok: false, refusal: { field: 'secret', got: `${bytes} bytes` } });
    expect(JSON.stringify(parsed)).not.toContain(secretOf(bytes).slice(6));
  });

  it.each([
    ['without its prefix', secretOf(32).slice(6)],
    ['that is not base64', `whsec_${'k'.repeat(40)}!`],
    ['in base64 of the other alphabet', `whsec_${'_-'.repeat(20)}`],
    ['with bits left over', 'whsec_a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2t='],
    ['of a few letters', 'hunter2'],
    ['of nothing', ''],
  ])('%s is refused and not repeated', (_, text) => {
    const parsed = parseWebhookSecret(text);
    expect(parsed).toMatchObject({ ok: false, refusal: { code: 'invalid', got: 'something else' } });
  });

  it('that is made is one, and never the same', () => {
    const made = Array.from({ length: 50 }, () => newWebhookSecret(nodeIds));
    expect(made.every((secret) => parseWebhookSecret(secret).ok)).toBe(true);
    expect(new Set(made).size).toBe(50);
  });
});
