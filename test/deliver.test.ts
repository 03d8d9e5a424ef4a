import { describe, expect, it } from 'vitest';
import { createDeliverer } from '../src/app/deliver.ts';
import type { Delivery, Destination, StoredDelivery } from '../src/app/delivery-records.ts';
import type { Store } from '../src/app/ports.ts';
import type { Pushed, PushRequest } from '../src/app/push-ports.ts';
import { nodeHashing } from '../src/server/crypto.ts';
import { openMemory } from '../src/store/memory.ts';
import { must, newWorld, type World } from './contract/store/world.ts';
import { accepted, answered, type FakePush, fakePush } from './support/fake-push.ts';
import { NOON, sampleDelivery, sampleDestination, sampleSubscription } from './support/samples.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
/** Longer than anybody keeps what was claimed. */
const LEASE = 5 * MINUTE;

type Answer = (request: PushRequest, before: number) => Pushed | Promise<Pushed>;

/** A deliverer over a store of its own, whose clock stands still until it is moved. */
const start = async (answer: Answer = () => accepted, given: { store?: Store; world?: World } = {}) => {
  const store = given.store ?? openMemory();
  const world = given.world ?? (await newWorld(store));
  let now = NOON;
  const push = fakePush(answer);
  const reported: unknown[] = [];
  const deliverer = createDeliverer({
    ...{
      store,
      push,
      hashing: nodeHashing,
      clock: () => now,
      wake: () => undefined,
      pause: async () => undefined,
    },
    report: (error) => reported.push(error),
  });
  /** Everything that can be sent now is sent and settled. */
  const run = async (): Promise<void> => {
    for (let sent = -1; sent < push.sent.length; ) {
      sent = push.sent.length;
      while (await deliverer.next());
      await deliverer.idle();
    }
  };
  const pass = (milliseconds: number): void => {
    now += milliseconds;
  };
  return { store, world, push, deliverer, reported, run, pass, now: () => now };
};
type Started = Awaited<ReturnType<typeof start>>;

const destinationIn = async ({ world }: Pick<Started, 'world'>, given: Partial<Destination> = {}) => {
  const destination = sampleDestination(given);
  const subscription = sampleSubscription(destination);
  await world.write(
    { save: 'destination', value: destination },
    { save: 'subscription', value: subscription },
  );
  const add = async (...deliveries: readonly Partial<Delivery>[]): Promise<readonly Delivery[]> => {
    const values = deliveries.map((one) => sampleDelivery(subscription, one));
    await world.store.deliveries.add(world.account, values);
    return values;
  };
  const look = async () => must(await world.store.destinations.find(world.account, destination.id));
  return { destination, subscription, add, look };
};

const find = async ({ store, account }: World, { id }: Pick<Delivery, 'id'>): Promise<StoredDelivery> =>
  must(await store.deliveries.find(account, id));

const idsSent = ({ sent }: FakePush) => sent.map(({ headers }) => headers['webhook-id']);

describe('a delivery', () => {
  it('is sent when it is due, once, and kept with its answer', async () => {
    const started = await start();
    const { add } = await destinationIn(started);
    const [now, later] = await add({}, { dueAt: NOON + MINUTE });
    await started.run();
    expect(idsSent(started.push)).toEqual([now?.id]);
    expect(await find(started.world, must(now))).toMatchObject({
      ...{ status: 'delivered', tries: 1 },
      attempts: [
        {
          sent: { headers: { 'webhook-id': must(now).id } },
          ...{ at: NOON, took: 3, status: 204, problem: '', answer: '' },
        },
      ],
    });
    started.pass(MINUTE);
    await started.run();
    expect(idsSent(started.push)).toEqual([now?.id, later?.id]);
  });

  it('is tried again after pauses that double, under the same id, until it arrives', async () => {
    const started = await start((_, before) => (before < 5 ? answered(500) : accepted));
    const { add, look } = await destinationIn(started);
    const [delivery] = await add({});
    const pauses: number[] = [];
    for (let tries = 1; tries <= 5; tries += 1) {
      await started.run();
      const { dueAt, status } = await find(started.world, must(delivery));
      expect([status, started.push.sent.length]).toEqual(['waiting', tries]);
      expect((await look()).failingSince).toBe(NOON);
      pauses.push(dueAt - started.now());
      started.pass(dueAt - started.now() - 1);
      await started.run();
      expect(started.push.sent).toHaveLength(tries);
      started.pass(1);
    }
    await started.run();
    for (const [n, pause] of pauses.entries()) expect(pause / (5 * SECOND * 2 ** n)).toBeCloseTo(0.9, 0);
    expect(new Set(idsSent(started.push))).toEqual(new Set([delivery?.id]));
    expect(await find(started.world, must(delivery))).toMatchObject({ status: 'delivered', tries: 6 });
    expect((await look()).failingSince).toBeNull();
  });

  it('is given up after as many attempts as its destination allows', async () => {
    const started = await start(() => answered(500));
    const retry = { interval: SECOND, attempts: 3, within: DAY };
    const { add, look } = await destinationIn(started, { retry });
    const [delivery] = await add({});
    for (let n = 0; n < 9; n += 1) {
      await started.run();
      started.pass(MINUTE);
    }
    expect(await find(started.world, must(delivery))).toMatchObject({ status: 'dead', tries: 3 });
    expect((await look()).disabled).toBeNull();
  });
});

describe('a destination', () => {
  it('that is gone is disabled at once, with an event, and gets nothing more', async () => {
    const started = await start(() => answered(410));
    const { add, look, destination } = await destinationIn(started, { order: 'strict' });
    const [first, second] = await add({ seq: 1 }, { seq: 2 });
    await started.run();
    expect((await look()).disabled).toEqual({ at: NOON, because: 'it answered 410 Gone' });
    expect(await find(started.world, must(first))).toMatchObject({ status: 'dead' });
    expect(await find(started.world, must(second))).toMatchObject({ status: 'waiting', tries: 0 });
    expect(started.push.sent).toHaveLength(1);
    expect((await started.world.events()).at(-1)).toMatchObject({
      actor: { kind: 'server' },
      body: { type: 'destination-disabled', id: destination.id, because: 'it answered 410 Gone' },
    });
  });

  it('that never answered in the time of its retries is disabled, with one event', async () => {
    const started = await start(() => ({ problem: 'the connection was refused', took: 1 }));
    const retry = { interval: SECOND, attempts: 100, within: 10 * MINUTE };
    const { add, look } = await destinationIn(started, { retry });
    await add(...Array.from({ length: 20 }, () => ({})));
    for (let n = 0; n < 60; n += 1) {
      await started.run();
      started.pass(20 * SECOND);
    }
    const { disabled } = await look();
    expect(disabled?.because).toMatch(/^every attempt has failed since 2026-03-01T12:00:00/);
    expect(must(disabled ?? undefined).at - NOON).toBeGreaterThanOrEqual(10 * MINUTE);
    const events = (await started.world.events()).filter(({ body }) => body.type === 'destination-disabled');
    expect(events).toHaveLength(1);
    const sent = started.push.sent.length;
    await add({});
    await started.run();
    expect(started.push.sent).toHaveLength(sent);
  });

  it('that fails and fails is left in peace between tries, and gets all when it is back', async () => {
    let down = true;
    const started = await start(() => (down ? answered(503) : accepted));
    const { add } = await destinationIn(started, { retry: { interval: 1, attempts: 1_000, within: DAY } });
    await add(...Array.from({ length: 50 }, () => ({})));
    for (let n = 0; n < 10; n += 1) {
      await started.run();
      started.pass(SECOND);
    }
    const before = started.push.sent.length;
    for (let n = 0; n < 300; n += 1) {
      await started.run();
      started.pass(SECOND);
    }
    expect(started.push.sent.length - before).toBeLessThan(20);
    down = false;
    for (let n = 0; n < 300; n += 1) {
      await started.run();
      started.pass(SECOND);
    }
    expect(new Set(idsSent(started.push)).size).toBe(50);
    const { items } = await started.store.deliveries.list(
      started.world.account,
      { destinationId: '', campaign: null, statuses: ['waiting', 'dead'], from: null, to: null },
      { after: Number.MAX_SAFE_INTEGER, limit: 100 },
    );
    expect(items).toEqual([]);
  });
});

describe('strict order', () => {
  it('keeps the messages about a device in order over failures, and holds up no other device', async () => {
    const arrived: string[] = [];
    const failures = new Map<string, number>();
    const started = await start(({ body }) => {
      const { device, n } = JSON.parse(body) as { device: string; n: number };
      const tries = (failures.get(body) ?? 0) + 1;
      failures.set(body, tries);
      // Every third message fails three times before it is taken, and device b's first never is.
      if (device === 'b' && n === 0) return answered(500);
      if (n % 3 === 1 && tries <= 3) return answered(502);
      arrived.push(`${device}${n}`);
      return accepted;
    });
    const retry = { interval: SECOND, attempts: 10, within: DAY };
    const { add } = await destinationIn(started, { order: 'strict', retry });
    const devices = await started.world.addDevices(3);
    const names = ['a', 'b', 'c'];
    for (let n = 0; n < 10; n += 1) {
      for (const [index, { key }] of devices.entries()) {
        await add({ seq: n * 3 + index, device: key, body: JSON.stringify({ device: names[index], n }) });
      }
    }
    for (let n = 0; n < 60; n += 1) {
      await started.run();
      started.pass(2 * SECOND);
    }
    const of = (name: string) => arrived.filter((one) => one.startsWith(name));
    const inOrder = (name: string, from = 0) =>
      Array.from({ length: 10 - from }, (_, n) => `${name}${n + from}`);
    expect(of('a')).toEqual(inOrder('a'));
    expect(of('c')).toEqual(inOrder('c'));
    expect(of('b')).toEqual([]);
    for (let n = 0; n < 60; n += 1) {
      await started.run();
      started.pass(MINUTE);
    }
    // Its first was given up, and those behind it went on.
    expect(of('b')).toEqual(inOrder('b', 1));
  });
});

describe('a receiver that does not answer', () => {
  it('holds up a few of its own messages and nobody else', async () => {
    const never = new Promise<Pushed>(() => undefined);
    const started = await start(({ url }) => (url.includes('dead') ? never : accepted));
    const { deliverer, push } = started;
    const dead = await destinationIn(started, { url: 'https://dead.example/' });
    await dead.add(...Array.from({ length: 500 }, () => ({})));
    const others = [];
    for (let n = 0; n < 60; n += 1)
      others.push(await destinationIn(started, { url: `https://r${n}.example/` }));
    for (const { add } of others) await add({}, {}, {});
    const sentTo = (host: RegExp) => push.sent.filter(({ url }) => host.test(url)).length;
    for (let n = 0; n < 50; n += 1) {
      while (await deliverer.next());
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([sentTo(/\/\/r\d+/), sentTo(/dead/)]).toEqual([180, 8]);
  });

  it('leaves room for others even when there are dozens of them', async () => {
    const never = new Promise<Pushed>(() => undefined);
    const started = await start(({ url }) => (url.includes('dead') ? never : accepted));
    const { deliverer, push } = started;
    for (let n = 0; n < 80; n += 1) {
      const dead = await destinationIn(started, { url: `https://dead${n}.example/` });
      await dead.add(...Array.from({ length: 20 }, () => ({})));
    }
    const turn = async (): Promise<void> => {
      while (await deliverer.next());
      await new Promise((resolve) => setImmediate(resolve));
    };
    for (let n = 0; n < 20; n += 1) await turn();
    expect(push.sent.length).toBeLessThan(256);
    const well = await destinationIn(started, { url: 'https://well.example/' });
    await well.add(...Array.from({ length: 30 }, () => ({})));
    for (let n = 0; n < 60; n += 1) await turn();
    expect(push.sent.filter(({ url }) => url.includes('well'))).toHaveLength(30);
  });
});

describe('a process that was killed', () => {
  it('has what it had sent but not settled sent again, under the same id', async () => {
    const killed = Promise.withResolvers<void>();
    const first = await start(async () => {
      killed.resolve();
      return new Promise<Pushed>(() => undefined);
    });
    const { add } = await destinationIn(first);
    const [delivery] = await add({});
    await first.deliverer.next();
    await killed.promise;
    first.deliverer.abandon();
    const second = await start(() => accepted, first);
    await second.run();
    expect(second.push.sent).toEqual([]);
    second.pass(LEASE);
    await second.run();
    expect(idsSent(second.push)).toEqual(idsSent(first.push));
    expect(await find(first.world, must(delivery))).toMatchObject({ status: 'delivered', tries: 1 });
  });

  it('settles nothing any more once it gives up waiting', async () => {
    const answer = Promise.withResolvers<Pushed>();
    const started = await start(() => answer.promise);
    const { add } = await destinationIn(started);
    const [delivery] = await add({});
    await started.deliverer.next();
    started.deliverer.abandon();
    answer.resolve(accepted);
    await started.deliverer.idle();
    expect(await find(started.world, must(delivery))).toMatchObject({ status: 'waiting', tries: 0 });
  });
});

describe('a store that fails', () => {
  it('is reported, and what was not settled is sent again', async () => {
    const store = openMemory();
    let full = true;
    const deliveries: Store['deliveries'] = {
      ...store.deliveries,
      settle: async (settlements) => {
        if (full) throw new Error('the disk is full');
        await store.deliveries.settle(settlements);
      },
    };
    const started = await start(() => accepted, { store: { ...store, deliveries } });
    const { add } = await destinationIn(started);
    const [delivery] = await add({});
    await started.run();
    expect(started.reported).toEqual([new Error('the disk is full')]);
    full = false;
    started.pass(LEASE);
    await started.run();
    expect(idsSent(started.push)).toEqual([delivery?.id, delivery?.id]);
    expect(await find(started.world, must(delivery))).toMatchObject({ status: 'delivered' });
  });
});

describe('what was deleted meanwhile', () => {
  it('is not sent', async () => {
    const store = openMemory();
    const deliveries: Store['deliveries'] = {
      ...store.deliveries,
      claim: async (...terms) => {
        const claimed = await store.deliveries.claim(...terms);
        const [one] = claimed;
        const was = one && (await store.destinations.find(one.account, one.destinationId));
        if (one !== undefined && was !== undefined) {
          await store.commit({ account: one.account, writes: [{ drop: 'destination', was }], events: [] });
        }
        return claimed;
      },
    };
    const started = await start(() => accepted, { store: { ...store, deliveries } });
    const { add } = await destinationIn(started);
    await add({});
    await started.run();
    expect([started.push.sent, started.reported]).toEqual([[], []]);
  });
});
