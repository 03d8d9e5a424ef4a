import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainUpdate } from '../src/app/explanation.ts';
import type { StoredCampaign, StoredDevice } from '../src/app/records.ts';
import type { Plan } from '../src/domain/plan.ts';
import { MINUTE, SECOND } from '../src/domain/time.ts';
import { must } from './contract/store/world.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';
import { rollOut, stores } from './support/rollout.ts';

const done = { type: 'progress', phase: 'activation', step: 'complete' } as const;

describe.each(stores)('places in the order in which devices asked, on %s', (_, open) => {
  let fleet: Fleet;
  let end: () => Promise<void>;
  beforeEach(async () => {
    const opened = await open();
    end = opened.end;
    fleet = await newFleet(opened.store);
  });
  afterEach(() => end());

  const asks = async (device: StoredDevice): Promise<boolean> => {
    fleet.pass(SECOND);
    await fleet.store.devices.touch(fleet.operator.account.key, [
      { device: device.key, at: fleet.deps.clock() },
    ]);
    return (await fleet.contact(device))?.due === 'download';
  };
  const blocking = async (campaign: StoredCampaign, device: StoredDevice) => {
    const at = { campaign: campaign.id, device: device.id };
    return granted(await explainUpdate(fleet.deps, fleet.operator, at)).blocking?.rule;
  };
  const begin = async (plan: Partial<Plan>, given: readonly Partial<StoredDevice>[]) => {
    const devices: StoredDevice[] = [];
    for (const one of given) devices.push(await fleet.world.addDevice(one));
    return { devices, campaign: await rollOut(fleet, { order: 'first-in-first-out', ...plan }, devices) };
  };

  it('lets the one that asked first have the place that becomes free', async () => {
    const { devices, campaign } = await begin({ concurrency: 1 }, [{}, {}, {}]);
    const [first, second, third] = [must(devices[0]), must(devices[1]), must(devices[2])];
    expect(await asks(first)).toBe(true);
    expect(await asks(second)).toBe(false);
    expect(await asks(third)).toBe(false);
    expect(await fleet.updateOf(campaign, third)).toMatchObject({ queue: 'campaign' });
    granted(await fleet.says(campaign, first, done));
    expect(await asks(third)).toBe(false);
    expect(await blocking(campaign, third)).toBe('queue');
    expect(await asks(second)).toBe(true);
    expect(await blocking(campaign, third)).toBe('concurrency');
    granted(await fleet.says(campaign, second, done));
    expect(await asks(third)).toBe(true);
  });

  it('keeps no place for a device that has not asked for long', async () => {
    const { devices, campaign } = await begin({ concurrency: 1 }, [{}, {}, {}]);
    const [first, second, third] = [must(devices[0]), must(devices[1]), must(devices[2])];
    expect(await asks(first)).toBe(true);
    expect([await asks(second), await asks(third)]).toEqual([false, false]);
    granted(await fleet.says(campaign, first, done));
    const { usual } = fleet.operator.account.deviceAccess.poll;
    fleet.pass(3 * usual * SECOND - MINUTE);
    expect(await asks(third)).toBe(false);
    fleet.pass(MINUTE);
    expect(await asks(third)).toBe(true);
  });

  it('lets nobody wait behind a device that its site holds back', async () => {
    const plan = { concurrency: 2, budgets: [{ attribute: 'site', most: 1 }] };
    const kiel = { attributes: { site: 'Kiel' } };
    const bonn = { attributes: { site: 'Bonn' } };
    const { devices, campaign } = await begin(plan, [kiel, kiel, bonn, kiel]);
    const [first, second, third, last] = [0, 1, 2, 3].map((index) => must(devices[index])) as [
      StoredDevice,
      StoredDevice,
      StoredDevice,
      StoredDevice,
    ];
    expect(await asks(first)).toBe(true);
    expect(await asks(second)).toBe(false);
    expect(await fleet.updateOf(campaign, second)).toMatchObject({ queue: 'budget' });
    expect(await asks(third)).toBe(true);
    expect(await asks(last)).toBe(false);
    granted(await fleet.says(campaign, first, done));
    expect(await asks(last)).toBe(false);
    expect(await blocking(campaign, last)).toBe('queue');
    expect(await asks(second)).toBe(true);
  });

  it('gives a place to whoever asks where no order was asked for', async () => {
    const { devices, campaign } = await begin({ order: 'recently-seen', concurrency: 1 }, [{}, {}, {}]);
    const [first, second, third] = [must(devices[0]), must(devices[1]), must(devices[2])];
    expect([await asks(first), await asks(second)]).toEqual([true, false]);
    granted(await fleet.says(campaign, first, done));
    expect(await asks(third)).toBe(true);
    expect(await fleet.updateOf(campaign, second)).toMatchObject({ queue: 'none' });
  });
});
