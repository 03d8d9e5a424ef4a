import { afterEach, describe, expect, it } from 'vitest';
import { openMemory } from '../../../src/store/memory.ts';
import { type Api, startApi } from '../../support/api.ts';

let api: Api | undefined;
afterEach(() => api?.close());

const start = async (...given: Parameters<typeof startApi>): Promise<Api> => {
  api = await startApi(...given);
  return api;
};

describe('rate limits', () => {
  it('answer 429 with Retry-After to the credential that asks too much, and leave others alone', async () => {
    const { call, admin } = await start({}, { MUSTER_RATE_LIMIT: '5' });
    const other = (await call('POST', '/tokens', { body: { name: 'other' } })).body.token;
    expect(other).toMatch(/^muster_/);
    const statuses: number[] = [];
    for (let asked = 0; asked < 8; asked += 1) statuses.push((await call('GET', '/queries')).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429, 429, 429]);
    const refused = await call('GET', '/queries', { as: admin });
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(refused.body.code).toBe('too-many-requests');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect((await call('GET', '/queries', { as: other })).status).toBe(200);
  });
});

describe('a defect', () => {
  it('tells its request id and nothing else', async () => {
    const store = openMemory();
    const fail = () => Promise.reject(new Error('SELECT secret FROM /var/lib/muster failed'));
    const { call } = await start({ store: { ...store, queries: { ...store.queries, list: fail } } });
    const { status, headers, body } = await call('GET', '/queries');
    expect(status).toBe(500);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(body).toEqual({
      type: 'urn:muster:problem:server/failed',
      title: 'Server failure',
      status: 500,
      detail: 'The server failed. The request id finds the cause in its log.',
      code: 'server/failed',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });
});

describe('answers', () => {
  it('name neither the software nor its version', async () => {
    const { call } = await start();
    for (const path of ['/queries', '/nothing', '/docs']) {
      const { headers } = await call('GET', path);
      expect(Object.keys(headers)).not.toContain('x-powered-by');
      expect(Object.keys(headers)).not.toContain('server');
    }
  });

  it('allow no other origin', async () => {
    const { call, http } = await start();
    const origin = 'https://elsewhere.example';
    const { headers } = await call('GET', '/queries', { headers: { origin } });
    const asked = await http.inject({
      method: 'OPTIONS',
      url: '/api/v1/queries',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    expect(asked.statusCode).toBe(404);
    for (const answer of [headers, asked.headers]) {
      expect(Object.keys(answer).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });
});
