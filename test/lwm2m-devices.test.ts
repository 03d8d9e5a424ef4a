import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getTransfers } from '../src/app/transfers.ts';
import { must } from './contract/store/world.ts';
import { granted } from './support/fleet.ts';
import type { SimulatedDevice } from './support/lwm2m-device.ts';
import { type Lwm2mServer, startLwm2mServer } from './support/lwm2m-server.ts';

let muster: Lwm2mServer;

beforeAll(async () => {
  muster = await startLwm2mServer();
});
afterAll(() => muster?.stop());

let made = 0;
const fresh = (): string => {
  made += 1;
  return `thing-${made}`;
};

const HOUR = 3_600_000;
const quick = { attributes: { 'lwm2m.ackTimeout': 0.1 } };

/** A device that has registered and told what it is. */
const registered = async (options: Parameters<Lwm2mServer['simulate']>[1] = {}) => {
  const id = fresh();
  await muster.device(id, quick);
  const device = await muster.simulate(id, { delivery: 1, ...options });
  await until(device, 'GET /3/0/3');
  return { id, device };
};

/** Resolves once something was asked of a device. */
const until = (device: SimulatedDevice, what: string): Promise<unknown> =>
  device.until(() => device.log.some((line) => line.startsWith(what)));

describe('a device in queue mode', () => {
  it('is asked nothing while it sleeps, and gets its update when it wakes', async () => {
    const sleeper = await registered({ queue: true });
    const awake = await registered();
    muster.pass(100_000);
    const before = sleeper.device.log.length;
    const campaign = await muster.campaign(await muster.image({ version: '5.0' }), [sleeper.id, awake.id]);
    await muster.ended(campaign, awake.id);
    expect(sleeper.device.log.slice(before)).toEqual([]);
    expect((await muster.update(campaign, sleeper.id))['position']).toBe('pending');
    await sleeper.device.update();
    expect(await muster.ended(campaign, sleeper.id)).toMatchObject({ outcome: 'succeeded' });
  });
});

describe('a campaign', () => {
  it('has a device wait for its time, says so, and reaches it then though it says nothing', async () => {
    const { id } = await registered();
    const opens = new Date(Math.ceil(muster.now() / 1000) * 1000 + HOUR).toISOString();
    const download = { notBefore: opens, windows: [], spreadSeconds: 0 };
    const campaign = await muster.campaign(await muster.image({ version: '6.0' }), [id], { download });
    await muster.until(campaign, id, ({ position }) => position === 'download-scheduled');
    const explained = await muster.call('GET', `/campaigns/${campaign}/devices/${id}/explanation`);
    expect(explained['changesAt']).toBe(opens);
    expect(explained['blocking']).not.toBeNull();
    muster.pass(HOUR);
    expect(await muster.ended(campaign, id)).toMatchObject({ outcome: 'succeeded' });
  });

  it('comes to a device of a later wave when that opens, and not before, though the device says nothing', async () => {
    const [pilot, other] = [await registered({ times: { install: 1000 } }), await registered()];
    const pilots = { name: 'pilots', size: { by: 'devices', devices: [pilot.id] } };
    const wave = { ...pilots, success: 100, soakSeconds: 0, manual: false };
    const campaign = await muster.campaign(await muster.image({ version: '6.1' }), [pilot.id, other.id], {
      rollout: { by: 'waves', waves: [wave] },
    });
    await pilot.device.until(({ state }) => state === 3);
    expect((await muster.update(campaign, other.id))['outcome']).toBe(null);
    expect(other.device.log.filter((line) => line.startsWith('PUT'))).toEqual([]);
    await muster.ended(campaign, pilot.id);
    expect(await muster.ended(campaign, other.id)).toMatchObject({ outcome: 'succeeded' });
  });

  it('that is cancelled has a device forget the package that it did not install yet', async () => {
    const { id, device } = await registered();
    const plan = { checkpoints: ['execution'] };
    const campaign = await muster.campaign(await muster.image({ version: '7.0' }), [id], plan);
    await muster.until(campaign, id, ({ position }) => position === 'execution-awaiting-approval');
    expect(device.view().state).toBe(2);
    await muster.call('POST', `/campaigns/${campaign}/cancel`, {});
    expect(await muster.ended(campaign, id)).toMatchObject({ outcome: 'cancelled' });
    expect(device.view()).toMatchObject({ state: 0, executions: 1 });
    expect(device.log).toContain('POST /5/0/10 2.04');
  });

  it('that ends while a device installs takes its result all the same', async () => {
    const { id, device } = await registered({ times: { install: 1500 } });
    const campaign = await muster.campaign(await muster.image({ version: '7.1' }), [id]);
    await device.until(({ state }) => state === 3);
    await muster.call('POST', `/campaigns/${campaign}/cancel`, {});
    expect(await muster.ended(campaign, id)).toMatchObject({ outcome: 'succeeded' });
  });

  it('that is cancelled has software taken away that is not active yet', async () => {
    const { id, device } = await registered();
    const pack = await muster.image({ version: '1.5' }, { kind: 'software', name: 'app' });
    const campaign = await muster.campaign(pack, [id], { checkpoints: ['activation'] });
    await muster.until(campaign, id, ({ position }) => position === 'activation-awaiting-approval');
    expect(device.view().software).toEqual({ state: 4, result: 2, active: false });
    await muster.call('POST', `/campaigns/${campaign}/cancel`, {});
    expect(await muster.ended(campaign, id)).toMatchObject({ outcome: 'cancelled' });
    expect(device.view().software).toEqual({ state: 0, result: 0, active: false });
  });

  it('tries a failed installation again with the package that the device has', async () => {
    const { id, device } = await registered({ faults: ['installer-fails'] });
    // Why an installer failed is not known, and is not tried again unless the plan says so.
    const again = { attempts: 2, backOffSeconds: 1 };
    const retry = { ...again, classes: { unknown: again } };
    const campaign = await muster.campaign(await muster.image({ version: '8.0' }), [id], { retry });
    await device.until(({ result }) => result === 8);
    device.setFaults([]);
    expect(await muster.ended(campaign, id)).toMatchObject({ outcome: 'succeeded', attempt: 2 });
    expect(device.log.filter((line) => line.startsWith('PUT /5/0/0'))).toHaveLength(1);
  });

  it.each([
    ['written in blocks', { delivery: 1, faults: ['separate-responses'] }],
    ['fetched over CoAP', { delivery: 0, protocols: [0], faults: ['cut-download'] }],
  ] as const)('shows how much of a package was %s', async (way, options) => {
    const { id } = await registered(options);
    const pack = await muster.image({ version: '11.0', size: 30_000 }, { name: way });
    const campaign = await muster.campaign(pack, [id]);
    const { store } = muster.server.context;
    const account = must(await store.accounts.find('DEFAULT'));
    const share = async (): Promise<number> => {
      const told = granted(await getTransfers({ store }, { account }, { campaign, device: id }));
      return must(told[0]).done / must(told[0]).of;
    };
    const isPart = async () => (await share()) > 0 && (await share()) < 1;
    await expect.poll(isPart, { interval: 20, timeout: 10_000 }).toBe(true);
    await muster.ended(campaign, id);
  });

  it('of software goes to a slot of object 9', async () => {
    const { id, device } = await registered();
    const query = { kind: 'software', name: 'app' };
    const pack = await muster.image({ version: '1.4' }, query);
    const campaign = await muster.campaign(pack, [id]);
    expect(await muster.ended(campaign, id)).toMatchObject({ outcome: 'succeeded' });
    expect(device.view().software).toEqual({ state: 4, result: 2, active: true });
  });
});

describe('the registration interface', () => {
  it('does not know what nobody has registered', async () => {
    const { device } = await registered();
    expect((await device.update('lt=600')).code).toBe('2.04');
    expect((await device.deregister()).code).toBe('2.02');
    expect((await device.update()).code).toBe('4.04');
    expect((await device.deregister()).code).toBe('4.04');
  });

  it('refuses devices that are not known, that speak something else, or that hold a key', async () => {
    await expect(muster.simulate(fresh())).rejects.toThrow('4.03');
    const other = fresh();
    await muster.call('POST', '/devices', { id: other, protocol: 'ddi' });
    await expect(muster.simulate(other)).rejects.toThrow('4.03');
    const keyed = fresh();
    await muster.device(keyed);
    await muster.call('POST', `/devices/${keyed}/credentials`, { kind: 'psk' });
    await expect(muster.simulate(keyed)).rejects.toThrow('4.03');
  });

  it('registers whoever comes where the account says so, under its IMEI', async () => {
    await muster.call('PATCH', '/accounts/DEFAULT', { deviceAccess: { registration: 'open' } });
    const imei = '351756051523999';
    await muster.simulate(`urn:imei:${imei}`);
    expect(await muster.call('GET', `/devices/${imei}`)).toMatchObject({ protocol: 'lwm2m' });
    await muster.call('PATCH', '/accounts/DEFAULT', { deviceAccess: { registration: 'closed' } });
  });

  it('drops what a device was observed for when it registers again, and keeps its update', async () => {
    const { id, device } = await registered();
    const plan = { checkpoints: ['execution'] };
    const campaign = await muster.campaign(await muster.image({ version: '9.0' }), [id], plan);
    await muster.until(campaign, id, ({ position }) => position === 'execution-awaiting-approval');
    device.reboot();
    await device.until(({ registrations }) => registrations === 2);
    expect((await muster.update(campaign, id))['outcome']).toBeNull();
    expect(device.view().state).toBe(2);
  });
});

describe('anything that comes as a datagram', () => {
  it('is survived', async () => {
    const { id, device } = await registered();
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    // A registration, its update and a notification, in bits and pieces.
    const seeds = [
      '440212346eeca37fb272641128396c776d326d3d312e310d0565703d7800036 23d55056c743d3430ff3c2f352f303e',
      '4402ec6f6fecbd7fb27264043561 3366',
      '6445beef0102030405060708d1060112ff32',
      '540100010a0b0c0dbb2e77656c6c2d6b6e6f776e04636f7265',
    ].map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    const mutated = (seed: Buffer): Buffer => {
      const bytes = Buffer.from(seed);
      for (const at of randomBytes(3)) bytes[at % bytes.length] = randomBytes(1)[0] ?? 0;
      return bytes.subarray(0, 1 + ((randomBytes(1)[0] ?? 0) % bytes.length));
    };
    for (let n = 0; n < 20_000; n += 1) {
      const seed = seeds[n % seeds.length] ?? Buffer.alloc(0);
      const bytes = n % 3 === 0 ? randomBytes(1 + (n % 200)) : mutated(seed);
      socket.send(bytes, muster.port, '127.0.0.1');
      // So that the buffers of both sides hold them.
      if (n % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    socket.close();
    expect((await device.update()).code).toBe('2.04');
    const campaign = await muster.campaign(await muster.image({ version: '10.0' }), [id]);
    expect(await muster.ended(campaign, id)).toMatchObject({ outcome: 'succeeded' });
  });
});
