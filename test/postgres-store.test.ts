import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { StoredDelivery } from '../src/app/delivery-records.ts';
import type { Store } from '../src/app/ports.ts';
import { openPostgres } from '../src/store/postgres.ts';
import { type EmptyDatabase, migrationsContract } from './contract/migrations.ts';
import { admission, limited, recountTallies } from './contract/store/admitting.ts';
import { newPushWorld, quietPush, went } from './contract/store/push-world.ts';
import { drainOutbox, must, newWorld, recount, subscribeTo } from './contract/store/world.ts';
import { createTestDatabase } from './support/postgres.ts';
import { ada, NOON, sampleDelivery, sampleEntry, sampleEvent, sampleJob } from './support/samples.ts';

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
        if (n % 40 === 27) {
          const piece = { outcomes: ['cancelled'], notBefore: 0, after: 0, limit: 100 } as const;
          await store.updates.retry({ ...bulk, ...piece });
        }
        const was = must(await store.updates.find(account, campaign.key, device.key));
        const position = must(places[n % places.length]);
        const scopes = ['', `attributes.depot/${n % 3}`];
        const value = { ...was, position, admission: was.admission ?? { wave: null, scopes } };
        const about = { campaign: campaign.key, device: device.key };
        const line = { append: 'log', ...about, entry: sampleEntry() } as const;
        const save = was.status === 'open' ? [{ save: 'update', was, value } as const] : [];
        const note = { note: 'handed', ...about, at: NOON + n } as const;
        if (n % 3 === 0) await store.commit({ account, events: [], writes: [note] });
        return (await store.commit({ account, events: [], writes: [...save, line] })).ok ? 1 : 0;
      };
      await world.join(campaign, devices);
      let held = 0;
      for (let start = 0; start < 450; start += 30) {
        const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => work(start + n)));
        held += answers.reduce((a, b) => a + b, 0);
        const updates = await world.updatesOf(campaign);
        expect(await world.counts(campaign)).toEqual(recount(updates));
        const tallies = await storeOf(start).campaigns.attributeTallies(account, campaign.key);
        const withoutStarts = [...tallies].map(([scope, { started: _, ...rest }]) => [scope, rest] as const);
        const recounted = [...recountTallies(updates)].filter(([scope]) => scope !== '');
        const isSome = ([, counts]: readonly [string, object]) => Object.keys(counts).length > 0;
        expect(new Map(withoutStarts.filter(isSome))).toEqual(new Map(recounted));
      }
      expect(held).toBeGreaterThan(100);
      const outcomes = await world.updatesOf(campaign);
      expect(outcomes.some(({ generation }) => generation > 1)).toBe(true);
      for (const { device } of outcomes) {
        const { total, entries } = await storeOf(device).updates.log(account, campaign.key, device);
        expect(entries.map(({ n }) => n)).toEqual(Array.from({ length: total }, (_, n) => n + 1));
      }
    });

    it('lets in no more than a limit says, whoever of them lets in', async () => {
      const world = await newWorld(storeOf(0));
      const [devices, campaign] = [await world.addDevices(90), await world.addCampaign()];
      await world.join(campaign, devices);
      const most = { scope: '', tally: 'in-progress', most: 7 } as const;
      const changes = await Promise.all(
        devices.map(async (device) => ({
          ...(await admission(world, campaign, device, [''])),
          ...limited(campaign, [most]),
        })),
      );
      const answers = await Promise.all(changes.map((change, n) => storeOf(n).commit(change)));
      expect(answers.filter(({ ok }) => ok)).toHaveLength(7);
      const tallies = await storeOf(1).campaigns.tallies(world.account, campaign.key, ['']);
      expect(tallies.get('')).toEqual({ started: 7, 'in-progress': 7 });
    });

    it('hands each event to one of them, and each job', async () => {
      const world = await newWorld(storeOf(0));
      await subscribeTo(world);
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

    it('hands the events of an account to one of them at a time, in order', async () => {
      const world = await newWorld(storeOf(0));
      await subscribeTo(world);
      await drainOutbox(storeOf(0));
      const before = (await world.events()).length;
      const told: number[] = [];
      const follow = async (n: number): Promise<void> => {
        const events = await storeOf(n).outbox.claim(NOON, NOON + 60_000, 7);
        const mine = events.filter(({ account }) => account === world.account);
        told.push(...mine.map(({ seq }) => seq));
        await storeOf(n + 1).outbox.done(events, []);
      };
      for (let round = 0; round < 15; round += 1) {
        const say = Array.from({ length: 4 }, (_, n) =>
          storeOf(n).commit({ account: world.account, writes: [], events: [sampleEvent(), sampleEvent()] }),
        );
        await Promise.all([...say, ...[0, 1, 2, 3, 4].map(follow)]);
      }
      while (told.length < 120) await follow(0);
      expect(told).toEqual(Array.from({ length: 120 }, (_, n) => before + n + 1));
    });

    it('sends each delivery from one of them at a time, in the order of its lane', async () => {
      const world = await newPushWorld(storeOf(0));
      await quietPush(storeOf(0));
      const receivers = [await world.follow({ order: 'strict' }), await world.follow(), await world.follow()];
      const onTheWay = new Set<string>();
      const told: StoredDelivery[] = [];
      let made = 0;
      const add = async (round: number): Promise<void> => {
        const chunks = receivers.map(({ subscription }, of) =>
          Array.from({ length: 4 }, (_, n) => ({
            ...sampleDelivery(subscription, { id: `${of}-${round}-${n}`, seq: round }),
            account: world.account,
          })),
        );
        // Receivers in either order, each chunk twice: what is there is left out, and nobody waits for ever.
        const all = round % 2 === 0 ? chunks : chunks.toReversed();
        await Promise.all([0, 1].map((n) => storeOf(round + n).outbox.done([], all.flat())));
        made += all.flat().length;
      };
      const send = async (n: number): Promise<void> => {
        const claimed = await storeOf(n).deliveries.claim(NOON, NOON + 60_000, 6, 3);
        for (const { id } of claimed) {
          expect(onTheWay.has(id)).toBe(false);
          onTheWay.add(id);
        }
        for (const some of Map.groupBy(claimed, ({ destinationId }) => destinationId).values()) {
          expect(some.length).toBeLessThanOrEqual(3);
        }
        const good = claimed.filter((_, index) => (index + n) % 4 > 0);
        told.push(...good);
        for (const { id } of claimed) onTheWay.delete(id);
        await storeOf(n + 1).deliveries.settle(
          claimed.map((was) => went(was, good.includes(was) ? 'well' : 'badly')),
        );
      };
      for (let round = 0; round < 12; round += 1) {
        await Promise.all([add(round), ...[0, 1, 2, 3, 4, 5].map((n) => send(n + round))]);
      }
      for (let more = 0; more < 500 && told.length < made; more += 1) await send(more);
      expect(told.map(({ id }) => id).toSorted()).toEqual(
        (await world.deliveries()).map(({ id }) => id).toSorted(),
      );
      expect(told).toHaveLength(made);
      const lane = told.filter(({ id }) => id.startsWith('0-')).map(({ seq }) => seq);
      expect(lane).toEqual(lane.toSorted((a, b) => a - b));
    });

    it('lets destinations and subscriptions go while deliveries come and go', async () => {
      const world = await newPushWorld(storeOf(0));
      await quietPush(storeOf(0));
      const { account } = world;
      const receivers = await Promise.all([1, 2, 3, 4].map(() => world.follow({ order: 'strict' })));
      const values = receivers.flatMap(({ subscription }) =>
        Array.from({ length: 10 }, (_, seq) => ({ ...sampleDelivery(subscription, { seq }), account })),
      );
      const add = Array.from({ length: 10 }, (_, n) =>
        storeOf(n).outbox.done([], n % 2 === 0 ? values : values.toReversed()),
      );
      const send = [0, 1, 2, 3].map(async (n) => {
        const claimed = await storeOf(n).deliveries.claim(NOON, NOON + 60_000, 20, 4);
        await storeOf(n).deliveries.settle(claimed.map((was) => went(was, 'badly')));
      });
      const [first, second] = [must(receivers[0]), must(receivers[1])];
      const drop = [
        storeOf(1).commit({ account, writes: [{ drop: 'destination', was: first.destination }], events: [] }),
        storeOf(2).commit({
          account,
          writes: [{ drop: 'subscription', was: second.subscription }],
          events: [],
        }),
      ];
      await Promise.all([...add, ...send, ...drop]);
      for (const dropped of await Promise.all(drop)) expect(dropped.ok).toBe(true);
      const left = await world.deliveries();
      const kept = receivers.slice(2).map(({ subscription }) => subscription.id);
      expect(new Set(left.map(({ subscriptionId }) => subscriptionId))).toEqual(new Set(kept));
      expect(left).toHaveLength(20);
      const claimed = await storeOf(0).deliveries.claim(NOON + 60_000, NOON + 120_000, 100, 10);
      expect(claimed.map(({ subscriptionId, seq }) => [subscriptionId, seq]).toSorted()).toEqual(
        kept.map((id) => [id, 0]).toSorted(),
      );
    });

    it('sees at each of them what another one acknowledged', async () => {
      const world = await newWorld(storeOf(0));
      const device = await world.addDevice();
      for (const store of stores) expect(await store.devices.find(world.account, device.id)).toEqual(device);
    });
  });
});
