import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEventSweep } from '../src/app/event-retention.ts';
import type { Store } from '../src/app/ports.ts';
import { DAY } from '../src/domain/time.ts';
import { openMemory } from '../src/store/memory.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { accepted, drainOutbox, newWorld, type World } from './contract/store/world.ts';
import { NOON, sampleEvent } from './support/samples.ts';

const clock = () => NOON;

const old = async (world: World, count: number): Promise<void> => {
  const events = Array.from({ length: count }, () => sampleEvent(undefined, { at: NOON - 31 * DAY }));
  accepted(await world.attempt([], events));
};

const sweepAll = async (sweep: () => Promise<boolean>): Promise<number> => {
  let calls = 1;
  while (await sweep()) calls += 1;
  return calls;
};

describe('the sweep of events', () => {
  it('goes through every account a piece at a time, and begins again when it is called later', async () => {
    const store = openMemory();
    const worlds = [await newWorld(store), await newWorld(store), await newWorld(store)];
    for (const world of worlds) {
      await old(world, 600);
      accepted(await world.attempt([], [sampleEvent(undefined, { at: NOON - 29 * DAY })]));
    }
    await drainOutbox(store);
    const sweep = createEventSweep({ store, clock }, 30 * DAY);
    expect(await sweepAll(sweep)).toBeGreaterThan(3 * 2);
    const left = async () => Promise.all(worlds.map(async (world) => (await world.events()).length));
    // What was founded at noon, and what is young enough.
    expect(await left()).toEqual([2, 2, 2]);
    for (const world of worlds) await old(world, 5);
    await drainOutbox(store);
    await sweepAll(sweep);
    expect(await left()).toEqual([2, 2, 2]);
  });

  it('has nothing to do without accounts', async () => {
    expect(await createEventSweep({ store: openMemory(), clock }, DAY)()).toBe(false);
  });
});

describe('the sweep of events in an SQLite file', () => {
  let directory: string;
  let store: Store;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-sweep-'));
    store = await openSqlite(join(directory, 'muster.db'));
  });
  afterAll(async () => {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('holds nobody up for more than 50 ms with half of its pieces', async () => {
    const world = await newWorld(store);
    for (let n = 0; n < 20; n += 1) await old(world, 1_000);
    await drainOutbox(store);
    const sweep = createEventSweep({ store, clock }, 30 * DAY);
    const times: number[] = [];
    for (let more = true; more; ) {
      const begun = performance.now();
      more = await sweep();
      times.push(performance.now() - begun);
    }
    expect(times.length).toBeGreaterThan(20_000 / 250);
    // The middle one: others share this machine, and their turns are not ours.
    expect(times.toSorted((a, b) => a - b)[times.length >> 1]).toBeLessThan(50);
    expect(await world.events()).toHaveLength(1);
  });
});
