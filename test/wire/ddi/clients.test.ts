import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Reply } from '../../support/api.ts';
import { actionOf, digest, type Fleet, startFleet, type TestCampaign, type TestDevice } from './fleet.ts';
import { type ZephyrState, zephyrProbe } from './zephyr.ts';

const IMAGE = 'image '.repeat(50);

let fleet: Fleet;
let device: TestDevice;
let campaign: TestCampaign;
beforeEach(async () => {
  fleet = await startFleet();
  device = await fleet.device();
});
afterEach(() => fleet.api.close());

const start = async (query: Readonly<Record<string, string>> = {}): Promise<void> => {
  const { id } = await fleet.pack(IMAGE, { fileName: 'update.swu', ...query });
  campaign = await fleet.campaign([device], { packages: [id] });
};
const outcome = async (): Promise<string> => {
  const update = await campaign.update(device);
  return update.status === 'open' ? update.position : update.outcome;
};
const recall = () =>
  fleet.api.call('POST', `/campaigns/${campaign.id}/devices/${device.id}/recall`, { body: {} });

/** Every one of these clients takes nothing else for success, or needs to know where the body ends. */
const strict = (reply: Reply): Reply => {
  expect(reply.status).toBe(200);
  expect(reply.headers['content-length']).toMatch(/^\d+$/);
  return reply;
};

describe('SWUpdate', () => {
  const common = {
    'user-agent': 'libcurl-agent/1.0',
    'content-type': 'application/json',
    accept: 'application/json',
    charsets: 'utf-8',
  };
  const ask = async (method: 'GET' | 'PUT' | 'POST', path = '', body?: string) =>
    strict(await device.ask(method, path, { headers: common, ...(body && { body }) }));
  const root = async () => (await ask('GET')).body._links ?? {};
  const tell = (action: string, base: string, execution: string, finished: string, text: string) =>
    ask(
      'POST',
      `/${base}/${action}/feedback`,
      `{ "id": ${action}, "time": "20261120T171014", "status": { "result": { "progress": { "cnt" : 0, "of" : 1 }, "finished": "${finished}" }, "execution": "${execution}", "details" : [ "${text}" ] } }`,
    );

  const begin = async (): Promise<string> => {
    const { deploymentBase } = await root();
    await ask('GET', deploymentBase.href);
    const status =
      '"status": { "result": { "finished": "success" }, "execution": "closed", "details" : [ "" ] }';
    const told = `{ "id": "", "time": "20261120T171009", ${status}, "data" : {  "serial": "0001","board": "lab" } }`;
    await ask('PUT', '/configData', told);
    const action = actionOf((await root()).deploymentBase.href);
    await tell(action, 'deploymentBase', 'proceeding', 'none', 'Installing Update Chunk Artifacts.');
    return action;
  };

  const install = async (): Promise<string> => {
    const action = await begin();
    const { body } = await ask('GET', `/deploymentBase/${action}`);
    const [artifact] = body.deployment.chunks[0].artifacts;
    const type = 'application/octet-stream';
    const headers = { 'content-type': type, accept: type };
    const half = await device.ask('GET', artifact._links.download.href, {
      headers: { ...headers, range: 'bytes=0-149' },
    });
    const rest = await device.ask('GET', artifact._links.download.href, {
      headers: { ...headers, range: 'bytes=150-' },
    });
    expect([half.status, rest.status]).toEqual([206, 206]);
    expect(digest('sha1', `${half.body}${rest.body}`)).toBe(artifact.hashes.sha1);
    await tell(action, 'deploymentBase', 'proceeding', 'none', 'line 1\n[TRACE] : line 2');
    await tell(action, 'deploymentBase', 'proceeding', 'none', 'All Chunks Installed.');
    expect((await root()).deploymentBase.href).toContain(action);
    return action;
  };

  it('I1: installs after a broken connection, restarts, and reports success', async () => {
    await start();
    const action = await install();
    expect(await outcome()).toBe('execution-running');
    await root();
    await ask('GET', `/deploymentBase/${action}`);
    await tell(action, 'deploymentBase', 'closed', 'success', 'Update Installed.');
    expect(await root()).not.toHaveProperty('deploymentBase');
    expect(await outcome()).toBe('succeeded');
  });

  it('I1: reports that the update failed after the restart', async () => {
    await start();
    await tell(await install(), 'deploymentBase', 'closed', 'failure', 'Update Failed.');
    expect(await outcome()).toBe('failed');
  });

  it('I1: is cancelled while it downloads, and reports on the deployment once more', async () => {
    await start();
    const action = await begin();
    await recall();
    const { cancelAction, deploymentBase } = await root();
    expect(deploymentBase).toBeUndefined();
    const { body } = await ask('GET', cancelAction.href);
    await tell(action, 'deploymentBase', 'proceeding', 'none', 'cancelled');
    await tell(body.cancelAction.stopId, 'cancelAction', 'closed', 'success', 'cancellation acknowledged.');
    expect(await outcome()).toBe('closed-by-operator');
  });
});

describe('rauc-hawkbit-updater', () => {
  const common = { 'user-agent': 'rauc-hawkbit-c-agent/1.0', accept: 'application/json;charset=UTF-8' };
  const ask = async (method: 'GET' | 'PUT' | 'POST', path = '', body?: object) =>
    strict(await device.ask(method, path, { headers: common, ...(body && { body }) }));
  const tell = (id: string, base: string, execution: string, finished: string, text: string) =>
    ask('POST', `/${base}/${id}/feedback`, {
      ...{ id, time: '2026-11-20T17:18:52Z' },
      status: { result: { finished }, execution, details: [text] },
    });

  const begin = async () => {
    const { _links } = (await ask('GET')).body;
    const status = { result: { finished: 'success' }, execution: 'closed' };
    if (_links.configData !== undefined)
      await ask('PUT', '/configData', { status, data: { product: 'lab' } });
    const { body } = await ask('GET', _links.deploymentBase.href);
    expect(typeof body.id).toBe('string');
    expect(body.deployment).toMatchObject({ download: 'forced', update: 'forced' });
    expect(body.deployment.chunks).toHaveLength(1);
    expect(body.deployment.chunks[0].artifacts).toHaveLength(1);
    const [artifact] = body.deployment.chunks[0].artifacts;
    return { id: String(body.id), artifact };
  };

  it('I2: installs, telling every percent, before it restarts', async () => {
    await start();
    const { id, artifact } = await begin();
    const { body } = await device.ask('GET', artifact._links.download.href);
    expect(digest('sha1', body.toString())).toBe(artifact.hashes.sha1);
    await tell(id, 'deploymentBase', 'proceeding', 'none', 'Download complete. 629.28 MB/s');
    await tell(id, 'deploymentBase', 'proceeding', 'none', 'File checksum OK.');
    for (let percent = 0; percent <= 100; percent += 5)
      await tell(id, 'deploymentBase', 'proceeding', 'none', `${percent}% Installing`);
    await tell(id, 'deploymentBase', 'closed', 'success', 'Software bundle installed successfully.');
    expect(await outcome()).toBe('succeeded');
    expect((await ask('GET')).body._links).not.toHaveProperty('deploymentBase');
  });

  it('I2: streams a bundle by many ranges, its end first, without a step in between', async () => {
    await start();
    const { id, artifact } = await begin();
    const { href } = artifact._links.download;
    const range = async (from: number, to: number) =>
      (await device.ask('GET', href, { headers: { range: `bytes=${from}-${to}` } })).body.toString();
    expect(await range(290, 299)).toBe(IMAGE.slice(290));
    expect(await outcome()).toBe('download-running');
    let all = '';
    for (let at = 0; at < 300; at += 10) all += await range(at, at + 9);
    expect(all).toBe(IMAGE);
    await tell(id, 'deploymentBase', 'closed', 'success', 'Software bundle installed successfully.');
    expect(await outcome()).toBe('succeeded');
  });

  it('I2: finishes its download before it says that it was cancelled', async () => {
    await start();
    const { id } = await begin();
    await recall();
    await tell(id, 'deploymentBase', 'proceeding', 'none', 'Download complete.');
    await tell(id, 'deploymentBase', 'proceeding', 'none', 'File checksum OK.');
    await ask('GET', `/cancelAction/${id}`);
    await tell(id, 'cancelAction', 'closed', 'success', 'Action canceled.');
    expect(await outcome()).toBe('closed-by-operator');
  });

  it('I2: refuses to be cancelled while it installs, and goes on', async () => {
    await start();
    const { id } = await begin();
    await recall();
    await tell(
      id,
      'cancelAction',
      'rejected',
      'none',
      'Cancelation impossible, installation started already.',
    );
    await tell(id, 'deploymentBase', 'closed', 'success', 'Software bundle installed successfully.');
    expect(await outcome()).toBe('succeeded');
  });
});

describe('Zephyr', () => {
  it('I3: fits into its buffers from the first probe to the report after the restart', async () => {
    device = await fleet.device('frdm_k64f-0123456789abcdef');
    const state: ZephyrState = { installed: '' };
    expect(await zephyrProbe(device, state)).toBe('nothing to do');
    await start({ kind: 'software', fileName: 'zephyr.signed.bin' });
    expect(await zephyrProbe(device, state)).toBe('installed');
    expect(await zephyrProbe(device, state)).toBe('succeeded');
    expect(await zephyrProbe(device, state)).toBe('nothing to do');
    expect(await outcome()).toBe('succeeded');
  });

  it('I3: is cancelled although it misreads the id', async () => {
    const state: ZephyrState = { installed: '' };
    await start({ kind: 'software' });
    await zephyrProbe(device, state);
    await recall();
    expect(await zephyrProbe(device, state)).toBe('cancelled');
    expect(await outcome()).toBe('closed-by-operator');
  });
});

describe('hawkbit-rs', () => {
  it('I4: finds what it insists on, and its way to the feedback by the link', async () => {
    await start();
    const root = strict(await device.ask('GET')).body;
    const [hours, minutes, seconds] = root.config.polling.sleep.split(':').map(Number);
    expect(hours * 3600 + minutes * 60 + seconds).toBeGreaterThan(0);
    const { href } = root._links.deploymentBase;
    const { id, deployment } = strict(await device.ask('GET', href)).body;
    expect(typeof id).toBe('string');
    for (const { artifacts } of deployment.chunks) {
      for (const { hashes, size, _links } of artifacts) {
        expect(Object.keys(hashes).sort()).toEqual(['md5', 'sha1', 'sha256']);
        expect(size).toBeLessThan(2 ** 32);
        expect(_links.download.href && _links.md5sum.href).toBeTruthy();
      }
    }
    const feedback = `${href.replace(/\?.*$/, '')}/feedback`;
    const status = { execution: 'closed', result: { finished: 'success' }, details: [] };
    strict(await device.ask('POST', feedback, { body: { id, status } }));
    expect(await outcome()).toBe('succeeded');
  });
});

describe('hara-ddiclient', () => {
  it('I4: knows documents by their tags, files by their MD5, and repeats its feedback for days', async () => {
    await start();
    const headers = { accept: 'application/hal+json' };
    const root = strict(await device.ask('GET', '', { headers }));
    expect(root.headers['content-type']).toContain('application/hal+json');
    const again = { ...headers, 'if-none-match': String(root.headers['etag']) };
    expect((await device.ask('GET', '', { headers: again })).status).toBe(304);
    const { href } = root.body._links.deploymentBase;
    const base = strict(await device.ask('GET', href, { headers }));
    const known = { ...headers, 'if-none-match': String(base.headers['etag']) };
    expect((await device.ask('GET', href, { headers: known })).status).toBe(304);
    const [{ hashes, _links }] = base.body.deployment.chunks[0].artifacts;
    const file = await device.ask('GET', _links['download-http'].href);
    expect(digest('md5', file.body.toString())).toBe(hashes.md5);
    const tell = (finished: string) => device.say('deploymentBase', actionOf(href), 'closed', finished);
    strict(await tell('success'));
    for (let hour = 0; hour < 168; hour += 24) {
      fleet.api.pass(24 * 3_600_000);
      expect([200, 410]).toContain((await tell('success')).status);
    }
    expect((await tell('failure')).status).toBe(410);
  });
});
