import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultTiming, updateTiming } from 'coap';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createSimulatedDevice,
  type DeviceOptions,
  type Fault,
  type SimulatedDevice,
} from '../../support/lwm2m-device.ts';
import { simulatedImage } from '../../support/lwm2m-image.ts';
import { type Answer, openScriptedServer, type ScriptedServer } from '../../support/lwm2m-test-server.ts';

const NEW = '2.0';
const image = simulatedImage({ version: NEW });
const files = new Map([
  ['/fw', image],
  ['/bad', simulatedImage({ version: NEW, damage: 'checksum' })],
]);

let undo: (() => void)[] = [];
beforeAll(() => updateTiming({ ackTimeout: 0.1 }));
afterAll(() => defaultTiming());
afterEach(() => {
  for (const back of undo.reverse()) back();
  undo = [];
});

const openServer = async (refuse?: string): Promise<ScriptedServer> => {
  const server = await openScriptedServer(files, refuse);
  undo.push(server.close);
  return server;
};

type World = {
  readonly server: ScriptedServer;
  readonly device: SimulatedDevice;
  readonly ask: (path: string, question?: Parameters<ScriptedServer['ask']>[2]) => Promise<Answer>;
  readonly push: (payload?: Buffer, path?: string) => Promise<string>;
  readonly execute: (path?: string) => Promise<string>;
};

const meet = async (faults: readonly Fault[] = [], options: Partial<DeviceOptions> = {}): Promise<World> => {
  const server = await openServer();
  const device = createSimulatedDevice({
    server: { host: '127.0.0.1', port: server.port },
    endpoint: 'urn:imei:490154203237518',
    enabler: '1.1',
    firmware: '1.0',
    faults,
    ...options,
  });
  undo.push(device.stop);
  await device.start();
  const ask: World['ask'] = (path, question) => server.ask(device.view().port, path, question);
  return {
    server,
    device,
    ask,
    push: async (payload = image, path = '/5/0/0') =>
      (await ask(path, { method: 'PUT', format: 42, payload, szx: 6 })).code,
    execute: async (path = '/5/0/2') => (await ask(path, { method: 'POST' })).code,
  };
};

const writeUri = async ({ ask }: World, uri: string, path = '/5/0/1'): Promise<string> =>
  (await ask(path, { method: 'PUT', format: 0, payload: uri })).code;

const hex = ({ payload }: Answer): string => payload.toString('hex');

describe('registration', () => {
  it('says version, name, lifetime and queue as each enabler does', async () => {
    const later = await meet([], { queue: true, lifetime: 60 });
    expect(later.server.asked).toEqual(['POST /rd?lwm2m=1.1&ep=urn:imei:490154203237518&lt=60&Q']);
    expect(later.device.view().location).toBe('/rd/r1');
    const early = await meet([], { enabler: '1.0', queue: true });
    expect(early.server.asked).toEqual(['POST /rd?lwm2m=1.0&ep=urn:imei:490154203237518&lt=86400&b=UQ']);
  });

  it('is updated and ended under the path that the server gave', async () => {
    const { device, server } = await meet();
    expect((await device.update('lt=30')).code).toBe('2.04');
    expect((await device.deregister()).code).toBe('2.02');
    expect(server.asked.slice(1)).toEqual(['POST /rd/r1?lt=30', 'DELETE /rd/r1']);
    expect(device.view().location).toBeUndefined();
  });

  it('that is refused makes the start fail', async () => {
    const server = await openServer('4.03');
    const device = createSimulatedDevice({
      server: { host: '127.0.0.1', port: server.port },
      endpoint: 'box',
      enabler: '1.1',
      firmware: '1.0',
    });
    undo.push(device.stop);
    await expect(device.start()).rejects.toThrow('4.03');
  });

  it('is updated when the server triggers it', async () => {
    const { execute, server } = await meet();
    expect(await execute('/1/0/8')).toBe('2.04');
    await vi.waitFor(() => expect(server.asked).toContain('POST /rd/r1'));
  });
});

describe('reads', () => {
  it('of one resource are text in 1.1, TLV in 1.0, and what was asked for in both', async () => {
    const later = await meet();
    expect(await later.ask('/3/0/3')).toMatchObject({ code: '2.05', format: 'text/plain' });
    const early = await meet([], { enabler: '1.0' });
    expect(hex(await early.ask('/3/0/3'))).toBe('c303312e30');
    expect((await early.ask('/3/0/3', { accept: 0 })).payload.toString()).toBe('1.0');
  });

  it('of an instance are TLV, and nothing else', async () => {
    const { ask } = await meet();
    expect(hex(await ask('/5/0'))).toBe('c001c10300c10500c0078608410000410102c10902');
    expect((await ask('/5/0', { accept: 0 })).code).toBe('4.06');
    expect((await ask('/5/0/8', { accept: 0 })).code).toBe('4.06');
    expect((await ask('/3/0', { accept: 112 })).code).toBe('4.06');
    expect((await ask('/9/0')).code).toBe('2.05');
  });

  it('of what is not there or can only be executed are refused', async () => {
    const { ask } = await meet();
    expect((await ask('/5/0/2')).code).toBe('4.05');
    expect((await ask('/5/0/77')).code).toBe('4.04');
    expect((await ask('/77/0')).code).toBe('4.04');
    expect((await ask('/5/1/3')).code).toBe('4.04');
  });

  it('are answered after an acknowledgement where the device is slow', async () => {
    const { ask } = await meet(['separate-responses']);
    expect((await ask('/3/0/3')).payload.toString()).toBe('1.0');
  });
});

describe('a good update', () => {
  it.each([false, true])(
    'by push is told by notifications (confirmable: %s) and ends in the new version',
    async (confirmable) => {
      const { server, device, push, execute } = await meet([], { confirmable });
      const { values } = await server.observe(device.view().port, '/5/0/3');
      expect(await push()).toBe('2.04');
      await device.until(({ state }) => state === 2);
      expect(await execute()).toBe('2.04');
      await device.until(({ registrations }) => registrations === 2);
      expect(device.view()).toMatchObject({
        version: NEW,
        state: 0,
        result: 1,
        observations: [],
        executions: 1,
      });
      await vi.waitFor(() => expect(values).toEqual(['0', '2', '3']));
    },
  );

  it('by URI over CoAP goes through states 1 and 2', async () => {
    const world = await meet();
    expect(await writeUri(world, `coap://127.0.0.1:${world.server.port}/fw`)).toBe('2.04');
    await world.device.until(({ state }) => state === 2);
    expect(world.device.log).toEqual(expect.arrayContaining(['/5/0/3 is 1', '/5/0/3 is 2']));
    expect(await world.execute()).toBe('2.04');
    await world.device.until(({ version, registrations }) => version === NEW && registrations === 2);
  });

  it('by URI over HTTP too', async () => {
    const world = await meet();
    const http = createServer((_, response) => response.end(image)).listen(0, '127.0.0.1');
    undo.push(() => http.close());
    await vi.waitFor(() => expect(http.listening).toBe(true));
    await writeUri(world, `http://127.0.0.1:${(http.address() as AddressInfo).port}/fw`);
    await world.device.until(({ state }) => state === 2);
  });

  it('is undone by an empty URI, a NUL byte, or Cancel', async () => {
    const world = await meet();
    for (const [undoing, result] of [
      [() => writeUri(world, ''), 0],
      [() => world.push(Buffer.of(0)), 0],
      [() => world.execute('/5/0/10'), 10],
    ] as const) {
      await world.push();
      await world.device.until(({ state }) => state === 2);
      expect(await undoing()).toBe('2.04');
      await world.device.until(({ state }) => state === 0);
      expect(world.device.view().result).toBe(result);
    }
    expect(await world.execute('/5/0/10')).toBe('4.05');
    const early = await meet([], { enabler: '1.0' });
    expect(await early.execute('/5/0/10')).toBe('4.04');
  });
});

describe('what goes wrong with the package', () => {
  it.each([
    ['checksum', 5],
    ['kind', 6],
  ] as const)('a wrong %s is answered with 2.04 and then result %i', async (damage, result) => {
    const { device, push } = await meet();
    expect(await push(simulatedImage({ version: NEW, damage }))).toBe('2.04');
    await device.until((view) => view.result === result);
    expect(device.view()).toMatchObject({ state: 0, version: '1.0' });
  });

  it.each([
    ['no-flash', 2],
    ['no-memory', 3],
    ['corrupts', 5],
    ['rejects', 6],
  ] as const)('%s is result %i', async (fault, result) => {
    const { device, push } = await meet([fault]);
    expect(await push()).toBe('2.04');
    await device.until((view) => view.result === result);
    expect(device.view().state).toBe(0);
  });

  it('lost answers to blocks are sent again when they are asked for again', async () => {
    const { device, push } = await meet(['lost-replies']);
    expect(await push()).toBe('2.04');
    await device.until(({ state, result }) => state === 2 && result === 0);
  });
});

describe('what goes wrong with the URI', () => {
  it('an unknown path is result 7', async () => {
    const world = await meet();
    await writeUri(world, `coap://127.0.0.1:${world.server.port}/none`);
    await world.device.until(({ state, result }) => state === 0 && result === 7);
  });

  it('a damaged image is result 5', async () => {
    const world = await meet();
    await writeUri(world, `coap://127.0.0.1:${world.server.port}/bad`);
    await world.device.until(({ state, result }) => state === 0 && result === 5);
  });

  it.each(['coap', 'http'])('a dead port over %s is result 4, after state 1', async (scheme) => {
    const world = await meet([], { times: { patience: 300 } });
    expect(await writeUri(world, `${scheme}://127.0.0.1:9/fw`)).toBe('2.04');
    await world.device.until(({ state, result }) => state === 0 && result === 4);
    expect(world.device.log).toContain('/5/0/3 is 1');
  });

  it.each(['https://127.0.0.1/fw', 'ftp://a/b', 'nothing'])(
    '%s is refused with 4.00 and result 9',
    async (uri) => {
      const world = await meet();
      expect(await writeUri(world, uri)).toBe('4.00');
      await world.device.until(({ state, result }) => state === 0 && result === 9);
    },
  );

  it('a connection that is cut is result 4', async () => {
    const world = await meet(['cut-download']);
    await writeUri(world, `coap://127.0.0.1:${world.server.port}/fw`);
    await world.device.until(({ state, result }) => state === 0 && result === 4);
    const http = createServer((_, response) => response.write(image)).listen(0, '127.0.0.1');
    undo.push(() => http.close());
    await vi.waitFor(() => expect(http.listening).toBe(true));
    await writeUri(world, '');
    await world.device.until(({ result }) => result === 0);
    await writeUri(world, `http://127.0.0.1:${(http.address() as AddressInfo).port}/fw`);
    await world.device.until(({ state, result }) => state === 0 && result === 4);
  });

  it('a download that is cancelled ends without a word', async () => {
    const world = await meet([], { times: { patience: 200 } });
    await writeUri(world, 'coap://127.0.0.1:9/fw');
    await world.device.until(({ state }) => state === 1);
    await writeUri(world, '');
    await world.device.until(({ state }) => state === 0);
    const later = await world.device.until(({ result }) => result === 0);
    expect(later).toMatchObject({ state: 0, result: 0 });
  });
});

describe('what goes wrong with the installation', () => {
  const installing = async (
    faults: readonly Fault[],
    options: Partial<DeviceOptions> = {},
  ): Promise<World> => {
    const world = await meet(faults, options);
    await world.push();
    await world.device.until(({ state }) => state === 2);
    expect(await world.execute()).toBe('2.04');
    return world;
  };

  it.each([
    ['installer-fails', 8],
    ['defers', 11],
  ] as const)(
    '%s goes from state 3 back to 2 with result %i, and may succeed the next time',
    async (fault, result) => {
      const { device, execute } = await installing([fault]);
      await device.until((view) => view.result === result);
      expect(device.view().state).toBe(2);
      expect(device.log).toContain('/5/0/3 is 3');
      device.setFaults([]);
      expect(await execute()).toBe('2.04');
      await device.until(({ version, result: now }) => version === NEW && now === 1);
    },
  );

  it.each([
    ['rolls-back', '1.0', 8],
    ['old-version', '1.0', 1],
    ['forgets-result', NEW, 0],
  ] as const)('%s comes back with version %s and result %i', async (fault, version, result) => {
    const { device } = await installing([fault]);
    await device.until(({ registrations }) => registrations === 2);
    expect(device.view()).toMatchObject({ version, state: 0, result });
  });

  it('a device that never returns is in state 3 and has no port', async () => {
    const { device } = await installing(['never-returns']);
    await device.until(({ port }) => port === 0);
    expect(device.view()).toMatchObject({ state: 3, registrations: 1 });
  });

  it('a device may reboot before it has answered', async () => {
    const { device, push, execute } = await meet(['unanswered-execute']);
    await push();
    await device.until(({ state }) => state === 2);
    void execute().catch(() => undefined);
    await device.until(({ version, registrations }) => version === NEW && registrations === 2);
    expect(device.view().executions).toBe(1);
  });

  it('a device may go back to its old version later', async () => {
    const { device } = await installing([]);
    await device.until(({ registrations }) => registrations === 2);
    device.reboot('1.0');
    await device.until(({ registrations, version }) => registrations === 3 && version === '1.0');
  });

  it('Execute is refused where nothing was downloaded', async () => {
    const { device, execute } = await meet();
    expect(await execute()).toBe('4.05');
    expect(device.view().executions).toBe(0);
  });
});

describe('devices that are odd', () => {
  it('may begin in state 1, say nothing on a push, and take Execute once', async () => {
    const { device, ask, push, execute } = await meet(['odd-state']);
    expect(await push()).toBe('2.04');
    expect((await ask('/5/0/3', { accept: 0 })).payload.toString()).toBe('1');
    expect(await execute()).toBe('2.04');
    expect((await ask('/5/0/3', { accept: 0 })).payload.toString()).toBe('2');
    expect(await execute()).toBe('4.00');
    expect(device.log.some((line) => line.startsWith('notify'))).toBe(false);
  });

  it('may refuse to be observed', async () => {
    const { device, server } = await meet(['no-observe']);
    expect((await server.observe(device.view().port, '/5/0/3')).code).toBe('4.05');
    expect(device.view().observations).toEqual([]);
  });
});

describe('software', () => {
  it('is delivered, installed and activated', async () => {
    const { device, push, execute } = await meet();
    expect(await execute('/9/0/10')).toBe('4.05');
    expect(await push(image, '/9/0/2')).toBe('2.04');
    await device.until(({ software }) => software.state === 3);
    expect(await execute('/9/0/4')).toBe('2.04');
    await device.until(({ software }) => software.state === 4 && software.result === 2);
    expect(await execute('/9/0/10')).toBe('2.04');
    await device.until(({ software }) => software.active);
    expect(await execute('/9/0/6')).toBe('2.04');
    await device.until(({ software }) => software.state === 0);
  });

  it('that cannot be installed stays delivered with result 58', async () => {
    const { device, push, execute } = await meet(['installer-fails']);
    await push(image, '/9/0/2');
    await device.until(({ software }) => software.state === 3);
    await execute('/9/0/4');
    await device.until(({ software }) => software.state === 3 && software.result === 58);
  });

  it('that is damaged is result 53, and may come by URI', async () => {
    const world = await meet();
    await writeUri(world, `coap://127.0.0.1:${world.server.port}/bad`, '/9/0/3');
    await world.device.until(({ software }) => software.state === 0 && software.result === 53);
    await writeUri(world, `coap://127.0.0.1:${world.server.port}/fw`, '/9/0/3');
    await world.device.until(({ software }) => software.state === 3);
  });
});
