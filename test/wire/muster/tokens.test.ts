import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR } from '../../../src/domain/time.ts';
import { type Api, adminPassword, startApi } from '../../support/api.ts';
import { newGuest, newTenant } from '../../support/guests.ts';
import { unique } from '../../support/samples.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const issue = (body: object = {}, as = api.admin) =>
  api.call('POST', '/tokens', { as, body: { name: 'build', ...body } });
const whoAmI = (as: string, account?: string) =>
  api.call('GET', '/session', { as, ...(account !== undefined && { account }) });
const inAnHour = () => new Date(api.context.clock() + HOUR).toISOString();

describe('POST /tokens', () => {
  it('shows the secret once', async () => {
    const expiresAt = inAnHour();
    const reply = await issue({ permissions: ['View Device'], expiresAt });
    expect(reply.status).toBe(201);
    const { token, ...shown } = reply.body;
    expect(shown).toEqual({
      id: token.split('_')[1],
      name: 'build',
      account: 'DEFAULT',
      permissions: ['View Device'],
      createdAt: new Date(api.context.clock()).toISOString(),
      expiresAt,
      lastUsedAt: null,
    });
    expect((await api.call('GET', `/tokens/${shown.id}`)).body).toEqual(shown);
    expect(JSON.stringify((await api.call('GET', '/tokens')).body)).not.toContain(token);
  });

  it('allows what it was given, in its account', async () => {
    const tenant = await newTenant(api, unique('T'));
    const { token } = (await issue({ permissions: ['View Device'] })).body;
    expect((await whoAmI(token)).body.permissions).toEqual(['View Device']);
    expect((await api.call('GET', '/users', { as: token })).status).toBe(403);
    expect((await whoAmI(token, tenant)).status).toBe(404);
    const free = (await issue({ account: false })).body;
    expect(free.account).toBeNull();
    expect((await whoAmI(free.token, tenant)).status).toBe(200);
  });

  it('gives no more than the caller has', async () => {
    const as = await newGuest(api, ['View Device']);
    const reply = await issue({ permissions: ['View Device', 'Edit Device'] }, as);
    expect(reply.status).toBe(403);
    expect(reply.body.detail).toContain('"Edit Device"');
  });

  it('gives a narrow token no way to a wider one', async () => {
    const expiresAt = inAnHour();
    const narrow = (await issue({ permissions: ['View Device'], expiresAt })).body.token;
    const { body } = await issue({}, narrow);
    expect(body).toMatchObject({ permissions: ['View Device'], account: 'DEFAULT', expiresAt });
    expect((await issue({ permissions: ['View User'] }, narrow)).status).toBe(403);
    expect((await issue({ account: false }, narrow)).status).toBe(422);
    expect((await issue({ expiresAt: '2099-01-01T00:00:00Z' }, narrow)).status).toBe(422);
  });

  it('ends when it was told to', async () => {
    const own = await startApi();
    const expiresAt = new Date(own.context.clock() + HOUR).toISOString();
    const { body } = await own.call('POST', '/tokens', { body: { name: 'brief', expiresAt } });
    own.pass(HOUR - 1);
    expect((await own.call('GET', '/session', { as: body.token })).status).toBe(200);
    own.pass(1);
    expect((await own.call('GET', '/session', { as: body.token })).status).toBe(401);
    await own.close();
  });

  it('is not repeatable: each call issues another', async () => {
    const headers = { 'idempotency-key': unique('key') };
    const ask = () => api.call('POST', '/tokens', { headers, body: { name: 'build' } });
    expect((await ask()).body.token).not.toBe((await ask()).body.token);
  });

  it.each([
    ['a time that is over', { expiresAt: '2020-01-01T00:00:00Z' }, 422],
    ['a leap second nobody can tell', { expiresAt: '2029-12-31T23:59:60Z' }, 400],
    ['no instant', { expiresAt: 'tomorrow' }, 400],
    ['an unknown permission', { permissions: ['Everything'] }, 422],
    ['another account', { account: 'OTHER' }, 400],
    ['an unknown field', { userId: 'x' }, 400],
    ['no name', { name: undefined }, 400],
  ])('refuses %s', async (_, body, status) => {
    expect((await issue(body)).status).toBe(status);
  });

  it.each([
    ['truncated JSON', '{"name"', 400],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff]), 400],
    ['too large a body', `{"name":"${'x'.repeat(1_100_000)}"}`, 413],
  ])('refuses %s', async (_, body, status) => {
    expect((await api.call('POST', '/tokens', { body })).status).toBe(status);
  });
});

describe('GET /tokens', () => {
  it('lists the own ones to the end, sessions and others not among them', async () => {
    const as = await newGuest(api, []);
    for (const name of ['a', 'b', 'c']) {
      api.pass(1);
      await issue({ name }, as);
    }
    await issue({ name: 'of somebody else' });
    const names: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const { body } = await api.call('GET', `/tokens?limit=2${next === '' ? '' : `&cursor=${next}`}`, {
        as,
      });
      names.push(...body.items.map(({ name }: { name: string }) => name));
      next = body.next;
    }
    expect(names.slice(1)).toEqual(['a', 'b', 'c']);
  });

  it('shows a bound token nothing of other accounts', async () => {
    const tenant = await newTenant(api, unique('T'));
    const there = await api.call('POST', '/tokens', { account: tenant, body: { name: 'there' } });
    const bound = (await issue()).body.token;
    const { body } = await api.call('GET', '/tokens', { as: bound });
    expect(body.items.map(({ account }: { account: string }) => account)).not.toContain(tenant);
    expect((await api.call('GET', `/tokens/${there.body.id}`, { as: bound })).status).toBe(404);
    expect((await api.call('GET', `/tokens/${there.body.id}`)).status).toBe(200);
  });
});

describe('DELETE /tokens/:token', () => {
  it('ends it at once', async () => {
    const { id, token } = (await issue()).body;
    expect((await api.call('DELETE', `/tokens/${id}`)).status).toBe(204);
    expect((await whoAmI(token)).status).toBe(401);
    expect((await api.call('DELETE', `/tokens/${id}`)).status).toBe(404);
  });

  it('knows nothing of those of others, nor of sessions', async () => {
    const { id } = (await issue()).body;
    const as = await newGuest(api, []);
    const own = api.admin.split('_')[1];
    for (const reply of [
      await api.call('DELETE', `/tokens/${id}`, { as }),
      await api.call('DELETE', '/tokens/nothing', { as }),
      await api.call('DELETE', `/tokens/${own}`),
    ]) {
      expect(reply.status).toBe(404);
      expect(reply.body.code).toBe('not-found');
    }
    expect((await whoAmI(api.admin)).status).toBe(200);
  });
});

describe('what is kept', () => {
  it('has no usable secret in it', async () => {
    const { store } = api.context;
    const { token } = (await issue()).body;
    const email = `${unique('ada')}@example.com`;
    const password = 'planted password 1';
    const headers = { 'idempotency-key': unique('key') };
    await api.call('POST', '/users', { headers, body: { email, name: 'Ada', password, roleIds: [] } });
    const session = (await api.call('POST', '/session', { as: null, body: { email, password } })).body.token;
    const admin = await store.users.findByEmail('admin@localhost');
    const account = await store.accounts.find('DEFAULT');
    if (admin === undefined || account === undefined) throw new Error('nothing was set up');
    const dump = JSON.stringify([
      await store.tokens.list(admin.id),
      await store.tokens.find(token.split('_')[1]),
      await store.tokens.find(session.split('_')[1]),
      await store.users.list(account.key, { after: 0, limit: 1000 }),
      await store.idempotency.find(account.key, headers['idempotency-key']),
      await store.events.list(
        account.key,
        { campaign: null, device: null },
        { before: Number.MAX_SAFE_INTEGER, limit: 10_000 },
      ),
    ]);
    for (const secret of [token, session, api.admin, password, adminPassword]) {
      // Of a token, the part that proves it.
      expect(dump).not.toContain(secret.startsWith('muster_') ? secret.slice(20, 63) : secret);
    }
  });

  it('has no digest of a request with a password, from which it could be guessed', async () => {
    const headers = { 'idempotency-key': unique('key') };
    const body = { email: `${unique('ada')}@example.com`, name: 'Ada', roleIds: [] };
    const ask = (password: string) => api.call('POST', '/users', { headers, body: { ...body, password } });
    const [first, second] = [await ask('planted password 1'), await ask('planted password 2')];
    expect(second.status).toBe(201);
    expect(second.body).toEqual(first.body);
  });
});
