import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandCampaign } from '../src/app/campaigns.ts';
import { checkIn } from '../src/app/check-in.ts';
import type { EventBody } from '../src/app/event-records.ts';
import { addDevices, listJobs } from '../src/app/members.ts';
import type { Store } from '../src/app/ports.ts';
import type { StoredCampaign, StoredDevice } from '../src/app/records.ts';
import { retryFailed } from '../src/app/retry-failed.ts';
import { giveUpSilent } from '../src/app/silence.ts';
import { createRolloutSweep } from '../src/app/stop-rules.ts';
import { releaseScope } from '../src/app/waves.ts';
import { HOUR } from '../src/domain/time.ts';
import { must } from './contract/store/world.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';
import { again, ends, progressOf, rollOut, runs, stopRule, stores } from './support/rollout.ts';

let fleet: Fleet;
let close: () => Promise<void>;

const bodies = async (): Promise<readonly EventBody[]> =>
  (await fleet.world.events()).map(({ body }) => body);
const eventsOf = async <Type extends EventBody['type']>(type: Type) =>
  (await bodies()).filter((body) => body.type === type) as Extract<EventBody, { type: Type }>[];
const resume = async ({ id }: StoredCampaign) =>
  granted(await commandCampaign(fleet.deps, fleet.operator, id, { type: 'resume' }));

describe.each(stores)('stop rules over %s', (_, open) => {
  beforeEach(async () => {
    const { store, end } = await open();
    fleet = await newFleet(store);
    close = end;
  });
  afterEach(() => close());

  it('hand out nothing after the commit of the rule that stops the campaign', async () => {
    const devices = await fleet.world.addDevices(120);
    const campaign = await rollOut(fleet, { stopRules: [stopRule({ threshold: { count: 5 } })] }, devices);
    // All at once: each asks, and fails if it was given something; nobody waits for anybody.
    await Promise.all(devices.map((device) => runs(fleet, campaign, device, false)));
    expect((await again(fleet, campaign)).status).toBe('paused');
    const events = await fleet.world.events();
    const paused = must(events.find(({ body }) => body.type === 'campaign-paused')).seq;
    const offers = events.filter(
      ({ body }) => body.type === 'update-moved' && body.to === 'download-running',
    );
    expect(offers.length).toBeGreaterThanOrEqual(5);
    expect(offers.filter(({ seq }) => seq > paused)).toEqual([]);
    for (const device of devices) expect((await fleet.contact(device))?.due).toBeUndefined();
  });

  it('take back an offer that was decided before the rule fired and would be written after', async () => {
    const devices = await fleet.world.addDevices(2);
    const campaign = await rollOut(fleet, { stopRules: [stopRule({ threshold: { count: 1 } })] }, devices);
    const [failing, asking] = devices as [StoredDevice, StoredDevice];
    await fleet.contact(failing);
    let wasLate = false;
    const late: Store = {
      ...fleet.store,
      commit: async (change) => {
        if (!wasLate) {
          wasLate = true;
          await ends(fleet, campaign, failing, false);
        }
        return fleet.store.commit(change);
      },
    };
    const deps = { ...fleet.deps, store: late };
    const found = granted(await checkIn(deps, fleet.speakerFor(asking), asking, { together: true }));
    expect(wasLate).toBe(true);
    expect(found?.due).toBeUndefined();
    expect((await again(fleet, campaign)).status).toBe('paused');
    expect((await fleet.updateOf(campaign, asking)).position).toBe('pending');
  });

  it('fire once, and anew for what comes after the campaign was resumed', async () => {
    const devices = await fleet.world.addDevices(8);
    const campaign = await rollOut(fleet, { stopRules: [stopRule()] }, devices);
    for (const device of devices.slice(0, 3)) await runs(fleet, campaign, device, false);
    expect(await eventsOf('campaign-rule-tripped')).toMatchObject([
      { rule: 0, scope: '', closed: 3, hits: 3 },
    ]);
    await resume(campaign);
    for (const device of devices.slice(3, 5)) expect(await runs(fleet, campaign, device, false)).toBe(true);
    expect((await again(fleet, campaign)).status).toBe('running');
    await runs(fleet, campaign, must(devices[5]), false);
    expect((await again(fleet, campaign)).status).toBe('paused');
    expect(await eventsOf('campaign-rule-tripped')).toHaveLength(2);
  });

  it('see those fail again that were counted before and have begun again', async () => {
    const devices = await fleet.world.addDevices(4);
    const rules = [
      stopRule({ minimum: 3 }),
      stopRule({
        scope: { by: 'attribute', attribute: 'depot' },
        minimum: 2,
        threshold: { count: 2 },
        action: 'alert',
      }),
    ];
    const campaign = await rollOut(fleet, { stopRules: rules }, devices);
    for (const device of devices.slice(0, 3)) await runs(fleet, campaign, device, false);
    expect((await again(fleet, campaign)).status).toBe('paused');
    granted(await retryFailed(fleet.deps, fleet.operator, campaign.id));
    await fleet.work();
    await resume(campaign);
    for (const device of devices.slice(0, 2)) await runs(fleet, campaign, device, false);
    expect((await again(fleet, campaign)).status).toBe('running');
    await runs(fleet, campaign, must(devices[2]), false);
    expect((await again(fleet, campaign)).status).toBe('paused');
    const told = await eventsOf('campaign-rule-tripped');
    expect(told.map(({ rule, hits }) => [rule, hits]).filter(([rule]) => rule === 0)).toEqual([
      [0, 3],
      [0, 3],
    ]);
    expect(told.filter(({ rule }) => rule === 1)).toHaveLength(2);
  });

  it('see those fail again that an operator has added again, by the sweep', async () => {
    const devices = await fleet.world.addDevices(3);
    const campaign = await rollOut(fleet, { stopRules: [stopRule()] }, devices);
    const sweep = createRolloutSweep(fleet.deps);
    for (const device of devices) await runs(fleet, campaign, device, false);
    await resume(campaign);
    await sweep();
    const ids = devices.map(({ id }) => id);
    granted(await addDevices(fleet.deps, fleet.operator, campaign.id, ids));
    await sweep();
    for (const device of devices) await runs(fleet, campaign, device, false);
    expect((await again(fleet, campaign)).status).toBe('paused');
  });

  it('wait for the smallest sample, which successes belong to', async () => {
    const rule = stopRule({ minimum: 4, threshold: { percent: 25 } });
    const devices = await fleet.world.addDevices(4);
    const campaign = await rollOut(fleet, { stopRules: [rule] }, devices);
    const [first, ...others] = devices;
    await runs(fleet, campaign, must(first), false);
    for (const device of others.slice(0, 2)) await runs(fleet, campaign, device);
    expect((await again(fleet, campaign)).status).toBe('running');
    await runs(fleet, campaign, must(others[2]));
    expect((await again(fleet, campaign)).status).toBe('paused');
  });

  it('hold the value of an attribute alone, until somebody releases it', async () => {
    const rule = stopRule({
      scope: { by: 'attribute', attribute: 'depot' },
      threshold: { count: 1 },
      action: 'hold',
    });
    const kiel = await fleet.world.addDevices(2, { attributes: { depot: 'Kiel' } });
    const rhein = await fleet.world.addDevices(1, { attributes: { depot: 'Rhein' } });
    const campaign = await rollOut(fleet, { stopRules: [rule] }, [...kiel, ...rhein]);
    await runs(fleet, campaign, must(kiel[0]), false);
    expect((await progressOf(fleet, campaign)).held).toEqual(['attributes.depot/Kiel']);
    expect(await runs(fleet, campaign, must(kiel[1]))).toBe(false);
    expect(await runs(fleet, campaign, must(rhein[0]))).toBe(true);
    granted(await releaseScope(fleet.deps, fleet.operator, campaign.id, 'attributes.depot/Kiel'));
    expect(await runs(fleet, campaign, must(kiel[1]))).toBe(true);
  });

  it('count devices that were never heard of once they are given up', async () => {
    const devices = await fleet.world.addDevices(4);
    const rule = stopRule({ signal: 'silent', threshold: { count: 2 }, action: 'abort' });
    const retry = { attempts: 1, backOff: 0, classes: {}, coolDown: 0 };
    const timeouts = { download: HOUR, execution: HOUR, activation: HOUR };
    const campaign = await rollOut(fleet, { stopRules: [rule], retry, timeouts }, devices);
    for (const device of devices.slice(0, 3)) await fleet.contact(device);
    fleet.pass(HOUR + 1);
    await giveUpSilent(fleet.deps);
    expect((await again(fleet, campaign)).status).toBe('cancelled');
    await fleet.work();
    expect((await fleet.updateOf(campaign, must(devices[3]))).status).toBe('closed');
  });

  it('count devices that are rejected at their contact, and judge the campaign in that moment', async () => {
    const rules = [stopRule({ signal: 'rejected', threshold: { count: 2 }, minimum: 2 })];
    const odd = await fleet.world.addDevices(2, { model: 'TCU-9' });
    const [fit, waiting] = await fleet.world.addDevices(2);
    const all = [...odd, must(fit), must(waiting)];
    const campaign = await rollOut(fleet, { stopRules: rules }, all);
    expect((await fleet.contact(must(fit)))?.due).toBe('download');
    for (const device of odd) expect(await fleet.contact(device)).toBeUndefined();
    expect((await again(fleet, campaign)).status).toBe('paused');
    expect((await fleet.contact(must(waiting)))?.due).toBeUndefined();
    const { account } = fleet.operator;
    const tallies = await fleet.store.campaigns.tallies(account.key, campaign.key, ['']);
    expect(tallies.get('')).toEqual({ started: 1, 'in-progress': 1, rejected: 2 });
  });

  it('count a device that says no before it was given anything', async () => {
    const rules = [stopRule({ signal: 'rejected', threshold: { count: 1 } })];
    const devices = await fleet.world.addDevices(2);
    const shut = { notBefore: fleet.deps.clock() + HOUR, windows: [], spread: 0 };
    const campaign = await rollOut(fleet, { stopRules: rules, download: shut }, devices);
    const device = must(devices[0]);
    expect((await fleet.contact(device))?.due).toBeUndefined();
    granted(await fleet.says(campaign, device, { type: 'rejection', message: 'no' }));
    expect((await again(fleet, campaign)).status).toBe('paused');
    const { account } = fleet.operator;
    const tallies = await fleet.store.campaigns.tallies(account.key, campaign.key, ['']);
    expect(tallies.get('')).toEqual({ rejected: 1 });
  });

  it('are judged by the sweep where the server that took the report did not get to it', async () => {
    const rules = [
      stopRule({ threshold: { count: 1 } }),
      stopRule({
        scope: { by: 'attribute', attribute: 'depot' },
        threshold: { count: 1 },
        action: 'hold',
      }),
    ];
    const devices = await fleet.world.addDevices(2, { attributes: { depot: 'Kiel' } });
    const campaign = await rollOut(fleet, { stopRules: rules }, devices);
    const device = must(devices[0]);
    await fleet.contact(device);
    const was = await fleet.updateOf(campaign, device);
    const { campaign: __, device: ___, version: ____, heardAt: _____, handedAt: ______, ...journey } = was;
    if (journey.status !== 'open') throw new Error('it is closed');
    const { notBefore: _0, recall: _1, queue: _2, ...kept } = journey;
    const outcome = { outcome: 'failed', reason: 'install-failed', message: '' } as const;
    await fleet.world.write({ save: 'update', was, value: { ...kept, status: 'closed', ...outcome } });
    expect((await again(fleet, campaign)).status).toBe('running');
    const sweep = createRolloutSweep(fleet.deps);
    await sweep();
    expect(await again(fleet, campaign)).toMatchObject({
      status: 'paused',
      progress: { held: ['attributes.depot/Kiel'] },
    });
    await sweep();
    expect(await eventsOf('campaign-rule-tripped')).toHaveLength(2);
  });

  describe('that roll back', () => {
    let old: string;
    let devices: readonly StoredDevice[];
    beforeEach(async () => {
      old = (await fleet.world.addPackage({ version: '1.2.0', fromVersion: '' })).id;
      devices = await fleet.world.addDevices(6);
    });
    const start = () =>
      rollOut(
        fleet,
        { stopRules: [stopRule({ threshold: { count: 2 }, action: 'roll-back', rollBackTo: old })] },
        devices,
      );
    const back = async () => {
      const [told] = await eventsOf('campaign-rolled-back');
      return must(await fleet.store.campaigns.find(fleet.operator.account.key, must(told).into));
    };

    it('cancel, and bring those that succeeded back by a campaign of their own', async () => {
      const campaign = await start();
      const [a, b, c, d] = devices as [StoredDevice, StoredDevice, StoredDevice, StoredDevice];
      for (const device of [a, b]) await runs(fleet, campaign, device);
      for (const device of [c, d]) await runs(fleet, campaign, device, false);
      expect((await again(fleet, campaign)).status).toBe('cancelled');
      await fleet.work();
      const rescue = await back();
      expect(rescue).toMatchObject({
        status: 'running',
        createdBy: 'server',
        plan: { packages: [old], downgrades: true },
      });
      const members = await fleet.world.updatesOf(rescue);
      expect(members.map(({ deviceId }) => deviceId).sort()).toEqual([a.id, b.id].sort());
      expect((await listJobs(fleet.deps, fleet.operator, campaign.id)).ok).toBe(true);
    });

    it('take in those that succeed in spite of it later', async () => {
      const campaign = await start();
      const [a, b, c, late] = devices as [StoredDevice, StoredDevice, StoredDevice, StoredDevice];
      await fleet.contact(late);
      await runs(fleet, campaign, a);
      for (const device of [b, c]) await runs(fleet, campaign, device, false);
      await fleet.work();
      await ends(fleet, campaign, late, true);
      fleet.pass(HOUR);
      await fleet.work();
      const members = await fleet.world.updatesOf(await back());
      expect(members.map(({ deviceId }) => deviceId).sort()).toEqual([a.id, late.id].sort());
    });
  });
});
