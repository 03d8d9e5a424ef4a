import { afterEach, describe, expect, it } from 'vitest';
import { type Api, adminPassword, startApi } from '../../support/api.ts';
import { done } from './prepare.ts';

let api: Api;
const start = async (env: Readonly<Record<string, string>> = {}) => {
  api = await startApi({}, env);
};
afterEach(() => api.close());

const MINUTE = 60_000;
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const person = `admin@localhost:${adminPassword}`;

const requestToken = (credentials: string, body = 'grant_type=client_credentials') =>
  api.call('POST', '/api/ts/v1/oauth2/token', {
    as: null,
    headers: { ...form, authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body,
  });
const tokenOf = async (credentials: string): Promise<string> =>
  done(await requestToken(credentials)).body.access_token;
const logIn = (bearer: string, password = adminPassword) =>
  api.call('POST', '/api/m2m/v1/session/login', {
    as: bearer,
    body: { username: 'admin@localhost', password },
  });
const look = async (bearer: string, session: string): Promise<string> => {
  const { status, body } = await api.call('GET', '/api/fota/v3/callbacks/DEFAULT', {
    as: bearer,
    headers: { 'vz-m2m-token': session },
  });
  return status === 200 ? 'ok' : (body.fault?.code ?? body.errorCode);
};
const EXPIRED = 'UnifiedWebService.REQUEST_FAILED.SessionToken.Expired';
const newApiToken = async (body: object = {}) =>
  done(await api.call('POST', '/tokens', { body: { name: 'SDK', ...body } })).body;

describe('an access token', () => {
  it('is the same within its hour, another one in its last minute, and good for a minute longer', async () => {
    await start();
    const first = await tokenOf(person);
    api.pass(59 * MINUTE);
    const again = done(await requestToken(person)).body;
    expect(again).toMatchObject({ access_token: first, expires_in: 60 });
    api.pass(1);
    const second = done(await requestToken(person)).body;
    expect(second.access_token).not.toBe(first);
    expect(second.expires_in).toBe(3_600);
    api.pass(2 * MINUTE - 2);
    expect(await look(first, api.admin)).toBe('ok');
    api.pass(1);
    expect(await look(first, api.admin)).toBe('900901');
    expect(await look(second.access_token, api.admin)).toBe('ok');
  });

  it('is one for all who ask for it at once', async () => {
    await start();
    const { token } = await newApiToken();
    for (const credentials of [person, `key:${token}`]) {
      const tokens = await Promise.all(Array.from({ length: 5 }, () => tokenOf(credentials)));
      expect(new Set(tokens).size).toBe(1);
    }
  });

  it('is one for all the keys that come with an API token, and each token has its own', async () => {
    await start();
    const [one, two] = [await newApiToken(), await newApiToken()];
    expect(await tokenOf(`a:${one.token}`)).toBe(await tokenOf(`b:${one.token}`));
    expect(await tokenOf(`a:${two.token}`)).not.toBe(await tokenOf(`a:${one.token}`));
  });

  it('ends with the API token that it came from, on every wire', async () => {
    await start();
    const { id, token } = await newApiToken();
    const bearer = await tokenOf(`key:${token}`);
    expect(await look(bearer, api.admin)).toBe('ok');
    expect((await api.call('GET', '/campaigns', { as: bearer })).status).toBe(200);
    done(await api.call('DELETE', `/tokens/${id}`));
    expect(await look(bearer, api.admin)).toBe('900901');
    expect((await api.call('GET', '/campaigns', { as: bearer })).status).toBe(401);
    expect((await requestToken(`key:${token}`)).status).toBe(401);
  });

  it('lives no longer and may no more than the API token that it came from', async () => {
    await start();
    const expiresAt = new Date(api.context.clock() + 10 * MINUTE).toISOString();
    const { token } = await newApiToken({ expiresAt, permissions: ['View Device'] });
    const issued = done(await requestToken(`key:${token}`)).body;
    expect(issued.expires_in).toBe(600);
    expect((await api.call('GET', '/devices', { as: issued.access_token })).status).toBe(200);
    expect((await api.call('GET', '/campaigns', { as: issued.access_token })).status).toBe(403);
  });

  it('of a person is not given again once the password is another one', async () => {
    await start();
    await tokenOf(person);
    const body = { current: adminPassword, next: 'another horse battery' };
    const changed = await api.call('PUT', '/session/password', { body });
    expect([changed.status, (await requestToken(person)).status]).toEqual([204, 401]);
  });

  it('is no session, and a session no secret of an application', async () => {
    await start();
    expect((await requestToken(`key:${api.admin}`)).status).toBe(401);
  });

  it('locks whoever guesses five times in a row out', async () => {
    await start();
    for (let guess = 0; guess < 5; guess += 1)
      expect((await requestToken('admin@localhost:x')).status).toBe(401);
    expect((await requestToken(person)).status).toBe(401);
    api.pass(15 * MINUTE);
    expect((await requestToken(person)).status).toBe(200);
  });

  it('is asked for, as a log-in is, no more often than the server allows', async () => {
    await start({ MUSTER_LOGIN_RATE_LIMIT: '2' });
    const statuses: number[] = [];
    for (let time = 0; time < 4; time += 1) statuses.push((await requestToken('key:secret')).status);
    expect(statuses).toEqual([401, 401, 429, 429]);
  });
});

describe('a session', () => {
  it('lasts as long as it is used, and twenty minutes without', async () => {
    await start();
    const bearer = await tokenOf(`key:${(await newApiToken()).token}`);
    const { sessionToken } = done(await logIn(bearer)).body;
    for (let time = 0; time < 3; time += 1) {
      api.pass(15 * MINUTE);
      expect(await look(bearer, sessionToken)).toBe('ok');
    }
    api.pass(20 * MINUTE);
    const fresh = await tokenOf(person);
    expect(await look(fresh, sessionToken)).toBe('ok');
    api.pass(21 * MINUTE + 1);
    expect(await look(fresh, sessionToken)).toBe(EXPIRED);
    expect((await api.call('GET', '/campaigns', { as: sessionToken })).status).toBe(401);
  });

  it('lasts as long without use as the server is told', async () => {
    await start({ MUSTER_THINGSPACE_SESSION_MINUTES: '2' });
    const bearer = await tokenOf(person);
    const { sessionToken, expires_in } = done(await logIn(bearer)).body;
    expect(expires_in).toBe(120);
    api.pass(3 * MINUTE);
    expect(await look(bearer, sessionToken)).toBe('ok');
    api.pass(3 * MINUTE + 1);
    expect(await look(bearer, sessionToken)).toBe(EXPIRED);
  });

  it('is not opened for whoever was wrong five times, whatever comes then', async () => {
    await start();
    const bearer = await tokenOf(`key:${(await newApiToken()).token}`);
    for (let guess = 0; guess < 5; guess += 1) expect((await logIn(bearer, 'wrong')).status).toBe(400);
    expect((await logIn(bearer)).body).toEqual({
      errorCode: 'UnifiedWebService.REQUEST_FAILED.InvalidCredentials',
      errorMessage: 'The user name or the password is not valid, or the user is locked out',
    });
  });

  it('of a password that is no more ends with it, but for the one that asked', async () => {
    await start();
    const bearer = await tokenOf(person);
    const [first, second] = [done(await logIn(bearer)).body, done(await logIn(bearer)).body];
    const reset = await api.call('PUT', '/api/m2m/v1/session/password/actions/reset', {
      as: bearer,
      headers: { 'vz-m2m-token': first.sessionToken },
      body: { oldPassword: adminPassword },
    });
    expect(reset.body.newPassword).toMatch(/^[\w-]{24}$/);
    expect(await look(bearer, first.sessionToken)).toBe('ok');
    expect(await look(bearer, second.sessionToken)).toBe(EXPIRED);
  });
});
