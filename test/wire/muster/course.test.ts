import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runNextJob } from '../../../src/app/jobs.ts';
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

describe('GET /campaigns/:campaign/course of a campaign that is over', () => {
  it('says when it was started, and counts no device as failed that it was over for', async () => {
    for (const id of ['o1', 'o2']) await device(id, '1');
    const begun = new Date(api.context.clock()).toISOString();
    const campaign = await start(['o1', 'o2']);
    api.pass(60_000);
    await report(campaign, 'o1', { failure: 'no-space' });
    expect((await api.call('POST', `/campaigns/${campaign}/end`)).status).toBe(200);
    while (await runNextJob(api.context));
    const { body } = await api.call('GET', `/campaigns/${campaign}/course`);
    expect(body.startedAt).toBe(begun);
    expect(body.stretches).toMatchObject([{ succeeded: 0, failed: 1, other: 1 }]);
    expect(body.reasons).toContainEqual({ outcome: 'timed-out', reason: 'campaign-ended', count: 1 });
  });
});

describe('GET /campaigns/:campaign/devices?offset=', () => {
  it('lists devices from a place on, also behind a cursor, and has marks for that', async () => {
    const ids = ['p1', 'p2', 'p3', 'p4', 'p5'];
    for (const id of ids) await device(id, '1');
    const path = `/campaigns/${await start(ids)}/devices`;
    const page = async (query: string) => (await api.call('GET', `${path}?${query}`)).body;
    const named = ({ items }: { items: { device: string }[] }) => items.map((one) => one.device);
    const first = await page('offset=1&limit=2');
    expect(named(first)).toEqual(['p2', 'p3']);
    expect(named(await page(`cursor=${first.next}&limit=9`))).toEqual(['p4', 'p5']);
    const last = await page('offset=3&limit=2');
    expect([named(last), last.next]).toEqual([['p4', 'p5'], null]);
    expect(named(await page('offset=9'))).toEqual([]);
    expect(named(await page(`offset=1&cursor=${first.next}`))).toEqual(['p5']);
    await report(path.split('/')[2] ?? '', 'p4', { failure: 'no-space' });
    const marksPath = path.replace('/devices', '/device-marks');
    const marked = async (query: string) => (await api.call('GET', `${marksPath}?${query}`)).body;
    expect((await marked('')).total).toBe(5);
    const { total, marks } = await marked('outcome=failed&reason=no-space');
    expect(total).toBe(1);
    expect(named(await page(`outcome=failed&cursor=${marks[0].cursor}&offset=0`))).toEqual(['p4']);
    expect((await api.call('GET', `${marksPath}?position=nowhere`)).status).toBe(422);
  });
});

describe('GET /failures', () => {
  it('counts why devices failed in all campaigns under way, and not in those that are over', async () => {
    const own = await startApi();
    const before = api;
    api = own;
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const id of ids) await device(id, '1');
    const first = await start(['a', 'b', 'c']);
    const second = await start(['d']);
    const third = await start(['e', 'f']);
    for (const id of ['a', 'b']) await report(first, id, { failure: 'no-space' });
    await report(first, 'c', { rejected: true });
    await report(second, 'd', { failure: 'no-space' });
    await report(third, 'e', { failure: 'no-space' });
    await own.call('POST', `/campaigns/${third}/end`);
    const { status, body } = await own.call('GET', '/failures');
    expect(status).toBe(200);
    expect(body.reasons).toEqual([
      {
        ...{ outcome: 'failed', reason: 'no-space', count: 3 },
        campaigns: [
          { id: first, name: 'os-a', count: 2 },
          { id: second, name: 'os-d', count: 1 },
        ],
      },
      {
        ...{ outcome: 'rejected', reason: 'device-rejected', count: 1 },
        campaigns: [{ id: first, name: 'os-a', count: 1 }],
      },
    ]);
    api = before;
    await own.close();
  });
});

describe('GET /campaigns/:campaign/hours', () => {
  it('tells for each time zone of the devices in which hours a phase may begin', async () => {
    const zones = { h1: 'UTC', h2: 'Asia/Kathmandu', h3: 'Asia/Kathmandu' };
    for (const [id, timeZone] of Object.entries(zones))
      await api.call('POST', '/devices', { body: { id, protocol: 'custom', timeZone } });
    const campaign = await start(Object.keys(zones));
    const every = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
    const windows = [{ days: every, from: '22:00', to: '02:00', zone: 'device' }];
    const patched = await api.call('PATCH', `/campaigns/${campaign}`, {
      body: { install: { notBefore: null, windows, spreadSeconds: 0 } },
    });
    expect(patched.status).toBe(200);
    const { status, body } = await api.call('GET', `/campaigns/${campaign}/hours`);
    expect(status).toBe(200);
    expect(body.zones.map(({ zone, devices }: { zone: string; devices: number }) => [zone, devices])).toEqual(
      [
        ['Asia/Kathmandu', 2],
        ['UTC', 1],
      ],
    );
    const hour = new Date(body.from).getUTCHours();
    const open = (zone: number, at: number) => body.zones[zone].install[(at - hour + 24) % 24];
    expect([21, 22, 1, 2].map((at) => open(1, at))).toEqual([0, 1, 1, 0]);
    expect([16, 17, 19, 20].map((at) => open(0, at))).toEqual([0.75, 1, 1, 0.25]);
    expect(body.zones[0].download).toEqual(Array.from({ length: 168 }, () => 1));
    expect(body.others).toEqual({ zones: 0, devices: 0 });
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
