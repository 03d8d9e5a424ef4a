import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort } from './support/free-port.ts';
import { createSimulatedDevice } from './support/lwm2m-device.ts';
import { ended, type Lwm2mProcess, seen, startLwm2mProcess } from './support/lwm2m-processes.ts';
import { operate } from './support/lwm2m-server.ts';
import { killLaunched, until } from './support/muster-process.ts';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';

const postgres = inject('postgresUrl');

describe.skipIf(postgres === undefined)('several workers', () => {
  let directory: string;
  let database: TestDatabase;
  let server: Lwm2mProcess;
  let port: number;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-lwm2m-workers-'));
    database = await createTestDatabase(postgres ?? '');
    port = await freePort();
    server = await startLwm2mProcess(directory, {
      MUSTER_LWM2M_COAP: `127.0.0.1:${port}`,
      MUSTER_DATABASE_URL: database.url,
      MUSTER_WORKERS: '2',
    });
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    killLaunched();
    await database?.drop();
    await rm(directory, { recursive: true, force: true });
  });

  /** Of the workers that have served devices so far, the last. */
  const pids = (): readonly number[] =>
    server
      .out()
      .split('\n')
      .filter((line) => line.includes('"msg":"LwM2M"'))
      .map((line) => JSON.parse(line)['pid']);

  it('have one that serves devices; when it dies, the next one at its place finishes what it had begun', async () => {
    const operator = await operate(server.url);
    await operator.device('d1', { attributes: { 'lwm2m.ackTimeout': 0.2 } });
    const device = createSimulatedDevice({
      ...{ server: { host: '127.0.0.1', port }, endpoint: 'd1', enabler: '1.1', firmware: '1.0' },
      ...{ protocols: [0], delivery: 1, times: { install: 500, reboot: 500 } },
    });
    try {
      await device.start();
      const campaign = await operator.campaign(await operator.image({ version: '2.0' }), ['d1']);
      await seen(device, ({ state }) => state === 3);
      const [first] = pids();
      expect(pids()).toHaveLength(1);
      process.kill(first ?? -1, 'SIGKILL');
      await until(() => pids().length === 2);
      expect(await ended(operator, campaign, device)).toMatchObject({ outcome: 'succeeded', attempt: 1 });
      expect(device.view()).toMatchObject({ version: '2.0', executions: 1 });
    } finally {
      device.stop();
    }
  }, 120_000);
});
