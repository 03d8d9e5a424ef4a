import { describe, expect, it } from 'vitest';
import { newUpdate, type Outcome } from '../../../src/domain/update.ts';
import { NOON, sampleCampaign, updatesOfEveryKind } from '../../support/samples.ts';
import { bulk, ending, populated } from './bulk.ts';
import { allPages, ids, must, NO_FILTER, type OpenStore, recount, useStore } from './world.ts';

export const updatesContract = (open: OpenStore): void => {
  describe('updates', () => {
    const store = useStore(open);

    it('of every position, outcome and reason are kept', async () => {
      const values = updatesOfEveryKind();
      const { world, devices, campaign } = await populated(store(), values.length);
      await world.join(campaign, devices);
      for (const [index, value] of values.entries()) {
        const was = await world.updateOf(campaign, must(devices[index]));
        await world.write({ save: 'update', was, value });
      }
      const updates = await world.updatesOf(campaign);
      expect(updates).toEqual(
        values.map((value, index) => ({
          ...{
            ...value,
            heardAt: value.since,
            handedAt: 0,
            version: 2,
            campaign: campaign.key,
            campaignId: campaign.id,
          },
          ...{ device: devices[index]?.key, deviceId: devices[index]?.id },
        })),
      );
      expect(await world.counts(campaign)).toEqual(recount(updates));
    });

    it('are listed by device in pages, by position, outcome and openness', async () => {
      const { world, devices, campaign, account } = await populated(store(), 6);
      await world.join(campaign, devices);
      const set = async (index: number, value: object) => {
        const was = await world.updateOf(campaign, must(devices[index]));
        await world.write({ save: 'update', was, value: { ...newUpdate(NOON), ...value } });
      };
      const over = { status: 'closed', reason: 'none', message: '' };
      await set(1, { position: 'inventoried' });
      await set(2, { position: 'download-ready' });
      await set(3, { ...over, position: 'activation-complete', outcome: 'succeeded' });
      await set(4, { ...over, position: 'inventoried', outcome: 'removed' });
      const list = async (filter: object) => {
        const found = await allPages((after) =>
          store().updates.list(account, campaign.key, { ...NO_FILTER, ...filter }, { after, limit: 2 }),
        );
        return found.map(({ deviceId }) => ids(devices).indexOf(deviceId));
      };
      expect(await list({})).toEqual([0, 1, 2, 3, 4, 5]);
      expect(await list({ positions: ['inventoried'] })).toEqual([1, 4]);
      expect(await list({ positions: ['inventoried'], open: true })).toEqual([1]);
      expect(await list({ positions: ['pending', 'download-ready'] })).toEqual([0, 2, 5]);
      expect(await list({ outcomes: ['removed', 'succeeded'] })).toEqual([3, 4]);
      expect(await list({ outcomes: ['succeeded'], open: true })).toEqual([]);
      expect(await list({ reasons: ['none'] })).toEqual([3, 4]);
      expect(await list({ reasons: ['no-space'] })).toEqual([]);
      expect(await list({ open: true })).toEqual([0, 1, 2, 5]);
      expect(await list({ open: false })).toEqual([3, 4]);
    });

    it('of a device are listed open ones first, the oldest campaign first', async () => {
      const { world, devices, account } = await populated(store(), 1);
      const [device] = devices;
      const campaigns = [1, 2, 3, 4].map(() => sampleCampaign());
      for (const value of campaigns) {
        const campaign = await world.addCampaign(value);
        await world.join(campaign, devices);
        if (value === campaigns[0] || value === campaigns[2]) {
          const deviceIds = ids(devices);
          await store().updates.close({ ...bulk(world, campaign), ...ending, by: 'ids', deviceIds });
        }
      }
      const [c1, c2, c3, c4] = ids(campaigns);
      const of = async (limit: number) => {
        const found = await store().updates.ofDevice(account, must(device).key, limit);
        expect(found.every(({ deviceId }) => deviceId === device?.id)).toBe(true);
        return found.map(({ campaignId }) => campaignId);
      };
      expect(await of(10)).toEqual([c2, c4, c1, c3]);
      expect(await of(3)).toEqual([c2, c4, c1]);
      const open = await store().updates.openOf(account, must(device).key);
      const second = must(await store().campaigns.find(account, must(c2)));
      const fourth = must(await store().campaigns.find(account, must(c4)));
      expect(open.map(({ campaign }) => campaign)).toEqual([second.key, fourth.key]);
      expect(open[0]).toEqual(must(await store().updates.find(account, second.key, must(device).key)));
    });

    it('of a device have one that succeeded last, whatever its campaign, if any did', async () => {
      const { world, devices, account } = await populated(store(), 2);
      const [device, other] = devices;
      const newest = () => store().updates.newestSuccess(account, must(device).key);
      const ended = (outcome: Outcome) =>
        must(updatesOfEveryKind().find((update) => update.status === 'closed' && update.outcome === outcome));
      const close = async (outcome: Outcome, since: number, of = device) => {
        const campaign = await world.addCampaign();
        await world.join(campaign, devices);
        const was = await world.updateOf(campaign, must(of));
        await world.write({ save: 'update', was, value: { ...ended(outcome), since } });
        return world.updateOf(campaign, must(of));
      };
      expect(await newest()).toBeUndefined();
      await close('failed', NOON + 50);
      await close('succeeded', NOON + 90, other);
      expect(await newest()).toBeUndefined();
      const late = await close('succeeded', NOON + 20);
      await close('succeeded', NOON + 10);
      expect(await newest()).toEqual(late);
      const tied = await close('succeeded', NOON + 20);
      expect(await newest()).toEqual(tied);
    });
  });
};
