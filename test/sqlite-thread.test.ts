import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../src/app/ports.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { openWriterThread } from '../src/store/sqlite-calls.ts';
import { newMarks } from '../src/store/sqlite-marks.ts';
import { must, newWorld } from './contract/store/world.ts';
import { NOON, sampleEntry } from './support/samples.ts';

// Threads load their modules anew.
enableCompileCache();

const run = promisify(execFile);

let directory: string;
let file: string;
let store: Store;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-thread-'));
  file = join(directory, 'muster.db');
});

afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

describe.each([
  ['a thread', true],
  ['the thread that reads', false],
])('a store that writes on %s', (_, thread) => {
  beforeEach(async () => {
    store = await openSqlite(file, { thread });
  });

  const campaignEpoch = async (): Promise<number | undefined> => {
    await turn();
    return store.contactEpochs.now();
  };

  it('tells its own commits from those of others', async () => {
    const world = await newWorld(store);
    const device = await world.addDevice();
    const before = must(await campaignEpoch());
    for (let times = 0; times < 5; times += 1) await store.expire(0).then(() => turn());
    // Each of these says itself that anything may be other than before, and is counted once.
    expect(await campaignEpoch()).toBe(before + 5);
    expect(store.contactEpochs.of(world.account, device.key)).toBe(before + 5);
  });

  it('sees what a store of another process writes, between its own commits too', async () => {
    const world = await newWorld(store);
    const other = await openSqlite(file, { thread });
    const device = await world.addDevice();
    for (let times = 0; times < 5; times += 1) {
      const since = must(await campaignEpoch());
      const was = must(await other.devices.get(world.account, device.key));
      const { key: _, version: __, ...value } = was;
      const make = `Make ${times}`;
      await other.commit({
        account: world.account,
        writes: [{ save: 'device', was, value: { ...value, make } }],
        events: [],
      });
      await store.expire(0);
      await turn();
      expect(store.contactEpochs.of(world.account, device.key)).toBeGreaterThan(since + 1);
      expect(must(await store.devices.get(world.account, device.key)).make).toBe(make);
    }
    await other.close();
  });

  it('sees what somebody writes who leaves no mark', async () => {
    const world = await newWorld(store);
    const device = await world.addDevice();
    await campaignEpoch();
    const since = must(await campaignEpoch());
    const stranger = new DatabaseSync(file);
    stranger.exec("update devices set make = 'Other'");
    stranger.close();
    await turn();
    expect(store.contactEpochs.of(world.account, device.key)).toBeGreaterThan(since);
  });

  it('knows updates as reports have left them, as if they were read', async () => {
    const world = await newWorld(store);
    const [campaign, device] = [await world.addCampaign(), await world.addDevice()];
    await world.join(campaign, [device]);
    const was = await world.updateOf(campaign, device);
    const about = { campaign: campaign.key, device: device.key };
    const { version: _, heardAt: __, handedAt: ___, campaign: ____, device: _____, ...value } = was;
    if (value.status === 'closed') throw new Error('it is open');
    await world.write(
      { save: 'update', was, value: { ...value, position: 'inventoried', since: NOON + 1 } },
      { append: 'log', ...about, entry: sampleEntry({ at: NOON + 5 }) },
    );
    const known = await world.updateOf(campaign, device);
    await world.write({ append: 'log', ...about, entry: sampleEntry({ at: NOON + 7 }) });
    const later = await world.updateOf(campaign, device);
    const fresh = await openSqlite(file);
    expect(later).toEqual(await fresh.updates.find(world.account, campaign.key, device.key));
    expect(known).toEqual({ ...later, heardAt: NOON + 5 });
    await fresh.close();
  });

  it('knows no update any more that was closed by work over many', async () => {
    const world = await newWorld(store);
    const [campaign, device] = [await world.addCampaign(), await world.addDevice()];
    await world.join(campaign, [device]);
    await world.updateOf(campaign, device);
    const say = { append: 'log', campaign: campaign.key, device: device.key, entry: sampleEntry() } as const;
    const closed = store.updates.close({
      ...{ account: world.account, campaign: campaign.key, actor: { kind: 'server' }, now: NOON, recall: [] },
      ...{ outcome: 'removed', reason: 'removed-from-campaign', message: '' },
      ...{ by: 'ids', deviceIds: [device.id] },
    });
    await Promise.all([closed, world.write(say)]);
    expect((await world.updateOf(campaign, device)).status).toBe('closed');
  });
});

describe('a thread that writes', () => {
  it('keeps no process alive that has nothing to write', async () => {
    store = await openSqlite(file);
    const script = join(directory, 'open.mjs');
    const module = new URL('../src/store/sqlite.ts', import.meta.url).href;
    await writeFile(
      script,
      `import { openSqlite } from ${JSON.stringify(module)};
      await openSqlite(process.argv[2], { thread: true });
      console.log('opened');`,
    );
    const { stdout } = await run(process.execPath, ['--no-warnings', script, file]);
    expect(stdout.trim()).toBe('opened');
  });

  it('fails every call once it has ended', async () => {
    store = await openSqlite(file);
    const writer = openWriterThread({ file: join(directory, 'nowhere', 'muster.db'), marks: newMarks() });
    await expect(writer.begin()).rejects.toThrow();
    await expect(writer.begin()).rejects.toThrow();
  });
});
