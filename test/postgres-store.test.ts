import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Store } from '../src/app/ports.ts';
import { openPostgres } from '../src/store/postgres.ts';
import { type EmptyDatabase, migrationsContract } from './contract/migrations.ts';
import { must, newWorld, recount } from './contract/store/world.ts';
import { createTestDatabase } from './support/postgres.ts';
import { ada, NOON, sampleEntry, sampleEvent, sampleJob } from './support/samples.ts';

const server = inject('postgresUrl');

const emptyDatabase = async (): Promise<EmptyDatabase> => {
  const { url, drop } = await createTestDatabase(server ?? '');
  return {
    open: (migrations) => openPostgres({ url, pool: 4, ...(migrations && { migrations }) }),
    run: async (sql) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(sql).finally(() => client.end());
    },
    end: drop,
  };
};

/** A second is the default: too long where transactions are made to meet. */
const noticeDeadlocksSoon = `do $$ begin
  execute format('alter database %I set deadlock_timeout = ''20ms''', current_database());
exception when insufficient_privilege then null;
end $$`;

describe.skipIf(server === undefined)('a PostgreSQL database', () => {
  migrationsContract(emptyDatabase);

  describe('under several servers', () => {
    let database: EmptyDatabase;
    let stores: readonly Store[] = [];
    const storeOf = (n: number): Store => must(stores[n % stores.length]);

    beforeAll(async () => {
      database = await emptyDatabase();
      await database.run(noticeDeadlocksSoon);
      stores = await Promise.all([database.open(), database.open(), database.open()]);
    });
    afterAll(async () => {
      for (const store of stores) await store.close();
      await database.end();
    });

    it('lets one of many writers of an update win, and counts right', async () => {
      const world = await newWorld(storeOf(0));
      const { account } = world;
      const [devices, campaign] = [await world.addDevices(5), await world.addCampaign()];
      await world.join(campaign, devices);
      const before = (await world.events()).length;
      const about = { campaign: campaign.key, device: null };
      const updates = await Promise.all(devices.map((device) => world.updateOf(campaign, device)));
      const answers = await Promise.all(
        Array.from({ length: 120 }, (_, n) => {
          const was = must(updates[n % 5]);
          return storeOf(n).commit({
            ...{ account, events: [sampleEvent({ type: 'update-moved', to: 'inventoried' }, about)] },
            writes: [{ save: 'update', was, value: { ...was, position: 'inventoried' } }],
          });
        }),
      );
      expect(answers.filter(({ ok }) => ok)).toHaveLength(5);
      expect(await world.counts(campaign)).toEqual(recount(await world.updatesOf(campaign)));
      const events = await world.events();
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect(events).toHaveLength(before + 5);
    });

    it('recalls, closes, moves and logs at once, and counts right', async () => {
      const world = await newWorld(storeOf(0));
      const { account } = world;
      const [devices, campaign] = [await world.addDevices(30), await world.addCampaign()];
      const bulk = { account, campaign: campaign.key, actor: ada, now: NOON + 9 } as const;
      const deviceIds = devices.map(({ id }) => id);
      const closing = { outcome: 'cancelled', reason: 'campaign-cancelled', message: '' } as const;
      const places = ['download-ready', 'download-running', 'inventoried', 'execution-running'] as const;
      const work = async (n: number): Promise<number> => {
        const store = storeOf(n);
        const device = must(devices[(n * 7) % devices.length]);
        if (n % 40 === 7) {
          const recall = n % 80 === 7 ? (['ddi'] as const) : [];
          await store.updates.close({ ...bulk, ...closing, recall, by: 'all', after: 0, limit: 100 });
        }
        if (n % 40 === 13) await store.updates.add({ ...bulk, by: 'ids', deviceIds, again: true });
        const was = must(await store.updates.find(account, campaign.key, device.key));
        const value = { ...was, position: must(places[n % places.length]) };
        const about = { campaign: campaign.key, device: device.key };
        const line = { append: 'log', ...about, entry: sampleEntry() } as const;
        const save = was.status === 'open' ? [{ save: 'update', was, value } as const] : [];
        return (await store.commit({ account, events: [], writes: [...save, line] })).ok ? 1 : 0;
      };
      await world.join(campaign, devices);
      let held = 0;
      for (let start = 0; start < 450; start += 30) {
        const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => work(start + n)));
        held += answers.reduce((a, b) => a + b, 0);
        expect(await world.counts(campaign)).toEqual(recount(await world.updatesOf(campaign)));
      }
      expect(held).toBeGreaterThan(100);
      const outcomes = await world.updatesOf(campaign);
      expect(outcomes.some(({ generation }) => generation > 1)).toBe(true);
      for (const { device } of outcomes) {
        const { total, entries } = await storeOf(device).updates.log(account, campaign.key, device);
        expect(entries.map(({ n }) => n)).toEqual(Array.from({ length: total }, (_, n) => n + 1));
      }
    });

    it('hands each event to one of them, and each job', async () => {
      const world = await newWorld(storeOf(0));
      await world.attempt(
        [],
        Array.from({ length: 50 }, () => sampleEvent()),
      );
      const campaign = await world.addCampaign();
      for (const value of [sampleJob(campaign), sampleJob(campaign)])
        await world.write({ save: 'job', value });
      const until = NOON + 60_000;
      const claims = await Promise.all(
        [0, 1, 2, 3, 4, 5].map((n) => storeOf(n).outbox.claim(NOON, until, 20)),
      );
      const claimed = claims.flat().map(({ account, seq }) => `${account} ${seq}`);
      expect(new Set(claimed).size).toBe(claimed.length);
      const jobs = await Promise.all([0, 1, 2, 3].map((n) => storeOf(n).jobs.claim(NOON, until)));
      const got = jobs.filter((job) => job !== undefined).map(({ id }) => id);
      expect(new Set(got).size).toBe(got.length);
      expect(got.length).toBeGreaterThan(0);
    });

    it('sees at each of them what another one acknowledged', async () => {
      const world = await newWorld(storeOf(0));
      const device = await world.addDevice();
      for (const store of stores) expect(await store.devices.find(world.account, device.id)).toEqual(device);
    });
  });
});
