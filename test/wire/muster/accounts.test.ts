import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { newGuest, newTenant } from '../../support/guests.ts';
import { unique } from '../../support/samples.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const created = async (body: object = {}) => {
  const reply = await api.call('POST', '/accounts', { body: { name: 'Acme', ...body } });
  expect(reply.status).toBe(201);
  return reply.body;
};

const withoutRequestId = ({ requestId, ...rest }: Record<string, unknown>) => rest;

describe('POST /accounts', () => {
  it('keeps the id that was chosen, zeros and all', async () => {
    const reply = await api.call('POST', '/accounts', {
      body: { id: '0000123456-00001', name: 'Acme', approvalPolicy: 'another' },
    });
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual({
      id: '0000123456-00001',
      name: 'Acme',
      approvalPolicy: 'another',
      settings: {},
      freezes: [],
      deviceAccess: {
        registration: 'closed',
        authorities: [],
        poll: { usualSeconds: 300, leastSeconds: 30, mostSeconds: 3_600 },
        gatewayTokens: [],
      },
      createdAt: '2026-11-21T08:00:00.000Z',
      revision: 1,
    });
    expect(reply.headers['etag']).toBe('"1"');
    expect(reply.headers['location']).toMatch(/\/api\/v1\/accounts\/0000123456-00001$/);
  });

  it('makes up an id, and asks for no approval unless told to', async () => {
    const account = await created();
    expect(account.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(account.approvalPolicy).toBe('none');
  });

  it('begins with the default roles, the creator as administrator, and a history', async () => {
    const { id } = await created();
    const { body: roles } = await api.call('GET', '/roles', { account: id });
    expect(roles.items.map(({ name }: { name: string }) => name)).toContain('Campaign Approver');
    const { body: users } = await api.call('GET', '/users', { account: id });
    expect(users.items).toMatchObject([{ email: 'admin@localhost', roleIds: [roles.items[0].id] }]);
    expect(roles.items[0].name).toBe('Administrator');
    const { store } = api.context;
    const stored = await store.accounts.find(id);
    const about = { campaign: null, device: null };
    const events = stored && (await store.events.list(stored.key, about, { before: 99, limit: 9 }));
    expect(events?.map(({ body }) => body.type)).toEqual(['user-added', 'account-created']);
  });

  it('refuses an id that is taken, in any case of letters', async () => {
    const { id } = await created({ id: unique('Plant') });
    const reply = await api.call('POST', '/accounts', { body: { id: id.toLowerCase(), name: 'Other' } });
    expect(reply.status).toBe(409);
    expect(reply.body.code).toBe('already-exists');
  });

  it('is safe to repeat with a key', async () => {
    const headers = { 'idempotency-key': unique('key') };
    const ask = (name: string) => api.call('POST', '/accounts', { headers, body: { name } });
    const [first, second, other] = [await ask('Acme'), await ask('Acme'), await ask('Else')];
    expect(second.status).toBe(201);
    expect(second.body).toEqual(first.body);
    expect(other.status).toBe(422);
    expect(other.body.code).toBe('idempotency/reused');
    const { body } = await api.call('GET', '/accounts', { headers: {} });
    expect(body.items.filter(({ id }: { id: string }) => id === first.body.id)).toHaveLength(1);
  });

  it.each([
    ['a blank name', { name: '' }],
    ['no name', { id: 'x' }],
    ['a slash in the id', { id: 'a/b', name: 'A' }],
    ['dots alone as id', { id: '..', name: 'A' }],
    ['a long id', { id: 'x'.repeat(65), name: 'A' }],
    ['an unknown policy', { name: 'A', approvalPolicy: 'nobody' }],
    ['an unknown field', { name: 'A', tenantId: 'DEFAULT' }],
    ['a number as name', { name: 7 }],
    ['truncated JSON', '{"name":'],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff])],
  ])('refuses %s', async (_, body) => {
    const reply = await api.call('POST', '/accounts', { body });
    expect(reply.status).toBe(400);
    expect(reply.body.code).toBe('request/malformed');
  });

  it('refuses a body that is too large', async () => {
    expect((await api.call('POST', '/accounts', { body: { name: 'x'.repeat(1_100_000) } })).status).toBe(413);
  });

  it('needs a server administrator, whose token is not bound to an account', async () => {
    const guest = await newGuest(api, ['Edit Organization', 'Edit Organization Settings']);
    const { body: bound } = await api.call('POST', '/tokens', { body: { name: 'bound' } });
    const { body: free } = await api.call('POST', '/tokens', { body: { name: 'free', account: false } });
    for (const as of [guest, bound.token]) {
      const reply = await api.call('POST', '/accounts', { as, body: { name: 'A' } });
      expect(reply.status).toBe(403);
      expect(reply.body.detail).toContain('Administer Server');
    }
    expect((await api.call('POST', '/accounts', { as: free.token, body: { name: 'A' } })).status).toBe(201);
  });
});

describe('GET /accounts', () => {
  it('lists all for a server administrator, page by page', async () => {
    await created();
    await created();
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body } = await api.call('GET', `/accounts?limit=2${from}`);
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.next;
    }
    expect(seen).toEqual((await api.call('GET', '/accounts')).body.items.map(({ id }: { id: string }) => id));
    expect(seen[0]).toBe('DEFAULT');
  });

  it('lists their own for everybody else', async () => {
    await newTenant(api, unique('T'));
    const { body } = await api.call('GET', '/accounts', { as: await newGuest(api, []) });
    expect(body).toEqual({ items: [expect.objectContaining({ id: 'DEFAULT' })], next: null });
  });

  it('refuses a cursor that is none', async () => {
    expect((await api.call('GET', '/accounts?cursor=zzz')).status).toBe(422);
    expect((await api.call('GET', '/accounts?limit=0')).status).toBe(400);
  });
});

describe('GET /accounts/:account', () => {
  it('shows members their own, and nothing of another', async () => {
    const tenant = await newTenant(api, unique('T'));
    const as = await newGuest(api, ['View Organization']);
    expect((await api.call('GET', '/accounts/DEFAULT', { as })).body.id).toBe('DEFAULT');
    expect((await api.call('GET', '/accounts/default', { as })).body.id).toBe('DEFAULT');
    const [other, none] = [
      await api.call('GET', `/accounts/${tenant}`, { as }),
      await api.call('GET', '/accounts/NOWHERE', { as }),
    ];
    expect(other.status).toBe(404);
    expect(JSON.stringify(withoutRequestId(other.body)).replaceAll(tenant, 'NOWHERE')).toBe(
      JSON.stringify(withoutRequestId(none.body)),
    );
    expect((await api.call('GET', `/accounts/${tenant}`)).body.id).toBe(tenant);
  });

  it('needs its permission', async () => {
    const reply = await api.call('GET', '/accounts/DEFAULT', { as: await newGuest(api, ['View User']) });
    expect(reply.status).toBe(403);
  });
});

describe('PATCH /accounts/:account', () => {
  it('changes what is given, on the revision that was read', async () => {
    const { id } = await created();
    const edit = (body: object, revision?: number) =>
      api.call('PATCH', `/accounts/${id}`, {
        body,
        headers: revision === undefined ? {} : { 'if-match': `"${revision}"` },
      });
    const reply = await edit({ approvalPolicy: 'two-others', settings: { 'ui.theme': 'dark' } }, 1);
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      name: 'Acme',
      approvalPolicy: 'two-others',
      settings: { 'ui.theme': 'dark' },
      revision: 2,
    });
    expect((await edit({ name: 'Late' }, 1)).status).toBe(412);
    expect((await edit({ name: 'Acme 2' })).body).toMatchObject({ name: 'Acme 2', revision: 3 });
    expect((await api.call('GET', `/accounts/${id}`)).body).toMatchObject({
      name: 'Acme 2',
      settings: { 'ui.theme': 'dark' },
    });
  });

  it('refuses what is read-only', async () => {
    expect((await api.call('PATCH', '/accounts/DEFAULT', { body: { id: 'OTHER' } })).status).toBe(400);
  });

  it('is for those who may, in their own account', async () => {
    const tenant = await newTenant(api, unique('T'));
    const editor = await newGuest(api, ['Edit Organization Settings']);
    const edit = (id: string, as: string) =>
      api.call('PATCH', `/accounts/${id}`, { as, body: { settings: {} } });
    expect((await edit('DEFAULT', editor)).status).toBe(200);
    expect((await edit(tenant, editor)).status).toBe(404);
    expect((await edit('DEFAULT', await newGuest(api, ['View Organization']))).status).toBe(403);
  });
});

describe('how devices get in', () => {
  const edit = (id: string, deviceAccess: unknown) =>
    api.call('PATCH', `/accounts/${id}`, { body: { deviceAccess } });

  it('changes what is given and leaves the rest', async () => {
    const { id } = await created();
    await edit(id, { registration: 'approval', authorities: ['Acme CA', 'ab:cd'] });
    const { body } = await edit(id, { poll: { usualSeconds: 86_399, mostSeconds: 86_399 } });
    expect(body).toMatchObject({ name: 'Acme', revision: 3 });
    expect(body.deviceAccess).toEqual({
      registration: 'approval',
      authorities: ['Acme CA', 'ab:cd'],
      poll: { usualSeconds: 86_399, leastSeconds: 30, mostSeconds: 86_399 },
      gatewayTokens: [],
    });
    expect((await edit(id, { authorities: [] })).body.deviceAccess.authorities).toEqual([]);
    expect((await api.call('PATCH', `/accounts/${id}`, { body: { name: 'B' } })).body.deviceAccess).toEqual({
      ...body.deviceAccess,
      authorities: [],
    });
  });

  it.each([
    ['more than the most', { usualSeconds: 3_601 }],
    ['less than the least', { usualSeconds: 29 }],
    ['a least above the usual', { leastSeconds: 301 }],
    ['a most below the usual', { mostSeconds: 299 }],
  ])('refuses polls of %s', async (_, poll) => {
    const { id } = await created();
    const reply = await edit(id, { poll });
    expect(reply).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect((await api.call('GET', `/accounts/${id}`)).body.revision).toBe(1);
  });

  it.each([
    ['a day', { poll: { mostSeconds: 86_400 } }],
    ['no time', { poll: { leastSeconds: 0 } }],
    ['a fraction', { poll: { usualSeconds: 1.5 } }],
    ['an unknown word', { registration: 'maybe' }],
    ['an unknown field', { gatewayTokens: [] }],
    ['an empty authority', { authorities: [''] }],
    ['an authority twice', { authorities: ['a', 'a'] }],
    ['too many authorities', { authorities: Array.from({ length: 65 }, (_, n) => `ca-${n}`) }],
    ['a line break', { authorities: ['a\nb'] }],
    ['null', null],
  ])('refuses %s', async (_, deviceAccess) => {
    expect((await edit('DEFAULT', deviceAccess)).status).toBe(400);
  });
});

describe('gateway tokens', () => {
  const issue = (id: string, body: unknown = {}) =>
    api.call('POST', `/accounts/${id}/gateway-tokens`, { body });
  const tokensOf = async (id: string) =>
    (await api.call('GET', `/accounts/${id}`)).body.deviceAccess.gatewayTokens;
  const revoke = (id: string, token: string) => api.call('DELETE', `/accounts/${id}/gateway-tokens/${token}`);
  const inSeconds = (seconds: number) => new Date(api.context.clock() + seconds * 1000).toISOString();
  const eventsOf = async (id: string) => {
    const { store } = api.context;
    const account = await store.accounts.find(id);
    const about = { campaign: null, device: null };
    const events = account && (await store.events.list(account.key, about, { before: 1e9, limit: 3 }));
    return events?.map(({ body }) => body);
  };

  it('are shown once, kept as a hash, and listed without', async () => {
    const { id } = await created();
    const reply = await issue(id, { expiresAt: inSeconds(60) });
    expect(reply.status).toBe(201);
    const { id: token, secret, ...rest } = reply.body;
    expect(rest).toEqual({ createdAt: inSeconds(0), expiresAt: inSeconds(60) });
    expect(secret).toMatch(new RegExp(`^muster_${token}_`));
    expect(reply.headers['location']).toMatch(new RegExp(`/accounts/${id}/gateway-tokens/${token}$`));
    expect(await tokensOf(id)).toEqual([{ id: token, ...rest }]);
    const stored = await api.context.store.accounts.find(id);
    expect(stored?.deviceAccess.gatewayTokens[0]?.hash).toBe(api.context.hashing.sha256(secret));
    expect(JSON.stringify(stored)).not.toContain(secret);
    expect((await eventsOf(id))?.[0]).toEqual({ type: 'gateway-token-issued', id: token });
    const listed = await api.call('GET', '/accounts');
    expect(JSON.stringify(listed.body)).not.toMatch(/hash/);
  });

  it('rotate with an overlap that lengthens nothing', async () => {
    const { id } = await created();
    const [old, short] = [(await issue(id)).body, (await issue(id, { expiresAt: inSeconds(10) })).body];
    const fresh = (await issue(id, { replacesAfterSeconds: 60 })).body;
    expect(await tokensOf(id)).toMatchObject([
      { id: old.id, expiresAt: inSeconds(60) },
      { id: short.id, expiresAt: inSeconds(10) },
      { id: fresh.id, expiresAt: null },
    ]);
    expect((await eventsOf(id))?.slice(0, 2)).toEqual([
      { type: 'gateway-token-issued', id: fresh.id },
      { type: 'gateway-token-revoked', id: old.id },
    ]);
    api.pass(60_000);
    const last = (await issue(id, { replacesAfterSeconds: 0 })).body;
    expect(await tokensOf(id)).toMatchObject([{ id: last.id }]);
  });

  it('are at most eight that are valid', async () => {
    const { id } = await created();
    for (let n = 0; n < 8; n += 1) expect((await issue(id, { expiresAt: inSeconds(60) })).status).toBe(201);
    expect(await issue(id)).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect(await issue(id, { replacesAfterSeconds: 5 })).toMatchObject({ status: 422 });
    expect(await tokensOf(id)).toHaveLength(8);
    api.pass(60_000);
    expect((await issue(id)).status).toBe(201);
    expect(await tokensOf(id)).toHaveLength(1);
  });

  it('are eight though many are asked for at once', async () => {
    const { id } = await created();
    const replies = await Promise.all(Array.from({ length: 4 }, () => issue(id)));
    const made = replies.filter(({ status }) => status === 201);
    expect(await tokensOf(id)).toHaveLength(made.length);
  });

  it('are revoked at once', async () => {
    const { id } = await created();
    const [kept, gone] = [(await issue(id)).body, (await issue(id)).body];
    expect((await revoke(id, gone.id)).status).toBe(204);
    expect(await tokensOf(id)).toMatchObject([{ id: kept.id }]);
    expect((await eventsOf(id))?.[0]).toEqual({ type: 'gateway-token-revoked', id: gone.id });
    expect(await revoke(id, gone.id)).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect((await revoke('DEFAULT', kept.id)).status).toBe(404);
  });

  it.each([
    ['an unknown field', { secret: 'x'.repeat(32) }],
    ['no instant', { expiresAt: 'tomorrow' }],
    ['a negative time', { replacesAfterSeconds: -1 }],
    ['truncated JSON', '{"expiresAt":'],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff])],
    ['nothing', undefined],
  ])('are not issued for %s', async (_, body) => {
    const { id } = await created();
    const reply = await api.call('POST', `/accounts/${id}/gateway-tokens`, { body });
    expect(reply.status).toBe(400);
    expect(await tokensOf(id)).toEqual([]);
  });

  it('are not issued with an end that lies behind', async () => {
    const { id } = await created();
    expect(await issue(id, { expiresAt: inSeconds(0) })).toMatchObject({ status: 422 });
  });

  it('are for those who may, in their own account', async () => {
    const tenant = await newTenant(api, unique('T'));
    const as = await newGuest(api, ['Edit Organization Settings']);
    const ask = (id: string, who: string) =>
      api.call('POST', `/accounts/${id}/gateway-tokens`, { as: who, body: {} });
    const { status, body } = await ask('DEFAULT', as);
    expect(status).toBe(201);
    expect((await ask(tenant, as)).status).toBe(404);
    expect((await ask('DEFAULT', await newGuest(api, ['View Organization']))).status).toBe(403);
    expect((await api.call('GET', '/devices', { as: body.secret })).status).toBe(401);
  });
});
