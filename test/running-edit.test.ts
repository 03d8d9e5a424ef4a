import { beforeEach, describe, expect, it } from 'vitest';
import { editCampaign } from '../src/app/campaigns.ts';
import { setDevicePackages } from '../src/app/members.ts';
import type { StoredDevice } from '../src/app/records.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';

let fleet: Fleet;
beforeEach(async () => {
  fleet = await newFleet();
});

const packagesGivenTo = async (device: StoredDevice) =>
  (await fleet.contact(device))?.packages.map(({ id }) => id);

describe('other packages for a campaign that runs', () => {
  it('go to devices that were not told to begin; the others keep theirs', async () => {
    const { campaign, devices } = await fleet.launch({ checkpoints: ['execution'] }, {}, {}, {});
    const [begun, own, waiting] = devices as [StoredDevice, StoredDevice, StoredDevice];
    const [former] = campaign.plan.packages;
    const [later, special] = [await fleet.world.addPackage(), await fleet.world.addPackage()];
    expect(await packagesGivenTo(begun)).toEqual([former]);
    const at = { campaign: campaign.id, device: own.id };
    granted(await setDevicePackages(fleet.deps, fleet.operator, at, [special.id]));
    granted(await editCampaign(fleet.deps, fleet.operator, campaign.id, { packages: [later.id] }));
    expect(await packagesGivenTo(begun)).toEqual([former]);
    expect(await packagesGivenTo(own)).toEqual([special.id]);
    expect(await packagesGivenTo(waiting)).toEqual([later.id]);
    const loaded = { type: 'progress', phase: 'download', step: 'complete' } as const;
    granted(await fleet.says(campaign, begun, loaded));
    expect(await packagesGivenTo(begun)).toEqual([former]);
    expect(await fleet.updateOf(campaign, begun)).toMatchObject({ packages: [former] });
  });
});
