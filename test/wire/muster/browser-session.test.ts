import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { firstStart } from '../../../src/app/first-start.ts';
import { HOUR } from '../../../src/domain/time.ts';
import { openMemory } from '../../../src/store/memory.ts';
import { type Api, adminPassword, quickHashing, type Reply, startApi } from '../../support/api.ts';

const cookieOf = ({ headers }: Reply): string => String(headers['set-cookie']);
const pairOf = (reply: Reply): string => cookieOf(reply).split(';')[0] ?? '';

describe('a session in a cookie', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  const signIn = (password = adminPassword, headers = {}) =>
    api.call('POST', '/session/browser', { as: null, body: { email: 'admin@localhost', password }, headers });
  const ask = (
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: unknown,
  ) => api.call(method, path, { as: null, headers, ...(body !== undefined && { body }) });

  it('is never told to scripts, and sent to this API alone', async () => {
    const reply = await signIn();
    expect(reply.status).toBe(201);
    expect(Object.keys(reply.body).sort()).toEqual(['accounts', 'expiresAt', 'user']);
    expect(cookieOf(reply)).toMatch(
      /^muster-session=muster_[\w-]+; Path=\/api\/v1; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
  });

  it('is kept to HTTPS where the server is reached over it', async () => {
    const secure = await startApi({}, { MUSTER_PUBLIC_URL: 'https://muster.example.com' });
    const body = { email: 'admin@localhost', password: adminPassword };
    expect(cookieOf(await secure.call('POST', '/session/browser', { as: null, body }))).toMatch(/; Secure$/);
    await secure.close();
  });

  it('reads by itself, and changes something only with the header that other pages cannot send', async () => {
    const cookie = pairOf(await signIn());
    const query = { name: 'mine', expression: '*' };
    expect((await ask('GET', '/session', { cookie })).status).toBe(200);
    expect((await ask('POST', '/queries', { cookie }, query)).status).toBe(401);
    const marked = { cookie, 'x-requested-with': 'muster' };
    expect((await ask('POST', '/queries', { ...marked, 'x-requested-with': 'fetch' }, query)).status).toBe(
      401,
    );
    expect((await ask('POST', '/queries', marked, query)).status).toBe(201);
  });

  it('is found among other cookies, and gives way to a token that is shown', async () => {
    const cookie = `a=1; ${pairOf(await signIn())}; b=2`;
    expect((await ask('GET', '/session', { cookie })).status).toBe(200);
    expect((await ask('GET', '/session', { cookie: `x${cookie.slice(5)}` })).status).toBe(401);
    expect((await ask('GET', '/session', { cookie, authorization: 'Bearer nonsense' })).status).toBe(401);
  });

  it('ends at the sign-out, which takes the cookie away', async () => {
    const cookie = pairOf(await signIn());
    const reply = await ask('DELETE', '/session', { cookie, 'x-requested-with': 'muster' });
    expect(reply.status).toBe(204);
    expect(cookieOf(reply)).toMatch(/^muster-session=; Path=\/api\/v1; Max-Age=0;/);
    expect((await ask('GET', '/session', { cookie })).status).toBe(401);
  });

  it('ends with its time', async () => {
    const cookie = pairOf(await signIn());
    api.pass(12 * HOUR);
    expect((await ask('GET', '/session', { cookie })).status).toBe(401);
  });

  it('is not opened, and no cookie is set, with a wrong password', async () => {
    const reply = await signIn('wrong');
    expect(reply.status).toBe(401);
    expect(reply.headers['set-cookie']).toBeUndefined();
  });
});

describe('setting up a new server', () => {
  let api: Api | undefined;
  afterEach(() => api?.close());

  /** A server whose first start has made up the password, which is `first`. */
  const startNew = async () => {
    const store = openMemory();
    const started = await startApi();
    const { context } = started;
    const first =
      (await firstStart({ ...context, store, hashing: quickHashing }, { email: 'admin@localhost' })) ?? '';
    await started.close();
    const fresh = await startApi({ store });
    api = fresh;
    const isDue = async () => (await fresh.call('GET', '/set-up', { as: null })).body.due;
    const setUp = (given: object = {}) =>
      fresh.call('POST', '/set-up', {
        as: null,
        body: {
          ...{ password: first, next: 'a long enough one', email: 'Ada@example.com', name: 'Ada' },
          ...{ account: 'Fleet', ...given },
        },
      });
    return { ...fresh, call: fresh.call, first, isDue, setUp };
  };

  it('names the administrator and the account, replaces the password, and signs in', async () => {
    const { call, first, isDue, setUp } = await startNew();
    expect(await isDue()).toBe(true);
    const reply = await setUp();
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      user: { email: 'ada@example.com', name: 'Ada', serverAdministrator: true },
      accounts: [{ id: 'DEFAULT', name: 'Fleet' }],
    });
    const who = await call('GET', '/session', { as: null, headers: { cookie: pairOf(reply) } });
    expect(who.body.account).toEqual({ id: 'DEFAULT', name: 'Fleet' });
    const old = { email: 'admin@localhost', password: first };
    expect((await call('POST', '/session', { as: null, body: old })).status).toBe(401);
  });

  it('is done once', async () => {
    const { isDue, setUp } = await startNew();
    await setUp();
    expect(await isDue()).toBe(false);
    expect((await setUp({ password: 'a long enough one' })).status).toBe(404);
  });

  it('ends the sessions that were opened with the first password', async () => {
    const { call, first, setUp } = await startNew();
    const body = { email: 'admin@localhost', password: first };
    const { token } = (await call('POST', '/session', { as: null, body })).body;
    expect((await call('GET', '/session', { as: token })).status).toBe(200);
    await setUp();
    expect((await call('GET', '/session', { as: token })).status).toBe(401);
  });

  it('is refused to whoever does not know the first password, and locks out who guesses', async () => {
    const { isDue, setUp } = await startNew();
    for (let guess = 0; guess < 5; guess += 1)
      expect((await setUp({ password: `guess ${guess}` })).status).toBe(401);
    expect((await setUp()).status).toBe(401);
    expect(await isDue()).toBe(true);
  });

  it('wants another password than the first, and a long one', async () => {
    const { first, setUp } = await startNew();
    expect((await setUp({ next: first })).status).toBe(422);
    expect((await setUp({ next: 'short' })).status).toBe(400);
  });

  it('is not due any more once the password was changed otherwise', async () => {
    const { call, first, isDue } = await startNew();
    const body = { email: 'admin@localhost', password: first };
    const { token: as } = (await call('POST', '/session', { as: null, body })).body;
    await call('PUT', '/session/password', { as, body: { current: first, next: 'a long enough one' } });
    expect(await isDue()).toBe(false);
  });

  it('is not due where the operator has set the password', async () => {
    api = await startApi();
    expect((await api.call('GET', '/set-up', { as: null })).body).toEqual({ due: false });
  });
});
