import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Lwm2mServer, startLwm2mServer } from './support/lwm2m-server.ts';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';

const server = inject('postgresUrl');

describe.skipIf(server === undefined)('LwM2M over PostgreSQL', () => {
  let database: TestDatabase;
  let muster: Lwm2mServer;
  beforeAll(async () => {
    database = await createTestDatabase(server ?? '');
    muster = await startLwm2mServer({ MUSTER_DATABASE_URL: database.url });
  });
  afterAll(async () => {
    await muster?.stop();
    await database?.drop();
  });

  it.each([
    ['by push', 1, 40_000],
    ['by pull', 0, 90_000],
  ] as const)('brings a device its firmware %s', async (way, delivery, size) => {
    const id = `pg-${delivery}`;
    await muster.device(id, { attributes: { 'lwm2m.ackTimeout': 0.2 } });
    const device = await muster.simulate(id, { delivery, protocols: [0] });
    const campaign = await muster.campaign(await muster.image({ version: '2.0', size }, { name: way }), [id]);
    expect(await muster.ended(campaign, id)).toMatchObject({
      outcome: 'succeeded',
      position: 'activation-complete',
    });
    expect(device.view()).toMatchObject({ version: '2.0', executions: 1, registrations: 2 });
    await expect
      .poll(() => muster.call('GET', `/devices/${id}`))
      .toMatchObject({ versions: { firmware: '2.0' } });
    expect((await device.update('lt=600')).code).toBe('2.04');
  });
});
