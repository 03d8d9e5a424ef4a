import { describe, expect, it } from 'vitest';
import type { Destination, StoredDelivery } from '../../../src/app/delivery-records.ts';
import { NOON, unique } from '../../support/samples.ts';
import { claim, claimIds, newPushWorld, quietPush, SENT, went } from './push-world.ts';
import { ids, must, type OpenStore, useStore } from './world.ts';

/** The same numbers for the same seed. */
const randomFrom = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
};

export const lanesContract = (open: OpenStore): void => {
  describe('deliveries about one device', () => {
    const store = useStore(open);
    const start = async (given: Partial<Destination> = {}) => {
      await quietPush(store());
      const world = await newPushWorld(store());
      return { ...world, ...(await world.follow(given)) };
    };
    const settle = (claimed: readonly StoredDelivery[], how: 'well' | 'badly', given = {}) =>
      store().deliveries.settle(claimed.map((was) => went(was, how, given)));

    describe('in strict order', () => {
      const lane = async () => {
        const world = await start({ order: 'strict' });
        const [one, other] = [(await world.addDevice()).key, (await world.addDevice()).key];
        return { ...world, one, other };
      };

      it('gives the first of each lane, by the number of its event', async () => {
        const { subscription, send, one, other } = await lane();
        const [b, a, c, x, y] = ids(
          await send(
            subscription,
            ...[
              { device: one, seq: 2 },
              { device: one, seq: 1 },
              { device: other, seq: 3 },
              { seq: 5 },
              { seq: 5 },
            ],
          ),
        );
        const first = await claim(store());
        expect(ids(first).toSorted()).toEqual([a, c, x].toSorted());
        expect(await claim(store())).toEqual([]);
        await settle(first, 'well');
        const second = await claim(store());
        expect(ids(second).toSorted()).toEqual([b, y].toSorted());
        await settle(second, 'well');
        expect(await claim(store())).toEqual([]);
      });

      it('waits for the first of a lane over its failures, while other lanes go on', async () => {
        const { subscription, send, find, one, other } = await lane();
        const [a, b, x, y] = ids(
          await send(
            subscription,
            ...[
              { device: one, seq: 1 },
              { device: one, seq: 2 },
              { device: other, seq: 3 },
              { device: other, seq: 4 },
            ],
          ),
        );
        const [first, third] = await claim(store());
        expect([first?.id, third?.id]).toEqual([a, x]);
        await settle([must(first)], 'badly', { dueAt: NOON + 10 });
        expect(await claim(store(), { now: NOON + 9 })).toEqual([]);
        await settle([must(third)], 'well');
        expect(await claimIds(store(), { now: NOON + 9 })).toEqual([y]);
        const again = await claim(store(), { now: NOON + 10 });
        expect(ids(again)).toEqual([a]);
        expect(again[0]).toMatchObject({ tries: 1, attempts: [{ status: 503 }] });
        await settle(again, 'badly', { status: 'dead' });
        expect(await find({ id: must(a) })).toMatchObject({ status: 'dead', tries: 2 });
        expect(await claimIds(store(), { now: NOON + 10 })).toEqual([b]);
      });

      it('does not give what is due behind what is not', async () => {
        const { subscription, send } = await lane();
        const [a, b] = ids(await send(subscription, { seq: 1, dueAt: NOON + 100 }, { seq: 2 }));
        expect(await claim(store(), { now: NOON + 99 })).toEqual([]);
        const first = await claim(store(), { now: NOON + 100 });
        expect(ids(first)).toEqual([a]);
        await settle(first, 'well');
        expect(await claimIds(store(), { now: NOON + 100 })).toEqual([b]);
      });

      it('puts what comes late where it belongs', async () => {
        const { subscription, send } = await lane();
        const [b] = ids(await send(subscription, { seq: 5 }));
        const [a] = ids(await send(subscription, { seq: 4 }));
        const first = await claim(store());
        expect(ids(first)).toEqual([a]);
        const [before] = ids(await send(subscription, { seq: 3 }));
        expect(await claim(store())).toEqual([]);
        await settle(first, 'well');
        const second = await claim(store());
        expect(ids(second)).toEqual([before]);
        await settle(second, 'well');
        expect(await claimIds(store())).toEqual([b]);
      });

      it('does not send again what is before another one on its way', async () => {
        const { account, subscription, send } = await lane();
        const [a, b] = ids(await send(subscription, { seq: 1 }, { seq: 2 }));
        await settle(await claim(store()), 'well');
        const second = await claim(store());
        expect(ids(second)).toEqual([b]);
        expect(await store().deliveries.replay(account, { ids: [must(a)] }, NOON)).toBe(1);
        expect(await claim(store())).toEqual([]);
        await settle(second, 'badly', { dueAt: NOON });
        expect(await claimIds(store())).toEqual([a]);
      });

      it('follows the destination when it changes its mind', async () => {
        const { destination, subscription, edit, send } = await start();
        const made = ids(await send(subscription, ...[1, 2, 3, 4, 5].map((seq) => ({ seq }))));
        const first = await claim(store(), { limit: 2 });
        expect(ids(first)).toEqual(made.slice(0, 2));
        const strict = await edit(destination, { order: 'strict' });
        expect(await claim(store())).toEqual([]);
        await settle(first.slice(1), 'well');
        expect(await claim(store())).toEqual([]);
        await settle(first.slice(0, 1), 'well');
        expect(await claimIds(store())).toEqual(made.slice(2, 3));
        await edit(strict, { order: 'none' });
        expect(await claimIds(store())).toEqual(made.slice(3));
      });
    });

    it('loses nothing and keeps order, whatever happens', async () => {
      const world = await start({ order: 'strict' });
      const random = randomFrom(20_260_301);
      const receivers = [
        { strict: true, subscription: world.subscription },
        { strict: true, subscription: (await world.follow({ order: 'strict' })).subscription },
        { strict: false, subscription: (await world.follow()).subscription },
      ];
      const devices = [null, ...(await world.addDevices(3)).map(({ key }) => key)];
      const told: StoredDelivery[] = [];
      let onTheWay: readonly StoredDelivery[] = [];
      const made: string[] = [];
      const add = async (seq: number): Promise<void> => {
        for (const { subscription } of receivers) {
          const given = {
            id: unique('random'),
            seq,
            device: must(devices[random(4)]),
            dueAt: NOON + random(40),
          };
          made.push(given.id);
          await world.send(subscription, given);
        }
      };
      for (let step = 0; step < 2_000 && (step < 60 || told.length < made.length); step += 1) {
        const now = NOON + step;
        if (step < 60) await add(step);
        const limit = 1 + random(6);
        onTheWay = [...onTheWay, ...(await claim(store(), { now, until: now + 1_000_000, limit, each: 3 }))];
        expect(new Set(ids(onTheWay)).size).toBe(onTheWay.length);
        for (const { subscription } of receivers) {
          expect(
            onTheWay.filter(({ subscriptionId }) => subscriptionId === subscription.id).length,
          ).toBeLessThan(4);
        }
        const ready = onTheWay.filter(() => random(3) === 0);
        onTheWay = onTheWay.filter((delivery) => !ready.includes(delivery));
        const good = ready.filter(() => random(4) > 0);
        const bad = ready.filter((delivery) => !good.includes(delivery));
        const attempt = { at: now, sent: SENT, took: 1, status: 200, problem: '', answer: '' };
        await store().deliveries.settle([
          ...good.map((was) => went(was, 'well', { attempt, dueAt: now })),
          ...bad.map((was) => went(was, 'badly', { attempt, dueAt: now + random(20) })),
        ]);
        told.push(...good);
      }
      expect(ids(told).toSorted()).toEqual(made.toSorted());
      for (const { subscription, strict } of receivers) {
        const mine = told.filter(({ subscriptionId }) => strict && subscriptionId === subscription.id);
        for (const lane of Map.groupBy(mine, ({ device }) => device).values()) {
          const seqs = lane.map(({ seq }) => seq);
          expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
        }
      }
    });
  });
};
