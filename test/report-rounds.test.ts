import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Store } from '../src/app/ports.ts';
import type { Change } from '../src/app/writes.ts';
import type { Database, Db } from '../src/store/db.ts';
import { migrate } from '../src/store/migrate.ts';
import { migrations } from '../src/store/migrations/index.ts';
import { openDatabase } from '../src/store/postgres.ts';
import { createStore } from '../src/store/store.ts';
import { must, newWorld, type World } from './contract/store/world.ts';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';
import { NOON, sampleEntry, sampleEvent } from './support/samples.ts';

const server = inject('postgresUrl');

/** A database that notes what is asked in its transactions: each list is what went out before anything was answered. */
const noting = (database: Database, rounds: string[][]): Database => ({
  ...database,
  write: (work) =>
    database.write((db) => {
      let answered = true;
      const run: Db['run'] = async (statement) => {
        if (answered) rounds.push([]);
        answered = false;
        rounds.at(-1)?.push(statement.sql);
        const reply = await db.run(statement);
        answered = true;
        return reply;
      };
      return work({ ...db, run });
    }),
});

describe.skipIf(server === undefined)('reports of a campaign over PostgreSQL', () => {
  const rounds: string[][] = [];
  let place: TestDatabase;
  let store: Store;
  let world: World;
  beforeAll(async () => {
    place = await createTestDatabase(server ?? '');
    const database = openDatabase({ url: place.url, pool: 2 });
    await migrate(database.write, migrations, NOON);
    store = createStore(noting(database, rounds));
    world = await newWorld(store);
  });
  afterAll(async () => {
    await store?.close();
    await place?.drop();
  });

  it('hold the counters of their campaign for no round of questions, however many they are', async () => {
    const { account } = world;
    const [devices, campaign] = [await world.addDevices(20), await world.addCampaign()];
    await world.join(campaign, devices);
    const changes = await Promise.all(
      devices.map(async (device): Promise<Change> => {
        const was = await world.updateOf(campaign, device);
        const about = { campaign: campaign.key, device: device.key };
        const value = { ...was, position: 'download-running' } as const;
        const by = { kind: 'device', id: device.id } as const;
        return {
          account,
          writes: [
            { save: 'update', was, value },
            { append: 'log', ...about, entry: sampleEntry() },
          ],
          events: [sampleEvent({ type: 'update-moved', to: 'download-running' }, { ...about, actor: by })],
        };
      }),
    );
    rounds.length = 0;
    const committed = await Promise.all(changes.map((change) => store.commit(change)));
    expect(committed.every(({ ok }) => ok)).toBe(true);
    const held = rounds.slice(
      rounds.findIndex((round) => round.some((sql) => sql.includes('campaign_counts'))),
    );
    const tables = held.map((round) => round.map((sql) => /insert into "?(\w+)/.exec(sql)?.[1] ?? 'other'));
    // The commit goes out with them: `test/last-statements.test.ts`.
    expect(tables).toEqual([['campaign_counts', 'update_logs', 'sequences', 'events', 'outbox']]);
    expect(must(await store.campaigns.counts(account, campaign.key)).open).toEqual({
      'download-running': 20,
    });
  });
});
