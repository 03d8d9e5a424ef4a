import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { permissions } from '../../../src/app/permissions.ts';
import { type Api, startApi } from '../../support/api.ts';
import { newGuest, newTenant } from '../../support/guests.ts';
import { unique } from '../../support/samples.ts';
import { slowStore } from '../../support/slow-store.ts';

let api: Api;
let roles: Readonly<Record<string, string>>;
beforeAll(async () => {
  api = await startApi();
  roles = await rolesOf('DEFAULT');
});
afterAll(() => api.close());

const rolesOf = async (account: string): Promise<Record<string, string>> => {
  const { body } = await api.call('GET', '/roles', { account });
  return Object.fromEntries(body.items.map(({ name, id }: { name: string; id: string }) => [name, id]));
};

const password = 'a long enough one';
const email = () => `${unique('ada')}@example.com`;

const created = async (given: object = {}, account = 'DEFAULT') => {
  const reply = await api.call('POST', '/users', {
    account,
    body: { email: email(), name: 'Ada', password, roleIds: [], ...given },
  });
  expect(reply.status).toBe(201);
  return reply.body;
};

const newAccount = async () => {
  const { body } = await api.call('POST', '/accounts', { body: { name: 'Acme' } });
  return { id: body.id as string, roles: await rolesOf(body.id) };
};

const signIn = async (address: string, given = password) =>
  api.call('POST', '/session', { as: null, body: { email: address, password: given } });
const sessionOf = async (address: string, given = password): Promise<string> =>
  (await signIn(address, given)).body.token;
const edit = (id: string, body: object, options: object = {}) =>
  api.call('PATCH', `/users/${id}`, { body, ...options });

describe('POST /users', () => {
  it('brings in a new person', async () => {
    const address = email();
    const reply = await api.call('POST', '/users', {
      body: { email: address.toUpperCase(), name: 'Ada', password, roleIds: [roles['Viewer']] },
    });
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      email: address,
      name: 'Ada',
      disabled: false,
      serverAdministrator: false,
      lockedUntil: null,
      roleIds: [roles['Viewer']],
      createdAt: '2026-11-21T08:00:00.000Z',
      revision: 1,
    });
    expect((await api.call('GET', `/users/${reply.body.id}`)).body).toEqual(reply.body);
    expect((await signIn(address)).status).toBe(201);
  });

  it('lets nobody in without a password until one is set', async () => {
    const { id, email: address } = await created({ password: undefined });
    expect((await signIn(address, 'undefined')).status).toBe(401);
    expect((await edit(id, { password })).status).toBe(200);
    expect((await signIn(address)).status).toBe(201);
  });

  it('lets a person of another account join as they are', async () => {
    const there = await newAccount();
    const known = await created({ name: 'Ada of old' });
    const again = await created(
      { email: known.email, name: 'Impostor', password: 'another long enough one' },
      there.id,
    );
    expect(again).toMatchObject({ id: known.id, name: 'Ada of old', roleIds: [] });
    expect((await signIn(known.email)).body.accounts).toHaveLength(2);
    expect((await signIn(known.email, 'another long enough one')).status).toBe(401);
  });

  it('refuses an address that is in this account already', async () => {
    const { email: address } = await created();
    const reply = await api.call('POST', '/users', { body: { email: address, name: 'B', roleIds: [] } });
    expect(reply.status).toBe(409);
    expect(reply.body.detail).toContain(address);
  });

  it('grants no more than the caller has', async () => {
    const as = await newGuest(api, ['Create User', 'View Device']);
    const role = async (wanted: string[]) =>
      (await api.call('POST', '/roles', { body: { name: unique('Role'), permissions: wanted } })).body.id;
    const invite = async (roleId: string) =>
      api.call('POST', '/users', { as, body: { email: email(), name: 'B', roleIds: [roleId] } });
    expect((await invite(await role(['View Device']))).status).toBe(201);
    const reply = await invite(await role(['View Device', 'Delete Device']));
    expect(reply.status).toBe(403);
    expect(reply.body.detail).toContain('"Delete Device"');
  });

  it('is safe to repeat with a key', async () => {
    const headers = { 'idempotency-key': unique('key') };
    const body = { email: email(), name: 'Ada', password, roleIds: [] };
    const first = await api.call('POST', '/users', { headers, body });
    const second = await api.call('POST', '/users', { headers, body });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect((await api.call('POST', '/users', { headers, body: { ...body, name: 'B' } })).status).toBe(422);
  });

  it.each([
    ['no address', { email: undefined }, 400],
    ['an address that is none', { email: 'ada' }, 400],
    ['a short password', { password: 'elevenchars' }, 400],
    ['a role that is not there', { roleIds: ['none'] }, 422],
    ['roles that are no list', { roleIds: 'Viewer' }, 400],
    ['a read-only field', { serverAdministrator: true }, 400],
    ['a hash', { passwordHash: 'x' }, 400],
  ])('refuses %s', async (_, given, status) => {
    const body = { email: email(), name: 'Ada', roleIds: [], ...given };
    expect((await api.call('POST', '/users', { body })).status).toBe(status);
  });

  it('refuses a role of another account', async () => {
    const there = await newAccount();
    const body = { email: email(), name: 'Ada', roleIds: [there.roles['Viewer']] };
    expect((await api.call('POST', '/users', { body })).status).toBe(422);
  });

  it.each([
    ['truncated JSON', '{"email":', 400],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff]), 400],
    ['too large a body', `{"name":"${'x'.repeat(1_100_000)}"}`, 413],
  ])('refuses %s', async (_, body, status) => {
    expect((await api.call('POST', '/users', { body })).status).toBe(status);
  });
});

describe('GET /users', () => {
  it('lists the people of this account to the end', async () => {
    const there = await newAccount();
    const made = [await created({}, there.id), await created({}, there.id)];
    const seen: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const path: string = `/users?limit=2${next === '' ? '' : `&cursor=${next}`}`;
      const { body } = await api.call('GET', path, { account: there.id });
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      next = body.next;
    }
    expect(seen.slice(1)).toEqual(made.map(({ id }) => id));
  });

  it('says of another account what it says of nobody', async () => {
    const tenant = await newTenant(api, unique('T'));
    const { id } = await created();
    for (const method of ['GET', 'DELETE', 'PATCH'] as const) {
      const body = method === 'PATCH' ? { name: 'X' } : undefined;
      const there = await api.call(method, `/users/${id}`, { account: tenant, body });
      const nobody = await api.call(method, '/users/nobody', { account: tenant, body });
      expect(there.status).toBe(404);
      expect(there.body.detail.replace(id, 'nobody')).toBe(nobody.body.detail);
    }
  });
});

describe('PATCH /users/:user', () => {
  it('changes what is given, on the revision that was read', async () => {
    const { id } = await created();
    const reply = await edit(id, { roleIds: [roles['Viewer']] }, { headers: { 'if-match': '"1"' } });
    expect(reply.body).toMatchObject({ name: 'Ada', roleIds: [roles['Viewer']], revision: 2 });
    expect((await edit(id, { name: 'Late' }, { headers: { 'if-match': '"1"' } })).status).toBe(412);
    expect((await edit(id, { name: 'Ada B' })).body).toMatchObject({ name: 'Ada B', revision: 3 });
    expect((await edit(id, { name: 'Ada B' })).body.revision).toBe(3);
    expect((await edit(id, { email: 'x@y' })).status).toBe(400);
  });

  it('ends every session and token of whom it disables, within that request', async () => {
    const { id, email: address } = await created();
    const session = await sessionOf(address);
    const { body: key } = await api.call('POST', '/tokens', { as: session, body: { name: 'build' } });
    const both = async () => [
      (await api.call('GET', '/session', { as: session })).status,
      (await api.call('GET', '/session', { as: key.token })).status,
    ];
    expect(await both()).toEqual([200, 200]);
    expect((await edit(id, { disabled: true })).body.disabled).toBe(true);
    expect(await both()).toEqual([401, 401]);
    expect((await edit(id, { disabled: false })).body.disabled).toBe(false);
    expect(await both()).toEqual([401, 401]);
    expect((await signIn(address)).status).toBe(201);
  });

  it('is looked at in each call: a disabled person is out even while the tokens are there', async () => {
    const { id, email: address } = await created();
    const session = await sessionOf(address);
    const { store } = api.context;
    const [was, account] = [await store.users.find(id), await store.accounts.find('DEFAULT')];
    if (was === undefined || account === undefined) throw new Error('nobody there');
    const writes = [{ save: 'user', was, value: { ...was, disabled: true } }] as const;
    await store.commit({ account: account.key, writes, events: [] });
    expect((await api.call('GET', '/session', { as: session })).status).toBe(401);
  });

  it('sets a new password, which ends sessions and a lock-out', async () => {
    const { id, email: address } = await created();
    const session = await sessionOf(address);
    for (let failure = 0; failure < 5; failure += 1) await signIn(address, 'wrong');
    expect((await edit(id, { password: 'another long enough one' })).body.lockedUntil).toBeNull();
    expect((await api.call('GET', '/session', { as: session })).status).toBe(401);
    expect((await signIn(address, 'another long enough one')).status).toBe(201);
  });

  it('grants no more than the caller has, and lets what is there be', async () => {
    const { id } = await created({ roleIds: [roles['Campaign Operator']] });
    const as = await newGuest(api, ['Edit User', ...permissions.filter((name) => name.startsWith('View '))]);
    const roleIds = [roles['Campaign Operator'], roles['Viewer']];
    expect((await edit(id, { roleIds }, { as })).status).toBe(200);
    expect((await edit(id, { roleIds: [roles['Administrator']] }, { as })).status).toBe(403);
    const me = (await api.call('GET', '/session', { as })).body.user.id;
    expect((await edit(me, { roleIds: [roles['Administrator']] }, { as })).status).toBe(403);
  });

  it('sets no password of somebody who may do more', async () => {
    const { id } = await created({ roleIds: [roles['Administrator']] });
    const as = await newGuest(api, ['Edit User', 'View User']);
    expect((await edit(id, { password: 'another long enough one' }, { as })).status).toBe(403);
  });

  it('leaves people of several accounts to server administrators', async () => {
    const there = await newAccount();
    const { id, email: address } = await created();
    await created({ email: address }, there.id);
    const as = await newGuest(
      api,
      permissions.filter((name) => name !== 'Administer Server'),
    );
    for (const body of [{ name: 'X' }, { disabled: true }, { password: 'another long enough one' }]) {
      const reply = await edit(id, body, { as });
      expect(reply.status).toBe(403);
      expect(reply.body.detail).toContain('Administer Server');
    }
    expect((await edit(id, { roleIds: [roles['Viewer']] }, { as })).status).toBe(200);
    expect((await edit(id, { name: 'X' })).status).toBe(200);
  });

  it('leaves server administrators to themselves, even those of this account alone', async () => {
    const own = await startApi();
    const as = await newGuest(
      own,
      permissions.filter((name) => name !== 'Administer Server'),
    );
    const { body: me } = await own.call('GET', '/session');
    for (const body of [{ name: 'X' }, { disabled: true }, { password: 'another long enough one' }]) {
      const reply = await own.call('PATCH', `/users/${me.user.id}`, { as, body });
      expect(reply.body).toMatchObject({ status: 403, detail: expect.stringContaining('Administer Server') });
    }
    await own.close();
  });

  it('does not change the own password, nor disable oneself', async () => {
    const { body } = await api.call('GET', '/session');
    expect((await edit(body.user.id, { password: 'another long enough one' })).status).toBe(422);
    await created({ roleIds: [roles['Administrator']] });
    expect((await edit(body.user.id, { disabled: true })).status).toBe(409);
  });
});

describe('the last administrator', () => {
  const lone = async () => {
    const there = await newAccount();
    const { id, email: address } = await created({ roleIds: [there.roles['Administrator']] }, there.id);
    const { body } = await api.call('GET', '/session');
    const left = await api.call('DELETE', `/users/${body.user.id}`, { account: there.id });
    expect(left.status).toBe(204);
    return { id, address, account: there.id, roles: there.roles };
  };

  it('cannot be removed, disabled, or lose the role', async () => {
    const { id, account, roles: own } = await lone();
    for (const reply of [
      await edit(id, { roleIds: [own['Viewer']] }, { account }),
      await edit(id, { disabled: true }, { account }),
      await api.call('DELETE', `/users/${id}`, { account }),
    ]) {
      expect(reply.status).toBe(409);
      expect(reply.body.code).toBe('in-use');
    }
    expect((await edit(id, { roleIds: [own['Administrator'], own['Viewer']] }, { account })).status).toBe(
      200,
    );
  });

  it('is not kept company by somebody disabled', async () => {
    const { id, account, roles: own } = await lone();
    const other = await created({ roleIds: [own['Administrator']] }, account);
    expect((await edit(other.id, { disabled: true }, { account })).status).toBe(200);
    expect((await edit(id, { roleIds: [] }, { account })).status).toBe(409);
    expect((await edit(other.id, { disabled: false }, { account })).status).toBe(200);
    expect((await edit(id, { roleIds: [], disabled: true }, { account })).status).toBe(200);
  });

  it('cannot be disabled from another account either', async () => {
    const { id, address } = await lone();
    const here = await created({ email: address });
    expect(here.id).toBe(id);
    expect((await edit(id, { disabled: true })).status).toBe(409);
  });

  it('stays when two remove each other at once', async () => {
    const slow = await startApi({ store: slowStore() });
    const { body } = await slow.call('GET', '/roles');
    const roleIds = [body.items[0].id];
    const invited = { email: 'ada@example.com', name: 'Ada', roleIds };
    const ids = [
      (await slow.call('POST', '/users', { body: invited })).body.id,
      (await slow.call('GET', '/session')).body.user.id,
    ];
    const replies = await Promise.all(
      ids.map((id) => slow.call('PATCH', `/users/${id}`, { body: { roleIds: [] } })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    await slow.close();
  });
});

describe('DELETE /users/:user', () => {
  it('takes somebody out of this account, with the tokens that work there', async () => {
    const there = await newAccount();
    const { id, email: address } = await created();
    await created({ email: address }, there.id);
    const session = await sessionOf(address);
    const issue = async (account: string) =>
      (await api.call('POST', '/tokens', { as: session, account, body: { name: 'x' } })).body.token;
    const [here, away] = [await issue('DEFAULT'), await issue(there.id)];
    expect((await api.call('DELETE', `/users/${id}`)).status).toBe(204);
    expect((await api.call('GET', `/users/${id}`)).status).toBe(404);
    const status = async (as: string) => (await api.call('GET', '/session', { as })).status;
    expect([await status(here), await status(away), await status(session)]).toEqual([401, 200, 200]);
    await api.call('DELETE', `/users/${id}`, { account: there.id });
    expect([await status(away), await status(session)]).toEqual([401, 401]);
  });

  it('honours the revision, and happens once', async () => {
    const { id } = await created();
    const headers = { 'if-match': '"9"' };
    expect((await api.call('DELETE', `/users/${id}`, { headers })).status).toBe(412);
    expect((await api.call('DELETE', `/users/${id}`)).status).toBe(204);
    expect((await api.call('DELETE', `/users/${id}`)).status).toBe(404);
  });

  it('does not take out a server administrator, unless another one says so', async () => {
    await created({ roleIds: [roles['Administrator']] });
    const { body } = await api.call('GET', '/session');
    const as = await newGuest(api, ['Delete User']);
    expect((await api.call('DELETE', `/users/${body.user.id}`, { as })).status).toBe(403);
  });
});

describe('permissions of the routes', () => {
  it.each([
    ['GET', '/users', 'View User'],
    ['POST', '/users', 'Create User'],
    ['GET', '/users/x', 'View User'],
    ['PATCH', '/users/x', 'Edit User'],
    ['DELETE', '/users/x', 'Delete User'],
  ] as const)('%s %s needs %s', async (method, path, permission) => {
    const body = method === 'POST' || method === 'PATCH' ? {} : undefined;
    const without = permissions.filter((other) => other !== permission && other !== 'Administer Server');
    const refused = await api.call(method, path, { as: await newGuest(api, without), body });
    expect(refused.body).toMatchObject({ status: 403, detail: expect.stringContaining(permission) });
    const admitted = await api.call(method, path, { as: await newGuest(api, [permission]), body });
    expect(admitted.status).not.toBe(403);
    expect((await api.call(method, path, { as: null, body })).status).toBe(401);
  });
});
