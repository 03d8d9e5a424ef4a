import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const device = async (id: string, firmware: string) =>
  expect(
    (await api.call('POST', '/devices', { body: { id, protocol: 'custom', versions: { firmware } } })).status,
  ).toBe(201);

const start = async (devices: readonly string[]): Promise<string> => {
  const headers = { 'content-type': 'application/octet-stream' };
  const name = `os-${devices[0]}`;
  const pack = await api.call('POST', `/packages?name=${name}&version=2`, { body: 'bytes', headers });
  const body = { name, packages: [pack.body.id], retry: { attempts: 1, backOffSeconds: 0 } };
  const { id } = (await api.call('POST', '/campaigns', { body })).body;
  await api.call('POST', `/campaigns/${id}/devices`, { body: { devices } });
  expect((await api.call('POST', `/campaigns/${id}/start`)).status).toBe(200);
  return id;
};

const report = async (campaign: string, id: string, body: object) => {
  await api.call('POST', `/devices/${id}/check-in`);
  const reply = await api.call('POST', `/campaigns/${campaign}/devices/${id}/reports`, { body });
  expect(reply.status).toBe(200);
};

describe('GET /campaigns/:campaign/course', () => {
  it('tells when updates ended, and why some failed, the most frequent reason first', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const id of ids) await device(id, '1');
    const campaign = await start(ids);
    const begun = api.context.clock();
    const done = { phase: 'activation', step: 'complete' };
    await report(campaign, 'a', done);
    api.pass(90_000);
    await report(campaign, 'b', done);
    await report(campaign, 'c', { failure: 'no-space' });
    await report(campaign, 'd', { failure: 'no-space' });
    await report(campaign, 'e', { rejected: true });
    const { status, body } = await api.call('GET', `/campaigns/${campaign}/course`);
    expect(status).toBe(200);
    const at = (after: number) => new Date(begun + after).toISOString();
    expect(body).toEqual({
      ...{ at: at(90_000), startedAt: at(0), everySeconds: 1 },
      stretches: [
        { from: at(0), succeeded: 1, failed: 0, other: 0 },
        { from: at(90_000), succeeded: 1, failed: 3, other: 0 },
      ],
      reasons: [
        { outcome: 'failed', reason: 'no-space', count: 2 },
        { outcome: 'rejected', reason: 'device-rejected', count: 1 },
      ],
    });
  });

  it('leads to the devices that ended for a reason', async () => {
    await device('f', '1');
    await device('g', '1');
    const campaign = await start(['f', 'g']);
    await report(campaign, 'f', { failure: 'no-space' });
    await report(campaign, 'g', { failure: 'checksum-mismatch' });
    const list = async (query: string) =>
      (await api.call('GET', `/campaigns/${campaign}/devices?${query}`)).body.items?.map(
        (one: { device: string }) => one.device,
      );
    expect(await list('reason=no-space')).toEqual(['f']);
    expect(await list('reason=no-space&reason=checksum-mismatch')).toEqual(['f', 'g']);
    expect(await list('reason=device-busy')).toEqual([]);
    expect((await api.call('GET', `/campaigns/${campaign}/devices?reason=bad-mood`)).status).toBe(400);
  });
});

describe('GET /fleet', () => {
  it('counts the devices of the account by protocol, version and when they were last seen', async () => {
    const own = await startApi();
    for (const [id, version] of [
      ['x', '1.9'],
      ['y', '1.10'],
      ['z', '1.10'],
    ])
      await own.call('POST', '/devices', { body: { id, protocol: 'ddi', versions: { firmware: version } } });
    await own.call('POST', '/devices', { body: { id: 'w', protocol: 'custom' } });
    const { status, body } = await own.call('GET', '/fleet');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      devices: 4,
      protocols: [
        { protocol: 'ddi', count: 3 },
        { protocol: 'custom', count: 1 },
      ],
      versions: [
        { version: '1.10', count: 2 },
        { version: '1.9', count: 1 },
        { version: '', count: 1 },
      ],
    });
    expect(body.seen).toHaveLength(6);
    expect(body.seen.at(-1)).toEqual({ from: null, to: null, count: 4 });
    expect(body.seen[0]).toEqual({ from: expect.any(String), to: null, count: 0 });
    await own.close();
  });
});

describe('GET /campaigns?order=newest', () => {
  it('lists campaigns the other way round, page by page', async () => {
    const own = await startApi();
    for (const name of ['one', 'two', 'three']) await own.call('POST', '/campaigns', { body: { name } });
    const page = async (query: string) => (await own.call('GET', `/campaigns?${query}`)).body;
    const first = await page('order=newest&limit=2');
    expect(first.items.map(({ name }: { name: string }) => name)).toEqual(['three', 'two']);
    const rest = await page(`order=newest&limit=2&cursor=${first.next}`);
    expect(rest.items.map(({ name }: { name: string }) => name)).toEqual(['one']);
    expect(rest.next).toBeNull();
    expect((await page('')).items.map(({ name }: { name: string }) => name)).toEqual(['one', 'two', 'three']);
    await own.close();
  });
});
