import { describe, expect, it } from 'vitest';
import type { StoredDelivery, Subscription } from '../src/app/delivery-records.ts';
import { deliveryId, handOnNext, type Message, type Render, type Renderers } from '../src/app/fan-out.ts';
import type { Store } from '../src/app/ports.ts';
import { nodeHashing } from '../src/server/crypto.ts';
import { openMemory } from '../src/store/memory.ts';
import { drainOutbox, newWorld, type World } from './contract/store/world.ts';
import { NOON, sampleDestination, sampleEvent, sampleSubscription } from './support/samples.ts';

const MINUTE = 60_000;

const messageOf = (given: Partial<Message> = {}): Message => ({
  ...{ part: '', device: null, event: 'word', body: '{}', latestOnly: false, notBefore: null },
  ...given,
});

const says = (...messages: readonly Partial<Message>[]): Render =>
  async function* () {
    for (const given of messages) yield messageOf(given);
  };

/** A world with a subscription, and nothing in the outbox yet. */
const follow = async (given: Partial<Subscription> = {}, store = openMemory()) => {
  const world = await newWorld(store);
  const destination = sampleDestination();
  const subscription = sampleSubscription(destination, given);
  await world.write(
    { save: 'destination', value: destination },
    { save: 'subscription', value: subscription },
  );
  await drainOutbox(store);
  return { store, world, destination, subscription };
};

const happens = (world: World, ...events: readonly Parameters<typeof sampleEvent>[]) =>
  world.attempt(
    [],
    events.map((given) => sampleEvent(...given)),
  );

const handOn = (store: Store, renderers: Partial<Renderers>, given: object = {}) =>
  handOnNext({ store, clock: () => NOON, hashing: nodeHashing, ...given }, renderers);

const everything = { destinationId: '', campaign: null, statuses: [], from: null, to: null } as const;
const NEWEST = { after: Number.MAX_SAFE_INTEGER, limit: 5_000 };
const deliveriesOf = async ({ store, account }: World): Promise<readonly StoredDelivery[]> =>
  [...(await store.deliveries.list(account, everything, NEWEST)).items].reverse();

describe('an event', () => {
  it('becomes a delivery of each subscription of its account and of its campaign, and of no other', async () => {
    const { store, world, destination, subscription } = await follow();
    const [campaign, other] = [await world.addCampaign(), await world.addCampaign()];
    const mine = sampleSubscription(destination, { campaign: campaign.key, campaignId: campaign.id });
    const others = sampleSubscription(destination, { campaign: other.key, campaignId: other.id });
    await world.write({ save: 'subscription', value: mine }, { save: 'subscription', value: others });
    const abroad = await follow({}, store);
    await happens(world, [{ type: 'campaign-started' }, { campaign: campaign.key }]);
    expect(await handOn(store, { muster: says({}) })).toBe(true);
    const made = await deliveriesOf(world);
    expect(made.map(({ subscriptionId }) => subscriptionId).sort()).toEqual(
      [subscription.id, mine.id].sort(),
    );
    expect(made.map(({ campaign: key }) => key)).toEqual([campaign.key, campaign.key]);
    expect(await deliveriesOf(abroad.world)).toEqual([]);
    expect(await handOn(store, { muster: says({}) })).toBe(false);
  });

  it('is told to the renderer with all that it is about', async () => {
    const { store, world, subscription } = await follow();
    const [campaign, device] = [await world.addCampaign(), await world.addDevice()];
    await happens(world, [{ type: 'update-added' }, { campaign: campaign.key, device: device.key }]);
    const told: unknown[] = [];
    const render: Render = async function* (telling) {
      told.push(telling);
      yield* [];
    };
    await handOn(store, { muster: render });
    expect(told).toEqual([
      {
        ...{ store, now: NOON, account: await store.accounts.get(world.account) },
        ...{ event: (await world.events()).at(-1), subscription: { ...subscription, version: 1 } },
        ...{ campaign, device },
      },
    ]);
  });

  it('is a delivery that waits, with an id that follows from the subscription, the event and the part', async () => {
    const { store, world, destination, subscription } = await follow();
    const device = await world.addDevice();
    await happens(world, [{ type: 'device-accepted' }, { device: device.key }]);
    const late = { part: 'b', latestOnly: true, notBefore: NOON + MINUTE, body: '{"b":1}' };
    await handOn(store, { muster: says({ part: 'a', device: device.key }, late) });
    const { seq } = (await world.events()).at(-1) ?? { seq: 0 };
    const common = {
      ...{ account: world.account, destinationId: destination.id, subscriptionId: subscription.id, seq },
      ...{ campaign: null, event: 'word', createdAt: NOON, status: 'waiting', attempts: [], tries: 0 },
    };
    const id = (part: string) => deliveryId(nodeHashing, subscription.id, seq, part);
    expect(await deliveriesOf(world)).toEqual([
      { ...common, id: id('a'), device: device.key, body: '{}', latestOnly: false, dueAt: NOON },
      { ...common, id: id('b'), device: null, body: '{"b":1}', latestOnly: true, dueAt: NOON + MINUTE },
    ]);
    expect(id('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('is one delivery with others that say the same once', async () => {
    const { store, world } = await follow();
    await happens(world, [{ type: 'account-changed' }], [{ type: 'account-changed' }]);
    await handOn(store, { muster: says({ once: 'minute 7' }) });
    await happens(world, [{ type: 'account-changed' }]);
    await handOn(store, { muster: says({ once: 'minute 7' }, { once: 'minute 8' }) });
    expect(await deliveriesOf(world)).toHaveLength(2);
  });

  it('is handed on, and told to nobody, where its wire is not known', async () => {
    const { store, world } = await follow({ wire: 'thingspace' });
    await happens(world, [{ type: 'account-changed' }]);
    expect(await handOn(store, { muster: says({}) })).toBe(true);
    expect(await deliveriesOf(world)).toEqual([]);
    expect(await handOn(store, { muster: says({}) })).toBe(false);
  });

  it('comes after those before it', async () => {
    const { store, world } = await follow();
    for (let n = 0; n < 30; n += 1) await happens(world, [{ type: 'account-changed' }]);
    await handOn(store, { muster: says({ part: '1' }, { part: '2' }) });
    const seqs = (await deliveriesOf(world)).map(({ seq }) => seq);
    expect(seqs).toHaveLength(60);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  });
});

describe('many messages of one event', () => {
  const many = says(...Array.from({ length: 2_500 }, (_, n) => ({ part: `${n}` })));

  /** A store that notes what goes in, and breaks off the first time it is to say that all is done. */
  const breakingOff = (store: Store) => {
    const noted: string[] = [];
    let broken = true;
    const outbox: Store['outbox'] = {
      ...store.outbox,
      done: async (events, deliveries) => {
        noted.push(`done ${deliveries.length}`);
        if (broken) {
          broken = false;
          throw new Error('the process was killed');
        }
        await store.outbox.done(events, deliveries);
      },
    };
    const deliveries: Store['deliveries'] = {
      ...store.deliveries,
      add: async (account, added) => {
        noted.push(`add ${added.length}`);
        await store.deliveries.add(account, added);
      },
    };
    return { noted, store: { ...store, outbox, deliveries } };
  };

  it('go in by the thousand, and once although they are handed on again after a crash', async () => {
    const { store: whole, world } = await follow();
    const { noted, store } = breakingOff(whole);
    await happens(world, [{ type: 'campaign-started' }]);
    await expect(handOn(store, { muster: many })).rejects.toThrow('the process was killed');
    const before = await world.store.deliveries.list(world.account, everything, NEWEST);
    expect(before.items).toHaveLength(2_000);
    // Nobody else gets the event before its lease is over.
    expect(await handOn(store, { muster: many })).toBe(false);
    expect(await handOn(store, { muster: many }, { clock: () => NOON + MINUTE })).toBe(true);
    expect(noted).toEqual(['add 1000', 'add 1000', 'done 500', 'add 1000', 'add 1000', 'done 500']);
    const after = await world.store.deliveries.list(world.account, everything, NEWEST);
    expect(after.items).toHaveLength(2_500);
    expect(new Set(after.items.map(({ id }) => id)).size).toBe(2_500);
    expect(after.items.slice(-2_000)).toEqual(before.items);
  });
});

describe('a renderer that fails', () => {
  it('is reported, loses its own message only, and holds nobody up', async () => {
    const { store, world, destination } = await follow();
    const pulse = sampleSubscription(destination, { wire: 'pulse' });
    await world.write({ save: 'subscription', value: pulse });
    await happens(world, [{ type: 'account-changed' }], [{ type: 'account-changed' }]);
    const lost: unknown[] = [];
    const failing: Render = async function* ({ event }) {
      yield messageOf({ part: 'first' });
      if (event.seq % 2 === 0) throw new Error('cannot say that');
      yield messageOf({ part: 'second' });
    };
    const report = (
      error: Error,
      { event, subscription }: { event: { seq: number }; subscription: { id: string } },
    ) => lost.push([error.message, event.seq % 2, subscription.id]);
    await handOn(store, { muster: says({}), pulse: failing }, { report });
    expect(lost).toEqual([['cannot say that', 0, pulse.id]]);
    const made = await deliveriesOf(world);
    const of = (id: string) => made.filter(({ subscriptionId }) => subscriptionId === id).length;
    expect([made.length, of(pulse.id)]).toEqual([5, 3]);
  });

  it('loses nothing when it fails once', async () => {
    const { store, world } = await follow();
    await happens(world, [{ type: 'account-changed' }]);
    let tries = 0;
    const shaky: Render = async function* () {
      yield messageOf({ part: '1' });
      tries += 1;
      if (tries === 1) throw new Error('the store was busy');
      yield messageOf({ part: '2' });
    };
    await handOn(store, { muster: shaky }, { report: () => expect.unreachable() });
    expect(await deliveriesOf(world)).toHaveLength(2);
  });
});

describe('accounts', () => {
  it('do not wait for each other', async () => {
    const { store, world } = await follow();
    const other = await follow({}, store);
    await happens(world, [{ type: 'account-changed' }]);
    await happens(other.world, [{ type: 'account-changed' }]);
    const go = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    const render: Render = async function* ({ account }) {
      if (account.key === world.account) await go.promise;
      else done.resolve();
      yield messageOf();
    };
    const handing = handOn(store, { muster: render });
    await done.promise;
    go.resolve();
    await handing;
    expect(await deliveriesOf(world)).toHaveLength(1);
    expect(await deliveriesOf(other.world)).toHaveLength(1);
  });
});
