import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { permissions } from '../../../src/app/permissions.ts';
import { type Api, startApi } from '../../support/api.ts';
import { newGuest, newTenant } from '../../support/guests.ts';
import { unique } from '../../support/samples.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const created = async (body: object = {}) => {
  const reply = await api.call('POST', '/roles', {
    body: { name: unique('Role'), permissions: ['View Device'], ...body },
  });
  expect(reply.status).toBe(201);
  return reply.body;
};

const named = async (name: string) => {
  const { body } = await api.call('GET', '/roles');
  return body.items.find((role: { name: string }) => role.name === name);
};

describe('POST /roles', () => {
  it('creates a role with its permissions in their order', async () => {
    const name = unique('Role');
    const reply = await api.call('POST', '/roles', {
      body: { name, permissions: ['View Device', 'View Campaign'] },
    });
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name,
      permissions: ['View Campaign', 'View Device'],
      builtIn: false,
      createdAt: '2026-11-21T08:00:00.000Z',
      revision: 1,
    });
    expect((await api.call('GET', `/roles/${reply.body.id}`)).body).toEqual(reply.body);
  });

  it('grants no more than its maker has', async () => {
    const as = await newGuest(api, ['Create Role', 'View Device']);
    const make = (wanted: string[]) =>
      api.call('POST', '/roles', { as, body: { name: unique('Role'), permissions: wanted } });
    expect((await make(['View Device'])).status).toBe(201);
    const reply = await make(['View Device', 'Edit Device', 'Delete Device']);
    expect(reply.status).toBe(403);
    expect(reply.body.detail).toContain('"Edit Device"');
  });

  it.each([
    ['unknown permissions', { permissions: ['Do Anything'] }, 422],
    ['the one that reaches across accounts', { permissions: ['Administer Server'] }, 422],
    ['a permission twice', { permissions: ['View Device', 'View Device'] }, 400],
    ['no permissions field', { permissions: undefined }, 400],
    ['an unknown field', { builtIn: true }, 400],
    ['a wrong type', { permissions: 'View Device' }, 400],
  ])('refuses %s', async (_, body, status) => {
    const asked = { name: unique('Role'), permissions: ['View Device'], ...body };
    expect((await api.call('POST', '/roles', { body: asked })).status).toBe(status);
  });

  it.each([
    ['truncated JSON', '{"name":"x","permissions":[', 400],
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400],
    ['too large a body', `["${'x'.repeat(1_100_000)}"]`, 413],
  ])('refuses %s', async (_, body, status) => {
    expect((await api.call('POST', '/roles', { body })).status).toBe(status);
  });

  it('refuses a name that is taken, in any case of letters', async () => {
    const reply = await api.call('POST', '/roles', { body: { name: 'VIEWER', permissions: [] } });
    expect(reply.status).toBe(409);
    expect(reply.body.detail).toContain('"VIEWER"');
  });

  it('is safe to repeat with a key', async () => {
    const headers = { 'idempotency-key': unique('key') };
    const body = { name: unique('Role'), permissions: ['View Device'] };
    const first = await api.call('POST', '/roles', { headers, body });
    expect((await api.call('POST', '/roles', { headers, body })).body).toEqual(first.body);
    const other = await api.call('POST', '/roles', { headers, body: { ...body, permissions: [] } });
    expect(other.status).toBe(422);
  });
});

describe('GET /roles', () => {
  it('lists them to the end, page by page', async () => {
    await created();
    const all = (await api.call('GET', '/roles')).body.items;
    const seen: unknown[] = [];
    let next: string | null = '';
    while (next !== null) {
      const { body } = await api.call('GET', `/roles?limit=3${next === '' ? '' : `&cursor=${next}`}`);
      seen.push(...body.items);
      next = body.next;
    }
    expect(seen).toEqual(all);
    expect(all.length).toBeGreaterThan(9);
  });

  it('shows nothing of another account', async () => {
    const { id } = await created();
    const tenant = await newTenant(api, unique('T'));
    const there = await api.call('GET', `/roles/${id}`, { account: tenant });
    const nowhere = await api.call('GET', '/roles/none', { account: tenant });
    expect(there.status).toBe(404);
    expect(there.body.detail.replace(id, 'none')).toBe(nowhere.body.detail);
  });
});

describe('PATCH /roles/:role', () => {
  it('changes what is given, for its holders at once', async () => {
    const { id } = await created();
    const reply = await api.call('PATCH', `/roles/${id}`, {
      body: { permissions: ['Edit Device'] },
      headers: { 'if-match': '"1"' },
    });
    expect(reply.body).toMatchObject({ permissions: ['Edit Device'], revision: 2 });
    const stale = await api.call('PATCH', `/roles/${id}`, {
      body: { name: 'X' },
      headers: { 'if-match': '"1"' },
    });
    expect(stale.status).toBe(412);
  });

  it('adds no more than the editor has, and lets what is there be', async () => {
    const { id } = await created({ permissions: ['Delete Device'] });
    const as = await newGuest(api, ['Edit Role', 'View Device']);
    const edit = (body: object) => api.call('PATCH', `/roles/${id}`, { as, body });
    expect((await edit({ name: unique('Renamed') })).status).toBe(200);
    expect((await edit({ permissions: ['Delete Device', 'View Device'] })).status).toBe(200);
    expect((await edit({ permissions: ['Delete Device', 'Edit Device'] })).body.detail).toContain(
      '"Edit Device"',
    );
  });

  it('cannot be used to raise oneself', async () => {
    const as = await newGuest(api, ['Edit Role', 'View Role', 'View User']);
    const all = permissions.filter((permission) => permission !== 'Administer Server');
    const { body } = await api.call('GET', '/roles', { as });
    for (const { id } of body.items) {
      const reply = await api.call('PATCH', `/roles/${id}`, { as, body: { permissions: all } });
      expect([403, 409]).toContain(reply.status);
    }
  });

  it('leaves the administrator role as it is', async () => {
    const { id } = await named('Administrator');
    for (const reply of [
      await api.call('PATCH', `/roles/${id}`, { body: { permissions: [] } }),
      await api.call('PATCH', `/roles/${id}`, { body: { name: 'Root' } }),
      await api.call('DELETE', `/roles/${id}`),
    ]) {
      expect(reply.status).toBe(409);
      expect(reply.body.code).toBe('in-use');
    }
  });

  it('may change and remove other built-in roles', async () => {
    const { id } = await named('Auditor');
    const body = { permissions: ['View Audit Logs'] };
    expect((await api.call('PATCH', `/roles/${id}`, { body })).status).toBe(200);
    expect((await api.call('DELETE', `/roles/${id}`)).status).toBe(204);
  });
});

describe('DELETE /roles/:role', () => {
  it('forgets a role that nobody has', async () => {
    const { id } = await created();
    expect((await api.call('DELETE', `/roles/${id}`, { headers: { 'if-match': '"9"' } })).status).toBe(412);
    expect((await api.call('DELETE', `/roles/${id}`)).status).toBe(204);
    expect((await api.call('DELETE', `/roles/${id}`)).status).toBe(404);
  });

  it('refuses while somebody has it', async () => {
    const { id } = await created();
    const email = `${unique('ada')}@example.com`;
    await api.call('POST', '/users', { body: { email, name: 'Ada', roleIds: [id] } });
    const reply = await api.call('DELETE', `/roles/${id}`);
    expect(reply.status).toBe(409);
    expect(reply.body.detail).toContain('1 user');
  });
});

describe('permissions of the routes', () => {
  it.each([
    ['GET', '/roles', 'View Role'],
    ['POST', '/roles', 'Create Role'],
    ['GET', '/roles/x', 'View Role'],
    ['PATCH', '/roles/x', 'Edit Role'],
    ['DELETE', '/roles/x', 'Delete Role'],
  ] as const)('%s %s needs %s', async (method, path, permission) => {
    const body = method === 'POST' || method === 'PATCH' ? {} : undefined;
    const without = permissions.filter((other) => other !== permission && other !== 'Administer Server');
    const refused = await api.call(method, path, { as: await newGuest(api, without), body });
    expect(refused.body).toMatchObject({ status: 403, detail: expect.stringContaining(permission) });
    const admitted = await api.call(method, path, { as: await newGuest(api, [permission]), body });
    expect(admitted.status).not.toBe(403);
  });
});

describe('GET /permissions', () => {
  it('lists all by name and number', async () => {
    const { body } = await api.call('GET', '/permissions', { as: await newGuest(api, []) });
    expect(body.items).toHaveLength(permissions.length);
    expect(body.items[0]).toEqual({ name: 'View Campaign', number: 0 });
    expect((await api.call('GET', '/permissions', { as: null })).status).toBe(401);
  });
});
