import { beforeEach, describe, expect, it } from 'vitest';
import { countCampaigns, sliceCampaigns } from '../src/app/campaigns.ts';
import { sliceDevices } from '../src/app/devices.ts';
import { newMarks } from '../src/app/marks.ts';
import { sliceMembers } from '../src/app/members.ts';
import { slicePackages } from '../src/app/packages.ts';
import { createQuery } from '../src/app/queries.ts';
import { campaignStatuses } from '../src/domain/campaign.ts';
import { NO_FILTER } from './contract/store/world.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';
import { sampleCampaign, samplePlan } from './support/samples.ts';

let fleet: Fleet;
beforeEach(async () => {
  fleet = await newFleet();
});

const slice = { skip: 1, limit: 1, by: 'name', descending: false } as const;

describe('lists by place', () => {
  it('have a page of what the filter lets through, and how much that is', async () => {
    const { campaign, devices } = await fleet.launch({ name: 'b' }, { id: 'd1' }, { id: 'd2' }, { id: 'd3' });
    await fleet.launch({ name: 'a' }, { id: 'd4' });
    const members = granted(
      await sliceMembers(fleet.deps, fleet.operator, campaign.id, { ...NO_FILTER, open: true }, slice),
    );
    expect(members).toMatchObject({ total: 3, items: [{ deviceId: devices[1]?.id }] });
    const everyCampaign = {
      text: '',
      description: '',
      ids: [],
      statuses: [],
      packageIds: [],
      createdFrom: 0,
    };
    expect(await sliceCampaigns(fleet.deps, fleet.operator, everyCampaign, slice)).toMatchObject({
      total: 2,
      items: [{ id: campaign.id }],
    });
    const everyPackage = { text: '', kind: null, make: '', model: '' } as const;
    expect((await slicePackages(fleet.deps, fleet.operator, everyPackage, slice)).total).toBe(2);
    const query = { name: 'not d1', description: '', expression: 'id != d1' };
    const saved = granted(await createQuery(fleet.deps, fleet.operator, query));
    const found = granted(await sliceDevices(fleet.deps, fleet.operator, { query: saved.id }, slice));
    expect(found).toMatchObject({ total: 3, items: [{ id: 'd3' }] });
  });

  it('are the same where a place is looked for from a mark before it', async () => {
    const given = Array.from({ length: 9 }, (_, n) => ({ id: `d${n}`, tags: n % 3 === 0 ? ['odd'] : [] }));
    const { campaign } = await fleet.launch({}, ...given);
    const marks = newMarks(fleet.deps, 2);
    const all = { where: 'tag != odd' };
    for (let skip = 0; skip < 8; skip += 1) {
      const place = { skip, limit: 2, by: 'created', descending: false, counted: false } as const;
      const near = granted(await marks.sliceDevices(fleet.operator, all, place));
      const far = granted(await sliceDevices(fleet.deps, fleet.operator, all, place));
      expect(near.items).toEqual(far.items);
      const members = granted(await marks.sliceMembers(fleet.operator, campaign.id, NO_FILTER, place));
      expect(members.items.map(({ deviceId }) => deviceId)).toEqual(
        given.slice(skip, skip + 2).map(({ id }) => id),
      );
    }
    expect(await marks.sliceDevices(fleet.operator, { query: 'none' }, { ...slice, skip: 5 })).toMatchObject({
      refusal: { code: 'not-found', entity: 'query' },
    });
  });

  it('are refused where what they are of is not there', async () => {
    expect(await sliceMembers(fleet.deps, fleet.operator, 'none', NO_FILTER, slice)).toMatchObject({
      refusal: { code: 'not-found', entity: 'campaign' },
    });
    expect(await sliceDevices(fleet.deps, fleet.operator, { query: 'none' }, slice)).toMatchObject({
      refusal: { code: 'not-found', entity: 'query' },
    });
  });
});

describe('the count of campaigns', () => {
  it('has every status', async () => {
    await fleet.launch({}, {});
    await fleet.launch({}, {});
    await fleet.world.addCampaign(sampleCampaign({ plan: samplePlan() }));
    const counted = await countCampaigns(fleet.deps, fleet.operator);
    expect(Object.keys(counted)).toEqual(campaignStatuses);
    const some = Object.entries(counted).filter(([, count]) => count > 0);
    expect(Object.fromEntries(some)).toEqual({ running: 2, draft: 1 });
  });
});
