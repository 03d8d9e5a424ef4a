import { describe, expect, it } from 'vitest';
import type { Destination, StoredDelivery } from '../../../src/app/delivery-records.ts';
import { NOON } from '../../support/samples.ts';
import { claim, claimIds, LEASE, newPushWorld, quietPush, SENT, went } from './push-world.ts';
import { ids, must, type OpenStore, useStore } from './world.ts';

export const claimsContract = (open: OpenStore): void => {
  describe('a claim of deliveries', () => {
    const store = useStore(open);
    const start = async (given: Partial<Destination> = {}) => {
      await quietPush(store());
      const world = await newPushWorld(store());
      return { ...world, ...(await world.follow(given)) };
    };
    const settle = (claimed: readonly StoredDelivery[], how: 'well' | 'badly', given = {}) =>
      store().deliveries.settle(claimed.map((was) => went(was, how, given)));

    it('gives what is due, the longest overdue first, and hides it until the lease is over', async () => {
      const { subscription, send } = await start();
      const [b, a, c, later] = await send(
        subscription,
        ...[{ dueAt: NOON - 5 }, { dueAt: NOON - 9 }, { dueAt: NOON }, { dueAt: NOON + 1 }],
      );
      const first = await claim(store());
      expect(first).toEqual([a, b, c]);
      expect(await claim(store(), { now: NOON + LEASE - 1 })).toEqual([later]);
      expect(await claim(store(), { now: NOON + LEASE })).toEqual([a, b, c]);
      expect(await claim(store(), { now: NOON + LEASE })).toEqual([]);
    });

    it('gives nothing of nothing', async () => {
      const { subscription, send } = await start();
      await send(subscription, {});
      expect(await claim(store(), { limit: 0 })).toEqual([]);
      expect(await claim(store(), { each: 0 })).toEqual([]);
      expect(await claim(store())).toHaveLength(1);
    });

    it('passes over destinations that are disabled, until they no longer are', async () => {
      const { destination, subscription, edit, send } = await start();
      const disabled = await edit(destination, { disabled: { at: NOON, because: 'gone' } });
      const [one] = await send(subscription, {});
      expect(await claim(store())).toEqual([]);
      await edit(disabled, { disabled: null });
      expect(await claim(store())).toEqual([one]);
    });

    it('may be settled after the destination was disabled', async () => {
      const { destination, subscription, edit, send, find } = await start();
      await send(subscription, { id: 'a' }, { id: 'b' });
      const claimed = await claim(store());
      const disabled = await edit(destination, { disabled: { at: NOON, because: 'gone' } });
      await settle(claimed.slice(0, 1), 'well');
      await settle(claimed.slice(1), 'badly');
      expect((await find({ id: 'a' })).status).toBe('delivered');
      expect(await claim(store())).toEqual([]);
      await edit(disabled, { disabled: null });
      expect(await claimIds(store())).toEqual(['b']);
    });

    it('has so many of each destination on their way at most', async () => {
      const { subscription, send } = await start();
      const made = ids(await send(subscription, {}, {}, {}, {}, {}));
      const first = await claim(store(), { each: 2 });
      expect(ids(first)).toEqual(made.slice(0, 2));
      expect(await claim(store(), { each: 2 })).toEqual([]);
      await settle(first.slice(0, 1), 'well');
      expect(await claimIds(store(), { each: 2 })).toEqual(made.slice(2, 3));
      const later = NOON + LEASE;
      expect(await claimIds(store(), { now: later, each: 2 })).toEqual(made.slice(1, 3));
      expect(await claimIds(store(), { now: later, each: 2 })).toEqual([]);
      expect(await claimIds(store(), { now: later + LEASE, each: 9 })).toEqual(made.slice(1));
    });

    it('lets an old backlog hide nothing from a small claim', async () => {
      const { subscription, follow, send } = await start();
      const overdue = Array.from({ length: 40 }, () => ({ dueAt: NOON - 1_000_000 }));
      await send(subscription, ...overdue);
      const others = [await follow(), await follow(), await follow()];
      const fresh: string[] = [];
      for (const other of others) fresh.push(...ids(await send(other.subscription, {})));
      const seen: string[] = [];
      for (let n = 0; n < 6; n += 1) seen.push(...(await claimIds(store(), { limit: 1, each: 8 })));
      expect(seen).toHaveLength(6);
      expect(seen).toEqual(expect.arrayContaining(fresh));
      expect(await claim(store(), { each: 8 })).toHaveLength(5);
    });

    it('serves destinations in turns', async () => {
      const { subscription, follow, send } = await start();
      const other = await follow();
      const many = Array.from({ length: 10 }, () => ({}));
      const mine = new Set(ids(await send(subscription, ...many)));
      await send(other.subscription, ...many);
      const turns: boolean[] = [];
      for (let n = 0; n < 8; n += 1) {
        for (const id of await claimIds(store(), { limit: 1 })) turns.push(mine.has(id));
      }
      expect(turns.filter((isMine) => isMine)).toHaveLength(4);
      expect(turns).toHaveLength(8);
    });

    it('gives each delivery to one of many callers', async () => {
      const { subscription, follow, send } = await start();
      const other = await follow({ order: 'strict' });
      const made = await send(subscription, ...Array.from({ length: 30 }, () => ({})));
      const lanes = await send(other.subscription, ...Array.from({ length: 30 }, (_, seq) => ({ seq })));
      const claims = await Promise.all(Array.from({ length: 6 }, () => claimIds(store(), { limit: 7 })));
      const rest = await claimIds(store());
      const all = [...claims.flat(), ...rest];
      expect(all.toSorted()).toEqual([...ids(made), must(lanes[0]).id].toSorted());
    });

    describe('is settled', () => {
      it('with an attempt more, of which the latest twenty are kept', async () => {
        const { subscription, send, find } = await start();
        await send(subscription, { id: 'a' });
        for (let n = 1; n <= 23; n += 1) {
          const [was] = await claim(store());
          const attempt = { at: NOON, sent: SENT, took: n, status: null, problem: `no ${n}`, answer: '' };
          await store().deliveries.settle([went(must(was), 'badly', { attempt })]);
        }
        const { tries, attempts, status, dueAt } = await find({ id: 'a' });
        expect({ tries, status, dueAt }).toEqual({ tries: 23, status: 'waiting', dueAt: NOON });
        expect(attempts.map(({ took }) => took)).toEqual(Array.from({ length: 20 }, (_, n) => n + 4));
        expect(attempts.at(-1)).toEqual({
          at: NOON,
          sent: SENT,
          took: 23,
          status: null,
          problem: 'no 23',
          answer: '',
        });
      });

      it('with whatever was answered', async () => {
        const { subscription, send, find } = await start();
        await send(subscription, { id: 'a' });
        const answer = 'a NUL \0, half a \ud83d, "quotes" \\ and \u0001';
        const attempt = { at: NOON, sent: SENT, took: 1, status: 200, problem: '', answer };
        const [was] = await claim(store());
        await store().deliveries.settle([went(must(was), 'well', { attempt })]);
        const kept = answer.replace('\0', '\ufffd').replace('\ud83d', '\ufffd');
        expect((await find({ id: 'a' })).attempts).toEqual([{ ...attempt, answer: kept }]);
      });

      it('once: what was settled or dropped meanwhile is left alone', async () => {
        const { account, subscription, send, find, write, deliveries } = await start();
        await send(subscription, { id: 'a' }, { id: 'b' });
        const claimed = await claim(store());
        await store().deliveries.settle([
          ...claimed.map((was) => went(was, 'well')),
          ...claimed.map((was) => went(was, 'badly')),
        ]);
        await settle(claimed, 'badly');
        expect(await find({ id: 'a' })).toMatchObject({ status: 'delivered', tries: 1, attempts: [{}] });
        await send(subscription, { id: 'c' });
        const last = await claim(store());
        await write({ drop: 'subscription', was: subscription });
        await settle(last, 'well');
        await store().deliveries.settle([]);
        expect(await store().deliveries.find(account, 'c')).toBeUndefined();
        expect(ids(await deliveries())).toEqual(['a', 'b']);
      });

      it('for several destinations and accounts at once', async () => {
        const [one, other] = [await start(), await newPushWorld(store())];
        const { subscription } = await other.follow();
        await one.send(one.subscription, { id: 'same' });
        await other.send(subscription, { id: 'same' });
        const claimed = await claim(store());
        expect(claimed).toHaveLength(2);
        await store().deliveries.settle(
          claimed.map((was) => went(was, was.account === one.account ? 'well' : 'badly')),
        );
        expect((await one.find({ id: 'same' })).status).toBe('delivered');
        expect((await other.find({ id: 'same' })).status).toBe('waiting');
      });
    });
  });
};
