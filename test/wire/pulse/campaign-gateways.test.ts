import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayStates } from '../../../src/api/pulse/states.ts';
import { runDueUpdates } from '../../../src/app/due-updates.ts';
import { positions } from '../../../src/domain/position.ts';
import { evolve, type Update, type UpdateEvent } from '../../../src/domain/update.ts';
import { accepted, must } from '../../contract/store/world.ts';
import { type Api, startApi } from '../../support/api.ts';
import { done, prepareGateway, preparePackage } from './prepare.ts';

let api: Api;
let base: string;
beforeAll(async () => {
  api = await startApi();
  base = await preparePackage(api, 'base', { HEADLESS_EXECUTION: false });
});
afterAll(() => api.close());

let made = 0;
const fresh = (word: string): string => {
  made += 1;
  return `${word}-${made}`;
};

/** A started campaign with new gateways in it. */
const launch = async (count = 1, profile: object = {}) => {
  const body = { name: fresh('campaign'), packages: [base] };
  const { uuid: id } = done(await api.call('POST', '/api/campaigns', { body })).body;
  const path = `/api/campaigns/${id}`;
  const gatewayIds = Array.from({ length: count }, () => fresh('gw'));
  const tokens: string[] = [];
  for (const gateway of gatewayIds) tokens.push(await prepareGateway(api, gateway, profile));
  if (count > 0) done(await api.call('POST', `${path}/devices`, { body: { gatewayIds } }));
  done(await api.call('PUT', `${path}/start`));
  const [gateway = '', token = ''] = [gatewayIds[0], tokens[0]];
  const at = `${path}/devices/${gateway}`;
  return {
    ...{ id, path, gatewayIds, gateway, token, at },
    put: (rest: string, given: object = {}) => api.call('PUT', `${at}${rest}`, { body: given }),
    state: async () => done(await api.call('GET', `${at}/state`)).body.state,
    status: async () => done(await api.call('GET', `${at}/status`)).body,
    overall: async () => done(await api.call('GET', `${path}/status`)).body,
    list: async (query = '') => done(await api.call('GET', `${path}/devices${query}`)).body,
    poll: async () =>
      done(await api.call('GET', `/api/devices/${gateway}/commands`, { as: token })).body.commandMessage,
  };
};
type Launched = Awaited<ReturnType<typeof launch>>;

/** Puts the update of a campaign's gateway into a state that its way may lead to. */
const place = async ({ id, gatewayIds }: Launched, index: number, given: (was: Update) => Update) => {
  const { store } = api.context;
  const account = must(await store.accounts.find('DEFAULT')).key;
  const campaign = must(await store.campaigns.find(account, id));
  const device = must(await store.devices.find(account, gatewayIds[index] ?? ''));
  const was = must(await store.updates.find(account, campaign.key, device.key));
  const writes = [{ save: 'update', was, value: given(was) } as const];
  accepted(await store.commit({ account, writes, events: [] }));
};

describe('gateways that are added', () => {
  it('are named, up to twenty, when they are unknown, and then none is added', async () => {
    const { path, list } = await launch(0);
    const known = fresh('gw');
    await prepareGateway(api, known);
    const strangers = Array.from({ length: 25 }, (_, index) => `stranger-${index}`);
    const { status, body } = await api.call('POST', `${path}/devices`, {
      body: { gatewayIds: [known, ...strangers] },
    });
    const named = strangers.slice(0, 20).map((id) => `"${id}"`);
    expect([status, body.message]).toEqual([
      404,
      `There is no device ${named.join(', ')} and 5 more in this account.`,
    ]);
    expect((await list()).gateways).toEqual([]);
  });

  it('are no things: these are named, and none is added', async () => {
    const { path, list } = await launch(0);
    const known = fresh('gw');
    await prepareGateway(api, known);
    const things = [fresh('thing'), fresh('thing')];
    for (const id of things) {
      const body = { id, attributes: { 'pulse.type': 'THING' } };
      done(await api.call('POST', '/devices', { body }));
    }
    const add = (gatewayIds: readonly string[]) =>
      api.call('POST', `${path}/devices`, { body: { gatewayIds } });
    const reply = await add([known, ...things]);
    expect([reply.status, reply.body.message]).toEqual([
      400,
      `gatewayIds: expected ids of gateways, not of things; got "${things[0]}", "${things[1]}".`,
    ]);
    expect((await add(['stranger', ...things])).body.message).toBe(
      'There is no device "stranger" in this account.',
    );
    expect((await list()).gateways).toEqual([]);
  });

  it('may be named twice, and as numbers', async () => {
    const { path, list } = await launch(0);
    await prepareGateway(api, '4711');
    done(await api.call('POST', `${path}/devices`, { body: { gatewayIds: [4711, '4711'] } }));
    expect((await list()).gateways).toEqual([{ gatewayId: '4711', state: 'INSTANTIATED', closed: false }]);
    const close = (gatewayId: number) =>
      api.call('PUT', `${path}/devices/4711/close`, { body: { gatewayId } });
    expect((await close(4712)).status).toBe(400);
    expect((await close(4711)).status).toBe(200);
  });

  it('cannot come into a campaign that is over', async () => {
    const { path, id, gatewayIds } = await launch();
    done(await api.call('POST', `/campaigns/${id}/cancel`));
    const reply = await api.call('POST', `${path}/devices`, { body: { gatewayIds } });
    expect([reply.status, reply.body.code]).toEqual([400, 9]);
  });
});

describe('gateways that are taken out', () => {
  it('are gone from the list and its counts, whatever page is asked for', async () => {
    const { path, gatewayIds, list, overall } = await launch(5);
    const [first, , third] = gatewayIds;
    done(await api.call('PUT', `${path}/devices`, { body: { gatewayIds: [first, third] } }));
    expect((await overall()).totalNumberOfGateways).toBe('3');
    const page = await list('?page.size=2&page.number=1');
    expect(page.pageResponse).toEqual({ totalPages: '2', totalElements: '3', page: 1, pageSize: 2 });
    expect(page.gateways).toMatchObject([{ gatewayId: gatewayIds[4] }]);
  });

  it.each([
    ['GET', '/state'],
    ['GET', '/status'],
    ['GET', '/packages'],
    ['GET', '/progress/download'],
    ['GET', '/progress/execution'],
    ['PUT', '/packages'],
    ['PUT', '/close'],
    ['PUT', '/notify'],
    ['PUT', '/scheduled-download'],
    ['PUT', '/scheduled-execution'],
    ['PUT', '/scheduled-activation'],
  ] as const)('are unknown to %s %s', async (method, rest) => {
    const { path, at, gatewayIds } = await launch();
    done(await api.call('DELETE', `${path}/devices`, { body: { gatewayIds } }));
    const reply = await api.call(method, `${at}${rest}`, method === 'PUT' ? { body: { packages: [] } } : {});
    expect([reply.status, reply.body.code]).toEqual([404, 5]);
  });

  it('stay in it while a device that answers is asked to stop', async () => {
    const launched = await launch(1, { protocol: 'ddi' });
    await place(launched, 0, (was) => ({ ...was, position: 'execution-running' }));
    const { path, gatewayIds, list } = launched;
    done(await api.call('PUT', `${path}/devices`, { body: { gatewayIds } }));
    expect((await list()).gateways).toMatchObject([{ state: 'EXECUTING', closed: false }]);
  });
});

describe('the states of gateways', () => {
  const failed: UpdateEvent = {
    ...({ type: 'update-closed', outcome: 'failed', reason: 'install-failed' } as const),
    message: 'exit code 1',
  };

  it('are shown for every position, and counted, open or closed', async () => {
    const launched = await launch(2 * positions.length);
    for (const [index, position] of positions.entries()) {
      await place(launched, 2 * index, (was) => ({ ...was, position }));
      await place(launched, 2 * index + 1, (was) => evolve({ ...was, position }, failed, was.since));
    }
    const { gateways } = await launched.list('?page.size=100');
    const expected = positions.flatMap((position) => [
      { state: gatewayStates[position], closed: false },
      { state: gatewayStates[position], closed: true },
    ]);
    expect(gateways).toEqual(
      expected.map((shown, index) => ({ gatewayId: launched.gatewayIds[index], ...shown })),
    );
    const overall = await launched.overall();
    expect(overall.gatewayCountsByState).toEqual(
      Object.fromEntries(Object.values(gatewayStates).map((state) => [state, '2'])),
    );
    expect(overall).toMatchObject({
      totalNumberOfGateways: `${2 * positions.length}`,
      numberOfGatewaysInDownloadCompleteState: '2',
      numberOfGatewaysInExecutionCompleteState: '2',
      numberOfGatewaysInActivationCompleteState: '2',
      // download-complete, and the twelve steps of execution and activation.
      numberOfGatewaysDownloaded: '26',
      numberOfGatewaysExecuted: '14',
      numberOfGatewaysActivated: '2',
    });
  });

  it('come with why it ended', async () => {
    const launched = await launch();
    await place(launched, 0, (was) => ({ ...was, position: 'execution-running' }));
    expect(await launched.status()).toMatchObject({ closed: false, outcome: '', reason: '', message: '' });
    done(await launched.put('/close'));
    expect(await launched.status()).toMatchObject({
      campaignState: { state: 'EXECUTING' },
      closed: true,
      outcome: 'closed-by-operator',
      reason: 'closed-by-operator',
      message: 'closed by an operator',
    });
  });
});

describe('a slot', () => {
  it('that is ahead is waited for, and replaced by another', async () => {
    const launched = await launch();
    await launched.poll();
    await launched.poll();
    const now = api.context.clock();
    done(await launched.put('/scheduled-download', { begin: now + 60_000, end: now + 120_000 }));
    expect(await launched.state()).toBe('SCHEDULED_DOWNLOAD');
    done(await launched.put('/scheduled-download', { begin: `${(now + 30_000) / 1_000}` }));
    expect(await launched.state()).toBe('SCHEDULED_DOWNLOAD');
    api.pass(30_000);
    await runDueUpdates(api.context);
    expect(await launched.state()).toBe('WAITING_FOR_DOWNLOAD');
  });

  it('may be set before the phase is reached, and then nobody is waited for', async () => {
    const launched = await launch();
    done(await launched.put('/scheduled-download'));
    expect(await launched.state()).toBe('INSTANTIATED');
    await launched.poll();
    await launched.poll();
    expect(await launched.state()).toBe('WAITING_FOR_DOWNLOAD');
  });

  it.each([
    [{ begin: 'now' }, 'begin'],
    [{ end: {} }, 'end'],
    [{ begin: [1, 2] }, 'begin'],
    [{ begin: '1795262400000', end: '1795262400000' }, 'end'],
    [{ begin: '1795262400000', end: '1795262399' }, 'end'],
    [{ end: '1' }, 'end'],
  ])('%j is refused for its %s, and nothing is scheduled', async (body, field) => {
    const launched = await launch();
    const reply = await launched.put('/scheduled-download', body);
    expect([reply.status, reply.body.code]).toEqual([400, 3]);
    expect(reply.body.message).toMatch(new RegExp(`^${field}: `));
    expect(
      (await api.call('GET', `/campaigns/${launched.id}/devices/${launched.gateway}`)).body.slots,
    ).toEqual({});
  });

  it('of a campaign that a gateway is not in is unknown to it', async () => {
    const [mine, other] = [await launch(), await launch()];
    const path = `${other.path}/devices/${mine.gateway}/scheduled-download`;
    const reply = await api.call('PUT', path, { as: mine.token, body: {} });
    expect([reply.status, reply.body.code]).toEqual([404, 5]);
  });

  it('takes no token of a person without the permission, of another gateway, or that is wrong', async () => {
    const [mine, other] = [await launch(), await launch()];
    const ask = (as: string | null) => api.call('PUT', `${mine.at}/scheduled-download`, { as, body: {} });
    expect((await ask(other.token)).body.code).toBe(7);
    expect((await ask(`${mine.token}x`)).body.code).toBe(16);
    expect((await ask('gateway/DEFAULT')).body.code).toBe(16);
    expect((await ask(null)).body.code).toBe(16);
    expect((await ask(mine.token)).status).toBe(200);
  });
});

describe('the token of a gateway', () => {
  it.each([
    ['GET', ''],
    ['GET', '/status'],
    ['GET', '/devices'],
    ['PUT', '/start'],
    ['PUT', '/devices/:gateway/close'],
    ['GET', '/devices/:gateway/state'],
  ] as const)('opens nothing of what operators do: %s %s', async (method, rest) => {
    const { path, gateway, token } = await launch();
    const reply = await api.call(method, `${path}${rest.replace(':gateway', gateway)}`, { as: token });
    expect([reply.status, reply.body.code]).toEqual([401, 16]);
  });
});

describe('the progress of a gateway', () => {
  it('is the latest thousand lines that it printed, without what it said of its commands', async () => {
    const launched = await launch();
    await launched.poll();
    await launched.poll();
    done(await launched.put('/scheduled-download'));
    const [{ commandId }] = await launched.poll();
    const commands = [{ commandId, status: 'RUNNING', message: 'not this line' }];
    const options = { as: launched.token };
    done(
      await api.call('PUT', `/api/devices/${launched.gateway}/commands`, { ...options, body: { commands } }),
    );
    for (const from of [0, 600]) {
      const progress = Array.from({ length: 600 }, (_, index) => `line ${from + index}`);
      done(await api.call('PUT', `${launched.at}/progress/execution`, { ...options, body: { progress } }));
    }
    const { progress } = done(await api.call('GET', `${launched.at}/progress/execution`)).body;
    expect(progress).toHaveLength(1_000);
    expect([progress[0], progress.at(-1)]).toEqual(['line 200', 'line 1199']);
    expect((await launched.status()).executionProgress).toEqual(progress);
  });

  it('is of every package that it gets', async () => {
    const launched = await launch();
    const maps = await preparePackage(api, fresh('maps'));
    done(await launched.put('/packages', { packages: [maps, base] }));
    const { packagesProgress } = done(await api.call('GET', `${launched.at}/progress/download`)).body;
    expect(packagesProgress).toEqual([
      { id: maps, progress: '0', total: expect.stringMatching(/^[1-9]\d*$/) },
      { id: base, progress: '0', total: expect.stringMatching(/^[1-9]\d*$/) },
    ]);
  });
});

describe('the active campaigns of a gateway', () => {
  it('are those that are started and in which it is open, the oldest first', async () => {
    const one = await launch();
    const bodies = ['paused', 'stopped', 'closed', 'draft'].map((name) => ({ name, packages: [base] }));
    const paths: string[] = [];
    for (const body of bodies) {
      const { uuid } = done(await api.call('POST', '/api/campaigns', { body })).body;
      const path = `/api/campaigns/${uuid}`;
      done(await api.call('POST', `${path}/devices`, { body: { gatewayIds: one.gatewayIds } }));
      if (body.name !== 'draft') done(await api.call('PUT', `${path}/start`));
      paths.push(path);
    }
    const [paused = '', stopped = '', closed = ''] = paths;
    const idIn = (path: string): string => path.slice('/api/campaigns/'.length);
    done(await api.call('POST', `/campaigns/${idIn(paused)}/pause`));
    done(await api.call('PUT', `${stopped}/stop`));
    done(await api.call('PUT', `${closed}/devices/${one.gateway}/close`));
    const { campaignId } = done(await api.call('GET', `/api/devices/${one.gateway}/active-campaigns`)).body;
    expect(campaignId).toEqual([one.id, idIn(paused)]);
  });
});

describe('packages of a gateway', () => {
  it('are enough to start a campaign that has none, and whoever has none then waits', async () => {
    const { uuid } = done(await api.call('POST', '/api/campaigns', { body: { name: 'By gateway' } })).body;
    const path = `/api/campaigns/${uuid}`;
    const [one, other] = [fresh('gw'), fresh('gw')];
    const tokens = [await prepareGateway(api, one), await prepareGateway(api, other)];
    done(await api.call('POST', `${path}/devices`, { body: { gatewayIds: [one, other] } }));
    const refused = await api.call('PUT', `${path}/start`);
    expect([refused.status, refused.body.code]).toEqual([400, 9]);
    const maps = await preparePackage(api, fresh('maps'));
    const put = (rest: string, body: object) => api.call('PUT', `${path}${rest}`, { body });
    done(await put(`/devices/${one}/packages`, { packages: [maps] }));
    done(await put('/start', {}));
    done(await put('', { name: 'Renamed while it runs' }));
    const commandsOf = async (gateway: string, as = '') => {
      const told: string[] = [];
      for (let polls = 0; polls < 4; polls += 1) {
        const { commandMessage } = done(
          await api.call('GET', `/api/devices/${gateway}/commands`, { as }),
        ).body;
        told.push(...commandMessage.map(({ command }: { readonly command: string }) => command));
      }
      return told;
    };
    expect(await commandsOf(one, tokens[0])).toEqual(['OTA_INVENTORY', 'OTA_DOWNLOAD']);
    expect(await commandsOf(other, tokens[1])).toEqual(['OTA_INVENTORY']);
    done(await put(`/devices/${other}/packages`, { packages: [maps] }));
    expect(await commandsOf(other, tokens[1])).toEqual(['OTA_DOWNLOAD']);
  });

  it('are each named once', async () => {
    const launched = await launch();
    const reply = await launched.put('/packages', { packages: [base, base] });
    expect([reply.status, reply.body.code]).toEqual([400, 3]);
  });
});
