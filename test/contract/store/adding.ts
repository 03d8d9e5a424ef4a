import { describe, expect, it } from 'vitest';
import { newUpdate } from '../../../src/domain/update.ts';
import { ada, NOON, sampleDevice, sampleJob } from '../../support/samples.ts';
import { bulk, byQuery, ending, pieces, populated, SOUTH, sum } from './bulk.ts';
import { ids, must, NOWHERE, type OpenStore, recount, useStore, type World } from './world.ts';

/** What the latest event says of who joined. */
const lastAdded = async ({ store, account }: World): Promise<unknown> => {
  const [last] = await store.events.list(account, NOWHERE, { before: Number.MAX_SAFE_INTEGER, limit: 1 });
  const { type, ...said } = must(last).body;
  expect(type).toBe('updates-added');
  return said;
};

export const addingContract = (open: OpenStore): void => {
  describe('updates', () => {
    const store = useStore(open);

    describe('added by ids', () => {
      it('begin as pending, with one event', async () => {
        const { world, devices, campaign } = await populated(store(), 3);
        const before = await world.events();
        const request = { ...bulk(world, campaign), by: 'ids', again: false } as const;
        const done = await store().updates.add({ ...request, deviceIds: ids(devices.slice(0, 2)) });
        expect(done).toEqual({ added: 2, unknown: [], next: null });
        const begun = {
          ...{ ...newUpdate(NOON + 9), heardAt: NOON + 9, handedAt: 0 },
          ...{ campaign: campaign.key, version: 1 },
        };
        for (const device of devices.slice(0, 2)) {
          expect(await world.updateOf(campaign, device)).toEqual({ ...begun, device: device.key });
        }
        expect(await world.counts(campaign)).toEqual({ open: { pending: 2 }, closed: {} });
        const at = { account: world.account, at: NOON + 9, actor: ada, campaign: campaign.key, device: null };
        expect((await world.events()).slice(before.length)).toEqual([
          {
            ...at,
            seq: before.length + 1,
            body: { type: 'updates-added', count: 2, devices: ids(devices.slice(0, 2)) },
          },
        ]);
      });

      it('leave members as they are, and count only who joined', async () => {
        const { world, devices, campaign } = await populated(store(), 3);
        await world.join(campaign, devices.slice(0, 2));
        const was = await world.updateOf(campaign, must(devices[0]));
        await world.write({ save: 'update', was, value: { ...was, position: 'download-running' } });
        const before = (await world.events()).length;
        expect(await world.join(campaign, devices)).toMatchObject({ added: 1 });
        const update = await world.updateOf(campaign, must(devices[0]));
        expect(update).toMatchObject({ position: 'download-running', version: 2 });
        expect(await world.counts(campaign)).toEqual({
          open: { pending: 2, 'download-running': 1 },
          closed: {},
        });
        expect(await world.join(campaign, devices, true)).toMatchObject({ added: 0 });
        expect(await world.updateOf(campaign, must(devices[0]))).toEqual(update);
        expect((await world.events()).slice(before)).toMatchObject([{ body: { count: 1 } }]);
      });

      it('add nobody when an id is unknown, and say which', async () => {
        const { world, devices, campaign } = await populated(store(), 2);
        const before = await world.events();
        const deviceIds = ['zebra', must(devices[0]).id, 'ape', must(devices[1]).id, 'mole'];
        const request = { ...bulk(world, campaign), by: 'ids', again: true, deviceIds } as const;
        const done = await store().updates.add(request);
        expect(done).toMatchObject({ added: 0, unknown: ['zebra', 'ape', 'mole'] });
        expect(await world.updatesOf(campaign)).toEqual([]);
        expect(await world.counts(campaign)).toEqual({ open: {}, closed: {} });
        expect(await world.events()).toEqual(before);
      });

      it('begin again after being closed only when asked to', async () => {
        const { world, devices, campaign } = await populated(store(), 2);
        await world.join(campaign, devices);
        const stale = await world.updateOf(campaign, must(devices[0]));
        const deviceIds = ids(devices.slice(0, 1));
        await store().updates.close({
          ...{ ...bulk(world, campaign), by: 'ids', deviceIds, message: '' },
          ...{ outcome: 'removed', reason: 'removed-from-campaign', recall: [] },
        });
        expect(await world.join(campaign, devices, false)).toMatchObject({ added: 0 });
        expect(await world.counts(campaign)).toEqual({ open: { pending: 1 }, closed: { removed: 1 } });
        expect(await world.join(campaign, devices, true)).toMatchObject({ added: 1 });
        expect(await world.counts(campaign)).toEqual({ open: { pending: 2 }, closed: {} });
        const again = await world.updateOf(campaign, must(devices[0]));
        expect(again).toMatchObject(newUpdate(NOON, 2));
        const late = await world.attempt([{ save: 'update', was: stale, value: stale }]);
        expect(late).toEqual({ ok: false, why: 'changed-meanwhile' });
      });

      it('join once when an id is given twice or calls arrive together', async () => {
        const { world, devices, campaign } = await populated(store(), 20);
        const twice = [...devices, ...devices];
        const answers = await Promise.all([1, 2, 3].map(() => world.join(campaign, twice)));
        expect(sum(answers.map(({ added }) => added))).toBe(20);
        expect(await world.counts(campaign)).toEqual({ open: { pending: 20 }, closed: {} });
        expect((await world.events()).filter(({ body }) => body.type === 'updates-added')).toHaveLength(1);
      });

      it('are told by id when they joined in this call, the first known first', async () => {
        const { world, devices, campaign } = await populated(store(), 6);
        await world.join(campaign, devices.slice(1, 4));
        const deviceIds = ids(devices.slice(1, 3));
        await store().updates.close({ ...bulk(world, campaign), ...ending, by: 'ids', deviceIds });
        await world.join(campaign, devices.slice(0, 5).toReversed(), true);
        expect(await lastAdded(world)).toEqual({
          count: 4,
          devices: ids([0, 1, 2, 4].map((n) => must(devices[n]))),
        });
      });

      it('are told by id up to a thousand', async () => {
        const { world, devices, campaign } = await populated(store(), 1_002);
        await world.join(campaign, devices.slice(0, 1));
        await world.join(campaign, devices.slice(0, 1_001));
        expect(await lastAdded(world)).toEqual({ count: 1_000, devices: ids(devices.slice(1, 1_001)) });
        const other = await world.addCampaign();
        await world.join(other, devices.slice(0, 1_001));
        expect(await lastAdded(world)).toEqual({ count: 1_001, devices: null });
      });

      it('may be 3000', async () => {
        const { world, devices, campaign } = await populated(store(), 3_000);
        expect(await world.join(campaign, devices)).toMatchObject({ added: 3_000 });
        expect(await world.counts(campaign)).toEqual({ open: { pending: 3_000 }, closed: {} });
      });
    });

    describe('added by query', () => {
      it('come in pieces until all devices were looked at', async () => {
        const { world, devices, campaign } = await populated(store(), 7);
        await world.addDevices(3, { tags: ['south'] });
        await world.addDevices(2);
        const done = await pieces((after) => store().updates.add(byQuery(world, campaign, after, 2)));
        expect(sum(done.map(({ added }) => added))).toBe(9);
        expect(Math.max(...done.map(({ added }) => added))).toBeLessThanOrEqual(2);
        const updates = await world.updatesOf(campaign);
        expect(updates).toHaveLength(9);
        expect(updates[0]).toMatchObject({ ...newUpdate(NOON + 9), deviceId: devices[0]?.id, version: 1 });
        const events = (await world.events()).filter(({ body }) => body.type === 'updates-added');
        const told = events.map(({ body }) => ('count' in body ? body.count : 0));
        expect(told).toEqual(done.map(({ added }) => added).filter((added) => added > 0));
        expect(await world.counts(campaign)).toEqual({ open: { pending: 9 }, closed: {} });
      });

      it('are done in one piece when there is room', async () => {
        const { world, campaign } = await populated(store(), 5);
        const done = await store().updates.add(byQuery(world, campaign, 0, 1_000));
        expect(done).toEqual({ added: 5, unknown: [], next: null });
      });

      it('are told by id, those who were there before are not', async () => {
        const { world, devices, campaign } = await populated(store(), 8);
        const south = await world.addDevices(3, { tags: ['south'] });
        const now = { now: NOON };
        await store().updates.add({ ...byQuery(world, campaign, 0, 100), ...now, where: SOUTH });
        expect(await lastAdded(world)).toEqual({ count: 3, devices: ids(south) });
        // At the same instant as those who join by query.
        await world.join(campaign, [must(devices[1]), must(devices[4])]);
        await store().updates.add({ ...byQuery(world, campaign, 0, 100), ...now });
        const joined = [0, 2, 3, 5, 6, 7].map((n) => must(devices[n]));
        expect(await lastAdded(world)).toEqual({ count: 6, devices: ids(joined) });
      });

      it.each([0, 1])('are told by id up to a thousand, with %i there before', async (before) => {
        const { world, devices, campaign } = await populated(store(), 1_001 + before);
        const [there, other] = [devices.slice(0, before), await world.addCampaign()];
        for (const each of [campaign, other]) await world.join(each, there);
        await store().updates.add(byQuery(world, campaign, 0, 10_000));
        expect(await lastAdded(world)).toEqual({ count: 1_001, devices: null });
        await world.write({ drop: 'device', was: must(devices[before]) });
        await store().updates.add(byQuery(world, other, 0, 10_000));
        expect(await lastAdded(world)).toEqual({ count: 1_000, devices: ids(devices.slice(before + 1)) });
      });

      it('leave members alone, be they removed', async () => {
        const { world, devices, campaign } = await populated(store(), 4);
        await world.join(campaign, devices.slice(0, 2));
        const request = { ...bulk(world, campaign), by: 'ids', deviceIds: ids(devices.slice(0, 1)) } as const;
        const removal = { outcome: 'removed', reason: 'removed-from-campaign', message: '' } as const;
        await store().updates.close({ ...request, ...removal, recall: [] });
        const done = await pieces((after) => store().updates.add(byQuery(world, campaign, after, 3)));
        expect(sum(done.map(({ added }) => added))).toBe(2);
        expect(await world.counts(campaign)).toEqual({ open: { pending: 3 }, closed: { removed: 1 } });
        const before = await world.events();
        const nobody = await pieces((after) => store().updates.add(byQuery(world, campaign, after, 3)));
        expect(sum(nobody.map(({ added }) => added))).toBe(0);
        expect(await world.events()).toEqual(before);
      });

      it('save how far the job is with each piece', async () => {
        const { world, campaign, account } = await populated(store(), 5);
        const job = sampleJob(campaign);
        await world.write({ save: 'job', value: job });
        const seen: number[] = [];
        await pieces(async (after) => {
          const was = must(await store().jobs.find(account, job.id));
          return store().updates.add(byQuery(world, campaign, after, 2), ({ added, next }) => {
            const value = { ...was, cursor: next ?? after, done: was.done + added };
            seen.push(value.done);
            return { was, value };
          });
        });
        expect(seen.at(-1)).toBe(5);
        const stored = await store().jobs.find(account, job.id);
        expect(stored).toMatchObject({ done: 5, version: seen.length + 1 });
      });

      it('add nobody when the job was written meanwhile or its progress fails', async () => {
        const { world, campaign, account } = await populated(store(), 3);
        const job = sampleJob(campaign);
        await world.write({ save: 'job', value: job });
        const was = must(await store().jobs.find(account, job.id));
        await world.write({ save: 'job', was, value: { ...was, problem: 'taken over' } });
        const before = await world.events();
        const request = byQuery(world, campaign, 0, 10);
        await expect(store().updates.add(request, () => ({ was, value: was }))).rejects.toThrow();
        const failing = () => {
          throw new Error('no progress');
        };
        await expect(store().updates.add(request, failing)).rejects.toThrow('no progress');
        expect(await world.updatesOf(campaign)).toEqual([]);
        expect(await world.counts(campaign)).toEqual({ open: {}, closed: {} });
        expect(await world.events()).toEqual(before);
        expect(await store().jobs.find(account, job.id)).toMatchObject({ problem: 'taken over', version: 2 });
        expect(await store().updates.add(request)).toMatchObject({ added: 3 });
      });

      it('come together with other writes without losing a count', async () => {
        const { world, devices, campaign } = await populated(store(), 60);
        await world.join(campaign, devices.slice(0, 20));
        const moving = devices.slice(0, 20).map(async (device) => {
          const was = await world.updateOf(campaign, device);
          return world.attempt([{ save: 'update', was, value: { ...was, position: 'inventoried' } }]);
        });
        const adding = pieces((after) => store().updates.add(byQuery(world, campaign, after, 7)));
        const fresh = Array.from({ length: 10 }, () =>
          world.write({ save: 'device', value: sampleDevice() }),
        );
        const [done] = await Promise.all([adding, ...moving, ...fresh]);
        expect(sum(done.map(({ added }) => added))).toBeGreaterThanOrEqual(40);
        expect(await world.counts(campaign)).toEqual(recount(await world.updatesOf(campaign)));
      });
    });
  });
};
