import { describe, expect, it } from 'vitest';
import type { StoredCampaign } from '../../../src/app/records.ts';
import type { RetryUpdates } from '../../../src/app/writes.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import { newProgress } from '../../../src/domain/rollout.ts';
import { DAY, HOUR } from '../../../src/domain/time.ts';
import { NOON, sampleCampaign, sampleEntry, sampleJob, samplePlan } from '../../support/samples.ts';
import { admit, end } from './admitting.ts';
import { bulk, pieces, populated, sum } from './bulk.ts';
import { must, newWorld, type OpenStore, recount, useStore, type World } from './world.ts';

const byQuery = { by: 'query', expression: 'tag = south', list: null, reevaluateSeconds: 0 } as const;

const start = (world: World, given: Partial<Plan>): Promise<StoredCampaign> => {
  const campaign = sampleCampaign({ plan: samplePlan(given) });
  return world.addCampaign({ ...campaign, status: 'running', startedAt: NOON, progress: newProgress(NOON) });
};

const retrying = (world: World, campaign: StoredCampaign, given: Partial<RetryUpdates> = {}) => ({
  ...bulk(world, campaign),
  ...{ outcomes: ['failed', 'timed-out'] as const, notBefore: 0, after: 0, limit: 100, ...given },
});

export const rolloutsContract = (open: OpenStore): void => {
  describe('campaigns with a query', () => {
    const store = useStore(open);

    it('are those that a device may come into, for as long as they are under way', async () => {
      const world = await newWorld(store());
      const { addCampaign, account } = world;
      const running = await start(world, { target: byQuery });
      const byHand = await start(world, {});
      await addCampaign();
      const theirs = await newWorld(store());
      const other = await start(theirs, { target: byQuery });
      const second = await start(world, { target: byQuery });
      expect(await store().campaigns.targeting(account)).toEqual([running, second]);
      expect(await store().campaigns.targeting(theirs.account)).toEqual([other]);
      const underWay = { startedAt: NOON, progress: newProgress(NOON) };
      const paused = { ...running, ...underWay, status: 'paused' } as const;
      await world.write({ save: 'campaign', was: running, value: paused });
      const over = { status: 'ended', startedAt: NOON, endedAt: NOON, because: 'operator' } as const;
      const ended = { ...sampleCampaign({ id: second.id, plan: second.plan }), ...over };
      await world.write({ save: 'campaign', was: second, value: ended });
      const query = { ...byHand.plan, target: byQuery };
      await world.write({ save: 'campaign', was: byHand, value: { ...byHand, plan: query } });
      const found = await store().campaigns.targeting(account);
      expect(found).toMatchObject([
        { id: running.id, status: 'paused' },
        { id: byHand.id, plan: query },
      ]);
    });
  });

  describe('campaigns in waves', () => {
    const store = useStore(open);

    it('are due when a soak is over', async () => {
      const world = await newWorld(store());
      const wave = {
        name: 'pilot',
        size: { by: 'percent', percent: 10 },
        success: 90,
        soak: HOUR,
        manual: false,
      } as const;
      const campaign = await start(world, { rollout: { by: 'waves', waves: [wave] } });
      const due = async (now: number) => {
        const all = await store().campaigns.due(now, 100);
        return all.filter(({ account }) => account === world.account).map(({ campaign: { id } }) => id);
      };
      expect(await due(NOON + DAY)).toEqual([]);
      const progress = { ...newProgress(NOON), metAt: NOON, sizes: [3] };
      const value = { ...campaign, status: 'running', startedAt: NOON, progress } as const;
      await world.write({ save: 'campaign', was: campaign, value });
      expect(must(await store().campaigns.get(world.account, campaign.key))).toMatchObject({ progress });
      expect(await due(NOON + HOUR - 1)).toEqual([]);
      expect(await due(NOON + HOUR)).toEqual([campaign.id]);
    });
  });

  describe('candidates for waves', () => {
    const store = useStore(open);

    it('are all members that were not taken out, page by page, with their devices', async () => {
      const { world, devices, campaign, account } = await populated(store(), 5);
      const [first, second, third, fourth] = [0, 1, 2, 3].map((place) => must(devices[place]));
      await world.join(campaign, devices);
      await admit(world, campaign, [must(second)], ['']);
      await end(world, campaign, must(third), 'failed');
      await end(world, campaign, must(fourth), 'removed');
      const was = await world.updateOf(campaign, must(first));
      await world.write({ save: 'update', was, value: { ...was, packages: ['own'] } });
      const one = await store().updates.candidates(account, campaign.key, { after: 0, limit: 3 });
      expect(one.next).not.toBeNull();
      const two = await store().updates.candidates(account, campaign.key, { after: one.next ?? 0, limit: 3 });
      expect(two.next).toBeNull();
      const { admission } = await world.updateOf(campaign, must(second));
      const seen = [...one.items, ...two.items].map(({ device, ...rest }) => ({ id: device.id, ...rest }));
      const none = { packages: null, admission: null, isOpen: true };
      expect(seen).toEqual([
        { ...none, id: first?.id, packages: ['own'] },
        { ...none, id: second?.id, admission },
        { ...none, id: third?.id, isOpen: false },
        { ...none, id: devices[4]?.id },
      ]);
      const { key: _, version: __, autoConfirm: ___, attributesDue: ____, ...facts } = must(first);
      expect(one.items[0]?.device).toMatchObject(facts);
    });
  });

  describe('open updates of a device', () => {
    const store = useStore(open);

    it('come in the order of what was begun, the priority and the age of their campaigns', async () => {
      const { world, devices, account } = await populated(store(), 1);
      const device = must(devices[0]);
      const campaigns: StoredCampaign[] = [];
      for (const priority of [50, 10, 90, 50, 90, 0]) campaigns.push(await start(world, { priority }));
      for (const campaign of campaigns) await world.join(campaign, devices);
      const order = async () => {
        const open = await store().updates.openOf(account, device.key);
        return open.map(({ campaign }) => campaigns.findIndex(({ key }) => key === campaign));
      };
      expect(await order()).toEqual([2, 4, 0, 3, 1, 5]);
      await admit(world, must(campaigns[1]), devices, ['']);
      await admit(world, must(campaigns[3]), devices, ['']);
      expect(await order()).toEqual([3, 1, 2, 4, 0, 5]);
      const was = must(campaigns[5]);
      await world.write({ save: 'campaign', was, value: { ...was, plan: { ...was.plan, priority: 100 } } });
      await end(world, must(campaigns[2]), device, 'rejected');
      expect(await order()).toEqual([3, 1, 5, 4, 0]);
    });
  });

  describe('updates that ended badly', () => {
    const store = useStore(open);

    it('begin again in pieces, each with its progress and one event', async () => {
      const { world, devices, campaign, account } = await populated(store(), 9);
      await world.join(campaign, devices);
      await admit(world, campaign, devices.slice(0, 7), ['']);
      const endings = ['failed', 'succeeded', 'timed-out', 'failed', 'cancelled', 'failed'] as const;
      for (const [index, outcome] of endings.entries()) {
        await end(world, campaign, must(devices[index]), outcome);
      }
      const about = { campaign: campaign.key, device: must(devices[0]).key };
      await world.write({ append: 'log', ...about, entry: sampleEntry() });
      const job = sampleJob(campaign);
      await world.write({ save: 'job', value: job });
      const before = (await world.events()).length;
      const done = await pieces(async (after) => {
        const was = must(await store().jobs.find(account, job.id));
        const request = retrying(world, campaign, { after, limit: 3, notBefore: NOON + 60 });
        return store().updates.retry(request, ({ restarted }) => ({
          ...{ was, value: { ...was, done: was.done + restarted } },
        }));
      });
      expect(sum(done.map(({ restarted }) => restarted))).toBe(4);
      expect(await store().jobs.find(account, job.id)).toMatchObject({ done: 4 });
      const updates = await world.updatesOf(campaign);
      const again = {
        status: 'open',
        position: 'pending',
        generation: 2,
        notBefore: NOON + 60,
        since: NOON + 9,
      };
      for (const index of [0, 2, 3, 5]) {
        expect(updates[index]).toMatchObject({ ...again, admission: null, packages: null, handedAt: 0 });
      }
      expect([1, 4].map((index) => updates[index])).toMatchObject([
        { outcome: 'succeeded', generation: 1 },
        { outcome: 'cancelled', generation: 1 },
      ]);
      expect(await world.counts(campaign)).toEqual(recount(updates));
      expect(await store().campaigns.tallies(account, campaign.key, [''])).toEqual(
        new Map([['', { started: 7, 'in-progress': 1, succeeded: 1, other: 1 }]]),
      );
      expect(await store().updates.log(account, campaign.key, about.device)).toEqual({
        total: 0,
        entries: [],
      });
      const told = (await world.events()).slice(before).map(({ body }) => body);
      const named = told.flatMap((body) => (body.type === 'updates-added' ? (body.devices ?? []) : []));
      expect(named).toEqual([0, 2, 3, 5].map((index) => devices[index]?.id));
      expect(told.every(({ type }) => type === 'updates-added')).toBe(true);
      expect(await store().updates.retry(retrying(world, campaign))).toEqual({ restarted: 0, next: null });
      expect((await world.events()).length).toBe(before + told.length);
    });

    it('rest for as long as it is said, each from its own end, by whichever call they begin again', async () => {
      const { world, devices, campaign } = await populated(store(), 4);
      await world.join(campaign, devices);
      await end(world, campaign, must(devices[0]), 'failed');
      await end(world, campaign, must(devices[1]), 'timed-out');
      await end(world, campaign, must(devices[2]), 'cancelled');
      await end(world, campaign, must(devices[3]), 'failed');
      const ended = (await world.updatesOf(campaign)).map(({ since }) => since);
      const ids = devices.slice(0, 3).map(({ id }) => id);
      const adding = { ...bulk(world, campaign), by: 'ids', deviceIds: ids, again: true, rest: 70 } as const;
      expect(await store().updates.add(adding)).toMatchObject({ added: 3 });
      const retry = retrying(world, campaign, { rest: 90, notBefore: 5 });
      expect(await store().updates.retry(retry)).toMatchObject({ restarted: 1 });
      const begun = await world.updatesOf(campaign);
      expect(begun.map((update) => (update.status === 'open' ? update.notBefore : undefined))).toEqual([
        (ended[0] ?? 0) + 70,
        (ended[1] ?? 0) + 70,
        0,
        (ended[3] ?? 0) + 90,
      ]);
    });

    it('begin again only in their campaign, only as asked, and not when the job was written meanwhile', async () => {
      const { world, devices, campaign, account } = await populated(store(), 2);
      const other = await world.addCampaign();
      for (const one of [campaign, other]) {
        await world.join(one, devices);
        for (const device of devices) await end(world, one, device, 'failed');
      }
      const before = await world.updatesOf(other);
      const none = { restarted: 0, next: null };
      expect(await store().updates.retry(retrying(world, campaign, { outcomes: ['rejected'] }))).toEqual(
        none,
      );
      expect(await store().updates.retry(retrying(world, campaign, { outcomes: [] }))).toEqual(none);
      const job = sampleJob(campaign);
      await world.write({ save: 'job', value: job });
      const was = must(await store().jobs.find(account, job.id));
      await world.write({ save: 'job', was, value: { ...was, problem: 'taken over' } });
      const late = store().updates.retry(retrying(world, campaign), () => ({ was, value: was }));
      await expect(late).rejects.toThrow();
      expect(await world.counts(campaign)).toEqual({ open: {}, closed: { failed: 2 } });
      expect(await store().updates.retry(retrying(world, campaign))).toEqual({ restarted: 2, next: null });
      expect(await world.updatesOf(other)).toEqual(before);
      const stranger = await newWorld(store());
      await stranger.addCampaign();
      const theirs = { ...retrying(world, other), account: stranger.account, campaign: campaign.key };
      expect(await store().updates.retry(theirs)).toEqual(none);
    });
  });
};
