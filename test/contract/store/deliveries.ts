import { describe, expect, it } from 'vitest';
import type { Delivery, StoredDelivery } from '../../../src/app/delivery-records.ts';
import type { DeliveryFilter } from '../../../src/app/lists.ts';
import { NOON, nastyTexts, sampleDelivery, sampleSubscription, unique } from '../../support/samples.ts';
import { ANY_DELIVERY, claim, claimIds, NEWEST, newPushWorld, quietPush, SENT, went } from './push-world.ts';
import { ids, must, type OpenStore, useStore } from './world.ts';

const latest = { latestOnly: true, event: 'progress' } as const;

export const deliveriesContract = (open: OpenStore): void => {
  describe('deliveries', () => {
    const store = useStore(open);
    const start = async () => {
      await quietPush(store());
      const world = await newPushWorld(store());
      return { ...world, ...(await world.follow()) };
    };

    it('are kept as they are', async () => {
      const { account, subscription, send, find, addCampaign, addDevice } = await start();
      const [campaign, device] = [(await addCampaign()).key, (await addDevice()).key];
      const attempt = { at: NOON, sent: SENT, took: 3, status: null, problem: 'no route', answer: '' };
      const made = await send(
        subscription,
        {},
        { campaign, device, seq: 9_000_000_000, latestOnly: true, createdAt: NOON + 1, dueAt: NOON + 2 },
        { status: 'delivered', tries: 2, attempts: [attempt, { ...attempt, status: 204, problem: '' }] },
        { status: 'dead', tries: 1, attempts: [attempt] },
        ...nastyTexts.map((text) => ({
          body: text,
          event: text.slice(0, 50),
          id: unique(text.slice(0, 50)),
        })),
      );
      for (const delivery of made) expect(await find(delivery)).toEqual(delivery);
      expect(await store().deliveries.find(account, 'unknown')).toBeUndefined();
      await store().deliveries.add(account, []);
    });

    it('are added once for each id, whatever became of it', async () => {
      const { subscription, send, find, deliveries } = await start();
      const [first] = await send(subscription, { id: 'd1', body: 'one' }, { id: 'd1', body: 'two' });
      await send(subscription, { id: 'd1', body: 'three' }, { id: 'd2' });
      expect(await find({ id: 'd1' })).toEqual(first);
      await store().deliveries.settle((await claim(store())).map((was) => went(was, 'well')));
      await send(subscription, { id: 'd1' }, { id: 'd2' });
      expect((await deliveries()).map(({ id, status }) => [id, status])).toEqual([
        ['d1', 'delivered'],
        ['d2', 'delivered'],
      ]);
    });

    it('are left out where there is nobody to send them to, or to say how', async () => {
      const { account, destination, subscription, addSubscription, send, deliveries, write } = await start();
      const gone = await addSubscription(destination);
      await write({ drop: 'subscription', was: gone });
      await send(gone, {});
      await send({ ...subscription, destinationId: 'unknown' }, {});
      expect(await deliveries()).toEqual([]);
      expect(await store().deliveries.list(account, ANY_DELIVERY, NEWEST)).toEqual({ items: [], next: null });
    });

    it('are listed newest first, in pages that stay stable', async () => {
      const { account, subscription, send } = await start();
      await send(subscription, ...Array.from({ length: 5 }, (_, n) => ({ seq: n })));
      const list = async (after: number) => {
        const { items, next } = await store().deliveries.list(account, ANY_DELIVERY, { after, limit: 2 });
        return { seqs: items.map(({ seq }) => seq), next };
      };
      const first = await list(Number.MAX_SAFE_INTEGER);
      expect(first.seqs).toEqual([4, 3]);
      await send(subscription, { seq: 5 });
      const second = await list(must(first.next ?? undefined));
      expect(second.seqs).toEqual([2, 1]);
      expect(await list(must(second.next ?? undefined))).toEqual({ seqs: [0], next: null });
    });

    it('are listed by destination, campaign, status and time', async () => {
      const { account, subscription, follow, send, addCampaign } = await start();
      const other = await follow();
      const campaign = (await addCampaign()).key;
      await send(subscription, { seq: 1 }, { seq: 2, campaign }, { seq: 3, status: 'delivered' });
      await send(other.subscription, { seq: 4, status: 'dead' }, { seq: 5, createdAt: NOON + 10, campaign });
      const list = async (given: Partial<DeliveryFilter>) => {
        const { items } = await store().deliveries.list(account, { ...ANY_DELIVERY, ...given }, NEWEST);
        return items.map(({ seq }) => seq);
      };
      expect(await list({})).toEqual([5, 4, 3, 2, 1]);
      expect(await list({ destinationId: other.destination.id })).toEqual([5, 4]);
      expect(await list({ destinationId: 'unknown' })).toEqual([]);
      expect(await list({ destinationId: subscription.id })).toEqual([]);
      expect(await list({ campaign })).toEqual([5, 2]);
      expect(await list({ statuses: ['waiting'] })).toEqual([5, 2, 1]);
      expect(await list({ statuses: ['delivered'] })).toEqual([3]);
      expect(await list({ statuses: ['dead', 'waiting'] })).toEqual([5, 4, 2, 1]);
      expect(await list({ statuses: ['waiting', 'delivered', 'dead'] })).toEqual([5, 4, 3, 2, 1]);
      expect(await list({ from: NOON + 1 })).toEqual([5]);
      expect(await list({ from: NOON, to: NOON + 10 })).toEqual([4, 3, 2, 1]);
      expect(await list({ to: NOON })).toEqual([]);
      const all = {
        destinationId: other.destination.id,
        campaign,
        statuses: ['waiting'],
        from: NOON,
      } as const;
      expect(await list(all)).toEqual([5]);
      expect(await list({ ...all, statuses: ['dead'] })).toEqual([]);
    });

    describe('of which only the latest is wanted', () => {
      it('take the place of one that waits, which keeps its id and its time', async () => {
        const { subscription, send, find, deliveries } = await start();
        const first = must((await send(subscription, { ...latest, seq: 3, dueAt: NOON + 5 }))[0]);
        await send(subscription, { ...latest, seq: 7, dueAt: NOON + 90, body: 'newer', createdAt: NOON + 1 });
        expect(await deliveries()).toEqual([{ ...first, seq: 7, body: 'newer' }]);
        await send(subscription, { ...latest, seq: 6, body: 'late' });
        expect(await find(first)).toMatchObject({ seq: 7, body: 'newer' });
        expect(await claimIds(store(), { now: NOON + 5 })).toEqual([first.id]);
      });

      it('take it within one call too', async () => {
        const { subscription, send, deliveries } = await start();
        const bodies = ['one', 'two', 'three'];
        const made = await send(subscription, ...bodies.map((body, n) => ({ ...latest, body, seq: n + 1 })));
        expect(await deliveries()).toEqual([{ ...made[0], body: 'three', seq: 3 }]);
      });

      it('are of the same subscription, campaign, device and word', async () => {
        const world = await start();
        const { destination, subscription, addSubscription, addDevice, addCampaign, send } = world;
        const other = await addSubscription(destination);
        const [device, campaign] = [(await addDevice()).key, (await addCampaign()).key];
        await send(
          subscription,
          latest,
          { ...latest, device },
          { ...latest, campaign },
          {
            ...{ latestOnly: true, event: 'other' },
          },
        );
        await send(other, latest);
        await send(subscription, { event: 'progress' });
        const before = await world.deliveries();
        expect(before).toHaveLength(6);
        await send(subscription, { ...latest, device, seq: 2, body: 'newer' });
        expect((await world.deliveries()).map(({ body }) => body === 'newer')).toEqual(
          before.map((delivery) => delivery.device === device),
        );
      });

      it('follow one that was claimed or settled', async () => {
        const { subscription, send, deliveries } = await start();
        await send(subscription, { ...latest, seq: 1 });
        const [claimed] = await claim(store());
        await send(subscription, { ...latest, seq: 2 });
        expect((await deliveries()).map(({ seq }) => seq)).toEqual([1, 2]);
        await store().deliveries.settle([went(must(claimed), 'badly')]);
        await send(subscription, { ...latest, seq: 3, body: 'newest' });
        expect((await deliveries()).map(({ seq }) => seq)).toEqual([1, 3]);
        await quietPush(store());
        await send(subscription, { ...latest, seq: 4 });
        expect((await deliveries()).map(({ status }) => status)).toEqual([
          'delivered',
          'delivered',
          'waiting',
        ]);
      });

      it('go to the back of their lane with what they say', async () => {
        const { account, subscription, edit, destination, send } = await start();
        await edit(destination, { order: 'strict' });
        const [early, other] = await send(subscription, { ...latest, seq: 1 }, { seq: 2 });
        await send(subscription, { ...latest, seq: 3 });
        const first = await claim(store());
        expect(ids(first)).toEqual([must(other).id]);
        await store().deliveries.settle(first.map((was) => went(was, 'well')));
        expect(await claim(store())).toMatchObject([{ account, id: must(early).id, seq: 3 }]);
      });
    });

    it('are handed on with the events they tell of, all or nothing', async () => {
      const one = await start();
      const other = await newPushWorld(store());
      const { subscription } = await other.follow();
      const make = (
        account: StoredDelivery['account'],
        of: Pick<Delivery, 'destinationId'> & { id: string },
      ) => ({
        ...sampleDelivery(of),
        account,
      });
      const deliveries = [make(one.account, one.subscription), make(other.account, subscription)];
      const events = await store().outbox.claim(NOON, NOON + 10, 1_000);
      await store().outbox.done(events, deliveries);
      expect(await one.deliveries()).toEqual([deliveries[0]]);
      expect(await other.deliveries()).toEqual([deliveries[1]]);
      expect(await store().outbox.claim(NOON + 20, NOON + 30, 1_000)).toEqual([]);
      await store().outbox.done(events, deliveries);
      await store().outbox.done([], []);
      expect(await one.deliveries()).toEqual([deliveries[0]]);
      const unknown = make(one.account, sampleSubscription({ id: 'unknown' }));
      await store().outbox.done([], [unknown]);
      expect(await one.deliveries()).toEqual([deliveries[0]]);
    });
  });
};
