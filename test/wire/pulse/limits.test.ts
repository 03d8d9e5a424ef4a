import { afterEach, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { done, prepareGateway, preparePackage } from './prepare.ts';

let api: Api;
afterEach(() => api.close());

describe('the limit of requests', () => {
  it('is counted for each gateway by itself, though all come from one address', async () => {
    api = await startApi({}, { MUSTER_RATE_LIMIT: '40' });
    const body = { name: 'Spring', packages: [await preparePackage(api, 'base')] };
    const { uuid } = done(await api.call('POST', '/api/campaigns', { body })).body;
    const [one, other] = [await prepareGateway(api, 'gw-1'), await prepareGateway(api, 'gw-2')];
    done(
      await api.call('POST', `/api/campaigns/${uuid}/devices`, { body: { gatewayIds: ['gw-1', 'gw-2'] } }),
    );
    const ask = async (gateway: string, as: string): Promise<number> => {
      const path = `/api/campaigns/${uuid}/devices/${gateway}/scheduled-download`;
      return (await api.call('PUT', path, { as, body: {} })).status;
    };
    for (let times = 0; times < 40; times += 1) expect(await ask('gw-1', one)).toBe(200);
    expect(await ask('gw-1', one)).toBe(429);
    expect(await ask('gw-2', other)).toBe(200);
    // A secret that is wrong is counted with the gateway that it names, as every guess is.
    expect(await ask('gw-1', `${one}x`)).toBe(429);
  });

  it('is told in the form of this wire, with when to come again', async () => {
    api = await startApi({}, { MUSTER_RATE_LIMIT: '5' });
    const ask = () => api.call('GET', '/api/campaigns', { as: null });
    for (let times = 0; times < 5; times += 1) await ask();
    const { status, headers, body } = await ask();
    expect([status, headers['grpc-status'], headers['retry-after']]).toEqual([
      429,
      '8',
      expect.stringMatching(/^\d+$/),
    ]);
    expect(body).toEqual({ code: 8, message: 'Too many requests; try again later.', details: [] });
  });
});

describe('a path', () => {
  it.each(['/api/campaigns/%ff', '/api/devices/%/active-campaigns', `/api/programs/${'a'.repeat(300)}`])(
    'that nothing can be made of is refused in the form of this wire: %s',
    async (path) => {
      api = await startApi();
      const { status, headers, body } = await api.call('GET', path);
      expect([status, headers['grpc-status'], body.code, body.details]).toEqual([400, '3', 3, []]);
      expect(headers['grpc-message']).toMatch(/not a valid url component|exceeding the max param length/);
    },
  );

  it('is refused in the form of the wire that has it', async () => {
    api = await startApi();
    const { status, headers, body } = await api.call('GET', '/api/v1/campaigns/%ff');
    expect([status, headers['grpc-status'], body.code]).toEqual([400, undefined, 'request/malformed']);
  });
});

describe('a body', () => {
  const send = async (body: string, headers: Readonly<Record<string, string>> = {}) => {
    const reply = await api.call('POST', '/api/campaigns', { body, headers });
    return [reply.status, reply.body.code, reply.headers['grpc-status']];
  };

  it('that is too large is 413 in the form of this wire', async () => {
    api = await startApi({}, { MUSTER_BODY_LIMIT: '2k' });
    expect(await send(JSON.stringify({ name: 'a'.repeat(3_000) }))).toEqual([413, 8, '8']);
  });

  it('is read as JSON whatever it says it is, or does not say', async () => {
    api = await startApi();
    const types = ['text/plain', 'application/x-www-form-urlencoded', 'application/x-protobuf', undefined];
    for (const type of types) {
      const reply = await api.http.inject({
        method: 'POST',
        url: '/api/campaigns',
        headers: { authorization: `Bearer ${api.admin}`, ...(type && { 'content-type': type }) },
        payload: Buffer.from('{"name":"Spring"}'),
      });
      expect([type, reply.statusCode, reply.payload]).toEqual([type, 200, expect.stringContaining('uuid')]);
    }
  });

  it.each([
    '',
    '{',
    'name=Spring',
    '"Spring"',
    '7',
    'null',
    '[]',
    '{"name":"a","name":"b"}',
    '{"name":"\\u0000"}',
  ])('of %j is 400 in the form of this wire', async (text) => {
    api = await startApi();
    expect(await send(text)).toEqual([400, 3, '3']);
  });
});
