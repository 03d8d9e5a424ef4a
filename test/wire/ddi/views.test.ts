import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toDeviceWord } from '../../../src/api/thingspace/device-status.ts';
import { must } from '../../contract/store/world.ts';
import { type Fleet, type Offered, startFleet } from './fleet.ts';

let fleet: Fleet;
let offered: Offered;
beforeEach(async () => {
  fleet = await startFleet();
  offered = await fleet.offered();
});
afterEach(() => fleet.api.close());

/** The state that Pulse shows of the device, and the word that ThingSpace has for it. */
const shown = async (): Promise<readonly string[]> => {
  const { api } = fleet;
  const { campaign, device } = offered;
  const { body } = await api.call('GET', `/api/campaigns/${campaign.id}/devices/${device.id}/state`);
  const account = must(await api.context.store.accounts.find('DEFAULT')).key;
  const found = must(await api.context.store.campaigns.find(account, campaign.id));
  const around = { campaign: found, version: 'v3', now: api.context.clock() } as const;
  return [body.state, toDeviceWord(await campaign.update(device), around).status];
};

const say = async (execution: string, finished?: string): Promise<void> => {
  const { device, action } = offered;
  expect((await device.say('deploymentBase', action, execution, finished)).status).toBe(200);
};

describe('what the dialects of operators show of a device that reports', () => {
  it('follows its download, its install and its success', async () => {
    const seen = [await shown()];
    for (const execution of ['proceeding', 'downloaded', 'proceeding', 'closed']) {
      await say(execution, execution === 'closed' ? 'success' : 'none');
      seen.push(await shown());
    }
    expect(seen).toEqual([
      ['DOWNLOADING', 'UpgradeScheduled'],
      ['DOWNLOADING', 'UpgradeScheduled'],
      ['DOWNLOAD_COMPLETE', 'UpgradeScheduled'],
      ['EXECUTING', 'UpgradeScheduled'],
      ['ACTIVATION_COMPLETE', 'UpgradeSuccess'],
    ]);
  });

  it('follows its failure', async () => {
    await say('downloaded');
    await say('proceeding');
    await say('closed', 'failure');
    expect(await shown()).toEqual(['EXECUTION_FAILED', 'UpgradeFailed']);
  });

  it('follows that it stopped when it was asked to', async () => {
    const { campaign, device, action } = offered;
    await fleet.api.call('POST', `/campaigns/${campaign.id}/devices/${device.id}/recall`, { body: {} });
    expect(await shown()).toEqual(['DOWNLOADING', 'UpgradeScheduled']);
    await device.say('cancelAction', action, 'closed', 'success');
    expect(await shown()).toEqual(['DOWNLOADING', 'UpgradeFailed']);
  });
});
