import { describe, expect, it } from 'vitest';
import type { StoredProtocolSession } from '../../app/protocol-ports.ts';
import type { AccountKey, DeviceKey } from '../../domain/ids.ts';
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
  ...more,
});

/** A store that keeps sessions in a map, and can be broken. */
const world = () => {
  const rows = new Map<number, StoredProtocolSession>();
  const state = { broken: false, saves: 0, now: NOW };
  const problems: unknown[] = [];
  const timers = new Set<() => void>();
  const protocolSessions = {
    find: async (_: AccountKey, device: DeviceKey) => rows.get(device),
    findByName: async () => undefined,
    list: async () => ({ items: [...rows.values()], next: null }),
    save: async (
      sessions: readonly { readonly value: Omit<StoredProtocolSession, 'account' | 'version'> }[],
    ) => {
      state.saves += 1;
      if (state.broken) throw new Error('the store is broken');
      for (const { value } of sessions) rows.set(value.device, { ...value, account, version: 1 });
      return [];
    },
    drop: async (places: readonly { readonly device: DeviceKey }[]) => {
      for (const { device } of places) rows.delete(device);
    },
  };
  const registry = createRegistry({
    store: { protocolSessions },
    clock: () => state.now,
    later: (run) => {
      timers.add(run);
      return () => timers.delete(run);
    },
    report: (error) => problems.push(error),
  });
  const tick = (): void => {
    const due = [...timers];
    timers.clear();
    for (const run of due) run();
  };
  return { rows, state, problems, registry, tick, protocolSessions };
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
    registry.remove(registered(1));
    registry.remove(busy);
    tick();
    await expect.poll(() => rows.has(1)).toBe(false);
    const row = rows.get(2);
    expect(row && fromRecord(row)).toMatchObject({ over: true, session: { stage: 'executing' } });
  });

  it('are read by the next process, but for those that are over', async () => {
    const first = world();
    await first.registry.keep(registered(1));
    await first.registry.keep(registered(2, { expiresAt: NOW - 1 }));
    const second = world();
    await loadRegistrations(
      { store: { protocolSessions: first.protocolSessions }, clock: () => NOW },
      second.registry,
      () => undefined,
    );
    expect([...second.registry.all()].map(({ deviceId }) => deviceId)).toEqual(['device-1']);
  });
});

describe('a record', () => {
  it('holds everything but what is only in memory', () => {
    const session = { ...idleSession, stage: 'transferring', attempt: '4.1.2' } as const;
    const known = registered(7, { session });
    const record = toRecord(known, NOW);
    expect(record.expiresAt).toBeGreaterThan(known.expiresAt);
    expect(fromRecord({ ...record, account })).toEqual({ ...known, heardAt: 0, over: false });
  });

  it('that nobody of ours wrote is none', () => {
    const device = 1 as DeviceKey;
    for (const body of ['', '{', 'null', '[]', '{"id":1}']) {
      expect(fromRecord({ body, device, account })).toBeUndefined();
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
