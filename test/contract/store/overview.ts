import { describe, expect, it } from 'vitest';
import type { Store } from '../../../src/app/ports.ts';
import { NOON, sampleEvent } from '../../support/samples.ts';
import { newPushWorld } from './push-world.ts';
import { accepted, drainOutbox, newWorld, type OpenStore, useStore } from './world.ts';

/** What an operator looks at over all accounts. */
export const overviewContract = (open: OpenStore): void => {
  describe('what happened since an event', () => {
    const store = useStore(open);

    it('is told in order, in pieces, of one account alone', async () => {
      const [world, other] = [await newWorld(store()), await newWorld(store())];
      const say = async ({ attempt }: typeof world, count: number) =>
        accepted(
          await attempt(
            [],
            Array.from({ length: count }, () => sampleEvent()),
          ),
        );
      await say(world, 4);
      await say(other, 3);
      await say(world, 2);
      const since = async (after: number, limit: number) => {
        const events = await store().events.since(world.account, { after, limit });
        expect(events.every(({ account }) => account === world.account)).toBe(true);
        return events.map(({ seq }) => seq);
      };
      expect(await since(0, 100)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(await since(3, 2)).toEqual([4, 5]);
      expect(await since(5, 2)).toEqual([6, 7]);
      expect(await since(7, 2)).toEqual([]);
      expect(await store().events.since(world.account, { after: 2, limit: 1 })).toEqual([
        (await world.events())[2],
      ]);
    });
  });

  describe('the overview', () => {
    const store = useStore(open);

    /** Counts without those that are nothing. */
    const countsIn = async (from: Store) => {
      const { open: opened, closed } = (await from.overview()).updates;
      const positive = Object.entries({ ...opened, ...closed }).filter(([, count]) => count !== 0);
      return Object.fromEntries(positive);
    };

    it('counts the updates of all campaigns of all accounts by where they are', async () => {
      const before = await countsIn(store());
      const [world, other] = [await newWorld(store()), await newWorld(store())];
      const [one, two] = [await world.addCampaign(), await world.addCampaign()];
      await world.join(one, await world.addDevices(3));
      await world.join(two, await world.addDevices(2));
      const elsewhere = await other.addCampaign();
      const devices = await other.addDevices(2);
      await other.join(elsewhere, devices);
      await store().updates.close({
        ...{
          account: other.account,
          campaign: elsewhere.key,
          actor: { kind: 'server' },
          now: NOON,
          recall: [],
        },
        ...{ outcome: 'removed', reason: 'removed-from-campaign', message: '', by: 'ids' },
        deviceIds: devices.slice(0, 1).map(({ id }) => id),
      });
      expect(before).toEqual({});
      expect(await countsIn(store())).toEqual({ pending: 6, removed: 1 });
    });

    it('tells how much waits in the outbox, and since when', async () => {
      const [world, other] = [await newPushWorld(store()), await newPushWorld(store())];
      // Only what somebody may follow is handed on.
      for (const { follow } of [world, other]) await follow();
      await drainOutbox(store());
      expect((await store().overview()).outbox).toEqual({ depth: 0, oldest: null });
      accepted(
        await world.attempt([], [sampleEvent(undefined, { at: 70 }), sampleEvent(undefined, { at: 80 })]),
      );
      accepted(await other.attempt([], [sampleEvent(undefined, { at: 50 })]));
      expect((await store().overview()).outbox).toEqual({ depth: 3, oldest: 50 });
      const claimed = await store().outbox.claim(100, 200, 1_000);
      expect((await store().overview()).outbox.depth).toBe(3);
      await store().outbox.done(
        claimed.filter(({ account }) => account === other.account),
        [],
      );
      expect((await store().overview()).outbox).toEqual({ depth: 2, oldest: 70 });
    });
  });
};
