import { describe, expect, it } from 'vitest';
import type {
  ProtocolSession,
  SessionPlace,
  SessionWrite,
  StoredProtocolSession,
} from '../../../src/app/protocol-ports.ts';
import type { AccountKey, DeviceKey } from '../../../src/domain/ids.ts';
import { DAY, HOUR } from '../../../src/domain/time.ts';
import { NOON, nastyTexts, unique } from '../../support/samples.ts';
import { EVERYTHING, must, newWorld, type OpenStore, useStore, type World } from './world.ts';

const sample = (device: DeviceKey, given: Partial<ProtocolSession> = {}): ProtocolSession => ({
  ...{ kind: 'lwm2m', device, name: unique('session'), body: '{"lt":86400}', expiresAt: NOON + DAY },
  ...given,
});

const placeOf = (account: AccountKey, { device, kind }: ProtocolSession): SessionPlace => ({
  ...{ account, device, kind },
});

const stored = (account: AccountKey, value: ProtocolSession, version = 1): StoredProtocolSession => ({
  ...{ ...value, account, version },
});

export const protocolSessionsContract = (open: OpenStore): void => {
  describe('protocol sessions', () => {
    const store = useStore(open);

    const find = ({ account }: World, { device, kind }: ProtocolSession) =>
      store().protocolSessions.find(account, device, kind);
    const save = (...sessions: readonly SessionWrite[]) => store().protocolSessions.save(sessions);
    const begun = async (given: Partial<ProtocolSession> = {}) => {
      const world = await newWorld(store());
      const device = await world.addDevice();
      const value = sample(device.key, given);
      expect(await save({ account: world.account, value })).toEqual([]);
      return { world, account: world.account, device, value };
    };

    it('are found by device and by name, as they were saved', async () => {
      for (const kind of ['lwm2m', 'oma-dm'] as const) {
        const body = JSON.stringify(nastyTexts);
        const { world, account, value } = await begun({ kind, body, expiresAt: Number.MAX_SAFE_INTEGER });
        expect(await find(world, value)).toEqual(stored(account, value));
        expect(await store().protocolSessions.findByName(kind, value.name)).toEqual(stored(account, value));
      }
    });

    it('are not found under other names, in another account or of another kind', async () => {
      const { world, account, device, value } = await begun();
      const other = await newWorld(store());
      expect(await find(other, value)).toBeUndefined();
      expect(await find(world, { ...value, kind: 'oma-dm' })).toBeUndefined();
      const unregistered = (await world.addDevice()).key;
      expect(unregistered).not.toBe(device.key);
      expect(await store().protocolSessions.find(account, unregistered, 'lwm2m')).toBeUndefined();
      for (const name of ['', `${value.name}\0`, value.name.toUpperCase(), `${value.name} `])
        expect(await store().protocolSessions.findByName('lwm2m', name)).toBeUndefined();
      expect(await store().protocolSessions.findByName('oma-dm', value.name)).toBeUndefined();
    });

    it('are one of each kind for a device, which may share a name', async () => {
      const { world, account, device, value } = await begun();
      const second = sample(device.key, { kind: 'oma-dm', name: value.name });
      const third = sample(device.key);
      expect(await save({ account, value: second })).toEqual([]);
      expect(await save({ account, value: third })).toEqual([placeOf(account, third)]);
      expect(await find(world, value)).toEqual(stored(account, value));
      expect(await find(world, second)).toEqual(stored(account, second));
    });

    it('are replaced only as they were read', async () => {
      const { world, account, value } = await begun();
      const next = { ...value, name: unique('session'), body: '{}', expiresAt: NOON + HOUR };
      expect(await save({ account, was: { version: 1 }, value: next })).toEqual([]);
      expect(await find(world, value)).toEqual(stored(account, next, 2));
      expect(await store().protocolSessions.findByName('lwm2m', value.name)).toBeUndefined();
      expect(await store().protocolSessions.findByName('lwm2m', next.name)).toEqual(stored(account, next, 2));
      for (const version of [1, 3]) {
        const late = { account, was: { version }, value: { ...next, body: '"late"' } };
        expect(await save(late)).toEqual([placeOf(account, value)]);
      }
      expect(await find(world, value)).toEqual(stored(account, next, 2));
    });

    it('are not replaced where there is none', async () => {
      const world = await newWorld(store());
      const value = sample((await world.addDevice()).key);
      const { account } = world;
      expect(await save({ account, was: { version: 1 }, value })).toEqual([placeOf(account, value)]);
      expect(await find(world, value)).toBeUndefined();
    });

    it('never share a name in their kind, whichever account they are of', async () => {
      const { account, value } = await begun();
      const other = await newWorld(store());
      const mine = sample((await other.addDevice()).key);
      expect(await save({ account: other.account, value: mine })).toEqual([]);
      const clash = { ...mine, name: value.name };
      for (const how of [{}, { was: { version: 1 } }] as const) {
        const write = { account: other.account, value: clash, ...how };
        expect(await save(write)).toEqual([placeOf(other.account, mine)]);
      }
      expect(await find(other, mine)).toEqual(stored(other.account, mine));
      expect(await store().protocolSessions.findByName('lwm2m', value.name)).toEqual(stored(account, value));
    });

    it('are written one after the other where several of a save are of one device, or have one name', async () => {
      const { world, account, device, value } = await begun();
      const [one, two] = [sample(device.key), sample(device.key, { body: '"two"' })];
      const rival = sample((await world.addDevice()).key, { name: two.name });
      const left = await save(
        { account, was: { version: 1 }, value: one },
        { account, was: { version: 2 }, value: two },
        { account, value: rival },
        { account, was: { version: 2 }, value: one },
      );
      expect(left).toEqual([placeOf(account, rival), placeOf(account, value)]);
      expect(await find(world, value)).toEqual(stored(account, two, 3));
      expect(await find(world, rival)).toBeUndefined();
    });

    it('are not kept for a device that is not there, and go with their device', async () => {
      const { world, account, device, value } = await begun();
      const stray = sample((device.key + 1_000) as DeviceKey);
      expect(await save({ account, value: stray })).toEqual([placeOf(account, stray)]);
      await world.write({ drop: 'device', was: device });
      expect(await find(world, value)).toBeUndefined();
      expect(await store().protocolSessions.findByName('lwm2m', value.name)).toBeUndefined();
      expect(await save({ account, value })).toEqual([placeOf(account, value)]);
    });

    it('are written by one of those who read the same', async () => {
      const { world, account, value } = await begun();
      const rivals = Array.from({ length: 12 }, (_, n) => ({
        ...{ account, was: { version: 1 }, value: { ...value, body: `${n}` } },
      }));
      const left = await Promise.all(rivals.map((rival) => save(rival)));
      expect(left.filter(({ length }) => length === 0)).toHaveLength(1);
      const winner = left.findIndex(({ length }) => length === 0);
      expect(await find(world, value)).toEqual(stored(account, { ...value, body: `${winner}` }, 2));
    });

    it('are begun by one of those who found none, and a name goes to one of those who want it', async () => {
      const world = await newWorld(store());
      const { account } = world;
      const device = await world.addDevice();
      const begins = Array.from({ length: 8 }, () => ({ account, value: sample(device.key) }));
      const first = await Promise.all(begins.map((one) => save(one)));
      expect(first.filter(({ length }) => length === 0)).toHaveLength(1);
      const name = unique('wanted');
      const rivals = (await world.addDevices(8)).map(({ key }) => ({
        account,
        value: sample(key, { name }),
      }));
      const second = await Promise.all(rivals.map((one) => save(one)));
      expect(second.filter(({ length }) => length === 0)).toHaveLength(1);
      const winner = must(rivals[second.findIndex(({ length }) => length === 0)]);
      expect(await store().protocolSessions.findByName('lwm2m', name)).toEqual(stored(account, winner.value));
    });

    it('do not hold each other up where many writers name the same ones in other orders', async () => {
      const world = await newWorld(store());
      const { account } = world;
      const values = (await world.addDevices(40)).map(({ key }) => sample(key));
      await save(...values.map((value) => ({ account, value })));
      const writers = Array.from({ length: 6 }, (_, n) =>
        save(
          ...(n % 2 === 0 ? values : values.toReversed()).map((value) => ({
            ...{ account, was: { version: 1 }, value: { ...value, body: `${n}` } },
          })),
        ),
      );
      expect((await Promise.all(writers)).flat()).toHaveLength(5 * 40);
      for (const value of values) expect((await find(world, value))?.version).toBe(2);
    });

    it('are written ten thousand at once, whether they are there or not', async () => {
      const world = await newWorld(store());
      const { account } = world;
      const devices = await world.addDevices(10_000);
      const values = devices.map(({ key }) => sample(key));
      const written = await save(...values.slice(0, 6_000).map((value) => ({ account, value })));
      expect(written).toEqual([]);
      const left = await save(
        ...values.map((value, n) => {
          const next = { account, value: { ...value, body: '"again"' } };
          return n < 3_000 || (n >= 4_000 && n < 6_000) ? { ...next, was: { version: 1 } } : next;
        }),
      );
      expect(left).toEqual(values.slice(3_000, 4_000).map((value) => placeOf(account, value)));
      const versions = new Map<number, number>();
      for (const value of values) {
        const version = (await find(world, value))?.version ?? 0;
        versions.set(version, (versions.get(version) ?? 0) + 1);
      }
      expect(versions).toEqual(
        new Map([
          [2, 5_000],
          [1, 5_000],
        ]),
      );
    });

    it('are listed over all accounts in an order that stays, those that are over included', async () => {
      const [one, two] = [await newWorld(store()), await newWorld(store())];
      const values = [];
      for (const world of [two, one, two]) {
        const value = sample((await world.addDevice()).key, { kind: 'oma-dm', expiresAt: 1 });
        expect(await save({ account: world.account, value })).toEqual([]);
        values.push(stored(world.account, value));
      }
      const listed: StoredProtocolSession[] = [];
      for (let after: number | null = 0; after !== null; ) {
        const page = await store().protocolSessions.list('oma-dm', { after, limit: 2 });
        expect(page.items.length).toBeLessThanOrEqual(2);
        listed.push(...page.items);
        after = page.next;
      }
      const mine = listed.filter(({ account }) => account === one.account || account === two.account);
      expect(mine).toEqual([must(values[1]), must(values[0]), must(values[2])]);
      expect((await store().protocolSessions.list('oma-dm', EVERYTHING)).items).toEqual(listed);
    });

    it('that expired are forgotten, and only those', async () => {
      const { world, account, value } = await begun({ expiresAt: NOON - DAY });
      const still = sample((await world.addDevice()).key, { expiresAt: NOON - HOUR });
      await save({ account, value: still });
      await store().expire(NOON - HOUR);
      expect(await find(world, value)).toBeUndefined();
      expect(await find(world, still)).toEqual(stored(account, still));
    });

    it('are written by nobody who names none', async () => {
      expect(await save()).toEqual([]);
    });
  });
};
