import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runNextJob } from '../../../src/app/jobs.ts';
import { waitRules } from '../../../src/wire/muster/rollouts.ts';
import { type Api, startApi } from '../../support/api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const nine = [{ days: ['sat'], from: '09:00', to: '10:00', zone: 'utc' }];

/** A campaign that runs for these devices, with a plan of its own. */
const start = async (ids: readonly string[], plan: object): Promise<string> => {
  for (const id of ids) await api.call('POST', '/devices', { body: { id, protocol: 'custom' } });
  const headers = { 'content-type': 'application/octet-stream' };
  const name = `os-${ids[0]}`;
  const pack = await api.call('POST', `/packages?name=${name}&version=2`, { body: 'bytes', headers });
  const body = { name, packages: [pack.body.id], ...plan };
  const { id } = (await api.call('POST', '/campaigns', { body })).body;
  await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: ids } });
  expect((await api.call('POST', `/campaigns/${id}/start`)).status).toBe(200);
  while (await runNextJob(api.context));
  return id;
};

const reasons = async (campaign: string): Promise<unknown> =>
  (await api.call('GET', `/campaigns/${campaign}/waiting`)).body.reasons;

const behind = async (campaign: string, rule: string, query = ''): Promise<readonly string[]> =>
  (await api.call('GET', `/campaigns/${campaign}/waiting/${rule}${query}`)).body.items.map(
    (one: { readonly device: string }) => one.device,
  );

const explained = async (campaign: string, device: string): Promise<string> =>
  (await api.call('GET', `/campaigns/${campaign}/devices/${device}/explanation`)).body.blocking.rule;

describe('GET /campaigns/:campaign/waiting', () => {
  it('counts devices by what has to change first, as the explanation of each says it', async () => {
    const ids = ['w1', 'w2', 'w3', 'w4', 'w5'];
    const plan = {
      download: { notBefore: null, windows: nine },
      checkpoints: ['execution'],
    };
    const campaign = await start(ids, plan);
    expect(await reasons(campaign)).toEqual([
      { rule: 'window', devices: 5, until: '2026-11-21T09:00:00.000Z' },
    ]);
    api.pass(3_600_000);
    await api.call('POST', '/devices/w1/check-in');
    await api.call('POST', '/devices/w2/check-in');
    await api.call('POST', `/campaigns/${campaign}/devices/w2/reports`, {
      body: { phase: 'download', step: 'complete' },
    });
    const { body } = await api.call('GET', `/campaigns/${campaign}/waiting`);
    const why = await Promise.all(ids.map(async (id) => [id, await explained(campaign, id)] as const));
    const found = (rule: string) => why.filter((one) => one[1] === rule).map(([id]) => id);
    expect(body.devices).toBe(4);
    for (const { rule, devices } of body.reasons) {
      expect(found(rule)).toHaveLength(devices);
      expect(await behind(campaign, rule)).toEqual(found(rule));
    }
    expect(found('report')).toEqual(['w1']);
    api.pass(-3_600_000);
  });

  it('leads to the devices page by page, those that have other reasons left out', async () => {
    const ids = ['p1', 'p2', 'p3', 'p4', 'p5'];
    const campaign = await start(ids, { download: { notBefore: null, windows: nine } });
    await api.call('POST', '/devices/p2/check-in');
    await api.call('POST', `/campaigns/${campaign}/devices/p3/close`, { body: {} });
    const all: string[] = [];
    for (let query = '?limit=2'; query !== ''; ) {
      const { items, next } = (await api.call('GET', `/campaigns/${campaign}/waiting/window${query}`)).body;
      all.push(...items.map((one: { readonly device: string }) => one.device));
      query = next === null ? '' : `?limit=2&cursor=${encodeURIComponent(next)}`;
    }
    expect(all).toEqual(['p1', 'p2', 'p4', 'p5']);
    expect(await behind(campaign, 'approval')).toEqual([]);
  });

  it('says why none goes on while the campaign is paused', async () => {
    const campaign = await start(['s1', 's2'], {});
    expect(await reasons(campaign)).toEqual([{ rule: 'contact', devices: 2, until: null }]);
    await api.call('POST', `/campaigns/${campaign}/pause`);
    expect(await reasons(campaign)).toEqual([{ rule: 'campaign-status', devices: 2, until: null }]);
  });

  it('knows every rule that an explanation names, and no other', async () => {
    const campaign = await start(['k1'], {});
    const { verdicts } = (await api.call('GET', `/campaigns/${campaign}/devices/k1/explanation`)).body;
    expect(verdicts.map(({ rule }: { readonly rule: string }) => rule).toSorted()).toEqual(
      waitRules.toSorted(),
    );
    expect((await api.call('GET', `/campaigns/${campaign}/waiting/bad-mood`)).status).toBe(400);
    expect((await api.call('GET', '/campaigns/nobody/waiting')).status).toBe(404);
  });
});

describe('GET /campaigns?waits=me', () => {
  it('lists what whoever asks may approve, and nothing that somebody else has to', async () => {
    const [{ id: account }] = (await api.call('GET', '/accounts')).body.items;
    const make = async (name: string, as?: string): Promise<string> =>
      (await api.call('POST', '/campaigns', { body: { name }, ...(as !== undefined && { as }) })).body.id;
    const policy = (approvalPolicy: string) =>
      api.call('PATCH', `/accounts/${account}`, { body: { approvalPolicy } });
    await policy('one');
    const one = await make('Anybody approves');
    await policy('another');
    const own = await make('Somebody else approves');
    const roles = (await api.call('GET', '/roles')).body.items;
    const roleIds = [roles.find(({ name }: { readonly name: string }) => name === 'Administrator').id];
    const user = { email: 'grace@example.com', name: 'Grace', password: 'a long enough one', roleIds };
    expect((await api.call('POST', '/users', { body: user })).status).toBe(201);
    const session = await api.call('POST', '/session', {
      as: null,
      body: { email: user.email, password: user.password },
    });
    const named = async (query: string, as?: string): Promise<unknown> =>
      (
        await api.call('GET', `/campaigns?waits=me${query}`, { ...(as !== undefined && { as }) })
      ).body.items.map(({ id }: { readonly id: string }) => id);
    expect(await named('')).toEqual([one]);
    expect(await named('&order=newest', session.body.token)).toEqual([own, one]);
    expect(await named('&text=nothing')).toEqual([]);
    await policy('none');
  });

  it('goes on behind pages of those that wait for somebody else', async () => {
    const [{ id: account }] = (await api.call('GET', '/accounts')).body.items;
    const policy = (approvalPolicy: string) =>
      api.call('PATCH', `/accounts/${account}`, { body: { approvalPolicy } });
    await policy('one');
    const mine = (await api.call('POST', '/campaigns', { body: { name: 'deep' } })).body.id;
    await policy('another');
    for (let n = 0; n < 5; n += 1) await api.call('POST', '/campaigns', { body: { name: `deep ${n}` } });
    const { body } = await api.call('GET', '/campaigns?waits=me&order=newest&text=deep&limit=1');
    expect(body.items.map(({ id }: { readonly id: string }) => id)).toEqual([mine]);
    await policy('none');
  });
});
