import { beforeEach, describe, expect, it } from 'vitest';
import { commandCampaign } from '../src/app/campaigns.ts';
import { addDevices, closeDevice, recallDevice, removeDevices } from '../src/app/members.ts';
import type { StoredCampaign, StoredDevice } from '../src/app/records.ts';
import { giveUpSilent } from '../src/app/silence.ts';
import { DAY, HOUR } from '../src/domain/time.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';

let fleet: Fleet;
beforeEach(async () => {
  fleet = await newFleet();
});

const cancel = async (campaign: StoredCampaign): Promise<void> => {
  granted(await commandCampaign(fleet.deps, fleet.operator, campaign.id, { type: 'cancel' }));
  await fleet.work();
};
const stop = (answer: 'stopped' | 'refused') => ({ type: 'stop', answer, message: 'as you say' }) as const;
const recalled = { outcome: 'cancelled', reason: 'campaign-cancelled' };
const idOf = (campaign: StoredCampaign, device: StoredDevice) => ({
  campaign: campaign.id,
  device: device.id,
});

describe('a campaign that is cancelled', () => {
  it('asks devices to stop that can answer, and ends the updates of the others', async () => {
    const { campaign, devices } = await fleet.launch(
      {},
      { protocol: 'ddi' },
      { protocol: 'custom' },
      { protocol: 'ddi' },
    );
    const [told, custom, waiting] = devices as [StoredDevice, StoredDevice, StoredDevice];
    await fleet.contact(told);
    await fleet.contact(custom);
    await cancel(campaign);
    expect(await fleet.updateOf(campaign, told)).toMatchObject({ status: 'open', recall: recalled });
    expect(await fleet.updateOf(campaign, custom)).toMatchObject({ status: 'closed', ...recalled });
    expect(await fleet.updateOf(campaign, waiting)).toMatchObject({ status: 'closed', ...recalled });
    expect(await fleet.world.counts(campaign)).toEqual({
      open: { 'download-running': 1 },
      closed: { cancelled: 2 },
    });
    const types = (await fleet.world.events()).map(({ body }) => body.type);
    expect(types).toContain('updates-recalled');
    expect(types).toContain('updates-closed');
  });

  it('gives a recalled device nothing to do, and the recall in its place', async () => {
    const { campaign, device } = await fleet.launch({}, {});
    await fleet.contact(device);
    await cancel(campaign);
    expect(await fleet.contact(device)).toMatchObject({
      campaign: { id: campaign.id },
      due: undefined,
      update: { recall: recalled },
    });
  });

  it('ends as cancelled once the device says that it stopped, however often', async () => {
    const { campaign, device } = await fleet.launch({}, {});
    await fleet.contact(device);
    await cancel(campaign);
    for (let n = 0; n < 2; n += 1) {
      const { update } = granted(await fleet.says(campaign, device, stop('stopped')));
      expect(update).toMatchObject({ status: 'closed', ...recalled });
    }
    expect(await fleet.contact(device)).toBeUndefined();
    expect(await fleet.world.counts(campaign)).toEqual({ open: {}, closed: { cancelled: 1 } });
  });

  it('lets a device go on that refuses, to the end', async () => {
    const { campaign, device } = await fleet.launch({}, {});
    await fleet.contact(device);
    await cancel(campaign);
    granted(await fleet.says(campaign, device, stop('refused')));
    expect((await fleet.contact(device))?.due).toBe('download');
    const done = { type: 'progress', phase: 'activation', step: 'complete' } as const;
    const { update } = granted(await fleet.says(campaign, device, done));
    expect(update).toMatchObject({ outcome: 'succeeded' });
    expect(await fleet.says(campaign, device, stop('stopped'))).toMatchObject({
      ok: false,
      refusal: { code: 'update/closed' },
    });
  });

  it('takes a success that was quicker than the recall, and a failure without another attempt', async () => {
    const { campaign, devices } = await fleet.launch({}, {}, {}, {});
    const [quick, failing, stubborn] = devices as [StoredDevice, StoredDevice, StoredDevice];
    for (const device of devices) await fleet.contact(device);
    await cancel(campaign);
    const done = { type: 'progress', phase: 'activation', step: 'complete' } as const;
    expect(granted(await fleet.says(campaign, quick, done)).update).toMatchObject({ outcome: 'succeeded' });
    const failed = { type: 'failure', reason: 'connection-lost', message: '' } as const;
    expect(granted(await fleet.says(campaign, failing, failed)).update).toMatchObject({ outcome: 'failed' });
    granted(await fleet.says(campaign, stubborn, stop('refused')));
    expect(granted(await fleet.says(campaign, stubborn, failed)).update).toMatchObject({ outcome: 'failed' });
  });

  it('waits a day at most for an answer, wherever the device was', async () => {
    const patient = { timeouts: { download: null, execution: null, activation: null } } as const;
    const { campaign, devices } = await fleet.launch({ ...patient, checkpoints: ['execution'] }, {}, {});
    const [running, halfway] = devices as [StoredDevice, StoredDevice];
    for (const device of devices) await fleet.contact(device);
    const loaded = { type: 'progress', phase: 'download', step: 'complete' } as const;
    granted(await fleet.says(campaign, halfway, loaded));
    await fleet.contact(halfway);
    expect((await fleet.updateOf(campaign, halfway)).position).toBe('execution-awaiting-approval');
    await cancel(campaign);
    fleet.pass(DAY);
    expect(await giveUpSilent(fleet.deps)).toBe(0);
    fleet.pass(1);
    expect(await giveUpSilent(fleet.deps)).toBe(2);
    for (const device of [running, halfway]) {
      expect(await fleet.updateOf(campaign, device)).toMatchObject({ status: 'closed', ...recalled });
    }
    expect(await giveUpSilent(fleet.deps)).toBe(0);
  });
});

describe('one device', () => {
  it('is taken out when it says that it stopped, and may begin again', async () => {
    const { campaign, device } = await fleet.launch({}, {});
    await fleet.contact(device);
    const remove = () => removeDevices(fleet.deps, fleet.operator, campaign.id, [device.id]);
    expect(granted(await remove())).toEqual({ removed: 1 });
    expect(await fleet.updateOf(campaign, device)).toMatchObject({
      status: 'open',
      recall: { outcome: 'removed', reason: 'removed-from-campaign' },
    });
    expect(granted(await remove())).toEqual({ removed: 0 });
    granted(await fleet.says(campaign, device, stop('stopped')));
    expect(await fleet.updateOf(campaign, device)).toMatchObject({ outcome: 'removed', generation: 1 });
    granted(await addDevices(fleet.deps, fleet.operator, campaign.id, [device.id]));
    expect(await fleet.updateOf(campaign, device)).toMatchObject({ status: 'open', generation: 2 });
    expect((await fleet.contact(device))?.due).toBe('download');
  });

  it('is asked to stop once, and closed at once by force', async () => {
    const { campaign, device } = await fleet.launch({}, {});
    await fleet.contact(device);
    const at = idOf(campaign, device);
    const first = granted(await recallDevice(fleet.deps, fleet.operator, at, 'wrong image'));
    expect(first.update).toMatchObject({ status: 'open', recall: { message: 'wrong image' } });
    const again = granted(await recallDevice(fleet.deps, fleet.operator, at, 'once more'));
    expect(again.update).toEqual(first.update);
    expect(await fleet.updateOf(campaign, device)).toEqual(first.update);
    const closed = granted(await closeDevice(fleet.deps, fleet.operator, at, 'scrapped'));
    expect(closed.update).toMatchObject({ outcome: 'closed-by-operator', message: 'scrapped' });
  });

  it.each(['custom', 'gateway', 'oma-dm'] as const)('is not asked when it speaks %s', async (protocol) => {
    const { campaign, device } = await fleet.launch({}, { protocol });
    await fleet.contact(device);
    const { update } = granted(await recallDevice(fleet.deps, fleet.operator, idOf(campaign, device), 'no'));
    expect(update).toMatchObject({ status: 'closed', outcome: 'closed-by-operator', message: 'no' });
  });

  it('ends as it was asked to when it says nothing more, and with it the campaign', async () => {
    const { campaign, device } = await fleet.launch({ endWhenComplete: true }, {});
    await fleet.contact(device);
    granted(await recallDevice(fleet.deps, fleet.operator, idOf(campaign, device), 'wrong image'));
    fleet.pass(campaign.plan.timeouts.download ?? 0);
    fleet.pass(HOUR);
    expect(await giveUpSilent(fleet.deps)).toBe(1);
    expect(await fleet.updateOf(campaign, device)).toMatchObject({
      outcome: 'closed-by-operator',
      message: 'wrong image',
    });
    expect(await fleet.statusOf(campaign)).toBe('ended');
  });

  it('cannot answer what it was not asked', async () => {
    const { campaign, device } = await fleet.launch({}, {});
    await fleet.contact(device);
    expect(await fleet.says(campaign, device, stop('stopped'))).toMatchObject({
      ok: false,
      refusal: { code: 'update/wrong-step', command: 'answer-recall' },
    });
    expect((await fleet.updateOf(campaign, device)).status).toBe('open');
  });
});
