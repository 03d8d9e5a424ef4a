import { describe, expect, it } from 'vitest';
import type { Actor, EventBody, StoredEvent } from '../../../src/app/event-records.ts';
import type { Store } from '../../../src/app/ports.ts';
import type { AccountKey } from '../../../src/domain/ids.ts';
import { fullPlan, NOON, sampleDestination, sampleEvent, sampleSubscription } from '../../support/samples.ts';
import {
  accepted,
  drainOutbox,
  must,
  NOWHERE,
  newWorld,
  type OpenStore,
  subscribeTo,
  useStore,
} from './world.ts';

const slot = { begin: NOON, end: null };

/** One of each kind that carries data. */
const bodies: readonly EventBody[] = [
  { type: 'campaign-created', name: 'Spring' },
  { type: 'campaign-edited', plan: fullPlan(), digest: 'd', by: 'user-ada', approvalLapsed: true },
  { type: 'campaign-started' },
  { type: 'campaign-ended', because: 'complete' },
  { type: 'campaign-rejected', by: 'user-cem', comment: 'no' },
  { type: 'update-moved', to: 'reset-failed' },
  { type: 'update-slot-set', phase: 'execution', slot },
  { type: 'update-packages-set', packages: null },
  { type: 'update-packages-set', packages: ['a', 'b'] },
  { type: 'update-retried', to: 'inventoried', notBefore: NOON },
  { type: 'update-closed', outcome: 'succeeded', reason: 'none', message: '' },
  { type: 'updates-closed', count: 3, outcome: 'removed', reason: 'none' },
  { type: 'updates-recalled', count: 3, outcome: 'cancelled', reason: 'campaign-cancelled' },
  { type: 'update-recalled', outcome: 'removed', reason: 'none', message: 'It rains' },
  { type: 'update-queued', queue: 'budget' },
  { type: 'update-recall-refused', message: 'too late' },
  { type: 'device-auto-confirm-set', active: true },
  { type: 'device-changed', fields: ['name', 'tags'] },
  { type: 'token-issued', id: 't', kind: 'session' },
  { type: 'account-changed' },
];

const actors: readonly Actor[] = [
  { kind: 'user', id: 'user-ada' },
  { kind: 'device', id: 'truck-7' },
  { kind: 'server' },
];

export const eventsContract = (open: OpenStore): void => {
  describe('events', () => {
    const store = useStore(open);

    it('keep their content and actor, numbered in the order of commit', async () => {
      const { account, attempt, events } = await newWorld(store());
      const given = bodies.map((body, n) =>
        sampleEvent(body, { at: NOON - n, actor: actors[n % 3] ?? { kind: 'server' } }),
      );
      accepted(await attempt([], given.slice(0, 9)));
      accepted(await attempt([], given.slice(9)));
      const expected = given.map((event, n) => ({ ...event, account, seq: n + 2 }));
      expect((await events()).slice(1)).toEqual(expected);
    });

    it('are listed newest first in pages that stay stable', async () => {
      const { account, attempt } = await newWorld(store());
      const say = (count: number) =>
        attempt(
          [],
          Array.from({ length: count }, () => sampleEvent()),
        );
      await say(4);
      const list = async (before: number, limit: number) => {
        const events = await store().events.list(account, NOWHERE, { before, limit });
        return events.map(({ seq }) => seq);
      };
      expect(await list(Number.MAX_SAFE_INTEGER, 2)).toEqual([5, 4]);
      await say(3);
      expect(await list(4, 2)).toEqual([3, 2]);
      expect(await list(2, 2)).toEqual([1]);
      expect(await list(1, 2)).toEqual([]);
    });

    it('are those of a campaign without its devices, of a device, or of a device in a campaign', async () => {
      const { account, attempt, addCampaign, addDevice } = await newWorld(store());
      const [c1, c2, d1, d2] = [
        (await addCampaign()).key,
        (await addCampaign()).key,
        (await addDevice()).key,
        (await addDevice()).key,
      ];
      const about = [
        { campaign: c1, device: null },
        { campaign: c1, device: d1 },
        { campaign: c1, device: d2 },
        { campaign: c2, device: null },
        { campaign: c2, device: d1 },
        { campaign: null, device: d1 },
        NOWHERE,
      ];
      accepted(
        await attempt(
          [],
          about.map((where) => sampleEvent(undefined, where)),
        ),
      );
      const list = async (where: (typeof about)[number]) => {
        const events = await store().events.list(account, where, { before: 1_000, limit: 100 });
        return events.map(({ seq }) => seq - 2);
      };
      expect(await list({ campaign: c1, device: null })).toEqual([0]);
      expect(await list({ campaign: c1, device: d1 })).toEqual([1]);
      expect(await list({ campaign: c2, device: d2 })).toEqual([]);
      expect(await list({ campaign: null, device: d1 })).toEqual([5, 4, 1]);
      expect(await list(NOWHERE)).toEqual([6, 5, 4, 3, 2, 1, 0, -1]);
    });

    it('outlive what they are about', async () => {
      const { account, attempt, addDevice, write } = await newWorld(store());
      const was = await addDevice();
      accepted(await attempt([], [sampleEvent({ type: 'device-changed', fields: [] }, { device: was.key })]));
      await write({ drop: 'device', was });
      const about = { campaign: null, device: was.key };
      const events = await store().events.list(account, about, { before: 100, limit: 10 });
      expect(events).toMatchObject([{ body: { type: 'device-changed' } }]);
    });
  });

  describe('the outbox', () => {
    const store = useStore(open);

    const followedWorld = async () => {
      const world = await newWorld(store());
      await subscribeTo(world);
      return world;
    };

    const withEvents = async (count: number) => {
      const world = await followedWorld();
      await drainOutbox(store());
      accepted(
        await world.attempt(
          [],
          Array.from({ length: count }, (_, n) => sampleEvent(undefined, { at: n })),
        ),
      );
      return world;
    };

    const numbers = (events: readonly StoredEvent[]) => events.map(({ seq }) => seq);
    const claim = async (from: Store, account: AccountKey, now: number, until: number, limit = 100) =>
      (await from.outbox.claim(now, until, limit)).filter((event) => event.account === account);

    it('holds exactly the events, as they are listed', async () => {
      const world = await withEvents(3);
      const claimed = await store().outbox.claim(NOON, NOON + 10, 100);
      expect(claimed).toEqual((await world.events()).slice(1));
    });

    it('hides all of an account while some of it is claimed, until the lease is over', async () => {
      const world = await withEvents(5);
      const { account } = world;
      const first = await claim(store(), account, NOON, NOON + 10, 2);
      expect(numbers(first)).toEqual([2, 3]);
      accepted(await world.attempt([], [sampleEvent()]));
      expect(await claim(store(), account, NOON + 9, NOON + 20)).toEqual([]);
      await store().outbox.done(first.slice(0, 1), []);
      expect(await claim(store(), account, NOON + 9, NOON + 20)).toEqual([]);
      expect(numbers(await claim(store(), account, NOON + 10, NOON + 30))).toEqual([3, 4, 5, 6, 7]);
    });

    it('goes on with the next of an account once all that was claimed is handed on', async () => {
      const { account } = await withEvents(5);
      const first = await claim(store(), account, NOON, NOON + 10, 2);
      await store().outbox.done(first, []);
      const second = await claim(store(), account, NOON, NOON + 10, 2);
      expect(numbers(second)).toEqual([4, 5]);
      await store().outbox.done(second, []);
      expect(numbers(await claim(store(), account, NOON, NOON + 10, 2))).toEqual([6]);
    });

    it('lets go of what was handed on', async () => {
      const { account } = await withEvents(4);
      const [first, ...rest] = await claim(store(), account, NOON, NOON + 10);
      await store().outbox.done(rest, []);
      const again = await claim(store(), account, NOON + 11, NOON + 20);
      expect(numbers(again)).toEqual([first?.seq]);
      await store().outbox.done([...again, ...rest], []);
      await store().outbox.done([], []);
      expect(await claim(store(), account, NOON + 100, NOON + 200)).toEqual([]);
    });

    it('gives each account its share of a claim', async () => {
      const worlds = [await withEvents(20), await followedWorld(), await followedWorld()];
      for (const world of worlds.slice(1)) accepted(await world.attempt([], [sampleEvent(), sampleEvent()]));
      const shares = (events: readonly StoredEvent[]) =>
        worlds.map(({ account }) => numbers(events.filter((event) => event.account === account)));
      expect(shares(await store().outbox.claim(NOON, NOON + 10, 4))).toEqual([[2, 3], [2], [2]]);
      expect(await store().outbox.claim(NOON, NOON + 10, 4)).toEqual([]);
      expect(shares(await store().outbox.claim(NOON + 10, NOON + 20, 2))).toEqual([[2], [2], []]);
      expect(shares(await store().outbox.claim(NOON + 10, NOON + 20, 2))).toEqual([[], [], [2, 3]]);
    });

    it('holds what happens while somebody follows the account, from the subscription itself on', async () => {
      const world = await newWorld(store());
      const { account, attempt } = world;
      await drainOutbox(store());
      accepted(await attempt([], [sampleEvent()]));
      const destination = sampleDestination();
      const value = sampleSubscription(destination);
      await world.write({ save: 'destination', value: destination });
      const saved = sampleEvent({ type: 'subscription-saved', id: value.id });
      accepted(await attempt([{ save: 'subscription', value }], [saved]));
      accepted(await attempt([], [sampleEvent(), sampleEvent()]));
      const was = must(await store().subscriptions.find(account, value.id));
      accepted(await attempt([{ drop: 'subscription', was }], [sampleEvent()]));
      accepted(await attempt([], [sampleEvent()]));
      expect((await world.events()).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(numbers(await claim(store(), account, NOON, NOON + 10))).toEqual([3, 4, 5]);
    });

    it('holds what work on many devices tells of, where somebody follows', async () => {
      const [followed, alone] = [await followedWorld(), await newWorld(store())];
      await drainOutbox(store());
      for (const world of [followed, alone]) {
        const [campaign, devices] = [await world.addCampaign(), await world.addDevices(3)];
        await world.join(campaign, devices);
      }
      const types = (await store().outbox.claim(NOON, NOON + 10, 100)).map(({ account, body }) => ({
        account,
        type: body.type,
      }));
      expect(types).toEqual([
        { account: followed.account, type: 'devices-imported' },
        { account: followed.account, type: 'updates-added' },
      ]);
    });

    it('gives an account to one of many callers, in order', async () => {
      const [one, other] = [await withEvents(30), await followedWorld()];
      await other.attempt(
        [],
        Array.from({ length: 10 }, () => sampleEvent()),
      );
      const claims = await Promise.all([1, 2, 3, 4, 5].map(() => store().outbox.claim(NOON, NOON + 10, 10)));
      for (const { account } of [one, other]) {
        const had = claims.filter((claimed) => claimed.some((event) => event.account === account));
        expect(had).toHaveLength(1);
        const mine = numbers(must(had[0]).filter((event) => event.account === account));
        expect(mine).toEqual(mine.map((_, n) => must(mine[0]) + n));
      }
      expect(await store().outbox.claim(NOON + 5, NOON + 10, 100)).toEqual([]);
    });
  });
};
