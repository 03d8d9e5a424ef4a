import { describe, expect, it } from 'vitest';
import type { StoredCampaign, StoredDevice } from '../../../src/app/records.ts';
import type { Campaign } from '../../../src/domain/campaign.ts';
import { newProgress } from '../../../src/domain/rollout.ts';
import type { Update } from '../../../src/domain/update.ts';
import { NOON, sampleCampaign } from '../../support/samples.ts';
import { bulk, closing, ending } from './bulk.ts';
import { ids, must, newWorld, type OpenStore, useStore, type World } from './world.ts';

const progress = newProgress(NOON);

const running = (): Campaign => ({ ...sampleCampaign(), status: 'running', startedAt: NOON, progress });

const set = async (
  world: World,
  campaign: StoredCampaign,
  device: StoredDevice,
  value: Partial<Update>,
): Promise<void> => {
  const was = await world.updateOf(campaign, device);
  await world.write({ save: 'update', was, value: { ...was, ...value } as Update });
};

/** Waits for a slot that begins then. */
const scheduled = (begin: number): Partial<Update> => ({
  position: 'download-scheduled',
  slots: { download: { begin, end: null } },
});

export const dueContract = (open: OpenStore): void => {
  describe('updates that are due', () => {
    const store = useStore(open);

    /** Ends what other tests have left, so that a test sees only its own. */
    const quiet = async () => {
      for (const { account, update } of await store().updates.due(Number.MAX_SAFE_INTEGER, 10_000)) {
        await store().updates.postpone(account, update, null);
      }
      return newWorld(store());
    };
    const due = async (now: number, limit = 100) => {
      const found = await store().updates.due(now, limit);
      return found.map(({ account, update }) => [account, update.campaign, update.device]);
    };
    const started = async (world: World, size: number) => {
      const [devices, campaign] = [await world.addDevices(size), await world.addCampaign(running())];
      await world.join(campaign, devices);
      return { devices, campaign, of: (n: number) => [world.account, campaign.key, must(devices[n]).key] };
    };

    it('come from all accounts, the longest overdue first, with their campaign', async () => {
      const [one, other] = [await quiet(), await newWorld(store())];
      const [a, b, c] = [await started(one, 4), await started(other, 2), await started(one, 1)];
      await set(one, a.campaign, must(a.devices[0]), scheduled(NOON + 30));
      await set(one, a.campaign, must(a.devices[1]), scheduled(NOON + 10));
      await set(one, a.campaign, must(a.devices[2]), scheduled(NOON + 101));
      await set(other, b.campaign, must(b.devices[0]), scheduled(NOON + 20));
      await set(other, b.campaign, must(b.devices[1]), scheduled(NOON + 5));
      await set(one, c.campaign, must(c.devices[0]), scheduled(NOON + 100));
      const all = [b.of(1), a.of(1), b.of(0), a.of(0), c.of(0)];
      expect(await due(NOON + 100)).toEqual(all);
      for (const limit of [1, 2, 3, 4]) expect(await due(NOON + 100, limit)).toEqual(all.slice(0, limit));
      expect(await due(NOON + 19)).toEqual([b.of(1), a.of(1)]);
      expect(await due(NOON + 4)).toEqual([]);
      const [first] = await store().updates.due(NOON + 100, 1);
      expect(first).toEqual({
        account: other.account,
        campaign: b.campaign,
        update: await other.updateOf(b.campaign, must(b.devices[1])),
      });
    });

    it('are those whose slot begins, or ends before they were handed out', async () => {
      const world = await quiet();
      const { campaign, devices, of } = await started(world, 7);
      const slots = {
        download: { begin: NOON + 1, end: NOON + 50 },
        execution: { begin: NOON + 2, end: null },
      } as const;
      const positions = [
        'download-scheduled',
        'download-ready',
        'download-running',
        'download-complete',
        'execution-scheduled',
        'execution-ready',
        'activation-scheduled',
      ] as const;
      for (const [n, position] of positions.entries()) {
        await set(world, campaign, must(devices[n]), { position, slots });
      }
      expect(await due(NOON + 1)).toEqual([of(0)]);
      expect(await due(NOON + 49)).toEqual([of(0), of(4)]);
      expect(await due(NOON + 50)).toEqual([of(0), of(4), of(1)]);
      await set(world, campaign, must(devices[0]), { position: 'download-running' });
      await set(world, campaign, must(devices[4]), scheduled(NOON + 70));
      expect(await due(NOON + 60)).toEqual([of(1)]);
    });

    it('are only those of campaigns that run', async () => {
      const world = await quiet();
      const { campaign, devices, of } = await started(world, 1);
      await set(world, campaign, must(devices[0]), scheduled(NOON));
      expect(await due(NOON)).toEqual([of(0)]);
      const paused = { ...campaign, status: 'paused', startedAt: NOON, progress } as const;
      await world.write({ save: 'campaign', was: campaign, value: paused });
      expect(await due(NOON + 1_000)).toEqual([]);
      const was = must(await store().campaigns.get(world.account, campaign.key));
      const resumed = { ...was, status: 'running', startedAt: NOON, progress } as const;
      await world.write({ save: 'campaign', was, value: resumed });
      expect(await due(NOON)).toEqual([of(0)]);
      const [found] = await store().updates.due(NOON, 1);
      expect(found?.campaign).toEqual(await store().campaigns.get(world.account, campaign.key));
    });

    it('are not those that are new, closed, begun again or gone', async () => {
      const world = await quiet();
      const { campaign, devices, of } = await started(world, 5);
      for (const device of devices.slice(0, 4)) await set(world, campaign, device, scheduled(NOON));
      expect(await due(NOON + 1_000)).toEqual([0, 1, 2, 3].map(of));
      const over = { status: 'closed', outcome: 'succeeded', reason: 'none', message: '' } as const;
      await set(world, campaign, must(devices[0]), over);
      const deviceIds = ids(devices.slice(1, 3));
      await store().updates.close({ ...bulk(world, campaign), ...ending, by: 'ids', deviceIds });
      await world.join(campaign, devices.slice(2, 3), true);
      await world.write({ drop: 'device', was: must(devices[3]) });
      expect(await due(NOON + 1_000)).toEqual([]);
    });

    it('stay due when they are recalled with many others', async () => {
      const world = await quiet();
      const { campaign, devices, of } = await started(world, 2);
      const slots = { execution: { begin: NOON, end: null } };
      for (const device of devices) {
        await set(world, campaign, device, { position: 'execution-scheduled', slots });
      }
      const was = await world.updateOf(campaign, must(devices[1]));
      await store().updates.postpone(world.account, was, NOON + 50);
      const request = { ...bulk(world, campaign), ...closing, by: 'ids', deviceIds: ids(devices) } as const;
      expect(await store().updates.close({ ...request, recall: ['ddi'] })).toMatchObject({ recalled: 2 });
      expect(await due(NOON + 40)).toEqual([of(0)]);
      expect(await due(NOON + 60)).toEqual([of(0), of(1)]);
    });

    it('are looked at again at another instant, or not before they move', async () => {
      const world = await quiet();
      const { campaign, devices, of } = await started(world, 2);
      const [first, second] = [must(devices[0]), must(devices[1])];
      for (const device of devices) await set(world, campaign, device, scheduled(NOON));
      const before = [await world.updatesOf(campaign), await world.events()];
      const was = await world.updateOf(campaign, first);
      await store().updates.postpone(world.account, was, NOON + 60);
      expect(await due(NOON + 59)).toEqual([of(1)]);
      expect(await due(NOON + 60)).toEqual([of(1), of(0)]);
      await store().updates.postpone(world.account, was, null);
      expect(await due(NOON + 1_000)).toEqual([of(1)]);
      expect([await world.updatesOf(campaign), await world.events()]).toEqual(before);
      await set(world, campaign, first, scheduled(NOON - 1));
      expect(await due(NOON)).toEqual([of(0), of(1)]);
      await set(world, campaign, second, { attempt: 2 });
      const late = { ...(await world.updateOf(campaign, second)), version: 2 };
      await store().updates.postpone(world.account, late, NOON + 60);
      expect(await due(NOON)).toEqual([of(0), of(1)]);
    });

    it('may be put off together', async () => {
      const world = await quiet();
      const { campaign, devices, of } = await started(world, 4);
      for (const device of devices) await set(world, campaign, device, scheduled(NOON));
      const updates = await Promise.all(devices.map((device) => world.updateOf(campaign, device)));
      const late = { ...must(updates[3]), version: 1 };
      const puttingOff = [
        ...updates.slice(0, 3).map((was, n) => store().updates.postpone(world.account, was, NOON + 60 - n)),
        store().updates.postpone(world.account, must(updates[0]), null),
        store().updates.postpone(world.account, late, null),
      ];
      await Promise.all(puttingOff);
      expect(await due(NOON)).toEqual([of(3)]);
      expect(await due(NOON + 60)).toEqual([of(3), of(2), of(1)]);
    });

    it('are put off by the account alone, and only where there is something to put off', async () => {
      const world = await quiet();
      const theirs = await newWorld(store());
      const { campaign, devices, of } = await started(world, 2);
      await set(world, campaign, must(devices[0]), scheduled(NOON));
      const was = await world.updateOf(campaign, must(devices[0]));
      await store().updates.postpone(theirs.account, was, null);
      expect(await due(NOON)).toEqual([of(0)]);
      const over = { status: 'closed', outcome: 'succeeded', reason: 'none', message: '' } as const;
      await set(world, campaign, must(devices[1]), over);
      const closed = await world.updateOf(campaign, must(devices[1]));
      await store().updates.postpone(world.account, closed, NOON);
      await world.write({ drop: 'device', was: must(devices[0]) });
      await store().updates.postpone(world.account, was, NOON);
      expect(await due(NOON)).toEqual([]);
    });
  });
};
