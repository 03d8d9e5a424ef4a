import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort } from './support/free-port.ts';
import { createSimulatedDevice, type DeviceOptions, type SimulatedDevice } from './support/lwm2m-device.ts';
import { ended, type Lwm2mProcess, seen, startLwm2mProcess, updateThat } from './support/lwm2m-processes.ts';
import { type Lwm2mOperator, operate } from './support/lwm2m-server.ts';
import { killLaunched, until } from './support/muster-process.ts';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';

const postgres = inject('postgresUrl');

/** A process with its own address for devices, as one of several machines has. */
type Place = { readonly port: number; process: Lwm2mProcess };

/** A process reads the history of others every two seconds; the rest is for a machine that is busy. */
const SOON_MS = 20_000;

describe.skipIf(postgres === undefined)(
  'two processes over one PostgreSQL',
  () => {
    let directory: string;
    let database: TestDatabase;
    let first: Place;
    let second: Place;
    /** Of the second process: it has no device of its own at first. */
    let operator: Lwm2mOperator;
    let devices: SimulatedDevice[] = [];
    let made = 0;

    const start = async (port: number): Promise<Place> => {
      const env = { MUSTER_LWM2M_COAP: `127.0.0.1:${port}`, MUSTER_DATABASE_URL: database.url };
      return { port, process: await startLwm2mProcess(directory, env) };
    };

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'muster-lwm2m-processes-'));
      database = await createTestDatabase(postgres ?? '');
      first = await start(await freePort());
      second = await start(await freePort());
      operator = await operate(second.process.url);
    }, 120_000);
    afterEach(() => {
      for (const device of devices) device.stop();
      devices = [];
    });
    afterAll(async () => {
      await Promise.all([first, second].map((place) => place?.process.stop()));
      killLaunched();
      await database?.drop();
      await rm(directory, { recursive: true, force: true });
    });

    /** A device that is registered with the first process, and that may turn to another one. */
    const registered = async (options: Partial<DeviceOptions> = {}) => {
      made += 1;
      const id = `thing-${made}`;
      await operator.device(id, { attributes: { 'lwm2m.ackTimeout': 0.2 } });
      const server = { host: '127.0.0.1', port: first.port };
      const device = createSimulatedDevice({
        ...{ server, endpoint: id, enabler: '1.1', firmware: '1.0', protocols: [0], delivery: 1 },
        ...options,
      });
      devices.push(device);
      await device.start();
      await seen(device, () => device.log.includes('GET /3/0/3 2.05'));
      const turnTo = (place: Place): void => {
        server.port = place.port;
      };
      return { id, device, turnTo };
    };

    const campaign = async (id: string, version: string, size: number, plan = {}): Promise<string> =>
      operator.campaign(await operator.image({ version, size }, { name: id }), [id], {
        retry: { attempts: 3, backOffSeconds: 0 },
        ...plan,
      });

    const once = { version: '2.0', executions: 1 };

    it('bring a device that is registered with one the campaign that was started at the other, within seconds', async () => {
      const { id, device } = await registered();
      const asked = device.log.length;
      const running = await campaign(id, '2.0', 20_000);
      const begun = Date.now();
      await seen(device, () => device.log.length > asked);
      expect(Date.now() - begun).toBeLessThan(SOON_MS);
      expect(await ended(operator, running, device, id)).toMatchObject({ outcome: 'succeeded', attempt: 1 });
      expect(device.view()).toMatchObject({ ...once, registrations: 2 });
    });

    it('have a device stop that is registered with one and whose campaign is cancelled at the other', async () => {
      const { id, device } = await registered();
      const running = await campaign(id, '2.0', 20_000, { checkpoints: ['execution'] });
      const waits = ({ position }: { readonly position?: unknown }) =>
        position === 'execution-awaiting-approval';
      await updateThat(operator, running, device, waits, id);
      expect(device.view().state).toBe(2);
      await operator.call('POST', `/campaigns/${running}/cancel`, {});
      expect(await ended(operator, running, device, id)).toMatchObject({ outcome: 'cancelled' });
      expect(device.view().state).toBe(0);
    });

    it('hand a device over in the middle of a transfer, when it updates its registration at the other', async () => {
      const { id, device, turnTo } = await registered();
      const running = await campaign(id, '2.0', 600_000);
      await seen(device, ({ observations }) => observations.length === 2);
      turnTo(second);
      expect((await device.update('lt=900')).code).toBe('2.04');
      expect(await ended(operator, running, device, id)).toMatchObject({ outcome: 'succeeded' });
      expect(device.view()).toMatchObject({ ...once, registrations: 2 });
    });

    it('finish at one what another had begun that was paused, and it does nothing more when it goes on', async () => {
      const { id, device, turnTo } = await registered({ times: { install: 500, reboot: 500 } });
      const running = await campaign(id, '2.0', 20_000);
      await seen(device, ({ state }) => state === 3);
      first.process.child.kill('SIGSTOP');
      turnTo(second);
      expect(await ended(operator, running, device, id)).toMatchObject({ outcome: 'succeeded' });
      first.process.child.kill('SIGCONT');
      const next = await campaign(id, '3.0', 20_000);
      expect(await ended(operator, next, device, id)).toMatchObject({ outcome: 'succeeded', attempt: 1 });
      expect(device.view()).toMatchObject({ version: '3.0', executions: 2 });
      await until(() => first.process.out().includes('has turned to another process'));
    });

    it('finish at one what another had begun that is gone', async () => {
      const { id, device, turnTo } = await registered({ delivery: 0, times: { patience: 10_000 } });
      const running = await campaign(id, '2.0', 300_000);
      await seen(device, ({ state }) => state === 1);
      await first.process.kill();
      turnTo(second);
      expect((await device.update()).code).toBe('2.04');
      expect(await ended(operator, running, device, id)).toMatchObject({ outcome: 'succeeded' });
      expect(device.view()).toMatchObject(once);
      first = await start(first.port);
    });

    it('go on where they listened before with what is at home there, and leave to the other what is not', async () => {
      const here = await registered();
      const there = await registered();
      there.turnTo(second);
      expect((await there.device.update()).code).toBe('2.04');
      await first.process.kill();
      const campaigns = [
        await campaign(here.id, '2.0', 20_000),
        await campaign(there.id, '2.0', 20_000),
      ] as const;
      await ended(operator, campaigns[1], there.device, there.id);
      expect(there.device.view()).toMatchObject(once);
      expect(here.device.view()).toMatchObject({ version: '1.0', executions: 0 });
      first = await start(first.port);
      expect(await ended(operator, campaigns[0], here.device, here.id)).toMatchObject({
        outcome: 'succeeded',
      });
      for (const { device } of [here, there]) expect(device.view()).toMatchObject(once);
    });
  },
  180_000,
);
