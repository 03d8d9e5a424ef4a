import { describe, expect, inject, it } from 'vitest';
import { openPostgres } from '../src/store/postgres.ts';
import { newWorld } from './contract/store/world.ts';
import { withClient } from './migrations/release.ts';
import { createTestDatabase } from './support/postgres.ts';

const server = inject('postgresUrl');

describe.skipIf(server === undefined)('statements that connections keep ready', () => {
  it('are made again when another server has added columns to what they ask', async () => {
    const { url, drop } = await createTestDatabase(server ?? '');
    const store = await openPostgres({ url, pool: 4 });
    const world = await newWorld(store);
    const devices = await world.addDevices(20);
    const campaign = await world.addCampaign();
    const readAll = () => Promise.all(devices.map(({ key }) => store.devices.get(world.account, key)));
    const change = () => world.write({ save: 'campaign', was: campaign, value: campaign });
    const before = await readAll();
    await world.join(campaign, devices);
    for (const round of [1, 2, 3]) {
      await withClient(url, async (client) => {
        for (const table of ['devices', 'campaigns', 'accounts', 'updates', 'events', 'jobs'])
          await client.query(`alter table ${table} add column extra_${round} integer`);
      });
      expect(await readAll()).toEqual(before);
      await store.jobs.claim(1, 2);
    }
    await change();
    expect(await world.updatesOf(campaign)).toHaveLength(devices.length);
    await store.close();
    await drop();
  });

  it('are planned again once many rows came into what they ask, before the database would notice', async () => {
    const { url, drop } = await createTestDatabase(server ?? '');
    const store = await openPostgres({ url, pool: 4 });
    const world = await newWorld(store);
    const rowsOf = async (table: string) =>
      withClient(url, async (client) => {
        const { rows } = await client.query(
          `select reltuples::integer as count from pg_class where oid = '${table}'::regclass`,
        );
        return rows[0]?.count;
      });
    await withClient(url, async (client) => {
      for (const table of ['devices', 'updates'])
        await client.query(`alter table ${table} set (autovacuum_enabled = false)`);
      await client.query('vacuum analyze');
    });
    const devices = await world.addDevices(3_000);
    await expect.poll(() => rowsOf('devices'), { timeout: 20_000 }).toBe(3_000);
    await world.join(await world.addCampaign(), devices);
    await expect.poll(() => rowsOf('updates'), { timeout: 20_000 }).toBe(3_000);
    await store.close();
    await drop();
  });
});
