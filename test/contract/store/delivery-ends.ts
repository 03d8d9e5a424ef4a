import { describe, expect, it } from 'vitest';
import type { StoredDelivery } from '../../../src/app/delivery-records.ts';
import type { DeliveryFilter } from '../../../src/app/lists.ts';
import { NOON } from '../../support/samples.ts';
import { ANY_DELIVERY, claim, claimIds, NEWEST, newPushWorld, quietPush, went } from './push-world.ts';
import { ids, must, type OpenStore, useStore } from './world.ts';

export const deliveryEndsContract = (open: OpenStore): void => {
  describe('deliveries', () => {
    const store = useStore(open);
    const start = async () => {
      await quietPush(store());
      const world = await newPushWorld(store());
      return { ...world, ...(await world.follow()) };
    };

    describe('that were settled', () => {
      const settled = async () => {
        const world = await start();
        const [good, bad] = await world.send(world.subscription, { seq: 1 }, { seq: 2, createdAt: NOON + 9 });
        await store().deliveries.settle(
          (await claim(store())).map((was) =>
            was.seq === 1 ? went(was, 'well') : went(was, 'badly', { status: 'dead' }),
          ),
        );
        return { ...world, good: must(good), bad: must(bad) };
      };
      const replay = (account: StoredDelivery['account'], which: Partial<DeliveryFilter>, now = NOON + 50) =>
        store().deliveries.replay(account, { ...ANY_DELIVERY, ...which }, now);

      it('are sent again from the beginning, under the same id and with what is known of them', async () => {
        const { account, good, find } = await settled();
        const before = await find(good);
        const again = { ...before, status: 'waiting', tries: 0, dueAt: NOON + 50 };
        expect(
          await store().deliveries.replay(account, { ids: [good.id, 'unknown', good.id] }, NOON + 50),
        ).toBe(1);
        expect(await find(good)).toEqual(again);
        expect(await store().deliveries.replay(account, { ids: [good.id] }, NOON + 60)).toBe(0);
        expect(await claimIds(store(), { now: NOON + 49 })).toEqual([]);
        const [claimed] = await claim(store(), { now: NOON + 50 });
        expect(claimed).toEqual(again);
        await store().deliveries.settle([went(must(claimed), 'well')]);
        expect(await find(good)).toMatchObject({ tries: 1, attempts: [{}, {}], status: 'delivered' });
        expect(await store().deliveries.replay(account, { ids: [] }, NOON)).toBe(0);
      });

      it('are sent again by destination, status and time', async () => {
        const { account, good, bad, destination, find, follow, send, subscription } = await settled();
        const other = await follow();
        await send(other.subscription, { status: 'dead' });
        expect(await replay(account, { destinationId: 'unknown' })).toBe(0);
        expect(await replay(account, { destinationId: destination.id, from: NOON + 10 })).toBe(0);
        expect(await replay(account, { destinationId: destination.id, statuses: ['dead'] })).toBe(1);
        expect([(await find(bad)).status, (await find(good)).status]).toEqual(['waiting', 'delivered']);
        expect(await replay(account, { statuses: ['waiting'] })).toBe(0);
        await send(subscription, ...Array.from({ length: 2_500 }, () => ({ status: 'delivered' }) as const));
        expect(await replay(account, { to: NOON + 1, destinationId: destination.id })).toBe(2_501);
        expect(await replay(account, {})).toBe(1);
      });

      it('are not sent again once the destination or the subscription is gone, but are still listed', async () => {
        const { account, destination, subscription, good, write, deliveries, find, addSubscription } =
          await settled();
        const before = await deliveries();
        await write({ drop: 'subscription', was: subscription });
        expect(await replay(account, {})).toBe(0);
        expect(await store().deliveries.replay(account, { ids: [good.id] }, NOON)).toBe(0);
        await addSubscription(destination);
        await write({ drop: 'destination', was: destination });
        expect(await replay(account, { destinationId: destination.id })).toBe(0);
        expect(await deliveries()).toEqual(before);
        expect(await find(good)).toEqual(before[0]);
        const filter = { ...ANY_DELIVERY, destinationId: destination.id };
        expect((await store().deliveries.list(account, filter, NEWEST)).items).toHaveLength(2);
      });

      it('are deleted when they were created before an instant, and those that wait are not', async () => {
        const { destination, good, bad, send, subscription, write, deliveries } = await settled();
        const waiting = must((await send(subscription, { createdAt: NOON - 100 }))[0]);
        await store().deliveries.expire(NOON);
        expect(ids(await deliveries())).toEqual([good.id, bad.id, waiting.id]);
        await store().deliveries.expire(NOON + 9);
        expect(ids(await deliveries())).toEqual([bad.id, waiting.id]);
        await write({ drop: 'destination', was: destination });
        await store().deliveries.expire(NOON + 9);
        expect(ids(await deliveries())).toEqual([bad.id]);
        await store().deliveries.expire(NOON + 10);
        expect(await deliveries()).toEqual([]);
      });
    });

    describe('that wait', () => {
      it('go with their destination, and what was settled stays', async () => {
        const { destination, subscription, follow, send, write, deliveries, find } = await start();
        const other = await follow();
        const [gone, settled] = await send(subscription, {}, { status: 'delivered' });
        const [left] = await send(other.subscription, {});
        await write({ drop: 'destination', was: destination });
        expect(ids(await deliveries())).toEqual([must(settled).id, must(left).id]);
        expect(await store().deliveries.find(must(gone).account, must(gone).id)).toBeUndefined();
        expect(await find(must(settled))).toEqual(settled);
        expect(await claimIds(store())).toEqual([must(left).id]);
      });

      it('go with their subscription, and those behind them in a lane come forward', async () => {
        const { destination, subscription, addSubscription, edit, send, write, deliveries } = await start();
        await edit(destination, { order: 'strict' });
        const other = await addSubscription(destination);
        const [gone, settled] = await send(subscription, { seq: 1 }, { seq: 2, status: 'dead' });
        const [left] = await send(other, { seq: 3 });
        const claimed = await claim(store());
        expect(ids(claimed)).toEqual([must(gone).id]);
        await write({ drop: 'subscription', was: subscription });
        expect(await deliveries()).toEqual([settled, left]);
        await store().deliveries.settle(claimed.map((was) => went(was, 'badly')));
        expect(await deliveries()).toEqual([settled, left]);
        expect(await claimIds(store())).toEqual([must(left).id]);
      });

      it('go with the campaign that their subscription is about, and others about it stay', async () => {
        const { account, subscription, addSubscription, addCampaign, send, write, ...world } = await start();
        const campaign = await addCampaign();
        const about = { campaign: campaign.key, campaignId: campaign.id };
        const mine = await addSubscription(world.destination, about);
        await send(mine, { campaign: campaign.key });
        const [left] = await send(subscription, { campaign: campaign.key });
        await write({ drop: 'campaign', was: campaign });
        expect(await world.deliveries()).toEqual([left]);
        expect(await claim(store())).toEqual([{ ...left, account }]);
      });

      it('go with their subscription to whichever destination they were', async () => {
        const world = await start();
        const { account, subscription, addDestination, send, write, deliveries } = world;
        const [one, other] = [world.destination, await addDestination()];
        await send(subscription, {});
        await write({
          ...{ save: 'subscription', was: subscription },
          value: { ...subscription, destinationId: other.id },
        });
        const moved = must(await store().subscriptions.find(account, subscription.id));
        await send(moved, {});
        expect(await deliveries()).toHaveLength(2);
        await write({ drop: 'destination', was: other });
        expect(await deliveries()).toEqual([]);
        const next = await world.addSubscription(one);
        await send(next, {});
        await write({ drop: 'subscription', was: next });
        expect(await deliveries()).toEqual([]);
        expect(await claim(store())).toEqual([]);
      });

      it('are many without harm', async () => {
        const { subscription, send, write, deliveries } = await start();
        const made = Array.from({ length: 6_000 }, (_, n) => ({ seq: n }));
        await send(subscription, ...made);
        await write({ drop: 'subscription', was: subscription });
        expect(await deliveries()).toEqual([]);
      });
    });
  });
};
