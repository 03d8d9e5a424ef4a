import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openSqlite } from '../src/store/sqlite.ts';
import { connectSqlite } from '../src/store/sqlite-connection.ts';
import { type EmptyDatabase, migrationsContract } from './contract/migrations.ts';
import { newPushWorld } from './contract/store/push-world.ts';
import { accepted, must, newAccount, newWorld } from './contract/store/world.ts';
import { NOON, sampleEntry, sampleEvent, sampleTransfers } from './support/samples.ts';

const run = promisify(execFile);

const emptyFile = async (): Promise<EmptyDatabase & { readonly file: string }> => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-sqlite-'));
  const file = join(directory, 'muster.db');
  return {
    file,
    open: (migrations) => openSqlite(file, migrations && { migrations }),
    run: async (sql) => {
      const connection = new DatabaseSync(file);
      connection.exec(sql);
      connection.close();
    },
    end: () => rm(directory, { recursive: true, force: true }),
  };
};

const pragma = (connection: DatabaseSync, name: string): unknown =>
  connection.prepare(`pragma ${name}`).get()?.[name];

/** Commits in a write-ahead log: frames that say how large the database is (https://sqlite.org/fileformat2.html, 4.1). */
const countCommits = async (file: string): Promise<number> => {
  const log = await readFile(`${file}-wal`);
  const frame = 24 + log.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + frame <= log.length; at += frame) commits += log.readUInt32BE(at + 4) > 0 ? 1 : 0;
  return commits;
};

describe('an SQLite file', () => {
  migrationsContract(emptyFile);

  it('is flushed on each commit and written ahead, on the first open and on every other', async () => {
    const { file, open, end } = await emptyFile();
    for (const _ of ['first', 'again']) {
      const connection = connectSqlite(file);
      expect(pragma(connection, 'synchronous')).toBe(2);
      expect(pragma(connection, 'journal_mode')).toBe('wal');
      connection.close();
      const store = await open();
      await newAccount(store);
      await store.close();
    }
    const stranger = new DatabaseSync(file);
    expect(pragma(stranger, 'journal_mode')).toBe('wal');
    stranger.close();
    await end();
  });

  it('can be opened by several processes at once while empty', async () => {
    const { file, open, end } = await emptyFile();
    const script = `import { openSqlite } from ${JSON.stringify(new URL('../src/store/sqlite.ts', import.meta.url).href)};
      const store = await openSqlite(process.argv[1]);
      await store.ping();
      await store.close();
      console.log('opened');`;
    const starts = [1, 2, 3, 4].map(() =>
      run(process.execPath, ['--no-warnings', '--input-type=module', '--eval', script, file]),
    );
    for (const { stdout } of await Promise.all(starts)) expect(stdout.trim()).toBe('opened');
    const store = await open();
    expect(await newAccount(store)).toBe(1);
    await store.close();
    await end();
  });

  it('shows what was committed to whoever opens it, without waiting for a close', async () => {
    const { file, open, end } = await emptyFile();
    const store = await open();
    await newAccount(store, 'VISIBLE');
    const stranger = new DatabaseSync(file, { readOnly: true });
    expect(stranger.prepare('select id from accounts').all()).toEqual([{ id: 'VISIBLE' }]);
    stranger.close();
    await store.close();
    await end();
  });

  it('keeps nothing of the logs and transfers of campaigns and devices that are gone', async () => {
    const { file, open, end } = await emptyFile();
    const store = await open();
    const world = await newWorld(store);
    const [devices, campaigns] = [
      await world.addDevices(2),
      [await world.addCampaign(), await world.addCampaign()],
    ];
    for (const campaign of campaigns) {
      await world.join(campaign, devices);
      for (const device of devices) {
        const about = { campaign: campaign.key, device: device.key };
        await world.write({ append: 'log', ...about, entry: sampleEntry() });
        await world.write({ save: 'transfers', ...about, at: NOON, value: sampleTransfers() });
      }
    }
    const stranger = new DatabaseSync(file, { readOnly: true });
    const kept = () =>
      ['update_logs', 'transfers'].map((table) =>
        stranger.prepare(`select campaign, device from ${table}`).all(),
      );
    for (const rows of kept()) expect(rows).toHaveLength(4);
    const [first, second] = [must(campaigns[0]), must(campaigns[1])];
    await world.write({ drop: 'campaign', was: first });
    await world.write({ drop: 'device', was: must(devices[0]) });
    const left = [{ campaign: second.key, device: devices[1]?.key }];
    expect(kept()).toEqual([left, left]);
    stranger.close();
    await store.close();
    await end();
  });

  it('keeps nothing of what waited for a destination that is gone, once deliveries expire', async () => {
    const { file, open, end } = await emptyFile();
    const store = await open();
    const world = await newPushWorld(store);
    const [gone, left] = [await world.follow(), await world.follow()];
    for (const { subscription } of [gone, left]) {
      await world.send(subscription, ...Array.from({ length: 1_500 }, () => ({})), { status: 'dead' });
    }
    const stranger = new DatabaseSync(file, { readOnly: true });
    const count = (table: string) =>
      stranger.prepare(`select count(*) as count from ${table}`).get()?.['count'];
    await world.write({ drop: 'destination', was: gone.destination });
    expect(await world.deliveries()).toHaveLength(1_502);
    await store.deliveries.expire(NOON);
    expect([count('deliveries'), count('delivery_names'), count('delivery_queues')]).toEqual([1_502, 4, 1]);
    await store.deliveries.expire(NOON + 1);
    expect([count('deliveries'), count('delivery_names'), count('delivery_queues')]).toEqual([1_500, 4, 1]);
    await world.write({ drop: 'destination', was: left.destination });
    await store.deliveries.expire(NOON + 1);
    expect([count('deliveries'), count('delivery_names'), count('delivery_queues')]).toEqual([0, 0, 0]);
    stranger.close();
    await store.close();
    await end();
  });

  it('is flushed once for changes that arrive together', async () => {
    const { file, open, end } = await emptyFile();
    const store = await open();
    const world = await newWorld(store);
    const before = await countCommits(file);
    const changes = Array.from({ length: 100 }, () => world.attempt([], [sampleEvent()]));
    for (const answer of await Promise.all(changes)) accepted(answer);
    const commits = (await countCommits(file)) - before;
    expect(commits).toBeGreaterThan(0);
    expect(commits).toBeLessThan(10);
    await store.close();
    await end();
  });
});
