import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Running, startProcess } from './bench/process.ts';
import { createSimulatedDevice, type DeviceView, type SimulatedDevice } from './support/lwm2m-device.ts';
import { admin, type Lwm2mOperator, operate } from './support/lwm2m-server.ts';

const main = fileURLToPath(new URL('../src/server/main.ts', import.meta.url));

let directory: string;
let port: number;
let server: Running;
let operator: Lwm2mOperator;
let device: SimulatedDevice;

const freePort = async (): Promise<number> => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port: free } = socket.address();
  socket.close();
  return free;
};

/** The server with what it kept, at the port that devices know. */
const start = async (): Promise<void> => {
  const { PATH } = process.env;
  server = await startProcess({
    args: [main],
    env: {
      ...(PATH && { PATH }),
      MUSTER_PORT: '0',
      MUSTER_DATA: directory,
      MUSTER_ADMIN_PASSWORD: admin.password,
      MUSTER_LOG_LEVEL: 'info',
      MUSTER_LWM2M_COAP: `127.0.0.1:${port}`,
      MUSTER_LWM2M_PUBLIC_HOST: '127.0.0.1',
      MUSTER_LWM2M_POLL: '1s',
    },
  });
  operator = await operate(server.url);
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-lwm2m-crash-'));
  port = await freePort();
  await start();
});
afterEach(async () => {
  device?.stop();
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
});

const PATIENCE_MS = 30_000;

const ended = async (campaign: string, id: string) => {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(50)) {
    const update = await operator.update(campaign, id);
    if (update['outcome'] !== null) return update;
  }
  throw new Error(`the update did not end:\n${JSON.stringify(device.view())}\n${device.log.join('\n')}`);
};

type Point = { readonly at: (view: DeviceView) => boolean; readonly after?: number; readonly delivery: number };

/** Points of an update at which the server dies as in a power cut (T11). */
const points: Readonly<Record<string, Point>> = {
  'has begun to write the package': {
    at: ({ observations }) => observations.length === 2,
    after: 60,
    delivery: 1,
  },
  'has just written the URI of the package': { at: ({ state }) => state === 1, delivery: 0 },
  'has seen the package arrive': { at: ({ state }) => state === 2, delivery: 1 },
  'has sent Execute': { at: ({ state }) => state === 3, delivery: 1 },
  'waits for the device to come back': { at: ({ port: own }) => own === 0, delivery: 0 },
};

it.each(Object.keys(points))(
  'a server that is killed when it %s finishes the update exactly once after its restart',
  async (name) => {
    const point = points[name];
    if (point === undefined) return;
    await operator.device('d1', { attributes: { 'lwm2m.ackTimeout': 0.2, 'lwm2m.prefer': 'auto' } });
    device = createSimulatedDevice({
      server: { host: '127.0.0.1', port },
      ...{ endpoint: 'd1', enabler: '1.1', firmware: '1.0', protocols: [0], delivery: point.delivery },
      times: { install: 600, reboot: 600, patience: 3_000 },
    });
    await device.start();
    const pack = await operator.image({ version: '2.0', size: 300_000 });
    const campaign = await operator.campaign(pack, ['d1'], { retry: { attempts: 3, backOffSeconds: 0 } });
    await device.until(point.at);
    await sleep(point.after ?? 0);
    await server.kill();
    await start();
    expect(await ended(campaign, 'd1')).toMatchObject({ outcome: 'succeeded' });
    expect(device.view()).toMatchObject({ version: '2.0', executions: 1 });
    const events = await operator.call('GET', `/campaigns/${campaign}/devices/d1/explanation`);
    expect(events).toMatchObject({ blocking: null });
  },
);
