import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { generate, parse } from 'coap-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must } from './contract/store/world.ts';
import { type Lwm2mServer, startLwm2mServer } from './support/lwm2m-server.ts';

let muster: Lwm2mServer;

beforeAll(async () => {
  muster = await startLwm2mServer({ MUSTER_LWM2M_INSTALL_TIMEOUT: '20m' });
});
afterAll(() => muster?.stop());

const SENML_JSON = 110;
const senml = (...records: readonly object[]): Buffer => Buffer.from(JSON.stringify(records));

const registered = async (id: string, options: Parameters<Lwm2mServer['simulate']>[1] = {}) => {
  await muster.device(id, { attributes: { 'lwm2m.ackTimeout': 0.1 } });
  const device = await muster.simulate(id, { delivery: 1, ...options });
  await expect
    .poll(async () => (await muster.call('GET', `/devices/${id}`))['versions'], { timeout: 20_000 })
    .toMatchObject({ firmware: '1.0' });
  return device;
};

describe('what a device sends of its own accord', () => {
  it('makes its version and what it is known', async () => {
    const device = await registered('sender-1');
    const sent = await device.send(
      senml({ bn: '/3/0/', n: '3', vs: '1.7' }, { n: '18', vs: 'board C' }),
      SENML_JSON,
    );
    expect(sent.code).toBe('2.04');
    await expect
      .poll(() => muster.call('GET', '/devices/sender-1'))
      .toMatchObject({ versions: { firmware: '1.7' }, attributes: { hardwareVersion: 'board C' } });
  });

  it('of its update is a hint: it is asked, and not believed', async () => {
    const device = await registered('sender-2');
    const plan = { checkpoints: ['execution'] };
    const campaign = await muster.campaign(await muster.image({ version: '4.1' }), ['sender-2'], plan);
    await muster.until(campaign, 'sender-2', ({ position }) => position === 'execution-awaiting-approval');
    const before = device.log.length;
    const lie = senml({ bn: '/5/0/', n: '3', v: 0 }, { n: '5', v: 1 });
    expect((await device.send(lie, SENML_JSON)).code).toBe('2.04');
    await muster.call('PUT', `/campaigns/${campaign}/devices/sender-2/slots/execution`, {});
    expect(await muster.ended(campaign, 'sender-2')).toMatchObject({ outcome: 'succeeded' });
    expect(device.log.slice(before)).toContain('POST /5/0/2 2.04');
    expect(device.view().version).toBe('4.1');
  });

  it('is refused where it cannot be read, or nobody is registered', async () => {
    const device = await registered('sender-3');
    expect((await device.send(Buffer.from('[{'), SENML_JSON)).code).toBe('4.00');
    expect((await device.send(senml(), 50_000)).code).toBe('4.15');
    await device.deregister();
    expect((await device.send(senml({ n: '/3/0/3', vs: '2' }), SENML_JSON)).code).toBe('4.04');
  });
});

describe('what a device registers with', () => {
  it('is known though nobody acts on it, and follows its updates', async () => {
    const device = await registered('vendor-1');
    const parameters = async (): Promise<unknown> => {
      const { attributes } = await muster.call('GET', '/devices/vendor-1');
      return (attributes as Readonly<Record<string, unknown>>)['lwm2m.parameters'];
    };
    await expect.poll(parameters).toBe('b=U');
    expect((await device.update('lt=600&sms=49151')).code).toBe('2.04');
    const { store } = muster.server.context;
    const { key } = must(await store.accounts.find('DEFAULT'));
    const { key: deviceKey } = must(await store.devices.find(key, 'vendor-1'));
    await expect
      .poll(async () => (await store.protocolSessions.find(key, deviceKey, 'lwm2m'))?.body)
      .toContain('"sms=49151&b=U"');
  });
});

describe('two devices with one identity', () => {
  /** Registers from an address of this machine; the code of the answer. */
  const registerFrom = async (address: string, endpoint: string): Promise<string> => {
    const socket = createSocket('udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    const options = [
      { name: 'Uri-Path', value: Buffer.from('rd') },
      { name: 'Content-Format', value: Buffer.of(40) },
      { name: 'Uri-Query', value: Buffer.from('lwm2m=1.0') },
      { name: 'Uri-Query', value: Buffer.from(`ep=${endpoint}`) },
    ] as const;
    const request = { code: 'POST', confirmable: true, options, payload: Buffer.from('</3/0>') } as const;
    socket.send(generate({ ...request, options: [...options] }), muster.port, '127.0.0.1');
    const [answer] = (await once(socket, 'message')) as [Buffer];
    socket.close();
    return parse(answer).code;
  };

  it('are flagged where operators see it', async () => {
    await muster.device('twin');
    for (let turn = 0; turn < 6; turn += 1) {
      expect(await registerFrom(turn % 2 === 0 ? '127.0.0.2' : '127.0.0.3', 'twin')).toBe('2.01');
    }
    await expect
      .poll(async () => (await muster.call('GET', '/devices/twin'))['attributes'])
      .toMatchObject({ 'lwm2m.suspectedCloneAt': expect.stringMatching(/^20\d\d-/) });
  });
});

describe('a device that leaves while it installs', () => {
  const MINUTE = 60_000;

  /** A device that does not come back from its installation, of whose registration nothing is left. */
  const missed = async (id: string) => {
    const device = await registered(id, { faults: ['never-returns'], lifetime: 60 });
    const campaign = await muster.campaign(await muster.image({ version: id }), [id]);
    // The phase has begun a moment before that.
    await device.until(({ executions }) => executions === 1);
    muster.pass(4 * MINUTE);
    const { store } = muster.server.context;
    const { key } = must(await store.accounts.find('DEFAULT'));
    const { key: deviceKey } = must(await store.devices.find(key, id));
    await expect
      .poll(async () => (await store.protocolSessions.find(key, deviceKey, 'lwm2m'))?.body, {
        timeout: 10_000,
      })
      .toContain('"over":true');
    return { device, campaign };
  };

  it('is not lost when its registration ends, and given up when its time is over', async () => {
    const { campaign } = await missed('missed-1');
    expect((await muster.update(campaign, 'missed-1'))['outcome']).toBeNull();
    muster.pass(20 * MINUTE);
    expect(await muster.ended(campaign, 'missed-1')).toMatchObject({
      outcome: 'failed',
      reason: 'phase-timed-out',
    });
  });

  it('succeeds when it is back in time', async () => {
    const { device, campaign } = await missed('missed-2');
    device.setFaults([]);
    device.stop();
    const back = await muster.simulate('missed-2', { firmware: 'missed-2' });
    expect(await muster.ended(campaign, 'missed-2')).toMatchObject({ outcome: 'succeeded' });
    expect(back.view().executions).toBe(0);
  });
});

describe('a campaign that tries again', () => {
  it('brings a package again whose download broke off', async () => {
    const device = await registered('again-1', { delivery: 0, protocols: [2], faults: ['cut-download'] });
    const retry = { attempts: 2, backOffSeconds: 1 };
    const campaign = await muster.campaign(
      await muster.image({ version: '4.4', size: 200_000 }),
      ['again-1'],
      {
        retry,
      },
    );
    await device.until(({ result }) => result === 4);
    device.setFaults([]);
    expect(await muster.ended(campaign, 'again-1')).toMatchObject({ outcome: 'succeeded', attempt: 2 });
    expect(device.view().version).toBe('4.4');
  });
});
