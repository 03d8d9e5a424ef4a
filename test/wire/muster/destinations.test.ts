import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noteHealth } from '../../../src/app/destination-health.ts';
import { must } from '../../contract/store/world.ts';
import { type Api, startApi } from '../../support/api.ts';
import { newCertificate } from '../../support/certificate.ts';
import { expectProblem } from '../../support/expect-problem.ts';
import { answered, type FakePush, fakePush } from '../../support/fake-push.ts';

let api: Api;
let push: FakePush;
let answer = answered(200);
beforeAll(async () => {
  push = fakePush(() => answer);
  api = await startApi({ push });
});
afterAll(() => api.close());

let made = 0;
const create = async (given: object = {}) => {
  made += 1;
  const body = { name: `Pager ${made}`, url: 'https://hooks.example.com/in', ...given };
  return api.call('POST', '/destinations', { body });
};
const created = async (given: object = {}) => {
  const reply = await create(given);
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  return reply.body;
};

const secret = (letter: string, bytes = 32): string =>
  `whsec_${Buffer.alloc(bytes, letter).toString('base64')}`;

describe('a new destination', () => {
  it('has the usual settings, and a secret that is shown this once', async () => {
    const reply = await create({ name: 'Usual', url: 'HTTPS://hooks.example.com' });
    expect(reply.headers['location']).toMatch(new RegExp(`/destinations/${reply.body.id}$`));
    expect(reply.body).toEqual({
      ...{ id: expect.any(String), name: 'Usual', description: '', url: 'https://hooks.example.com/' },
      ...{ headers: [], trust: '', order: 'none', timeoutSeconds: 15 },
      retry: { intervalSeconds: 5, attempts: 100, withinSeconds: 259_200 },
      authentication: { kind: 'none', username: null },
      ...{ signed: true, olderSecretUntil: null, disabled: null, failingSince: null },
      ...{ createdBy: expect.any(String), createdAt: '2026-11-21T08:00:00.000Z', revision: 1 },
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
    });
    const { secret: _, ...shown } = reply.body;
    const read = await api.call('GET', `/destinations/${reply.body.id}`);
    expect(read.body).toEqual(shown);
    expect(read.headers['etag']).toBe('"1"');
    const { items } = (await api.call('GET', '/destinations')).body;
    expect(items).toContainEqual(shown);
  });

  it('has the settings it is given, of which the secret ones are not shown again', async () => {
    const { cert } = newCertificate({ hosts: ['hooks.example.com'] });
    const given = {
      description: 'Rings at night',
      headers: [{ name: 'X-Fleet', value: 'north' }],
      trust: cert,
      order: 'strict',
      timeoutSeconds: 2.5,
      retry: { intervalSeconds: 0.5, attempts: 7, withinSeconds: 3_600 },
    };
    const authentication = { kind: 'basic', username: 'muster', password: 'swordfish' };
    const reply = await created({ ...given, authentication, secret: secret('a') });
    expect(reply).toMatchObject({
      ...given,
      authentication: { kind: 'basic', username: 'muster' },
      secret: secret('a'),
    });
    const bearer = await created({ authentication: { kind: 'bearer', token: 'tuna.fish' } });
    expect(bearer.authentication).toEqual({ kind: 'bearer', username: null });
    for (const path of ['/destinations', `/destinations/${reply.id}`, `/destinations/${bearer.id}`]) {
      const text = JSON.stringify((await api.call('GET', path)).body);
      for (const hidden of ['swordfish', 'tuna.fish', secret('a').slice(6), bearer.secret.slice(6)]) {
        expect(text).not.toContain(hidden);
      }
    }
  });

  it('tells nobody its secrets in the history', async () => {
    const reply = await created({ authentication: { kind: 'bearer', token: 'mackerel' } });
    const { key: account } = must(await api.context.store.accounts.find('DEFAULT'));
    const about = { campaign: null, device: null };
    const events = await api.context.store.events.list(account, about, {
      ...{ before: Number.MAX_SAFE_INTEGER, limit: 10_000 },
    });
    expect(events[0]?.body).toEqual({ type: 'destination-saved', id: reply.id });
    const text = JSON.stringify(events);
    expect(text).not.toContain('mackerel');
    expect(text).not.toContain(reply.secret);
  });

  it.each([
    [
      'http://127.0.0.1:9000/hook',
      'the address 127.0.0.1 is not public; only MUSTER_PUSH_ALLOW can allow it',
    ],
    ['http://2130706433/', 'the address 127.0.0.1 is not public'],
    ['http://[::ffff:a00:1]/', 'the address ::ffff:a00:1 is not public'],
    ['http://localhost/', 'the address 127.0.0.1 of localhost is not public'],
    ['ftp://hooks.example.com/', 'expected an http:// or https:// URL'],
    ['hooks.example.com', 'expected an http:// or https:// URL'],
    ['https://me:pw@hooks.example.com/', 'a password goes into authentication'],
  ])('cannot be at %s', async (url, why) => {
    const reply = await create({ url });
    expectProblem(reply, 422);
    expect(reply.body.detail).toContain(why);
  });

  it.each([
    [
      'a short secret',
      { secret: secret('a', 23) },
      'expected whsec_ and 24 to 64 bytes in base64; got 23 bytes',
    ],
    ['a long secret', { secret: secret('a', 65) }, 'got 65 bytes'],
    ['a secret that is a password', { secret: 'hunter2hunter2hunter2' }, 'got something else'],
    ['a certificate that is none', { trust: 'trust me' }, 'trust: expected certificates in PEM form'],
    [
      'a header of ours',
      { headers: [{ name: 'Webhook-Id', value: '1' }] },
      'headers: expected names of headers',
    ],
    ['a header with a line break', { headers: [{ name: 'X', value: 'a\r\nb' }] }, 'headers: expected values'],
  ])('cannot have %s', async (_, given, why) => {
    const reply = await create(given);
    expectProblem(reply, 422);
    expect(reply.body.detail).toContain(why);
    expect(reply.body.detail).not.toContain('hunter2');
  });

  it.each([
    { authentication: { kind: 'basic', username: 'a:b', password: 'x' } },
    { authentication: { kind: 'basic', username: 'a' } },
    { authentication: { kind: 'bearer', token: 'a b' } },
    { order: 'loose' },
    { timeoutSeconds: 61 },
    { retry: { intervalSeconds: 5 } },
    { retry: { intervalSeconds: 5, attempts: 101, withinSeconds: 60 } },
    { retry: { intervalSeconds: 5, attempts: 1, withinSeconds: 604_801 } },
  ])('cannot have %j', async (given) => {
    expectProblem(await create(given), 400);
  });

  it('has a name of its own, whatever the case', async () => {
    await created({ name: 'Night Watch' });
    const reply = await create({ name: 'night watch' });
    expect([reply.status, reply.body.code]).toEqual([409, 'already-exists']);
  });
});

describe('a change', () => {
  it('is of what it names, and of nothing else', async () => {
    const { secret: _, ...before } = await created({
      authentication: { kind: 'bearer', token: 'secret' },
      timeoutSeconds: 4,
    });
    const body = { description: 'New', url: 'https://other.example.com', order: 'strict' };
    const { status, body: after } = await api.call('PATCH', `/destinations/${before.id}`, { body });
    expect(status).toBe(200);
    expect(after).toEqual({ ...before, ...body, url: 'https://other.example.com/', revision: 2 });
    const { key: account } = must(await api.context.store.accounts.find('DEFAULT'));
    const stored = await api.context.store.destinations.find(account, before.id);
    expect(stored?.authentication).toEqual({ kind: 'bearer', token: 'secret' });
  });

  it('is refused on a revision that is not the present one', async () => {
    const { id } = await created();
    const stale = { headers: { 'if-match': '"2"' } };
    for (const [method, path, body] of [
      ['PATCH', '', {}],
      ['POST', '/enable', undefined],
      ['POST', '/disable', {}],
      ['DELETE', '', undefined],
    ] as const) {
      const reply = await api.call(method, `/destinations/${id}${path}`, { body, ...stale });
      expect([reply.status, reply.body.code], path).toEqual([412, 'changed-meanwhile']);
    }
  });

  it('is not hindered by what came of attempts since its revision was read', async () => {
    const { id, revision } = await created();
    const { key: account } = must(await api.context.store.accounts.find('DEFAULT'));
    for (const outcome of ['failed', 'delivered', 'gone'] as const) {
      await noteHealth(api.context, { account, destinationId: id }, outcome, api.context.clock());
    }
    const found = (await api.call('GET', `/destinations/${id}`)).body;
    expect(found).toMatchObject({ revision, disabled: { because: 'it answered 410 Gone' } });
    const headers = { 'if-match': `"${revision}"` };
    const edited = await api.call('PATCH', `/destinations/${id}`, { body: { description: 'New' }, headers });
    expect(edited.body).toMatchObject({
      description: 'New',
      revision: revision + 1,
      disabled: found.disabled,
    });
    expect((await api.call('PATCH', `/destinations/${id}`, { body: {}, headers })).status).toBe(412);
  });

  it('obeys the same rules as a new one', async () => {
    const { id } = await created();
    for (const body of [
      { url: 'http://10.0.0.1/' },
      { trust: 'x' },
      { headers: [{ name: 'Host', value: 'x' }] },
    ]) {
      expectProblem(await api.call('PATCH', `/destinations/${id}`, { body }), 422);
    }
  });

  it('may be the end of it', async () => {
    const { id } = await created();
    expect((await api.call('DELETE', `/destinations/${id}`)).status).toBe(204);
    for (const method of ['GET', 'DELETE'] as const) {
      expect((await api.call(method, `/destinations/${id}`)).status).toBe(404);
    }
  });
});

describe('a secret', () => {
  const signaturesOf = async (id: string): Promise<number> => {
    await api.call('POST', `/destinations/${id}/test`);
    return push.sent.at(-1)?.headers['webhook-signature']?.split(' ').length ?? 0;
  };

  it('is replaced, and the one before signs too until its time is over', async () => {
    const { id } = await created({ secret: secret('a') });
    expect(await signaturesOf(id)).toBe(1);
    const reply = await api.call('POST', `/destinations/${id}/rotate`, { body: { overlapSeconds: 60 } });
    expect(reply.status).toBe(200);
    expect(reply.body.secret).toMatch(/^whsec_/);
    expect(reply.body.secret).not.toBe(secret('a'));
    expect(Date.parse(reply.body.olderSecretUntil) - api.context.clock()).toBe(60_000);
    expect(await signaturesOf(id)).toBe(2);
    api.pass(60_000);
    expect(await signaturesOf(id)).toBe(1);
  });

  it('may be given, for a day beside the one before unless told otherwise', async () => {
    const { id } = await created();
    const body = { secret: secret('b') };
    const reply = await api.call('POST', `/destinations/${id}/rotate`, { body });
    expect(reply.body.secret).toBe(secret('b'));
    expect(Date.parse(reply.body.olderSecretUntil) - api.context.clock()).toBe(86_400_000);
    const wrong = await api.call('POST', `/destinations/${id}/rotate`, { body: { secret: 'whsec_short' } });
    expectProblem(wrong, 422);
  });

  it('ends at once when asked, and there are never more than two', async () => {
    const { id } = await created();
    const rotate = (body: object) => api.call('POST', `/destinations/${id}/rotate`, { body });
    for (let n = 0; n < 3; n += 1) await rotate({});
    expect(await signaturesOf(id)).toBe(2);
    expect((await rotate({ overlapSeconds: 0 })).body.olderSecretUntil).toBeNull();
    expect(await signaturesOf(id)).toBe(1);
  });
});

describe('a test', () => {
  it('sends a signed ping now, and answers what happened', async () => {
    const { id } = await created({ headers: [{ name: 'X-Fleet', value: 'north' }] });
    answer = { status: 503, answer: 'not today', retryAfter: '', took: 12 };
    const { status, body } = await api.call('POST', `/destinations/${id}/test`);
    expect(status).toBe(200);
    expect(body).toEqual({
      ...{ delivered: false, status: 503, answer: 'not today', tookMilliseconds: 12 },
      problem: 'expected a status from 200 to 299, got 503',
    });
    const sent = push.sent.at(-1);
    expect(JSON.parse(sent?.body ?? '')).toEqual({
      type: 'ping',
      timestamp: expect.stringMatching(/^2026-11-21T/),
      data: { account: 'DEFAULT', destination: id },
    });
    expect(sent?.headers).toMatchObject({
      'x-fleet': 'north',
      'webhook-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'webhook-signature': expect.stringMatching(/^v1,/),
    });
  });

  it('tells why no answer came, also of one that is disabled', async () => {
    const { id } = await created();
    await api.call('POST', `/destinations/${id}/disable`, { body: {} });
    answer = { problem: 'the connection was refused', took: 1 };
    expect((await api.call('POST', `/destinations/${id}/test`)).body).toMatchObject({
      ...{ delivered: false, status: null, problem: 'the connection was refused' },
    });
    answer = answered(204);
    expect((await api.call('POST', `/destinations/${id}/test`)).body).toMatchObject({
      delivered: true,
      problem: '',
    });
  });
});

describe('a destination', () => {
  it('is disabled and enabled by hand', async () => {
    const { id } = await created();
    const disabled = await api.call('POST', `/destinations/${id}/disable`, {
      body: { because: 'moving house' },
    });
    expect(disabled.body.disabled).toEqual({ at: expect.any(String), because: 'moving house' });
    const plain = await api.call('POST', `/destinations/${id}/disable`, { body: {} });
    expect(plain.body.disabled.because).toBe('disabled by hand');
    const enabled = await api.call('POST', `/destinations/${id}/enable`);
    expect(enabled.body).toMatchObject({ disabled: null, failingSince: null, revision: 4 });
  });
});
