import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Store } from '../src/app/ports.ts';
import type { ProtocolSession, SessionWrite } from '../src/app/protocol-ports.ts';
import type { DeviceKey } from '../src/domain/ids.ts';
import { openPostgres } from '../src/store/postgres.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { must, newWorld } from './contract/store/world.ts';
import { createTestDatabase } from './support/postgres.ts';
import { NOON, unique } from './support/samples.ts';

type Opened = { readonly stores: readonly Store[]; readonly end: () => Promise<void> };

const session = (device: DeviceKey, given: Partial<ProtocolSession> = {}): ProtocolSession => ({
  ...{ kind: 'oma-dm', device, name: unique('session'), body: '{}', expiresAt: NOON },
  ...given,
});

const written = (answers: readonly (readonly unknown[])[]): readonly number[] =>
  answers.flatMap(({ length }, index) => (length === 0 ? [index] : []));

const races = (open: () => Promise<Opened>): void => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.end());
  const storeOf = (n: number): Store => must(opened.stores[n % opened.stores.length]);
  /** Each over another store, all at once. */
  const race = (writes: readonly SessionWrite[]) =>
    Promise.all(writes.map((write, n) => storeOf(n).protocolSessions.save([write])));

  it('lets one of those who read the same write, time after time', async () => {
    const world = await newWorld(storeOf(0));
    const { account } = world;
    const value = session((await world.addDevice()).key);
    await storeOf(0).protocolSessions.save([{ account, value }]);
    for (let version = 1; version <= 10; version += 1) {
      const rivals = Array.from({ length: 6 }, (_, n) => ({ ...value, body: `${n}` }));
      const winners = written(
        await race(rivals.map((rival) => ({ account, was: { version }, value: rival }))),
      );
      expect(winners).toHaveLength(1);
      const kept = must(await storeOf(1).protocolSessions.findByName('oma-dm', value.name));
      expect(kept).toEqual({ ...must(rivals[must(winners[0])]), account, version: version + 1 });
    }
  });

  it('lets one of those who find none begin, and gives a name to one', async () => {
    const world = await newWorld(storeOf(0));
    const { account } = world;
    for (let round = 0; round < 10; round += 1) {
      const device = (await world.addDevice()).key;
      const begins = Array.from({ length: 6 }, () => ({ account, value: session(device) }));
      expect(written(await race(begins))).toHaveLength(1);
      const name = unique('wanted');
      const devices = await world.addDevices(6);
      const rivals = devices.map(({ key }) => ({ account, value: session(key, { name }) }));
      const [winner, ...others] = written(await race(rivals));
      expect(others).toEqual([]);
      const kept = must(await storeOf(1).protocolSessions.findByName('oma-dm', name));
      expect(kept.device).toBe(must(devices[must(winner)]).key);
    }
  });

  it('writes large saves that name the same sessions in other orders', async () => {
    const world = await newWorld(storeOf(0));
    const { account } = world;
    const values = (await world.addDevices(300)).map(({ key }) => session(key));
    await storeOf(0).protocolSessions.save(values.map((value) => ({ account, value })));
    const saves = Array.from({ length: 9 }, (_, n) =>
      storeOf(n).protocolSessions.save(
        (n % 2 === 0 ? values : values.toReversed()).map((value) => ({
          ...{ account, was: { version: 1 }, value: { ...value, body: `${n}` } },
        })),
      ),
    );
    expect((await Promise.all(saves)).flat()).toHaveLength(8 * 300);
    for (const { device } of values) {
      const kept = await storeOf(2).protocolSessions.find(account, device, 'oma-dm');
      expect(kept?.version).toBe(2);
    }
  });
};

describe('protocol sessions of several processes at one SQLite file', () => {
  races(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'muster-races-'));
    const file = join(directory, 'muster.db');
    const stores = [await openSqlite(file), await openSqlite(file), await openSqlite(file)];
    const end = async () => {
      for (const store of stores) await store.close();
      await rm(directory, { recursive: true, force: true });
    };
    return { stores, end };
  });
});

const server = inject('postgresUrl');

describe.skipIf(server === undefined)('protocol sessions of several servers at one PostgreSQL', () => {
  races(async () => {
    const { url, drop } = await createTestDatabase(server ?? '');
    const stores = await Promise.all([1, 2, 3].map(() => openPostgres({ url, pool: 4 })));
    const end = async () => {
      for (const store of stores) await store.close();
      await drop();
    };
    return { stores, end };
  });
});
