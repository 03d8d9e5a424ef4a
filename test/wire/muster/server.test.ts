import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { newGuest } from '../../support/guests.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi({}, { MUSTER_PACKAGE_LIMIT: '5m', MUSTER_SESSION_TTL: '2h' });
});
afterAll(() => api.close());

describe('GET /server', () => {
  it('says what runs here and what it allows, to whoever is signed in', async () => {
    const as = await newGuest(api, []);
    const { status, body } = await api.call('GET', '/server', { as });
    expect(status).toBe(200);
    expect(body).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      node: process.versions.node,
      url: expect.stringMatching(/^http.*\/api\/v1$/),
      now: '2026-11-21T08:00:00.000Z',
      limits: {
        packageBytes: 5 * 1024 ** 2,
        importBytes: 256 * 1024 ** 2,
        signInsPerMinute: 0,
        failuresBeforeLock: expect.any(Number),
        lockSeconds: expect.any(Number),
        sessionSeconds: 7_200,
      },
    });
  });

  it('says nothing to anybody else', async () => {
    expect((await api.call('GET', '/server', { as: null })).status).toBe(401);
  });
});
