import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { must } from '../../contract/store/world.ts';
import { actionOf, deviceOf, type Fleet, startFleet } from './fleet.ts';

let fleet: Fleet;
beforeEach(async () => {
  fleet = await startFleet();
});
afterEach(() => fleet.api.close());

const HOUR = 3_600_000;
const night = { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], zone: 'utc' };
/** Tests begin at 08:00 UTC. */
const fromTenOn = { notBefore: null, windows: [{ ...night, from: '10:00', to: '11:00' }] };

const seconds = (sleep: string): number => {
  const [hours = 0, minutes = 0, rest = 0] = sleep.split(':').map(Number);
  return hours * 3600 + minutes * 60 + rest;
};

const sleepOf = async (device: Awaited<ReturnType<Fleet['device']>>): Promise<number> =>
  seconds((await device.ask('GET')).body.config.polling.sleep);

describe('the poll', () => {
  it('A1: registers an unknown device with a gateway token, and asks for its attributes', async () => {
    await fleet.access({ registration: 'open' });
    const gateway = `GatewayToken ${await fleet.gatewayToken()}`;
    const stranger = deviceOf(fleet.api, 'stranger', '');
    const reply = await stranger.ask('GET', '', { auth: gateway });
    expect(reply.status).toBe(200);
    expect(reply.body._links.configData.href).toBe(
      'http://localhost:80/DEFAULT/controller/v1/stranger/configData',
    );
    expect((await fleet.api.call('GET', '/devices/stranger')).body).toMatchObject({
      name: 'stranger',
      protocol: 'ddi',
      standing: 'accepted',
    });
  });

  it('A1: lets a device that registered itself wait for an operator where the account wants that', async () => {
    await fleet.access({ registration: 'approval' });
    const gateway = `GatewayToken ${await fleet.gatewayToken()}`;
    const stranger = deviceOf(fleet.api, 'stranger', '');
    await stranger.ask('GET', '', { auth: gateway });
    await fleet.campaign([stranger]);
    expect((await stranger.ask('GET', '', { auth: gateway })).body._links).not.toHaveProperty(
      'deploymentBase',
    );
    await fleet.api.call('POST', '/devices/stranger/accept');
    expect((await stranger.ask('GET', '', { auth: gateway })).body._links).toHaveProperty('deploymentBase');
  });

  it('A2: is 401 for an unknown device with a token of its own', async () => {
    await fleet.access({ registration: 'open' });
    const { token } = await fleet.device();
    expect((await deviceOf(fleet.api, 'stranger', token).ask('GET')).status).toBe(401);
  });

  it.each([
    [null],
    ['TargetToken wrong'],
    ['targettoken wrong'],
    ['GatewayToken wrong'],
    ['Bearer wrong'],
    ['TargetToken'],
  ])('A3: is 401 with an empty body for %s', async (auth) => {
    const device = await fleet.device();
    const reply = await device.ask('GET', '', { auth });
    expect(reply.status).toBe(401);
    expect(reply.headers['content-length']).toBe('0');
    expect(reply.headers).not.toHaveProperty('www-authenticate');
    expect(reply.body).toHaveLength(0);
  });

  it('A4: has nothing but the time to sleep when there is nothing to do', async () => {
    const device = await fleet.device();
    await device.ask('PUT', '/configData', { body: { data: { a: '1' } } });
    const { body } = await device.ask('GET');
    expect(body).toEqual({ config: { polling: { sleep: expect.any(String) } } });
  });

  it.each([
    [1, 1, 1],
    [30, 300, 3_600],
    [60, 86_399, 86_399],
    [86_399, 86_399, 86_399],
    [1, 59, 59],
    [1, 60, 3_600],
  ])('A5: says the time in eight characters with %i, %i and %i seconds', async (least, usual, most) => {
    await fleet.access({ poll: { leastSeconds: least, usualSeconds: usual, mostSeconds: most } });
    const device = await fleet.device();
    const { sleep } = (await device.ask('GET')).body.config.polling;
    expect(sleep).toMatch(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/);
    expect(seconds(sleep)).toBeGreaterThanOrEqual(usual);
    expect(seconds(sleep)).toBeLessThanOrEqual(Math.min(most, usual * 1.1));
  });

  it('A6: offers an open action under the same link until the action changes', async () => {
    const { device, campaign, action } = await fleet.offered();
    const { deploymentBase: first } = await device.links();
    expect(first).toMatch(
      /^http:\/\/localhost:80\/DEFAULT\/controller\/v1\/dev-\d+\/deploymentBase\/\d+\?c=\d+$/,
    );
    expect((await device.links())['deploymentBase']).toBe(first);
    await device.say('deploymentBase', action, 'downloaded');
    const { deploymentBase: then } = await device.links();
    expect(then).not.toBe(first);
    expect(actionOf(then)).toBe(action);
    const settings = { 'ddi.handling': 'attempt' };
    await fleet.api.call('PATCH', `/campaigns/${campaign.id}`, { body: { settings } });
    expect((await device.links())['deploymentBase']).not.toBe(then);
  });

  it('A6: holds the link back until the window opens, and sleeps until then', async () => {
    const device = await fleet.device();
    await fleet.campaign([device], { install: fromTenOn });
    expect(await device.links()).not.toHaveProperty('deploymentBase');
    // An hour is the most that the account allows.
    expect(await sleepOf(device)).toBe(3_600);
    fleet.api.pass(1.5 * HOUR);
    const left = await sleepOf(device);
    expect(left).toBeGreaterThanOrEqual(1_800);
    expect(left).toBeLessThanOrEqual(1_980);
    fleet.api.pass(left * 1_000);
    expect(await device.links()).toHaveProperty('deploymentBase');
  });

  it('A6: goes on offering what was begun when the window has closed', async () => {
    const device = await fleet.device();
    await fleet.campaign([device], { install: fromTenOn });
    fleet.api.pass(2 * HOUR);
    const { deploymentBase } = await device.links();
    await device.say('deploymentBase', actionOf(deploymentBase), 'downloaded');
    fleet.api.pass(2 * HOUR);
    expect(actionOf((await device.links())['deploymentBase'])).toBe(actionOf(deploymentBase));
  });

  it('A6: comes at the same tenth late at every poll, each device at its own', async () => {
    const sleeps: number[] = [];
    for (let count = 0; count < 12; count += 1) {
      const device = await fleet.device();
      const first = await sleepOf(device);
      expect(await sleepOf(device)).toBe(first);
      sleeps.push(first);
    }
    expect(new Set(sleeps).size).toBeGreaterThan(4);
    expect(Math.min(...sleeps)).toBeGreaterThanOrEqual(300);
    expect(Math.max(...sleeps)).toBeLessThanOrEqual(330);
  });

  it('A7: shows only the cancellation while it is asked to stop', async () => {
    const { device, campaign, action } = await fleet.offered();
    await fleet.api.call('POST', `/campaigns/${campaign.id}/devices/${device.id}/recall`, { body: {} });
    const { configData: _, ...links } = await device.links();
    expect(Object.keys(links)).toEqual(['cancelAction']);
    expect(actionOf(links['cancelAction'])).toBe(action);
  });

  it('A8: shows only the confirmation while the action waits for consent', async () => {
    const device = await fleet.device();
    await fleet.campaign([device], { checkpoints: ['download'] });
    const { configData: _, ...links } = await device.links();
    expect(Object.keys(links)).toEqual(['confirmationBase']);
    expect(links['confirmationBase']).toMatch(/\?c=\d+$/);
  });

  it('A9: shows what succeeded last as installed', async () => {
    const { device, action } = await fleet.offered();
    await device.say('deploymentBase', action, 'closed', 'success');
    const links = await device.links();
    expect(links).not.toHaveProperty('deploymentBase');
    expect(links['installedBase']).toBe(
      `http://localhost:80/DEFAULT/controller/v1/${device.id}/installedBase/${action}`,
    );
    fleet.api.pass(1_000);
    const newer = await fleet.pack('newer bytes', { version: '9.0.0' });
    await fleet.campaign([device], { packages: [newer.id] });
    const next = actionOf((await device.links())['deploymentBase']);
    expect(actionOf((await device.links())['installedBase'])).toBe(action);
    await device.say('deploymentBase', next, 'closed', 'success');
    expect(actionOf((await device.links())['installedBase'])).toBe(next);
  });

  it('A10: offers that of the campaign with the highest priority first', async () => {
    const device = await fleet.device();
    const low = await fleet.campaign([device]);
    const high = await fleet.campaign([device], { priority: 90 });
    await device.links();
    expect((await high.update(device)).position).toBe('download-running');
    expect((await low.update(device)).position).toBe('pending');
  });

  it('A10: offers one of two open actions, the older campaign first, and stays with what was begun', async () => {
    const device = await fleet.device();
    const paused = await fleet.campaign([device]);
    await paused.command('pause');
    await fleet.campaign([device]);
    const begun = actionOf((await device.links())['deploymentBase']);
    await paused.command('resume');
    expect(actionOf((await device.links())['deploymentBase'])).toBe(begun);
    await device.say('deploymentBase', begun, 'closed', 'success');
    const next = actionOf((await device.links())['deploymentBase']);
    expect(Number(next)).toBeLessThan(Number(begun));
  });

  it('A11: is 304 to whoever knows it, and 200 once it is another', async () => {
    const { device, action } = await fleet.offered();
    const first = await device.ask('GET');
    const headers = { 'if-none-match': String(first.headers['etag']) };
    const known = await device.ask('GET', '', { headers });
    expect(known.status).toBe(304);
    expect(known.body).toHaveLength(0);
    expect(known.headers['etag']).toBe(first.headers['etag']);
    await device.say('deploymentBase', action, 'downloaded');
    expect((await device.ask('GET', '', { headers })).status).toBe(200);
  });

  it.each([
    ['application/json', 'application/json'],
    ['application/json;charset=UTF-8', 'application/json'],
    ['application/hal+json', 'application/hal+json'],
    ['*/*', 'application/hal+json'],
    ['application/cbor, application/*;q=0.5', 'application/cbor'],
    ['', 'application/hal+json'],
  ])('A12: is 200 for Accept %s', async (accept, type) => {
    const device = await fleet.device();
    const reply = await device.ask('GET', '', { headers: { accept } });
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toContain(type);
    expect(Number(reply.headers['content-length'])).toBeGreaterThan(0);
  });

  it.each([['application/cbor;q=0'], ['text/html'], ['application/json;q=0']])(
    'A12: is 406 for Accept %s',
    async (accept) => {
      const device = await fleet.device();
      expect((await device.ask('GET', '', { headers: { accept } })).status).toBe(406);
    },
  );

  it('A13: takes the tenant in any case, echoes it in links, and has its own spelling in artifact links', async () => {
    const { device } = await fleet.offered();
    const { body } = await device.ask('GET', '', { tenant: 'default' });
    const { href } = body._links.deploymentBase;
    expect(href).toContain(`http://localhost:80/default/controller/v1/${device.id}/deploymentBase/`);
    const deployment = (await device.ask('GET', href)).body.deployment;
    expect(deployment.chunks[0].artifacts[0]._links.download.href).toContain('/DEFAULT/controller/v1/');
  });

  it('A14: takes a GET with a Content-Type and no body', async () => {
    const device = await fleet.device();
    const headers = { 'content-type': 'application/json', charsets: 'utf-8' };
    expect((await device.ask('GET', '', { headers })).status).toBe(200);
  });

  it('answers a HEAD with the header of a GET', async () => {
    const device = await fleet.device();
    const { date: _, ...headers } = (await device.ask('GET')).headers;
    const head = await device.ask('HEAD');
    expect(head.status).toBe(200);
    expect(head.headers).toMatchObject(headers);
    expect(head.body).toHaveLength(0);
  });

  it('is 405 with another method, and 404 elsewhere, with a body of this wire', async () => {
    const device = await fleet.device();
    const wrong = await device.ask('DELETE', '/configData');
    expect(wrong.status).toBe(405);
    expect(wrong.headers['allow']).toBe('PUT');
    const unknown = await device.ask('GET', '/elsewhere');
    expect(unknown).toMatchObject({
      status: 404,
      body: { errorCode: 'hawkbit.server.error.repo.entityNotFound', exceptionClass: 'entityNotFound' },
    });
    expect((await device.ask('GET', '/elsewhere', { auth: null })).status).toBe(401);
  });

  it('writes nothing when nothing changes', async () => {
    const seen: unknown[] = [];
    const { store } = fleet.api.context;
    const account = must(await store.accounts.find('DEFAULT'));
    const device = await fleet.device();
    const before = await store.events.list(account.key, { campaign: null, device: null }, LAST);
    const { commit } = store;
    Object.assign(store, { commit: (change: unknown) => seen.push(change) });
    expect((await device.ask('GET')).status).toBe(200);
    expect((await device.ask('GET')).status).toBe(200);
    Object.assign(store, { commit });
    expect(seen).toEqual([]);
    expect(await store.events.list(account.key, { campaign: null, device: null }, LAST)).toEqual(before);
  });

  it('begins links with the address that a trusted proxy forwards, and believes nobody else', async () => {
    const proxied = await startFleet({ MUSTER_TRUSTED_PROXIES: '10.1.0.0/16' });
    const device = await proxied.device();
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'updates.example:8443' };
    const linkFor = async (peer: string): Promise<string> =>
      (await device.ask('GET', '/confirmationBase', { headers, peer })).body._links.activateAutoConfirm.href;
    expect(await linkFor('10.1.2.3')).toMatch(/^https:\/\/updates\.example:8443\/DEFAULT\//);
    expect(await linkFor('10.2.0.1')).toMatch(/^http:\/\/localhost(:\d+)?\/DEFAULT\//);
    await proxied.api.close();
  });

  it('uses the public URL in every link', async () => {
    const proxied = await startFleet({ MUSTER_PUBLIC_URL: 'https://updates.example/muster' });
    const { device } = await proxied.offered();
    const { deploymentBase = '', configData } = await device.links();
    expect(configData).toBe(`https://updates.example/muster/DEFAULT/controller/v1/${device.id}/configData`);
    const { body } = await device.ask('GET', `/deploymentBase/${actionOf(deploymentBase)}`);
    const links: Record<string, { href: string }> = body.deployment.chunks[0].artifacts[0]._links;
    for (const { href } of Object.values(links))
      expect(href).toMatch(/^https:\/\/updates\.example\/muster\/DEFAULT/);
    await proxied.api.close();
  });
});

const LAST = { before: Number.MAX_SAFE_INTEGER, limit: 1 };
