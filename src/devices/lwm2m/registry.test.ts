import { describe, expect, it } from 'vitest';
import { must } from '../../../test/contract/store/world.ts';
import type { SessionWrite, StoredProtocolSession } from '../../app/protocol-ports.ts';
import type { AccountKey, DeviceKey } from '../../domain/ids.ts';
import { DAY } from '../../domain/time.ts';
import { expiryOf, fromRecord, objectOf, type Registered, toRecord } from './registered.ts';
import { createRegistry, loadRegistrations } from './registry.ts';
import { idleSession } from './session.ts';

const NOW = Date.UTC(2026, 10, 21);
const account = 1 as AccountKey;

const registered = (n: number, more: Partial<Registered> = {}): Registered => ({
  id: `registr-${n}`.padEnd(10, '0'),
  account,
  device: n as DeviceKey,
  deviceId: `device-${n}`,
  listener: 'coap',
  ...{ key: `10.0.0.1 ${n}`, address: '10.0.0.1', port: n, identity: '' },
  ...{ enabler: '1.1', queue: false, lifetime: 300, root: '', objects: '3/0 5@1.1 5/0', parameters: 'b=U' },
  expiresAt: expiryOf(300, NOW),
  session: idleSession,
  peer: undefined,
  heardAt: NOW,
  home: 'here',
  stored: { version: 0, isLost: false },
  ...more,
});

type Rows = Map<number, StoredProtocolSession>;

const recordOf = (rows: Rows, device: number) => {
  const row = rows.get(device);
  return row && fromRecord(row);
};

/** A process at home somewhere, over a store that keeps sessions in a map and can be broken. */
const world = (rows: Rows = new Map(), home = 'here') => {
  const state = { broken: false, gone: false, saves: 0, now: NOW };
  const problems: unknown[] = [];
  const told = { lost: [] as Registered[], taken: [] as Registered[] };
  const timers = new Set<() => void>();
  const mayWrite = ({ was, value }: SessionWrite): boolean =>
    !state.gone && rows.get(value.device)?.version === was?.version;
  const protocolSessions = {
    find: async (_: AccountKey, device: DeviceKey) => rows.get(device),
    findByName: async () => undefined,
    list: async () => ({ items: [...rows.values()], next: null }),
    save: async (sessions: readonly SessionWrite[]) => {
      state.saves += 1;
      if (state.broken) throw new Error('the store is broken');
      const refused = sessions.filter((one) => !mayWrite(one));
      for (const { value } of sessions.filter(mayWrite)) {
        rows.set(value.device, { ...value, account, version: (rows.get(value.device)?.version ?? 0) + 1 });
      }
      return refused.map(({ value: { device, kind } }) => ({ account, device, kind }));
    },
  };
  const isOurs = (other: string): boolean => other === home || other === '';
  const homeOf = (): string => home;
  const registry = createRegistry({
    store: { protocolSessions },
    clock: () => state.now,
    later: (run) => {
      timers.add(run);
      return () => timers.delete(run);
    },
    isOurs,
    report: (error) => problems.push(error),
    lost: (one) => told.lost.push(one),
    taken: (one) => told.taken.push(one),
  });
  const load = () =>
    loadRegistrations(
      { store: { protocolSessions }, clock: () => NOW, isOurs, homeOf },
      registry,
      () => undefined,
    );
  const tick = (): void => {
    const due = [...timers];
    timers.clear();
    for (const run of due) run();
  };
  return { rows, state, problems, told, registry, tick, load };
};

describe('registrations', () => {
  it('are written before they count, many with one write', async () => {
    const { registry, rows, state } = world();
    await Promise.all([1, 2, 3].map((n) => registry.keep(registered(n))));
    expect(rows.size).toBe(3);
    expect(state.saves).toBe(1);
  });

  it('are found by id, by device and by association, and replaced by another one of the device', async () => {
    const { registry } = world();
    await registry.keep(registered(1));
    const other = registered(1, { id: 'another-00', key: '10.0.0.2 9' });
    await registry.keep(other);
    expect(registry.byId('registr-10')).toBeUndefined();
    expect(registry.byAssociation('10.0.0.1 1')).toBeUndefined();
    expect(registry.byId('another-00')).toBe(other);
    expect(registry.byAssociation('10.0.0.2 9')).toBe(other);
    expect(registry.ofDevice(account, 1 as DeviceKey)).toBe(other);
    expect(registry.size()).toBe(1);
  });

  it('are refreshed behind the answer, and again where the store failed', async () => {
    const { registry, rows, state, problems, tick } = world();
    state.broken = true;
    registry.refresh(registered(1));
    tick();
    await expect.poll(() => problems).toHaveLength(1);
    state.broken = false;
    tick();
    await expect.poll(() => rows.size).toBe(1);
  });

  it('tell whoever waits that the store failed', async () => {
    const { registry, state } = world();
    state.broken = true;
    await expect(registry.keep(registered(1))).rejects.toThrow('broken');
  });

  it('end at their lifetime and 93 seconds, and not before; those without end do not', async () => {
    const { registry } = world();
    await registry.keep(registered(1));
    await registry.keep(registered(2, { expiresAt: expiryOf(0, NOW) }));
    expect(registry.expire(NOW + 392_999)).toEqual([]);
    expect(registry.expire(NOW + 393_000).map(({ deviceId }) => deviceId)).toEqual(['device-1']);
    expect(registry.size()).toBe(1);
  });

  it('are forgotten when a device leaves, but for what its attempt knows', async () => {
    const { registry, rows, tick } = world();
    const busy = registered(2, { session: { ...idleSession, stage: 'executing', attempt: '1.1.1' } });
    await Promise.all([registry.keep(registered(1)), registry.keep(busy)]);
    for (const one of [1, 2]) registry.remove(must(registry.ofDevice(account, one as DeviceKey)));
    tick();
    await expect.poll(() => rows.get(1)?.expiresAt).toBe(NOW);
    expect(recordOf(rows, 1)).toMatchObject({ over: true, session: idleSession });
    expect(recordOf(rows, 2)).toMatchObject({ over: true, session: { stage: 'executing' } });
    expect(rows.get(2)?.expiresAt).toBeGreaterThan(NOW);
  });

  it('are read by the next process at the same place, but for those that are over', async () => {
    const first = world();
    await first.registry.keep(registered(1));
    await first.registry.keep(registered(2, { expiresAt: NOW - 1 }));
    await first.registry.keep(registered(3, { home: 'elsewhere' }));
    const second = world(first.rows);
    await second.load();
    expect([...second.registry.all()].map(({ deviceId }) => deviceId)).toEqual(['device-1']);
  });
});

describe('registrations of several processes', () => {
  const transferring = { ...idleSession, stage: 'transferring', attempt: '1.1.1' } as const;
  const executing = { ...idleSession, stage: 'executing', attempt: '1.1.1' } as const;

  /** A device that registered here and then, by its registration or an update of it, elsewhere. */
  const moved = async () => {
    const here = world();
    await here.registry.take(registered(1, { session: transferring }));
    const there = world(here.rows, 'elsewhere');
    const record = must(recordOf(here.rows, 1));
    await there.registry.take({ ...record, home: 'elsewhere' });
    return { here, there };
  };

  it('are those of the process that a device turns to; the one before writes nothing more and forgets it', async () => {
    const { here, there } = await moved();
    const known = must(here.registry.byId('registr-10'));
    expect(
      await there.registry.keep({ ...must(there.registry.byId('registr-10')), session: executing }),
    ).toBe(true);
    expect(await here.registry.keep({ ...known, session: idleSession })).toBe(false);
    expect(recordOf(here.rows, 1)).toMatchObject({ home: 'elsewhere', session: executing });
    expect(here.registry.size()).toBe(0);
    expect(here.told.lost).toHaveLength(1);
    expect(there.told.lost).toHaveLength(0);
  });

  it('do not end because their lifetime is over where they were before', async () => {
    const { here } = await moved();
    here.registry.expire(NOW + DAY);
    here.tick();
    await expect.poll(() => here.state.saves).toBe(2);
    expect(recordOf(here.rows, 1)).toMatchObject({ home: 'elsewhere', over: false });
  });

  it('come back with what the other process knows, and what was about to be written is not', async () => {
    const { here, there } = await moved();
    await there.registry.keep({ ...must(there.registry.byId('registr-10')), session: executing });
    const known = must(here.registry.byId('registr-10'));
    here.registry.refresh({ ...known, lifetime: 600 });
    expect(await here.registry.keep({ ...known, lifetime: 600, session: idleSession })).toBe(false);
    expect(here.told.taken).toMatchObject([{ session: executing }]);
    expect(recordOf(here.rows, 1)).toMatchObject({ home: 'here', lifetime: 600, session: executing });
    expect(await here.registry.keep({ ...must(here.told.taken[0]), session: idleSession })).toBe(true);
    expect(await there.registry.confirm(must(there.registry.byId('registr-10')))).toBe(false);
    expect(there.registry.size()).toBe(0);
  });

  it('are not lost to what was read before the device was heard here again', async () => {
    const { here, there } = await moved();
    await there.registry.keep({ ...must(there.registry.byId('registr-10')), session: executing });
    const known = must(here.registry.byId('registr-10'));
    const asked = here.registry.confirm(known);
    here.registry.refresh({ ...known, lifetime: 600 });
    expect(await asked).toBe(true);
    here.tick();
    const asking = here.registry.confirm(known);
    expect(await asking).toBe(true);
    await expect.poll(() => recordOf(here.rows, 1)).toMatchObject({ home: 'here', lifetime: 600 });
    expect(here.told.lost).toEqual([]);
    expect(here.registry.size()).toBe(1);
  });

  it('are written once more where the answer of the store was lost', async () => {
    const { registry, rows } = world();
    await registry.keep(registered(1));
    const known = must(registry.byId('registr-10'));
    // As if the write before had arrived without our hearing of it.
    rows.set(1, { ...must(rows.get(1)), version: 7 });
    expect(await registry.keep({ ...known, session: executing })).toBe(true);
    expect(rows.get(1)?.version).toBe(8);
  });

  it('that no process has to itself are those of the first one that writes', async () => {
    const before = world();
    await before.registry.take(registered(1, { home: '' }));
    const [here, there] = [world(before.rows), world(before.rows, 'elsewhere')];
    await Promise.all([here.load(), there.load()]);
    const [ours, theirs] = [here, there].map(({ registry }) => must(registry.byId('registr-10')));
    expect(await here.registry.keep({ ...must(ours), session: executing })).toBe(true);
    expect(await there.registry.keep({ ...must(theirs), session: executing })).toBe(false);
    expect([here.registry.size(), there.registry.size()]).toEqual([1, 0]);
  });

  it('of a device that was deleted are none', async () => {
    const { registry, rows, state, told } = world();
    await registry.keep(registered(1));
    rows.delete(1);
    const deleted = { ...must(registry.byId('registr-10')), session: executing };
    state.gone = true;
    expect(await registry.take(deleted)).toBe(false);
    expect(told.lost).toHaveLength(1);
  });
});

describe('a record', () => {
  it('holds everything but what is only in memory', () => {
    const session = { ...idleSession, stage: 'transferring', attempt: '4.1.2' } as const;
    const known = registered(7, { session });
    const record = toRecord(known, NOW);
    expect(record.expiresAt).toBeGreaterThan(known.expiresAt);
    const stored = { version: 3, isLost: false };
    expect(fromRecord({ ...record, account, version: 3 })).toEqual({
      ...known,
      heardAt: 0,
      over: false,
      stored,
    });
  });

  it('does not know a connection by its key, which another device may have by then', () => {
    const record = toRecord(registered(7, { listener: 'coap+tcp', key: 'stream 1' }), NOW);
    expect(fromRecord({ ...record, account, version: 1 })?.key).toBe('gone registr-70');
  });

  it('that nobody of ours wrote is none', () => {
    const device = 1 as DeviceKey;
    for (const body of ['', '{', 'null', '[]', '{"id":1}']) {
      expect(fromRecord({ body, device, account, version: 1 })).toBeUndefined();
    }
  });

  it('tells which objects a device has', () => {
    const { objects } = registered(1);
    expect(objectOf({ objects }, 5)).toEqual({ version: '1.1', instances: [0] });
    expect(objectOf({ objects }, 3)).toEqual({ version: '1.0', instances: [0] });
    expect(objectOf({ objects }, 9)).toBeUndefined();
    expect(objectOf({ objects: '' }, 0)).toBeUndefined();
  });
});
