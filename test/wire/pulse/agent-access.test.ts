import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceToken } from '../../../src/app/device-token.ts';
import { commandsOf, expectError, quick, startDownload, startOne } from './agents.ts';
import { type PulseFleet, startPulseFleet, type TestGateway } from './gateways.ts';

let fleet: PulseFleet;

beforeAll(async () => {
  fleet = await startPulseFleet();
});
afterAll(() => fleet.api.close());

describe('who a gateway is', () => {
  it('is told by its token alone: none, a wrong one and that of a person are refused', async () => {
    const gateway = await fleet.gateway();
    const path = commandsOf(gateway);
    const missing = await fleet.api.call('GET', path, { as: null });
    expectError(missing, 401, 16);
    expect(missing.headers['www-authenticate']).toBe('Bearer realm="muster"');
    for (const as of [
      fleet.api.admin,
      `${gateway.token}x`,
      deviceToken('DEFAULT', 'nobody', 'secret'),
      'x',
    ]) {
      expectError(await fleet.api.call('GET', path, { as }), 401, 16);
    }
  });

  it('has to be the one that the path names, before anything of a body is read', async () => {
    const [one, other] = [await fleet.gateway(), await fleet.gateway()];
    expectError(await one.ask('GET', commandsOf(other)), 403, 7, other.id);
    expectError(await one.ask('PUT', commandsOf(other), 'no JSON'), 403, 7);
    expectError(await one.ask('POST', `/api/devices/${other.id}/system-properties`, {}), 403, 7);
    const campaign = await fleet.campaign([other]);
    const path = `/api/campaigns/${campaign.id}/devices/${other.id}/progress/download`;
    expectError(await one.ask('PUT', path, { packagesProgress: [] }), 403, 7);
  });

  it('ends with its device and with its credential', async () => {
    const gateway = await fleet.gateway();
    expect((await gateway.ask('GET', commandsOf(gateway))).status).toBe(200);
    expect((await fleet.api.call('DELETE', `/devices/${gateway.id}`)).status).toBe(204);
    expectError(await gateway.ask('GET', commandsOf(gateway)), 401, 16);
  });
});

describe('enrolment', () => {
  const enrolmentOf = async ({ id }: TestGateway) =>
    (await fleet.api.call('GET', `/devices/${id}`)).body.attributes['pulse.enrolment'];

  it('is not asked of devices that were made where nobody enrols', async () => {
    const { gateway } = await startOne(fleet);
    expect((await gateway.poll())?.name).toBe('OTA_DOWNLOAD');
    expect(await enrolmentOf(gateway)).toBeUndefined();
  });

  it('makes a gateway of a device of another protocol as soon as it asks as one', async () => {
    const gateway = await fleet.gateway(undefined, { protocol: 'ddi' });
    const packages = [await fleet.pack({ HEADLESS_EXECUTION: false })];
    const campaign = await fleet.campaign([gateway], { packages, settings: quick });
    expect((await gateway.poll())?.arguments['phase']).toEqual(['download']);
    expect((await fleet.api.call('GET', `/devices/${gateway.id}`)).body.protocol).toBe('gateway');
    expect(await enrolmentOf(gateway)).toBe('ENROLLED');
    await campaign.put(`/devices/${gateway.id}/scheduled-download`, {});
    await gateway.says(await gateway.poll(), 'SUCCEEDED');
    expect((await gateway.poll())?.arguments['phase']).toEqual(['execution']);
  });

  it('comes before commands, can be repeated, and ends', async () => {
    const gateway = await fleet.gateway(undefined, {
      protocol: 'ddi',
      attributes: { 'pulse.enrolment': 'REGISTERED' },
    });
    const campaign = await fleet.campaign([gateway]);
    expectError(await gateway.ask('GET', commandsOf(gateway)), 400, 9, 'enrol');
    expect(await campaign.state(gateway)).toBe('INSTANTIATED');
    for (let times = 0; times < 2; times += 1) {
      const { body } = await gateway.ask('GET', `/api/devices/${gateway.id}/enroll`);
      expect(body).toEqual({ id: gateway.id });
    }
    expect(await enrolmentOf(gateway)).toBe('ENROLLED');
    expect((await fleet.api.call('GET', `/devices/${gateway.id}`)).body.protocol).toBe('gateway');
    expect((await gateway.poll())?.name).toBe('OTA_INVENTORY');

    for (let times = 0; times < 2; times += 1) {
      const { body, status } = await gateway.ask('DELETE', `/api/devices/${gateway.id}/unenroll`);
      expect([status, body]).toEqual([200, {}]);
    }
    expectError(await gateway.ask('GET', commandsOf(gateway)), 400, 9, gateway.id);
  });
});

describe('system properties', () => {
  const tell = (gateway: TestGateway, body: object) =>
    gateway.ask('POST', `/api/devices/${gateway.id}/system-properties`, body);
  const shown = async ({ id }: TestGateway) => (await fleet.api.call('GET', `/devices/${id}`)).body;

  it('are attributes under a prefix, and versions of components where they are called so', async () => {
    const gateway = await fleet.gateway(undefined, { attributes: { site: 'north' } });
    const upsert = [
      { name: 'os', value: 'linux' },
      { name: 'version.firmware', value: '1.4' },
      { name: 'version.', value: 'of nothing' },
    ];
    expect((await tell(gateway, { upsert })).body).toEqual({});
    expect(await shown(gateway)).toMatchObject({
      attributes: { site: 'north', 'system.os': 'linux', 'system.version.firmware': '1.4' },
      versions: { firmware: '1.4' },
    });
    await tell(gateway, { upsert: [{ name: 'os', value: 'bsd' }], remove: ['version.firmware', 'never'] });
    const { attributes, versions } = await shown(gateway);
    expect(attributes).toEqual({ site: 'north', 'system.os': 'bsd', 'system.version.': 'of nothing' });
    expect(versions).toEqual({});
  });

  it('beyond what a device may have are refused, and nothing is kept', async () => {
    const gateway = await fleet.gateway();
    const upsert = [
      { name: 'a', value: 'x' },
      { name: 'b', value: 'x'.repeat(5_000) },
    ];
    expectError(await tell(gateway, { upsert }), 400, 3, 'attributes');
    expect((await shown(gateway)).attributes).toEqual({});
  });

  it('flag an update that succeeded although another version runs', async () => {
    const { gateway, campaign } = await startOne(fleet, quick, { NAME: 'thermostat-7', VERSION: '2.0' });
    for (let phase = 0; phase < 3; phase += 1) await gateway.says(await gateway.poll(), 'SUCCEEDED');
    expect((await shown(gateway)).versions).toEqual({ 'thermostat-7': '2.0' });
    await tell(gateway, { upsert: [{ name: 'version.thermostat-7', value: '1.9' }] });
    expect(await campaign.history(gateway)).toContain('device-contradicted');
  });
});

describe('the form of requests', () => {
  it('does not mind a slash at the end, other media types, snake_case and numbers', async () => {
    const { gateway, command } = await startDownload(fleet);
    expect((await gateway.ask('GET', `${commandsOf(gateway)}/`)).status).toBe(200);
    const reply = await fleet.api.call('PUT', `${commandsOf(gateway)}/`, {
      as: gateway.token,
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ commands: [{ command_id: command?.id, status: 'RUNNING', exit_code: '0' }] }),
    });
    expect([reply.status, reply.body]).toEqual([200, { unknown: [] }]);
  });

  it.each(['-1', 'x', '1.5', ''])('does mind waitSeconds=%s', async (seconds) => {
    const gateway = await fleet.gateway();
    expectError(
      await gateway.ask('GET', `${commandsOf(gateway)}?waitSeconds=${seconds}`),
      400,
      3,
      'waitSeconds',
    );
  });
});
