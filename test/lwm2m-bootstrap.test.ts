import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must } from './contract/store/world.ts';
import { createSimulatedDevice, type SimulatedDevice } from './support/lwm2m-device.ts';
import { type Lwm2mServer, startLwm2mServer } from './support/lwm2m-server.ts';
import { openDtlsTunnel } from './support/secure-tunnel.ts';

const devices: SimulatedDevice[] = [];

/** A device that has only just been made: it knows where the bootstrap server is. */
const unborn = (port: number, endpoint: string): SimulatedDevice => {
  const device = createSimulatedDevice({
    server: { host: '127.0.0.1', port },
    ...{ endpoint, enabler: '1.1', firmware: '1.0', delivery: 1 },
  });
  devices.push(device);
  return device;
};

afterAll(() => {
  for (const device of devices) device.stop();
});

describe('bootstrap over a plain listener', () => {
  let muster: Lwm2mServer;
  beforeAll(async () => {
    muster = await startLwm2mServer({ MUSTER_LWM2M_COAPS: '127.0.0.1:0', MUSTER_LWM2M_BOOTSTRAP: 'plain' });
  });
  afterAll(() => muster?.stop());

  it('gives a device that has none its key, which then brings it in over DTLS', async () => {
    await muster.device('factory-1');
    const written = await unborn(muster.port, 'factory-1').bootstrap();
    const { port } = must(muster.server.lwm2m.find(({ name }) => name === 'coaps'));
    expect(`${written.get('/0/1/0')}`).toBe(`coaps://127.0.0.1:${port}`);
    // No bootstrap account, pre-shared key, and the server's id as in the Server object.
    expect(written.get('/0/1/1')).toEqual(Buffer.of(0));
    expect(written.get('/0/1/2')).toEqual(Buffer.of(0));
    expect(written.get('/0/1/10')).toEqual(written.get('/1/0/0'));
    expect(`${written.get('/1/0/7')}`).toBe('U');
    const tunnel = await openDtlsTunnel(port, {
      identity: `${written.get('/0/1/3')}`,
      key: must(written.get('/0/1/5')),
    });
    const device = unborn(tunnel.port, 'factory-1');
    await device.start();
    expect(device.view().registrations).toBe(1);
    await tunnel.close();
  });

  it('gives the same key again, and tells an operator that it did', async () => {
    await muster.device('factory-2');
    const first = await unborn(muster.port, 'factory-2').bootstrap();
    const second = await unborn(muster.port, 'factory-2').bootstrap();
    expect(second.get('/0/1/5')).toEqual(first.get('/0/1/5'));
    const known = await muster.call('GET', '/devices/factory-2/credentials');
    expect(JSON.stringify(known).match(/"psk"/g)).toHaveLength(1);
    await expect
      .poll(async () => (await muster.call('GET', '/devices/factory-2'))['attributes'])
      .toMatchObject({ 'lwm2m.bootstrappedAt': expect.stringMatching(/^20\d\d-/) });
  });

  it('gives nobody a key that is not known to speak LwM2M', async () => {
    await expect(unborn(muster.port, 'stranger').bootstrap()).rejects.toThrow('4.03');
    await muster.call('POST', '/devices', { id: 'of-ddi', protocol: 'ddi' });
    await expect(unborn(muster.port, 'of-ddi').bootstrap()).rejects.toThrow('4.03');
  });
});

describe('bootstrap as it is set at first', () => {
  let muster: Lwm2mServer;
  beforeAll(async () => {
    muster = await startLwm2mServer({ MUSTER_LWM2M_COAPS: '127.0.0.1:0' });
  });
  afterAll(() => muster?.stop());

  it('gives no key over a plain listener, and has a device be itself over a secure one', async () => {
    await muster.device('careful-1');
    await muster.device('careful-2');
    await expect(unborn(muster.port, 'careful-1').bootstrap()).rejects.toThrow('4.03');
    const made = await muster.call('POST', '/devices/careful-1/credentials', { kind: 'psk' });
    const { port } = must(muster.server.lwm2m.find(({ name }) => name === 'coaps'));
    const key = { identity: `${made['identity']}`, key: Buffer.from(`${made['secret']}`, 'hex') };
    const tunnel = await openDtlsTunnel(port, key);
    await expect(unborn(tunnel.port, 'careful-2').bootstrap()).rejects.toThrow('4.03');
    expect((await unborn(tunnel.port, 'careful-1').bootstrap()).get('/0/1/5')).toEqual(key.key);
    await tunnel.close();
  });
});
