import { describe, expect, it } from 'vitest';
import type { CampaignFilter } from '../../../src/app/lists.ts';
import type { ApprovalPolicy, Campaign } from '../../../src/domain/campaign.ts';
import { DAY } from '../../../src/domain/time.ts';
import { NOON, sampleCampaign } from '../../support/samples.ts';
import { bulk, closing, ending, populated } from './bulk.ts';
import { ANY_CAMPAIGN, ids, must, NO_FILTER, newWorld, type OpenStore, useStore } from './world.ts';

const FIRST = { skip: 0, limit: 100, by: 'created', descending: false } as const;

const scheduled = (policy: ApprovalPolicy): Campaign => {
  const { status: _, ...draft } = sampleCampaign({ policy });
  return { ...draft, status: 'scheduled', startAt: NOON + DAY };
};

export const shownContract = (open: OpenStore): void => {
  describe('what a wire shows', () => {
    const store = useStore(open);

    it('of the devices of a campaign can be without those that were taken out', async () => {
      const { world, devices, campaign, account } = await populated(store(), 6);
      await world.join(campaign, devices);
      const close = (outcome: 'removed' | 'cancelled', ...indices: readonly number[]) =>
        store().updates.close({
          ...{ ...bulk(world, campaign), ...ending, by: 'ids', outcome },
          deviceIds: indices.map((index) => devices[index]?.id ?? ''),
        });
      await close('removed', 0, 3);
      await close('cancelled', 1);
      const slice = (filter: object, place: object = {}) =>
        store().updates.slice(account, campaign.key, { ...NO_FILTER, ...filter }, { ...FIRST, ...place });
      const shown = async (filter: object, place: object = {}) => {
        const { items, total } = await slice(filter, place);
        return { devices: items.map(({ device }) => devices.findIndex(({ key }) => key === device)), total };
      };
      expect(await shown({})).toEqual({ devices: [0, 1, 2, 3, 4, 5], total: 6 });
      expect(await shown({ present: true })).toEqual({ devices: [1, 2, 4, 5], total: 4 });
      expect(await shown({ present: true }, { skip: 1, limit: 2 })).toEqual({ devices: [2, 4], total: 4 });
      expect(await shown({ present: true, open: false })).toEqual({ devices: [1], total: 1 });
      expect(await shown({ present: true, open: true })).toEqual({ devices: [2, 4, 5], total: 3 });
      expect(await shown({ present: true, outcomes: ['removed'] })).toEqual({ devices: [], total: 0 });
      expect(await shown({ present: true, positions: ['pending'] })).toMatchObject({ total: 4 });
      const listed = await store().updates.list(
        account,
        campaign.key,
        { ...NO_FILTER, present: true },
        { after: 0, limit: 3 },
      );
      expect(listed.items).toHaveLength(3);
    });

    it('counts the closed ones where they ended, but for those that were taken out', async () => {
      const { world, devices, campaign, account } = await populated(store(), 4);
      await world.join(campaign, devices);
      const close = (outcome: 'removed' | 'cancelled', from: number) =>
        store().updates.close({
          ...{ ...bulk(world, campaign), ...closing, recall: [], by: 'ids', outcome },
          deviceIds: devices.slice(from, from + 1).map(({ id }) => id),
        });
      await close('cancelled', 0);
      await close('removed', 1);
      const counts = await store().campaigns.counts(account, campaign.key);
      expect(counts).toEqual({
        open: { pending: 2 },
        closed: { cancelled: 1, removed: 1 },
        closedAt: { pending: 1 },
      });
    });

    it('of a campaign is whether a device has packages of its own', async () => {
      const { world, devices, campaign, account } = await populated(store(), 2);
      await world.join(campaign, devices);
      const has = () => store().campaigns.hasOwnPackages(account, campaign.key);
      expect(await has()).toBe(false);
      const was = await world.updateOf(campaign, must(devices[1]));
      await world.write({ save: 'update', was, value: { ...was, packages: ['package-maps'] } });
      expect(await has()).toBe(true);
      const other = await world.addCampaign();
      expect(await store().campaigns.hasOwnPackages(account, other.key)).toBe(false);
    });

    it('of scheduled campaigns can be those that need an approval, or that need none', async () => {
      const world = await newWorld(store());
      const none = await world.addCampaign(scheduled('none'));
      const one = await world.addCampaign(scheduled('one'));
      const two = await world.addCampaign(scheduled('two-others'));
      const draft = await world.addCampaign(sampleCampaign({ policy: 'none' }));
      const shown = async (filter: Partial<CampaignFilter>) => {
        const given = { ...ANY_CAMPAIGN, ...filter };
        const { items, total } = await store().campaigns.slice(world.account, given, FIRST);
        expect(total).toBe(items.length);
        expect((await store().campaigns.list(world.account, given, { after: 0, limit: 9 })).items).toEqual(
          items,
        );
        return ids(items);
      };
      const statuses = ['draft', 'scheduled'] as const;
      expect(await shown({ statuses })).toEqual([none.id, one.id, two.id, draft.id]);
      expect(await shown({ statuses, scheduledUnder: 'no-approval' })).toEqual([none.id, draft.id]);
      expect(await shown({ statuses, scheduledUnder: 'approval' })).toEqual([one.id, two.id, draft.id]);
      expect(await shown({ scheduledUnder: 'approval' })).toEqual([one.id, two.id, draft.id]);
    });
  });
};
