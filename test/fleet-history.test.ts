import { describe, expect, it } from 'vitest';
import { createFleetNotes } from '../src/app/fleet-history.ts';
import type { Store } from '../src/app/ports.ts';
import { DAY, HOUR, MINUTE } from '../src/domain/time.ts';
import { openMemory } from '../src/store/memory.ts';
import { must, newWorld } from './contract/store/world.ts';
import { type Api, startApi } from './support/api.ts';

const START = Date.UTC(2026, 10, 21, 8, 20);

/** A server that notes fleets by a clock of the test. */
const notesOn = (store: Store) => {
  let now = START;
  const note = createFleetNotes({ store, clock: () => now });
  return {
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    /** All accounts; answers how many calls that took. */
    note: async (): Promise<number> => {
      let calls = 1;
      while (await note()) calls += 1;
      return calls;
    },
  };
};

const points = (store: Store, account: Awaited<ReturnType<typeof newWorld>>['account']) =>
  store.fleetHistory.list(account, 0, Number.MAX_SAFE_INTEGER);

describe('the notes of fleets', () => {
  it('are of each account, by the hour, and only where something has changed', async () => {
    const store = openMemory();
    const [world, other] = [await newWorld(store), await newWorld(store)];
    await world.addDevice({ id: 'a', protocol: 'ddi', versions: { firmware: '1' }, lastSeenAt: 0 });
    const server = notesOn(store);
    expect(await server.note()).toBe(2);
    server.pass(20 * MINUTE);
    await world.addDevice({ id: 'b', protocol: 'ddi', versions: { firmware: '2' }, lastSeenAt: START });
    expect(await server.note()).toBe(1);
    expect(await points(store, world.account)).toHaveLength(1);
    server.pass(HOUR);
    await server.note();
    server.pass(5 * MINUTE);
    await server.note();
    expect(
      (await points(store, world.account)).map(({ at, devices, seen }) => ({ at, devices, seen })),
    ).toEqual([
      {
        ...{ at: Date.UTC(2026, 10, 21, 8), devices: 1 },
        seen: { hour: 0, day: 0, week: 0, month: 0, earlier: 0, never: 1 },
      },
      {
        ...{ at: Date.UTC(2026, 10, 21, 9), devices: 2 },
        seen: { hour: 0, day: 1, week: 0, month: 0, earlier: 0, never: 1 },
      },
    ]);
    server.pass(HOUR);
    await server.note();
    expect(await points(store, world.account)).toHaveLength(2);
    expect(await points(store, other.account)).toEqual([]);
  });

  it('tell so many versions apart, the most frequent, and count the others together', async () => {
    const store = openMemory();
    const world = await newWorld(store);
    for (let n = 0; n < 30; n += 1) {
      await world.addDevice({ id: `d${n}`, versions: { firmware: `1.${n}` } });
    }
    await world.addDevice({ id: 'twin', versions: { firmware: '1.29' } });
    await world.addDevice({ id: 'silent', versions: {} });
    await notesOn(store).note();
    const [point] = await points(store, world.account);
    expect(must(point).versions).toHaveLength(24);
    expect(must(point).versions[0]).toEqual({ version: '1.29', count: 2 });
    expect(must(point).versions).toContainEqual({ version: '', count: 1 });
    expect(point).toMatchObject({ devices: 32, otherVersions: 7 });
  });

  it('are written once by several servers, which take up where another has counted', async () => {
    const store = openMemory();
    const world = await newWorld(store);
    await world.addDevice({ id: 'a' });
    const servers = [notesOn(store), notesOn(store), notesOn(store)];
    await Promise.all(servers.map(({ note }) => note()));
    expect(await points(store, world.account)).toHaveLength(1);
  });

  it('are one a day once they are a month old', async () => {
    const store = openMemory();
    const world = await newWorld(store);
    const server = notesOn(store);
    for (let hour = 0; hour < 5; hour += 1) {
      await world.addDevice({ id: `d${hour}` });
      await server.note();
      server.pass(HOUR);
    }
    server.pass(31 * DAY);
    await world.addDevice({ id: 'late' });
    await server.note();
    expect((await points(store, world.account)).map(({ devices }) => devices)).toEqual([5, 6]);
  });
});

describe('GET /fleet/history', () => {
  const noted = async (): Promise<Api> => {
    const api = await startApi();
    const note = createFleetNotes(api.context);
    for (const [n, version] of ['1', '1', '2'].entries()) {
      const body = { id: `d${n}`, protocol: 'custom', versions: { firmware: version } };
      expect((await api.call('POST', '/devices', { body })).status).toBe(201);
      while (await note());
      api.pass(HOUR);
    }
    return api;
  };

  it('tells what the fleet was in a stretch, and before it what held when it began', async () => {
    const api = await noted();
    const { status, body } = await api.call('GET', '/fleet/history?since=2026-11-21T00:00:00Z');
    expect(status).toBe(200);
    expect(body.points).toHaveLength(3);
    expect(body.points[2]).toEqual({
      ...{ at: '2026-11-21T10:00:00.000Z', devices: 3, otherVersions: 0 },
      versions: [
        { version: '1', count: 2 },
        { version: '2', count: 1 },
      ],
      protocols: [{ protocol: 'custom', count: 3 }],
      seen: { hour: 0, day: 0, week: 0, month: 0, earlier: 0, never: 3 },
    });
    const devices = async (query: string) =>
      (await api.call('GET', `/fleet/history?${query}`)).body.points.map(
        (point: { devices: number }) => point.devices,
      );
    expect(await devices('since=2026-11-21T09:30:00Z')).toEqual([2, 3]);
    expect(await devices('since=2026-11-21T09:30:00Z&until=2026-11-21T10:00:00Z')).toEqual([2]);
    await api.close();
  });

  it('gives a long stretch in few points, the last of each step', async () => {
    const api = await noted();
    const { body } = await api.call('GET', '/fleet/history?since=2024-01-01T00:00:00Z');
    expect(body.points.map(({ devices }: { devices: number }) => devices)).toEqual([1, 3]);
    await api.close();
  });

  it('refuses a stretch that ends before it begins', async () => {
    const api = await startApi();
    const reply = await api.call('GET', '/fleet/history?since=2026-11-22T00:00:00Z');
    expect(reply).toMatchObject({ status: 422, body: { errors: [{ at: '/since' }] } });
    await api.close();
  });
});
