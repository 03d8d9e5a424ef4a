import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { sampleDevice } from '../../support/samples.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
  const lines = Array.from({ length: 2_500 }, (_, n) => ({
    id: `t${n}`,
    model: n % 2 === 0 ? 'GW-1' : 'GW-2',
  }));
  const by = { actor: { kind: 'server' }, now: api.context.clock() } as const;
  const account = await api.context.store.accounts.find('DEFAULT');
  if (account === undefined) throw new Error('there is no account');
  const devices = lines.map((line) => ({ value: sampleDevice({ ...line, tags: ['keep', 'old'] }) }));
  await api.context.store.devices.saveMany(account.key, devices, by);
});
afterAll(() => api.close());

const tag = async (body: object) => api.call('POST', '/devices/tags', { body });
const tagsOf = async (id: string) => (await api.call('GET', `/devices/${id}`)).body.tags;

describe('POST /devices/tags', () => {
  it('goes through all devices that match, a piece with each call, and changes nothing when repeated', async () => {
    const change = { expression: 'tag = old and not id = t0', add: ['new'], remove: ['old'] };
    const total = { changed: 0, pieces: 0 };
    for (let cursor: string | undefined; total.pieces < 9; ) {
      const { body, status } = await tag({ ...change, ...(cursor !== undefined && { cursor }) });
      expect({ status, failed: body.failed }).toEqual({ status: 200, failed: 0 });
      total.changed += body.changed;
      total.pieces += 1;
      if (body.next === null) break;
      cursor = body.next;
    }
    expect(total).toEqual({ changed: 2_499, pieces: 2 });
    expect(await tagsOf('t1')).toEqual(['keep', 'new']);
    expect(await tagsOf('t0')).toEqual(['keep', 'old']);
    const again = await tag({ expression: 'tag = new and model = "GW-2"', add: ['new'] });
    expect(again.body).toMatchObject({ changed: 0, unchanged: 1_250, next: null });
  });

  it('takes devices by id, all or none', async () => {
    expect((await tag({ devices: ['t0', 'nobody'], add: ['x'] })).body.code).toBe('not-found');
    expect(await tagsOf('t0')).not.toContain('x');
    expect((await tag({ devices: ['t0', 't2'], add: ['x'], remove: ['keep'] })).body).toEqual({
      ...{ changed: 2, unchanged: 0, failed: 0, problem: null, next: null },
    });
    expect(await tagsOf('t2')).toEqual(['new', 'x']);
  });

  it('tells which devices would have more tags than one may have, and changes the others', async () => {
    const many = Array.from({ length: 63 }, (_, n) => `many-${n}`);
    const { body } = await tag({ devices: ['t4', 't0'], add: many });
    expect(body).toMatchObject({ changed: 0, failed: 2 });
    expect(body.problem).toMatch(/64/);
    expect((await tag({ devices: ['t4'], remove: ['keep', 'new'], add: many })).body.changed).toBe(1);
  });

  it('refuses a change of nothing, the same tag twice, and a query that is none', async () => {
    expect((await tag({ devices: ['t0'] })).status).toBe(422);
    expect((await tag({ devices: ['t0'], add: ['a'], remove: ['a'] })).status).toBe(422);
    expect((await tag({ expression: 'model =', add: ['a'] })).body.code).toBe('query/syntax');
  });

  it('lets a device into a campaign that runs for those with the tag', async () => {
    const headers = { 'content-type': 'application/octet-stream' };
    const pack = await api.call('POST', '/packages?name=os&version=2', { body: 'bytes', headers });
    const target = { by: 'query', expression: 'tag = late', reevaluateSeconds: 60 };
    const { body } = await api.call('POST', '/campaigns', {
      body: { name: 'Late', packages: [pack.body.id], target },
    });
    expect((await api.call('POST', `/campaigns/${body.id}/start?confirm=true`)).status).toBe(200);
    await tag({ devices: ['t6'], add: ['late'] });
    expect((await api.call('GET', `/campaigns/${body.id}/counts`)).body.total).toBe(1);
  });
});
