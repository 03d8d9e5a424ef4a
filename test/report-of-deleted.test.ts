import { expect, it } from 'vitest';
import { CampaignGone, reportCampaign } from '../src/app/campaign-report.ts';
import { openMemory } from '../src/store/memory.ts';
import { must, newWorld } from './contract/store/world.ts';
import { ada } from './support/samples.ts';

it('a report whose campaign is deleted meanwhile breaks off, so that it is not taken for all of it', async () => {
  const store = openMemory();
  const world = await newWorld(store);
  const devices = await world.addDevices(450);
  const campaign = await world.addCampaign();
  await world.join(campaign, devices);
  const account = must(await store.accounts.get(world.account));
  const rows = await reportCampaign({ store }, { account, actor: ada, permissions: new Set() }, campaign.id);
  if (!rows.ok) throw new Error(rows.refusal.code);
  const told: string[] = [];
  const readAll = async (): Promise<void> => {
    for await (const { device } of rows.value) {
      told.push(device);
      if (told.length > 1) continue;
      await world.write({
        drop: 'campaign',
        was: must(await store.campaigns.find(world.account, campaign.id)),
      });
    }
  };
  await expect(readAll()).rejects.toThrow(CampaignGone);
  expect(told.length).toBeLessThan(450);
});
