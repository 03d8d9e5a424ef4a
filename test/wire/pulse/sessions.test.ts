import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../src/domain/time.ts';
import { must } from '../../contract/store/world.ts';
import { type Api, adminPassword, startApi } from '../../support/api.ts';
import { newTenant } from '../../support/guests.ts';
import { done, preparePerson } from './prepare.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const basic = (text: string, encoding: BufferEncoding = 'utf8') =>
  `Basic ${Buffer.from(text, encoding).toString('base64')}`;
const ask = (authorization: string, path = '/api/tokens', to = api) =>
  to.call('GET', path, { as: null, headers: { authorization } });
const signIn = async (text = `admin@localhost:${adminPassword}`) => done(await ask(basic(text))).body;
const me = (as: string, organisation?: string) =>
  api.call('GET', '/api/me', {
    as,
    ...(organisation !== undefined && { headers: { 'x-current-org-id': organisation } }),
  });

describe('a sign-in', () => {
  it('answers one line that scripts take apart: the token first, and when it ends in seconds', async () => {
    const reply = await api.http.inject({
      method: 'GET',
      url: '/api/tokens',
      headers: { authorization: basic(`admin@localhost:${adminPassword}`) },
    });
    const ends = Math.floor((api.context.clock() + 12 * HOUR) / 1_000);
    expect(reply.payload).toMatch(
      new RegExp(
        `^\\{"accessToken":"muster_[^"]+","accessTokenExpiresAt":${ends},"refreshToken":"muster_[^"]+"\\}$`,
      ),
    );
  });

  it('says its versions on one line too', async () => {
    const reply = await api.http.inject({ method: 'GET', url: '/api/versions' });
    expect(reply.payload.split(':')[1]?.split(',')[0]).toBe('"1.0"');
  });

  it.each(['utf8', 'latin1'] as const)('takes a password beyond ASCII in %s', async (encoding) => {
    const password = 'Größe und Straße';
    done(
      await api.call('POST', '/users', {
        body: { email: 'ada@example.com', name: 'Ada', password, roleIds: [] },
      }),
    );
    expect((await ask(basic(`ada@example.com:${password}`, encoding))).status).toBe(200);
  });

  it('locks out who guesses, with the same answer as ever', async () => {
    const guesses = Array.from({ length: 5 }, () => ask(basic('admin@localhost:wrong')));
    const bodies = (await Promise.all(guesses)).map(({ status, body }) => ({ status, body }));
    const right = await ask(basic(`admin@localhost:${adminPassword}`));
    expect(
      new Set([...bodies, { status: right.status, body: right.body }].map((one) => JSON.stringify(one))),
    ).toEqual(
      new Set(['{"status":401,"body":{"code":16,"message":"The credentials are not valid.","details":[]}}']),
    );
    api.pass(15 * MINUTE);
    await signIn();
  });

  it('takes no names that nobody can have', async () => {
    for (const name of ['a'.repeat(300), 'admin@localhost\u0000', ''])
      expect((await ask(basic(`${name}:${adminPassword}`))).status).toBe(401);
  });

  it('shows nothing to a device', async () => {
    expect((await ask('Bearer gateway/DEFAULT/gw-1/muster_secret')).status).toBe(401);
  });
});

describe('attempts to sign in', () => {
  it('are counted for an address over all paths and spellings', async () => {
    const limited = await startApi({}, { MUSTER_LOGIN_RATE_LIMIT: '5' });
    const statuses: number[] = [];
    const paths = ['/api/tokens', '/api/tokens/', '/api/tokens/refresh', '/api/tokens/refresh/'];
    for (const path of [...paths, ...paths]) statuses.push((await ask(basic('a@b:c'), path, limited)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    const refused = await ask(basic('a@b:c'), '/api/tokens', limited);
    expect(refused.headers).toMatchObject({ 'grpc-status': '8' });
    expect(refused.body).toEqual({ code: 8, message: 'Too many requests; try again later.', details: [] });
    await limited.close();
  });
});

describe('another session for the token of one', () => {
  it('acts in the organisation that was named, and in no other', async () => {
    await newTenant(api, 'ACME');
    const { accessToken } = await signIn();
    const headers = { 'x-current-org-id': 'ACME' };
    const bound = done(await api.call('GET', '/api/tokens', { as: accessToken, headers })).body.accessToken;
    expect((await me(bound)).body.orgId).toBe('ACME');
    expect((await me(bound, 'acme')).body.orgId).toBe('ACME');
    expect((await me(bound, 'DEFAULT')).status).toBe(404);
    expect((await me(accessToken)).body.orgId).toBe('DEFAULT');
    // What reaches across organisations stays behind.
    expect((await me(bound)).body.permissions).not.toContain(46);
  });

  it('reads the header of older versions', async () => {
    await newTenant(api, 'ACME');
    const { accessToken } = await signIn();
    const headers = { 'x-current-tenant-id': 'ACME' };
    const bound = done(await api.call('GET', '/api/tokens', { as: accessToken, headers })).body.accessToken;
    expect((await me(bound)).body.orgId).toBe('ACME');
  });

  it('is renewed for that organisation only', async () => {
    await newTenant(api, 'ACME');
    const { accessToken } = await signIn();
    const headers = { 'x-current-org-id': 'ACME' };
    const { refreshToken } = done(await api.call('GET', '/api/tokens', { as: accessToken, headers })).body;
    const renewed = await api.call('GET', '/api/tokens/refresh', { as: refreshToken });
    // Only people of an organisation have their sessions renewed in it.
    expect(renewed.status).toBe(401);
    const home = { 'x-current-org-id': 'DEFAULT' };
    const own = done(await api.call('GET', '/api/tokens', { as: accessToken, headers: home })).body;
    const again = done(await api.call('GET', '/api/tokens/refresh', { as: own.refreshToken })).body;
    expect((await me(again.accessToken)).body.orgId).toBe('DEFAULT');
  });

  it('is as free as the first where none was named', async () => {
    const { accessToken } = await signIn();
    const second = done(await api.call('GET', '/api/tokens', { as: accessToken })).body.accessToken;
    expect(second).not.toBe(accessToken);
    expect((await me(second)).body.permissions).toContain(46);
  });

  it('ends when the first could not have been renewed any longer', async () => {
    const first = await signIn();
    api.pass(30 * DAY - HOUR);
    const { accessToken } = done(
      await api.call('GET', '/api/tokens/refresh', { as: first.refreshToken }),
    ).body;
    const other = done(await api.call('GET', '/api/tokens', { as: accessToken })).body;
    api.pass(HOUR);
    expect((await me(other.accessToken)).status).toBe(401);
    expect((await api.call('GET', '/api/tokens/refresh', { as: other.refreshToken })).status).toBe(401);
  });

  it('is not opened with an API token', async () => {
    const { token } = done(await api.call('POST', '/tokens', { body: { name: 'script' } })).body;
    const reply = await api.call('GET', '/api/tokens', { as: token });
    expect(reply.status).toBe(400);
    expect(reply.body.message).toMatch(/^Authorization: expected the token of a session/);
    expect((await me(token)).status).toBe(200);
  });

  it('is not opened by a session that ends at the same moment', async () => {
    const { accessToken } = await signIn();
    const [opened, ended] = await Promise.all([
      api.call('GET', '/api/tokens', { as: accessToken }),
      api.call('PUT', '/api/users/logout', { as: accessToken, body: {} }),
    ]);
    expect(ended.status).toBe(200);
    expect([200, 401]).toContain(opened.status);
    expect((await me(accessToken)).status).toBe(401);
  });
});

describe('logging out', () => {
  it('is for sessions', async () => {
    const { token } = done(await api.call('POST', '/tokens', { body: { name: 'script' } })).body;
    expect((await api.call('PUT', '/api/users/logout', { as: token, body: {} })).status).toBe(400);
    expect((await me(token)).status).toBe(200);
  });
});

describe('me', () => {
  it('says what the caller may do', async () => {
    const viewer = await preparePerson(api, 'Package Administrator');
    const { body } = done(await me(viewer));
    expect(body.permissions).toEqual([9, 10, 11, 12]);
    expect(body.roles.map(({ name }: { readonly name: string }) => name)).toEqual(['Package Administrator']);
  });

  it('shows who acts in an organisation that they do not belong to', async () => {
    await newTenant(api, 'ACME');
    const { body } = done(await me(api.admin, 'ACME'));
    expect(body).toMatchObject({ userName: 'admin@localhost', orgId: 'ACME', roles: [], groups: [] });
    const account = must(await api.context.store.accounts.find('ACME'));
    expect(await api.context.store.users.membership(account.key, body.id)).toBeUndefined();
  });
});

describe('text that no database keeps', () => {
  it('is refused wherever it stands', async () => {
    for (const [path, body] of [
      ['/api/users/%00', undefined],
      ['/api/users?sort=%00', undefined],
      ['/api/groups', { name: 'a\u0000b', roles: ['x'] }],
      ['/api/groups', { 'na\u0000me': 'a' }],
    ] as const) {
      const reply = await api.call(
        body === undefined ? 'GET' : 'POST',
        path,
        body === undefined ? {} : { body },
      );
      expect(reply.status, path).toBe(400);
      expect(reply.body.message).toMatch(/expected text without NUL characters/);
    }
    // A backslash before it makes it a text like any other.
    const reply = await api.call('POST', '/api/groups', { body: { name: 'a\\u0000b', roles: ['x'] } });
    expect(reply.body.message).toMatch(/^Invalid Roles/);
  });
});
