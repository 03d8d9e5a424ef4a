import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Slice } from '../src/app/lists.ts';
import type { Store } from '../src/app/ports.ts';
import type { StoredCampaign, StoredDevice } from '../src/app/records.ts';
import type { AccountKey } from '../src/domain/ids.ts';
import { newProgress } from '../src/domain/rollout.ts';
import { compareText } from '../src/domain/version.ts';
import type { Db, Statement } from '../src/store/db.ts';
import { sqliteEngine } from '../src/store/engine-sqlite.ts';
import { awaitedDevices } from '../src/store/queries/awaited.ts';
import { devicesById, updatesByDevice } from '../src/store/queries/by-device-id.ts';
import { countByStatus } from '../src/store/queries/campaign-lists.ts';
import { targetingCampaigns } from '../src/store/queries/campaigns.ts';
import { candidates } from '../src/store/queries/candidates.ts';
import { findPreSharedKey } from '../src/store/queries/credentials.ts';
import { sliceDevices } from '../src/store/queries/device-slices.ts';
import { dueUpdates } from '../src/store/queries/due-updates.ts';
import { deleteAllButLastOfDay, listPoints } from '../src/store/queries/fleet-history.ts';
import { hasClaimableJob } from '../src/store/queries/jobs.ts';
import {
  deleteExpiredSessions,
  findSession,
  findSessionByName,
  listSessions,
} from '../src/store/queries/sessions.ts';
import {
  countTallies,
  deleteMinutes,
  findAttributeTallies,
  findTallies,
} from '../src/store/queries/tallies.ts';
import { sliceUpdates } from '../src/store/queries/update-slices.ts';
import { openUpdates } from '../src/store/queries/updates.ts';
import { asKey } from '../src/store/rows/codec.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { connectSqlite } from '../src/store/sqlite-connection.ts';
import type { Tables } from '../src/store/tables.ts';
import { ALL, ids, NO_FILTER, newWorld, type World } from './contract/store/world.ts';
import { ada, NOON, sampleCampaign, sampleDevice } from './support/samples.ts';

/** More than are sorted, and more than are looked at in one go. */
const SIZE = 11_003;

const q = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

/** Notes how SQLite goes about each statement (https://sqlite.org/eqp.html). */
const observed = (connection: DatabaseSync) => {
  const steps: string[] = [];
  const run = async ({ sql, parameters }: Statement) => {
    const bound = parameters as readonly (string | number)[];
    for (const { detail } of connection.prepare(`explain query plan ${sql}`).all(...bound))
      steps.push(`${detail}`);
    const rows = connection.prepare(sql).all(...bound);
    return { rows, changes: rows.length };
  };
  const db: Db = { q, engine: sqliteEngine, run };
  /** What goes through a whole table or index, or sorts. */
  const slow = () => steps.filter((step) => /^SCAN (?!json_each|CONSTANT ROW)|TEMP B-TREE/.test(step));
  return { db, steps, slow };
};

describe('SQLite with many devices', () => {
  let [directory, account] = ['', 0 as AccountKey];
  let store: Store;
  let connection: DatabaseSync;
  let campaign: StoredCampaign;
  let world: World;
  let devices: readonly StoredDevice[] = [];

  const newCampaign = () => {
    const started = { status: 'running', startedAt: NOON, progress: newProgress(NOON) } as const;
    return world.addCampaign({ ...sampleCampaign(), ...started });
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-plans-'));
    const file = join(directory, 'muster.db');
    store = await openSqlite(file);
    world = await newWorld(store);
    account = world.account;
    // Names come by the thousand, so that those of the same name do not fit into one look; ids in either case.
    const values = Array.from({ length: SIZE }, (_, n) => {
      const scattered = ((n * 7_919) % SIZE).toString(16);
      const id = `d${n % 2 === 0 ? scattered : scattered.toUpperCase()}-${n}`;
      return {
        value: sampleDevice({ id, name: `${n % 3 === 0 ? 'truck' : 'TRUCK'} ${n % 5}`, tags: [`t${n % 2}`] }),
      };
    });
    await store.devices.saveMany(account, values, { actor: ada, now: NOON });
    devices = (await store.devices.list(account, ALL, { after: 0, limit: SIZE })).items;
    campaign = await newCampaign();
    await world.join(campaign, devices);
    connection = connectSqlite(file);
  });
  afterAll(async () => {
    connection.close();
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  const orders = (['created', 'name'] as const).flatMap((by) =>
    [false, true].map((descending) => ({ by, descending })),
  );
  const places = [0, 4_990, 5_000, 10_990, SIZE];

  const ordered = (
    list: readonly StoredDevice[],
    { by, descending }: Pick<Slice, 'by' | 'descending'>,
    nameOf: (device: StoredDevice) => string,
  ): readonly string[] => {
    const compare = (a: StoredDevice, b: StoredDevice): number => {
      const [one, other] = [nameOf(a).toLowerCase(), nameOf(b).toLowerCase()];
      return one === other ? a.key - b.key : one < other ? -1 : 1;
    };
    const sorted = by === 'name' ? list.toSorted(compare) : [...list];
    return (descending ? sorted.reverse() : sorted).map(({ id }) => id);
  };

  it.each(orders)('slices devices across looks, %j', async (order) => {
    const odd = { type: 'compare', field: { kind: 'tag' }, operator: '=', value: 't1' } as const;
    for (const where of [ALL, odd]) {
      const list = devices.filter(({ tags }) => where === ALL || tags.includes('t1'));
      const expected = ordered(list, order, ({ name }) => name);
      for (const skip of places) {
        const { items, total } = await store.devices.slice(account, where, { ...order, skip, limit: 25 });
        expect(items.map(({ id }) => id)).toEqual(expected.slice(skip, skip + 25));
        expect(total).toBe(list.length);
        const uncounted = { ...order, skip, limit: 25, counted: false } as const;
        expect((await store.devices.slice(account, where, uncounted)).items).toEqual(items);
      }
    }
  });

  it.each(orders)('slices updates across looks, %j', async (order) => {
    const expected = ordered(devices, order, ({ id }) => id);
    for (const skip of places) {
      const slice = { ...order, skip, limit: 25 };
      for (const filter of [NO_FILTER, { ...NO_FILTER, positions: ['pending'] as const }]) {
        const { items, total } = await store.updates.slice(account, campaign.key, filter, slice);
        expect(items.map(({ deviceId }) => deviceId)).toEqual(expected.slice(skip, skip + 25));
        expect(total).toBe(SIZE);
      }
    }
  });

  it.each(orders)('follows an index to a slice, %j', async (order) => {
    const { db, slow, steps } = observed(connection);
    const slice = { ...order, skip: 9_000, limit: 25 };
    await sliceDevices(db, account, ALL, slice);
    await sliceUpdates(db, account, campaign.key, NO_FILTER, slice);
    expect(slow()).toEqual([]);
    const ranges = steps.filter((step) => step.includes('devices_by_'));
    // The account alone leads through the whole index; that is where a walk begins.
    const walks = ranges.filter((step) => !step.includes('account=? AND'));
    expect(walks).toHaveLength(order.by === 'name' ? 2 : 0);
    if (order.by === 'name') expect(ranges.length).toBeGreaterThan(SIZE / 1_000);
  });

  const byId = () => ids(devices).toSorted(compareText);

  it('lists devices and updates by id across looks', async () => {
    const odd = { type: 'compare', field: { kind: 'tag' }, operator: '=', value: 't1' } as const;
    const rare = devices.filter(({ id }) => id.endsWith('7-77') || id.endsWith('-11000'));
    const few = await newCampaign();
    await world.join(few, rare);
    const tagged = byId().filter((id) => Number(id.slice(id.lastIndexOf('-') + 1)) % 2 === 1);
    for (const after of ['', byId()[4_990] ?? '', byId()[SIZE - 3] ?? '', '~']) {
      const rest = (list: readonly string[]) => list.filter((id) => compareText(id, after) > 0);
      const expected = (list: readonly string[]) => ({
        ids: rest(list).slice(0, 700),
        more: rest(list).length > 700,
      });
      const page = { after, limit: 700 };
      const all = await store.devices.byId(account, ALL, page);
      expect({ ids: ids(all.items), more: all.more }).toEqual(expected(byId()));
      const some = await store.devices.byId(account, odd, page);
      expect({ ids: ids(some.items), more: some.more }).toEqual(expected(tagged));
      for (const [about, members] of [
        [campaign, byId()],
        [few, ids(rare).toSorted(compareText)],
      ] as const) {
        const { items, more } = await store.updates.byDevice(account, about.key, page);
        expect({ ids: items.map(({ deviceId }) => deviceId), more }).toEqual(expected(members));
      }
    }
  });

  it('follows the keys of members and devices to those that waves are made of', async () => {
    const { db, slow, steps } = observed(connection);
    const rows = await candidates(db, account, campaign.key, { after: 9_000, limit: 25 });
    expect(rows).toHaveLength(26);
    expect(slow()).toEqual([]);
    expect(steps.map((step) => /\(.*\)/.exec(step)?.[0])).toEqual([
      '(account=? AND campaign=? AND device>?)',
      '(account=? AND key=?)',
    ]);
  });

  it('follows an index through devices and updates by id', async () => {
    const { db, slow, steps } = observed(connection);
    const page = { after: byId()[9_000] ?? '', limit: 25 };
    await devicesById(db, account, ALL, page);
    await updatesByDevice(db, { account, campaign: campaign.key }, page);
    expect(slow()).toEqual([]);
    const ranges = steps.filter((step) => step.includes('sqlite_autoindex_devices_2'));
    expect(ranges).not.toEqual([]);
    expect(ranges.every((step) => step.includes('(account=? AND id>?'))).toBe(true);
  });

  it('looks for devices that are waited for among those of their protocol alone', async () => {
    const { db, slow, steps } = observed(connection);
    connection.exec('update devices set protocol = 3 where key <= 20');
    const found = await awaitedDevices(db, account, 'oma-dm', NOON * 2, { after: 0, limit: 100 });
    connection.exec('update devices set protocol = 0 where key <= 20');
    expect(found.length).toBeLessThanOrEqual(20);
    expect(found.some(({ awaited }) => awaited === 1)).toBe(true);
    expect(steps.some((step) => step.includes('devices_by_protocol (account=? AND key>?'))).toBe(true);
    expect(slow()).toEqual([]);
  });

  it('looks for what is due in campaigns that run, and among no others', async () => {
    const { db, slow, steps } = observed(connection);
    connection.exec(`update updates set due_at = ${NOON} where device < 50`);
    expect(await dueUpdates(db, NOON, 10)).toHaveLength(10);
    const found = steps.filter((step) => step.includes('updates_due'));
    expect(found.every((step) => step.includes('(account=? AND campaign=?'))).toBe(true);
    expect(found).not.toEqual([]);
    expect(steps.some((step) => step.includes('campaigns_by_status (status=?)'))).toBe(true);
    expect(slow().filter((step) => !step.includes('TEMP B-TREE'))).toEqual([]);
  });

  it('reads tallies, looks at limits and forgets minutes by the key and its index', async () => {
    const { db, slow, steps } = observed(connection);
    await findTallies(db, account, campaign.key, ['', 'wave/0']);
    await findAttributeTallies(db, account, campaign.key);
    await countTallies(db, [{ account, campaign: campaign.key, scope: '', tally: 1 }]);
    const whole = steps.filter((step) => step.includes('PRIMARY KEY'));
    expect(whole).toEqual([
      expect.stringContaining('(account=? AND campaign=? AND scope=?)'),
      expect.stringContaining('(account=? AND campaign=? AND scope>? AND scope<?)'),
      expect.stringContaining('(account=? AND campaign=? AND scope=? AND tally=?)'),
    ]);
    await deleteMinutes(db, NOON);
    expect(steps.at(-1)).toContain('INDEX tallies_by_minute (scope>? AND scope<?)');
    expect(slow()).toEqual([]);
  });

  it('finds what a device may come into, and what it is in, by an index', async () => {
    const { db, slow, steps } = observed(connection);
    await targetingCampaigns(db, account);
    expect(steps.join()).toContain('INDEX campaigns_targeting (account=?)');
    await openUpdates(db, account, devices[0]?.key ?? asKey(0));
    expect(steps.join()).toContain('INDEX updates_open (account=? AND device=?)');
    expect(slow().filter((step) => !step.includes('TEMP B-TREE FOR ORDER BY'))).toEqual([]);
  });

  it('counts campaigns by their status, and looks for jobs, in an index', async () => {
    const { db, slow, steps } = observed(connection);
    await countByStatus(db, account);
    await hasClaimableJob(db, NOON);
    expect(steps.join()).toContain('COVERING INDEX campaigns_by_status (status=? AND account=?)');
    expect(steps.join()).toContain('jobs_unfinished (lease<?)');
    expect(slow().filter((step) => !step.includes('TEMP B-TREE'))).toEqual([]);
  });

  it('lists and thins the history of fleets by the key', async () => {
    const { db, slow, steps } = observed(connection);
    await listPoints(db, account, NOON, NOON + 1);
    await deleteAllButLastOfDay(db, account, NOON);
    expect(steps.every((step) => /SCALAR SUBQUERY|PRIMARY KEY \(account=\? AND at/.test(step))).toBe(true);
    expect(slow()).toEqual([]);
  });

  it('finds, lists and forgets protocol sessions by the key and indexes', async () => {
    const { db, slow, steps } = observed(connection);
    await listSessions(db, 'lwm2m', { after: 5, limit: 10 });
    expect(steps.at(-1)).toContain('PRIMARY KEY (kind=? AND (account,device)>(?,?))');
    await findSessionByName(db, 0, 'name');
    expect(steps.at(-1)).toContain('(kind=? AND name=?)');
    await findPreSharedKey(db, 'identity');
    expect(steps.at(-1)).toContain('INDEX credentials_by_identity (identity=?)');
    await findSession(db, account, asKey(1), 0);
    expect(steps.at(-1)).toContain('PRIMARY KEY (kind=? AND account=? AND device=?)');
    await deleteExpiredSessions(db, 0);
    expect(steps.at(-1)).toContain('INDEX protocol_sessions_by_expiry (expires_at<?)');
    expect(slow()).toEqual([]);
  });
});
