import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actionOf, digest, type Fleet, startFleet } from './fleet.ts';

let fleet: Fleet;
beforeEach(async () => {
  fleet = await startFleet();
});
afterEach(() => fleet.api.close());

describe('deploymentBase', () => {
  it('C1: has the shape of the protocol, with three hashes and both pairs of links', async () => {
    const device = await fleet.device();
    const { id } = await fleet.pack('image', { name: 'fw', version: '1.0.1' });
    await fleet.campaign([device], { packages: [id] });
    const { deploymentBase = '' } = await device.links();
    const { body, headers } = await device.ask('GET', deploymentBase);
    const href = expect.stringMatching(
      new RegExp(
        `^http://localhost:80/DEFAULT/controller/v1/${device.id}/softwaremodules/\\d+/artifacts/update.swu$`,
      ),
    );
    const md5sum = expect.stringMatching(/\/softwaremodules\/\d+\/artifacts\/update\.swu\.MD5SUM$/);
    const hashes = {
      sha1: digest('sha1', 'image'),
      md5: digest('md5', 'image'),
      sha256: digest('sha256', 'image'),
    };
    const links = {
      download: { href },
      md5sum: { href: md5sum },
      'download-http': { href },
      'md5sum-http': { href: md5sum },
    };
    const artifacts = [{ filename: 'update.swu', hashes, size: 5, _links: links }];
    expect(body).toEqual({
      id: actionOf(deploymentBase),
      deployment: {
        download: 'forced',
        update: 'forced',
        chunks: [{ part: 'os', version: '1.0.1', name: 'fw', artifacts }],
      },
    });
    expect(headers['content-length']).toBe(String(JSON.stringify(body).length));
    const known = { 'if-none-match': String(headers['etag']) };
    expect((await device.ask('GET', deploymentBase, { headers: known })).status).toBe(304);
  });

  it('C1: shows those labels of a package that are for its clients, in the order of their names', async () => {
    const device = await fleet.device();
    const { id } = await fleet.pack('image');
    const labels = { 'ddi.metadata.slot': 'b', 'ddi.metadata.boot': 'a b', 'ddi.metadata.': 'x', other: 'y' };
    await fleet.api.call('PATCH', `/packages/${id}`, { body: { labels } });
    await fleet.campaign([device], { packages: [id] });
    const { deploymentBase = '' } = await device.links();
    const [chunk] = (await device.ask('GET', deploymentBase)).body.deployment.chunks;
    expect(chunk.metadata).toEqual([
      { key: 'boot', value: 'a b' },
      { key: 'slot', value: 'b' },
    ]);
  });

  it.each([
    ['firmware', undefined, 'os'],
    ['software', undefined, 'bApp'],
    ['file', undefined, 'bApp'],
    ['bundle', undefined, 'bApp'],
    ['firmware', 'application', 'bApp'],
    ['firmware', 'runtime', 'jvm'],
    ['software', 'firmware', 'firmware'],
  ])('C2: says of a %s with the label %s that it is for %s', async (kind, label, part) => {
    const device = await fleet.device();
    const { id } = await fleet.pack('image', { kind });
    if (label !== undefined) {
      await fleet.api.call('PATCH', `/packages/${id}`, { body: { labels: { 'ddi.part': label } } });
    }
    await fleet.campaign([device], { packages: [id] });
    const { deploymentBase = '' } = await device.links();
    expect((await device.ask('GET', deploymentBase)).body.deployment.chunks[0].part).toBe(part);
  });

  it.each([
    [{}, 'forced'],
    [{ 'ddi.handling': 'attempt' }, 'attempt'],
    [{ 'ddi.handling': 'skip' }, 'forced'],
  ])('C3: with the settings %j says %s, and never skip', async (settings, handling) => {
    const { device, action } = await fleet.offered({ settings });
    const { body } = await device.ask('GET', `/deploymentBase/${action}`);
    expect(body.deployment).toMatchObject({ download: handling, update: handling });
    expect(body.deployment).not.toHaveProperty('maintenanceWindow');
  });

  it('C3: shows several packages in their order', async () => {
    const packages = [await fleet.pack('a'), await fleet.pack('b')].map(({ id }) => id);
    const { device, action } = await fleet.offered({ packages });
    const { body } = await device.ask('GET', `/deploymentBase/${action}`);
    const sizes = body.deployment.chunks.map((chunk: { artifacts: unknown[] }) => chunk.artifacts.length);
    expect(sizes).toEqual([1, 1]);
  });

  it('C4: shows the history that is asked for, the latest first', async () => {
    const { device, action } = await fleet.offered();
    for (let line = 1; line <= 120; line += 1) {
      await device.ask('POST', `/deploymentBase/${action}/feedback`, {
        body: {
          status: { execution: 'proceeding', result: { finished: 'none' }, details: [`line ${line}`] },
        },
      });
    }
    const history = async (asked: string) =>
      (await device.ask('GET', `/deploymentBase/${action}?actionHistory=${asked}`)).body.actionHistory;
    expect(await history('3')).toEqual({
      status: 'RUNNING',
      messages: ['line 120', 'line 119', 'line 118'],
    });
    expect(await history('0')).toBeUndefined();
    expect(await history('x')).toBeUndefined();
    for (const all of ['-1', '100', '1000']) expect((await history(all)).messages).toHaveLength(100);
    expect((await device.ask('GET', `/deploymentBase/${action}`)).body).not.toHaveProperty('actionHistory');
  });

  it('C5: is 404 for what is foreign, unknown, cancelling, cancelled or waiting, and 400 for no number', async () => {
    const { device, campaign, action } = await fleet.offered();
    const other = await fleet.device();
    const at = (asked: string, who = device) => who.ask('GET', `/deploymentBase/${asked}`);
    expect((await at(action, other)).status).toBe(404);
    for (const strange of [
      '1',
      '-5',
      '1999999999',
      '1000000031',
      '99999999999',
      String(Number(action) + 1),
    ]) {
      expect((await at(strange)).status, strange).toBe(404);
    }
    for (const strange of ['x', '1e9', '0x5', '1.0', '%20'])
      expect((await at(strange)).status, strange).toBe(400);
    await fleet.api.call('POST', `/campaigns/${campaign.id}/devices/${device.id}/recall`, { body: {} });
    expect((await at(action)).status).toBe(404);
    await device.say('cancelAction', action, 'closed', 'success');
    expect((await at(action)).status).toBe(404);
    await fleet.campaign([device], { checkpoints: ['download'] });
    expect((await at(actionOf((await device.links())['confirmationBase']))).status).toBe(404);
  });

  it('C5: is 404 before the gate opens, and for what the device has begun again since', async () => {
    const { device, campaign, action } = await fleet.offered();
    await device.say('deploymentBase', action, 'closed', 'success');
    await fleet.api.call('POST', `/campaigns/${campaign.id}/devices`, { body: { devices: [device.id] } });
    const again = String(Number(action) + 1);
    expect((await device.ask('GET', `/deploymentBase/${again}`)).status).toBe(404);
    expect(actionOf((await device.links())['deploymentBase'])).toBe(again);
    expect((await device.ask('GET', `/deploymentBase/${again}`)).status).toBe(200);
    expect((await device.ask('GET', `/deploymentBase/${action}`)).status).toBe(404);
    expect((await device.say('deploymentBase', action, 'closed', 'failure')).status).toBe(410);
  });

  it('C6: writes nothing when it is read, once or twice: that it was offered is told by the poll', async () => {
    const { device, campaign, action } = await fleet.offered();
    const before = await campaign.update(device);
    expect(before.position).toBe('download-running');
    await device.ask('GET', `/deploymentBase/${action}`);
    await device.ask('GET', `/deploymentBase/${action}`);
    expect(await campaign.update(device)).toEqual(before);
  });

  it('C7: leaves a finished action as it is when it is read', async () => {
    const { device, campaign, action } = await fleet.offered();
    await device.say('deploymentBase', action, 'closed', 'success');
    const before = await campaign.update(device);
    expect((await device.ask('GET', `/deploymentBase/${action}`)).status).toBe(200);
    const installed = await device.ask('GET', `/installedBase/${action}?actionHistory=5`);
    expect(installed.body).toMatchObject({ id: action, deployment: { chunks: [{ part: 'os' }] } });
    expect(await campaign.update(device)).toEqual(before);
  });

  it('shows as installed neither what is open nor what failed', async () => {
    const { device, action } = await fleet.offered();
    expect((await device.ask('GET', `/installedBase/${action}`)).status).toBe(404);
    await device.say('deploymentBase', action, 'closed', 'failure');
    expect((await device.ask('GET', `/installedBase/${action}`)).status).toBe(404);
  });

  it('gives ids that stay below 2^31 and above 1,000,000,000', async () => {
    const { action } = await fleet.offered();
    expect(action).toMatch(/^1\d{9}$/);
    expect(Number(action)).toBeGreaterThan(1_000_000_000);
  });
});
