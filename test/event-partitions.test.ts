import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createEventSweep } from '../src/app/event-retention.ts';
import type { Store } from '../src/app/ports.ts';
import { DAY, HOUR } from '../src/domain/time.ts';
import { init } from '../src/store/migrations/0001-init.ts';
import { openPostgres } from '../src/store/postgres.ts';
import { accepted, drainOutbox, NOWHERE, newWorld, subscribeTo, type World } from './contract/store/world.ts';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';
import { sampleEvent } from './support/samples.ts';

const server = inject('postgresUrl');

const midnight = (instant: number): number => Math.floor(instant / DAY) * DAY;

describe.skipIf(server === undefined)('the history of events on PostgreSQL', () => {
  let database: TestDatabase;
  let stores: readonly [Store, Store];
  let world: World;
  let client: pg.Client;
  /** The noon of the first day that has a partition of its own. */
  let noon: number;
  beforeEach(async () => {
    database = await createTestDatabase(server ?? '');
    const open = () => openPostgres({ url: database.url, pool: 3 });
    stores = [await open(), await open()];
    world = await newWorld(stores[0]);
    await drainOutbox(stores[0]);
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    noon = midnight(Date.now()) + DAY + DAY / 2;
  });
  afterEach(async () => {
    await client.end();
    for (const store of stores) await store.close();
    await database.drop();
  });

  const happen = async (at: number, campaign?: Parameters<typeof sampleEvent>[1]): Promise<void> =>
    accepted(await world.attempt([], [sampleEvent(undefined, { at, ...campaign })]));
  const partitions = async (): Promise<readonly string[]> => {
    const listed = await client.query<{ name: string }>(
      `select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
        where inhparent = 'events'::regclass order by relname`,
    );
    return listed.rows.map(({ name }) => name);
  };
  /** How many events each partition has that has any. */
  const places = async (): Promise<Readonly<Record<string, number>>> => {
    const counted = await client.query<{ name: string; count: string }>(
      'select tableoid::regclass::text as name, count(*) as count from events group by 1',
    );
    return Object.fromEntries(counted.rows.map(({ name, count }) => [name, Number(count)]));
  };
  const nameOf = (at: number): string =>
    `events_from_${new Date(at).toISOString().slice(0, 10).replaceAll('-', '')}`;
  const numbers = async (): Promise<readonly number[]> => (await world.events()).map(({ seq }) => seq);
  /** What was there when the account was founded is much older than all that happens here. */
  const founded = 1;

  it('has a partition ready for each tenth of what is kept', async () => {
    await stores[0].events.turn(noon, noon - 10 * DAY);
    const names = await partitions();
    expect(names.slice(0, 2)).toEqual(['events_before', nameOf(noon)]);
    expect(names).toContain('events_rest');
    await happen(noon);
    await happen(noon + DAY);
    expect(await places()).toMatchObject({ events_before: founded, [nameOf(noon)]: 1 });
    expect(Object.keys(await places())).not.toContain('events_rest');
    expect(await stores[0].events.turn(noon, noon - 10 * DAY)).toBe(noon - 10 * DAY);
    expect(await partitions()).toEqual(names);
  });

  it('lets what is old go as a whole, in order of time and once', async () => {
    const turn = async (at: number) =>
      Promise.all(stores.map((store) => store.events.turn(at, at - 10 * DAY)));
    for (let day = 0; day < 30; day += 1) {
      await turn(noon + day * DAY);
      await happen(noon + day * DAY);
    }
    const seen = await numbers();
    expect(seen.at(-1)).toBe(founded + 30);
    // Ten days and the rest of a partition, which is one day here, are there still.
    expect(seen.length).toBeGreaterThanOrEqual(10);
    expect(seen.length).toBeLessThanOrEqual(12);
    expect(seen).toEqual(seen.map((_, index) => (seen[0] ?? 0) + index));
    // Beside them are those of the next three days, and the rest.
    expect((await partitions()).length).toBeLessThan(17);
  });

  it('keeps what is still needed of what goes', async () => {
    const { key: campaign } = await world.addCampaign();
    await stores[0].events.turn(noon, noon - 10 * DAY);
    await happen(noon, { campaign });
    await happen(noon);
    await subscribeTo(world);
    await happen(noon);
    const last = (await numbers()).at(-1) ?? 0;
    const later = noon + 40 * DAY;
    await stores[0].events.turn(later, later - 10 * DAY);
    expect(await partitions()).not.toContain(nameOf(noon));
    expect(await numbers()).toEqual([last - 2, last]);
    expect(Object.keys(await places())).toEqual(['events_rest']);
    // Once nobody needs it any more, it is found among the rest.
    await drainOutbox(stores[0]);
    const page = { after: 0, limit: 100 };
    await stores[0].events.expire(world.account, later - 10 * DAY, page);
    expect(await numbers()).toEqual([last - 2]);
  });

  it('leaves a partition in place of which too much is needed', async () => {
    const { key: campaign } = await world.addCampaign();
    await stores[0].events.turn(noon, noon - 10 * DAY);
    await client.query(
      `insert into events (account, seq, at, campaign, device, actor_kind, wire, body)
        select $1, 1000 + n, $2, $3, 0, 0, 0, '{"type":"campaign-started"}' from generate_series(1, 20001) as n`,
      [world.account, noon, campaign],
    );
    await happen(noon);
    const later = noon + 40 * DAY;
    expect(await stores[0].events.turn(later, later - 10 * DAY)).toBe(later - 10 * DAY);
    expect(await places()).toMatchObject({ [nameOf(noon)]: 20_002 });
    const { deleted } = await stores[0].events.expire(world.account, later - 10 * DAY, {
      ...{ after: 0, limit: 100_000 },
    });
    expect(deleted).toBeGreaterThan(0);
    expect(await places()).toEqual({ [nameOf(noon)]: 20_001 });
  });

  it('takes events of any time, also where nobody has made room for them', async () => {
    const late = noon + 400 * DAY;
    await happen(late);
    await happen(0);
    expect(await places()).toEqual({ events_before: founded + 1, events_rest: 1 });
    // The day that has events already is left out: partitions begin with the next.
    await stores[0].events.turn(late, late - 10 * DAY);
    expect(await partitions()).toContain(nameOf(late + DAY));
    await happen(late + DAY);
    expect((await places())[nameOf(late + DAY)]).toBe(1);
    expect(await numbers()).toHaveLength(2);
  });

  it('is waited for by nobody while somebody reads it for long', async () => {
    await client.query('begin');
    await client.query('select count(*) from events');
    const later = noon + 40 * DAY;
    await stores[0].events.turn(later, later - 10 * DAY);
    await client.query('commit');
    expect(await partitions()).toEqual(['events_before', 'events_rest']);
    await stores[0].events.turn(later, later - 10 * DAY);
    expect(await partitions()).not.toContain('events_before');
  });

  it('was one table before, which becomes the first partition, whatever the time of its events', async () => {
    const former = await createTestDatabase(server ?? '');
    const store = await openPostgres({ url: former.url, pool: 1, migrations: [init] });
    const old = await newWorld(store);
    for (const at of [noon - 1_000 * DAY, noon - DAY, noon + DAY, 9_000 * 365 * DAY])
      accepted(await old.attempt([], [sampleEvent(undefined, { at })]));
    const before = await old.events();
    await store.close();
    const forward = await openPostgres({ url: former.url, pool: 1 });
    const about = { before: Number.MAX_SAFE_INTEGER, limit: 100 };
    expect((await forward.events.list(old.account, NOWHERE, about)).toReversed()).toEqual(before);
    const other = new pg.Client({ connectionString: former.url });
    await other.connect();
    const { rows } = await other.query(
      'select tableoid::regclass::text as name, count(*)::integer as count from events group by 1 order by 1',
    );
    expect(rows).toEqual([
      { name: 'events_before', count: 3 },
      { name: 'events_rest', count: 2 },
    ]);
    await other.end();
    await forward.close();
    await former.drop();
  });

  it('is swept as it is on other engines', async () => {
    let now = noon;
    const sweep = createEventSweep({ store: stores[0], clock: () => now }, 10 * DAY);
    const sweepAll = async (): Promise<void> => {
      while (await sweep());
    };
    await sweepAll();
    for (let hour = 0; hour < 48; hour += 6) await happen(noon + hour * HOUR);
    // Old, and in the partition that is not bounded: one by one.
    await happen(noon - 30 * DAY);
    await sweepAll();
    expect(await numbers()).toHaveLength(8);
    now += 20 * DAY;
    await sweepAll();
    expect(await numbers()).toEqual([]);
  });
});
