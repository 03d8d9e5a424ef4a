import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { prepareDevice } from './prepare.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const callbacks = '/api/fota/v2/callbacks/DEFAULT';
const assign = '/api/fota/v3/licenses/DEFAULT/assign';
const body = '{"url":"https://hooks.example.com/"}';

const ask = (
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  headers: object = {},
  payload?: string,
) =>
  api.http.inject({
    method,
    url,
    headers: { authorization: `Bearer ${api.admin}`, 'vz-m2m-token': api.admin, ...headers },
    ...(payload !== undefined && { payload }),
  });

describe('a body', () => {
  it.each([
    '*/*',
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/vnd.other',
    undefined,
  ])('called %s is read as JSON', async (type) => {
    const headers = type === undefined ? {} : { 'content-type': type };
    const reply = await ask('POST', callbacks, headers, body);
    expect([reply.statusCode, reply.json()]).toEqual([200, { url: 'https://hooks.example.com/' }]);
  });

  it.each(['', '{', '[]', '7', 'null', '"text"'])(
    'of %j is refused in the words of the API',
    async (text) => {
      const reply = await ask('POST', callbacks, { 'content-type': '*/*' }, text);
      expect([reply.statusCode, reply.json()]).toEqual([
        400,
        { errorCode: 'INVALID_PARAMETER', errorMessage: 'Input binding error' },
      ]);
    },
  );

  it('of no bytes in the type of a form is none', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' };
    const reply = await ask('DELETE', callbacks, headers);
    expect([reply.statusCode, reply.json()]).toEqual([200, { success: true }]);
  });

  it('has no text that a store could not keep', async () => {
    const reply = await ask('POST', callbacks, {}, '{"url":"https://hooks.example.com/\\u0000"}');
    expect(reply.json().errorMessage).toBe('body: expected text without NUL characters.');
  });

  it('may name 100,000 devices, and no more', async () => {
    const ids = Array.from({ length: 100_001 }, (_, index) => `${990_000_000_000_000 + index}`);
    const few = await ask('POST', assign, {}, JSON.stringify({ deviceList: ids.slice(1) }));
    expect(few.statusCode).toBe(200);
    expect(few.json().deviceList).toHaveLength(100_000);
    const many = await ask('POST', assign, {}, JSON.stringify({ deviceList: ids }));
    expect([many.statusCode, many.json().errorMessage]).toEqual([400, 'Too many devices']);
  });

  it('that names nothing of that kind has the limit of every body', async () => {
    const reply = await ask('POST', callbacks, {}, JSON.stringify({ url: 'x'.repeat(2 * 1024 ** 2) }));
    expect([reply.statusCode, reply.json()]).toEqual([
      413,
      { errorCode: 'REQUEST_TOO_LARGE', errorMessage: 'The body is too large' },
    ]);
  });

  it('gives numbers and text for each other', async () => {
    await prepareDevice(api, '990013907835573');
    const reply = await ask('POST', assign, {}, '{"deviceList":[990013907835573],"more":null}');
    expect(reply.json().deviceList).toMatchObject([{ deviceId: '990013907835573', status: 'Success' }]);
  });
});

describe('a path', () => {
  it.each([
    '/fota/v2/callbacks/DEFAULT',
    '/api/fota/v2//callbacks/DEFAULT',
    '/api/fota/v2/callbacks/DEFAULT/',
    '/https://thingspace.verizon.com/api/fota/v2/callbacks/DEFAULT',
  ])('is found as %s', async (url) => {
    expect((await ask('GET', url)).statusCode).toBe(200);
  });

  it.each(['/api/fota/v9/x', '/fota/v1', '/api/ts/v1/nothing', '/m2m/v1/session'])(
    'that leads nowhere is told in the form of the API: %s',
    async (url) => {
      const reply = await ask('GET', url);
      expect([reply.statusCode, reply.json().errorCode]).toEqual([404, 'RESOURCE_NOT_FOUND']);
    },
  );

  it.each(['/api/fota/v2/files/DEFAULT', '/fota//v2/files/DEFAULT?x=1'])(
    'that only a release note names is refused as any request is: PUT %s',
    async (url) => {
      const reply = await ask('PUT', url, {}, '{}');
      expect([reply.statusCode, reply.json()]).toEqual([
        400,
        { errorCode: 'INVALID_PARAMETER', errorMessage: 'Files cannot be changed' },
      ]);
    },
  );

  it('of the wires beside it stays theirs', async () => {
    expect((await ask('GET', '/api/versions')).json()).toHaveProperty('currentVersion');
    expect((await ask('GET', '/api/nothing')).json()).toHaveProperty('code', 12);
  });
});

describe('whoever calls', () => {
  it('is told by the gateway in front what is wrong with the bearer', async () => {
    const none = await ask('GET', callbacks, { authorization: '' });
    expect([none.statusCode, none.json().fault.code]).toEqual([401, '900902']);
    const wrong = await ask('GET', callbacks, { authorization: 'Bearer nonsense' });
    expect([wrong.statusCode, wrong.json().fault.code]).toEqual([401, '900901']);
    expect(wrong.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
  });

  it('cannot reach an account with the token of another one', async () => {
    const made = await api.call('POST', '/accounts', { body: { id: '0000123456-00001', name: 'Other' } });
    expect(made.status).toBe(201);
    const bound = await api.call('POST', '/tokens', {
      account: '0000123456-00001',
      body: { name: 'bound', account: true },
    });
    const authorization = `Bearer ${bound.body.token}`;
    const own = await ask('GET', '/api/fota/v2/callbacks/0000123456-00001', { authorization });
    expect([own.statusCode, own.json()]).toEqual([200, {}]);
    const other = await ask('GET', callbacks, { authorization });
    expect([other.statusCode, other.json().errorMessage]).toEqual([400, 'Account not found']);
    const session = await ask('GET', callbacks, { 'vz-m2m-token': bound.body.token });
    expect([session.statusCode, session.json().errorMessage]).toEqual([400, 'Account not found']);
  });
});
