import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const register = async (id: string, fields: object = {}): Promise<void> => {
  const reply = await api.call('POST', '/devices', { body: { id, protocol: 'custom', ...fields } });
  expect(reply.status).toBe(201);
};

const upload = async (query: string): Promise<string> =>
  (
    await api.call('POST', `/packages?${query}`, {
      body: new Uint8Array([1, 2, 3]),
      headers: { 'content-type': 'application/octet-stream' },
    })
  ).body.id;

const examine = (plan: object, campaign?: string) =>
  api.call('POST', '/campaigns/examination', {
    body: { plan, ...(campaign !== undefined && { campaign }) },
  });
const forecast = (body: object) => api.call('POST', '/campaigns/forecast', { body });
const create = async (plan: object): Promise<string> =>
  (await api.call('POST', '/campaigns', { body: plan })).body.id;

const to = (expression: string) => ({ target: { by: 'query', expression, reevaluateSeconds: 0 } });

describe('a plan that is examined before it is saved', () => {
  it('tells how many devices it is for, and how many of them cannot take part, the most frequent reason first', async () => {
    for (const id of ['a1', 'a2', 'a3']) await register(id, { model: 'A', versions: { firmware: '2.0.0' } });
    for (const id of ['b1', 'b2']) await register(id, { model: 'B', versions: { firmware: '1.0.0' } });
    await register('a4', { model: 'A', versions: { firmware: '1.0.0' } });
    await register('elsewhere', { model: 'C' });
    const pack = await upload('name=os&version=2.0.0&kind=firmware&model=A');
    const reply = await examine({ name: 'spring', packages: [pack], ...to('model in (A, B)') });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      devices: 6,
      examined: 6,
      excluded: [
        { reason: 'already-installed', devices: 3, examples: ['a1', 'a2', 'a3'] },
        { reason: 'wrong-model', devices: 2, examples: ['b1', 'b2'] },
      ],
    });
  });

  it('tells of devices that another campaign is busy with', async () => {
    await register('d1');
    const pack = await upload('name=os&version=2.0.0&kind=firmware');
    const busy = await create({ name: 'first', packages: [pack] });
    await api.call('POST', `/campaigns/${busy}/devices`, { body: { devices: ['d1'] } });
    await api.call('POST', `/campaigns/${busy}/start`);
    const { body } = await examine({ name: 'second', packages: [pack], ...to('id = d1') });
    expect(body.excluded).toMatchObject([{ reason: 'other-campaign', devices: 1, examples: ['d1'] }]);
  });

  it('counts the devices of a campaign that is edited, under the plan that it would have', async () => {
    await register('d1', { model: 'B' });
    await register('d2', { model: 'A' });
    const pack = await upload('name=os&version=2.0.0&kind=firmware&model=A');
    const id = await create({ name: 'by hand' });
    await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: ['d1', 'd2'] } });
    expect((await examine({}, id)).body).toEqual({ devices: 2, examined: 2, excluded: [] });
    expect((await examine({ packages: [pack] }, id)).body.excluded).toMatchObject([
      { reason: 'wrong-model', devices: 1, examples: ['d1'] },
    ]);
  });

  it.each([
    ['another name', { name: ' ' }, 422, '/name'],
    [
      'waves of more than everybody',
      {
        rollout: {
          by: 'waves',
          waves: [60, 50].map((percent) => ({
            ...{ name: 'w', success: 100, soakSeconds: 0, manual: false },
            size: { by: 'percent', percent },
          })),
        },
      },
      422,
      '/rollout/waves',
    ],
    [
      'a spread of nothing',
      { install: { notBefore: null, windows: [], spreadSeconds: 60 } },
      422,
      '/install/spreadSeconds',
    ],
    ['a word that is none', { order: 'random' }, 400, '/plan/order'],
  ])('is refused where it would be when saved, with the field: %s', async (_, plan, status, at) => {
    const reply = await examine({ name: 'spring', ...plan });
    expect(reply.status).toBe(status);
    expect(reply.body.errors[0].at).toBe(at);
  });

  it('is refused for the campaign of nobody', async () => {
    expect((await examine({}, 'nobody')).status).toBe(404);
  });

  it('saves nothing', async () => {
    await examine({ name: 'spring', ...to('*') });
    await forecast({ plan: { name: 'spring', ...to('*') } });
    expect((await api.call('GET', '/campaigns')).body.items).toEqual([]);
  });
});

describe('the forecast of a plan that is not saved', () => {
  const assumptions = { failing: 0, broken: 0, silent: 0, variation: 0 };

  it('is that of the campaign that it would be, with another beside it', async () => {
    for (let n = 0; n < 8; n += 1) await register(`d${n}`);
    const pack = await upload('name=os&version=2.0.0&kind=firmware');
    const plan = { name: 'spring', packages: [pack], ...to('*'), concurrency: 1 };
    const { status, body } = await forecast({ plan, change: { concurrency: 8 }, assumptions });
    expect(status).toBe(200);
    expect(body.planned).toMatchObject({ devices: 8, succeeded: { middle: 8 }, finished: 1 });
    expect(body.planned.peak.inProgress.middle).toBe(1);
    expect(body.changed.peak.inProgress.middle).toBe(8);
  });

  it.each([
    ['a plan with a mistake', { plan: { name: 'spring', packages: ['nowhere'] } }, 404],
    [
      'another plan with a mistake',
      { plan: { name: 'spring' }, change: { endAt: '2020-01-01T00:00:00Z' } },
      422,
    ],
    ['no plan', {}, 400],
  ])('is refused for %s', async (_, body, status) => {
    expect((await forecast(body)).status).toBe(status);
  });
});
