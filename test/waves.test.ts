import { beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../src/app/caller.ts';
import { createSchedule, runDueCampaigns } from '../src/app/campaign-end.ts';
import { commandCampaign, editCampaign } from '../src/app/campaigns.ts';
import { editDevice } from '../src/app/devices.ts';
import { addDevices, removeDevices } from '../src/app/members.ts';
import type { StoredCampaign, StoredDevice } from '../src/app/records.ts';
import { createRolloutSweep } from '../src/app/stop-rules.ts';
import { holdScope, openWave, releaseScope } from '../src/app/waves.ts';
import type { Wave } from '../src/domain/rollout.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../src/domain/time.ts';
import { must } from './contract/store/world.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';
import { again, ends, progressOf, rollOut, runs } from './support/rollout.ts';

let fleet: Fleet;
let pilots: readonly StoredDevice[];
let others: readonly StoredDevice[];
beforeEach(async () => {
  fleet = await newFleet();
  pilots = await fleet.world.addDevices(4, { tags: ['pilot'] });
  others = await fleet.world.addDevices(6, { tags: [] });
});

const pilotWave = (given: Partial<Wave> = {}): Wave => ({
  name: 'pilot',
  size: { by: 'query', expression: 'tag = pilot' },
  success: 50,
  soak: HOUR,
  manual: false,
  ...given,
});
const start = (...waves: readonly Wave[]) =>
  rollOut(fleet, { rollout: { by: 'waves', waves } }, [...pilots, ...others]);
const due = () => runDueCampaigns(fleet.deps);
const first = () => must(pilots[0]);
const mayEdit = (): Caller => ({ ...fleet.operator, permissions: new Set(['Edit Device']) });
const second = () => must(pilots[1]);
const outsider = () => must(others[0]);

describe('waves', () => {
  it('are counted when the campaign starts', async () => {
    const few: Wave = { ...pilotWave(), name: 'few', size: { by: 'count', count: 5 } };
    const campaign = await start(pilotWave(), few);
    expect((await progressOf(fleet, campaign)).sizes).toEqual([4, 5]);
  });

  it('leave out whoever cannot take part', async () => {
    await fleet.world.addDevice({ tags: ['pilot'], model: 'TCU-9' });
    const campaign = await start(pilotWave());
    const odd = await fleet.world.addDevice({ tags: ['pilot'], model: 'TCU-9' });
    granted(await addDevices(fleet.deps, fleet.operator, campaign.id, [odd.id]));
    await createRolloutSweep(fleet.deps)();
    await fleet.work();
    expect((await progressOf(fleet, campaign)).sizes).toEqual([4]);
  });

  it('do not wait for who was rejected at contact, before the count or after', async () => {
    const odd = await fleet.world.addDevices(2, { tags: ['pilot'], make: '', model: '' });
    const campaign = await rollOut(
      fleet,
      { rollout: { by: 'waves', waves: [pilotWave({ success: 100, soak: 0 })] } },
      [...pilots, ...odd, ...others],
    );
    for (const { id } of odd) {
      granted(await editDevice(fleet.deps, mayEdit(), id, { model: 'TCU-9' }));
    }
    for (const device of odd) expect(await fleet.contact(device)).toBeUndefined();
    expect((await fleet.updateOf(campaign, must(odd[0]))).admission).toEqual({ wave: null, scopes: [''] });
    await createRolloutSweep(fleet.deps)();
    await fleet.work();
    expect((await progressOf(fleet, campaign)).sizes).toEqual([4]);
    for (const device of pilots) await runs(fleet, campaign, device);
    expect((await progressOf(fleet, campaign)).wave).toBe(1);
  });

  it('let nobody of a later one in before it opens, and those let in go on when it is held no more', async () => {
    const campaign = await start(pilotWave());
    expect(await runs(fleet, campaign, outsider())).toBe(false);
    expect((await fleet.contact(first()))?.due).toBe('download');
  });

  it('soak once enough devices succeeded, then the next opens by the clock and not before', async () => {
    const campaign = await start(pilotWave());
    await runs(fleet, campaign, first());
    expect((await progressOf(fleet, campaign)).metAt).toBeNull();
    await runs(fleet, campaign, second());
    expect((await progressOf(fleet, campaign)).metAt).toBe(fleet.deps.clock());
    fleet.pass(HOUR - 1);
    expect(await due()).toBe(0);
    expect(await runs(fleet, campaign, outsider())).toBe(false);
    fleet.pass(1);
    expect(await due()).toBe(1);
    expect(await progressOf(fleet, campaign)).toMatchObject({ wave: 1, metAt: null });
    expect(await runs(fleet, campaign, outsider())).toBe(true);
    expect(await due()).toBe(0);
  });

  it('wait for an operator where they are to, after their soak', async () => {
    const campaign = await start(pilotWave({ manual: true }));
    for (const device of [first(), second()]) await runs(fleet, campaign, device);
    fleet.pass(DAY);
    await due();
    expect((await progressOf(fleet, campaign)).wave).toBe(0);
    granted(await openWave(fleet.deps, fleet.operator, campaign.id));
    expect((await progressOf(fleet, campaign)).wave).toBe(1);
    expect(await openWave(fleet.deps, fleet.operator, campaign.id)).toMatchObject({
      ok: false,
      refusal: { code: 'invalid', field: 'wave' },
    });
  });

  it('open one after the other at once where nobody is in them and nothing soaks', async () => {
    const empty: Wave = pilotWave({
      size: { by: 'query', expression: 'tag = nobody' },
      soak: 0,
      success: 100,
    });
    const campaign = await start(empty, empty, pilotWave());
    expect((await progressOf(fleet, campaign)).wave).toBe(2);
  });

  it('count the places of a wave by number, however many ask at the same time', async () => {
    await start(pilotWave({ size: { by: 'count', count: 3 } }));
    const asked = await Promise.all([...pilots, ...others].map((device) => fleet.contact(device)));
    expect(asked.filter((found) => found?.due !== undefined)).toHaveLength(3);
  });

  it('are counted again when devices come and go, and when they are other waves', async () => {
    const campaign = await start(pilotWave());
    const sweep = createRolloutSweep(fleet.deps);
    await sweep();
    await fleet.work();
    const more = await fleet.world.addDevice({ tags: ['pilot'] });
    granted(await addDevices(fleet.deps, fleet.operator, campaign.id, [more.id]));
    await sweep();
    await fleet.work();
    expect((await progressOf(fleet, campaign)).sizes).toEqual([5]);
    granted(await removeDevices(fleet.deps, fleet.operator, campaign.id, [more.id, first().id]));
    await sweep();
    await fleet.work();
    expect((await progressOf(fleet, campaign)).sizes).toEqual([3]);
    const rollout = { by: 'waves', waves: [pilotWave({ size: { by: 'percent', percent: 100 } })] } as const;
    granted(await editCampaign(fleet.deps, fleet.operator, campaign.id, { rollout }));
    await fleet.work();
    expect((await progressOf(fleet, campaign)).sizes).toEqual([9]);
  });

  it('can be held and released, and a repeat changes nothing', async () => {
    const campaign = await start(pilotWave());
    const hold = () => holdScope(fleet.deps, fleet.operator, campaign.id, 'wave/0');
    const held = granted(await hold());
    expect(granted(await hold()).version).toBe(held.version);
    expect(await runs(fleet, campaign, first())).toBe(false);
    granted(await releaseScope(fleet.deps, fleet.operator, campaign.id, 'wave/0'));
    expect(await runs(fleet, campaign, first())).toBe(true);
  });
});

describe('caps', () => {
  const asking = async (campaign: StoredCampaign, devices: readonly StoredDevice[]) => {
    const asked = await Promise.all(devices.map((device) => fleet.contact(device)));
    return asked
      .filter((found) => found !== undefined)
      .filter(({ due: given, campaign: { id } }) => given !== undefined && id === campaign.id);
  };

  it('of devices in progress hold, however many ask at the same time', async () => {
    const campaign = await rollOut(fleet, { concurrency: 2 }, others);
    const begun = await asking(campaign, others);
    expect(begun).toHaveLength(2);
    const device = must(others.find(({ key }) => key === must(begun[0]).update.device));
    await ends(fleet, campaign, device, true);
    expect(await asking(campaign, others)).toHaveLength(2);
  });

  it('count a device that begins what is ready without having asked once more', async () => {
    const kiel = await fleet.world.addDevices(2, { attributes: { depot: 'Kiel' } });
    const plan = { concurrency: 1, budgets: [{ attribute: 'depot', most: 1 }] };
    const campaign = await rollOut(fleet, plan, kiel);
    const [eager, other] = kiel as [StoredDevice, StoredDevice];
    const stepwise = { together: false, steps: () => 1 };
    for (let step = 0; step < 9; step += 1) {
      if ((await fleet.updateOf(campaign, eager)).position === 'download-ready') break;
      await fleet.contact(eager, stepwise);
    }
    const begins = { type: 'progress', phase: 'download', step: 'running' } as const;
    expect(granted(await fleet.says(campaign, eager, begins)).update).toMatchObject({
      position: 'download-running',
      admission: { wave: null, scopes: ['', 'attributes.depot/Kiel'] },
    });
    const { account } = fleet.operator;
    const scopes = ['', 'attributes.depot/Kiel'];
    const tallies = await fleet.store.campaigns.tallies(account.key, campaign.key, scopes);
    for (const scope of scopes) expect(tallies.get(scope)).toEqual({ started: 1, 'in-progress': 1 });
    expect((await fleet.contact(other))?.due).toBeUndefined();
    await ends(fleet, campaign, eager, true);
    expect((await fleet.contact(other))?.due).toBe('download');
  });

  it('of each value of an attribute hold beside each other', async () => {
    const kiel = await fleet.world.addDevices(3, { attributes: { depot: 'Kiel' } });
    const rhein = await fleet.world.addDevices(3, { attributes: { depot: 'Rhein' } });
    const budgets = [{ attribute: 'depot', most: 1 }];
    const campaign = await rollOut(fleet, { budgets }, [...kiel, ...rhein]);
    expect(await asking(campaign, kiel)).toHaveLength(1);
    expect(await asking(campaign, rhein)).toHaveLength(1);
  });

  it('of a minute hold for a ramp, and the next minute has room again', async () => {
    const rollout = { by: 'ramp', perMinute: 2, factor: 2, every: 2, most: 100 } as const;
    const campaign = await rollOut(fleet, { rollout }, others);
    fleet.pass(MINUTE - 1);
    const begun = await asking(campaign, others);
    expect(begun).toHaveLength(2);
    fleet.pass(1 + 30_000);
    const first = begun.map(({ update }) => update.device);
    const left = others.filter(({ key }) => !first.includes(key));
    expect((await asking(campaign, left)).length).toBeGreaterThanOrEqual(1);
  });
});

describe('a freeze of the account', () => {
  it('holds every campaign, tells until when, and lets them go on after', async () => {
    const [freeze] = fleet.operator.account.freezes;
    const { from, to } = must(freeze);
    await rollOut(fleet, {}, others);
    fleet.pass(from - fleet.deps.clock());
    expect(await fleet.contact(outsider())).toMatchObject({ due: undefined, until: to });
    fleet.pass(to - from);
    expect(await fleet.contact(outsider())).toMatchObject({ due: 'download' });
  });
});

describe('a clock that jumps', () => {
  it.each([
    ['an hour', HOUR],
    ['a day', DAY],
  ])('by %s forward and back opens no wave twice, and begins nothing again', async (_, jump) => {
    const campaign = await start(pilotWave(), pilotWave({ size: { by: 'count', count: 3 } }));
    for (const device of [first(), second()]) await runs(fleet, campaign, device);
    fleet.pass(jump);
    await due();
    expect((await progressOf(fleet, campaign)).wave).toBe(1);
    fleet.pass(-jump);
    for (let n = 0; n < 3; n += 1) await due();
    expect((await progressOf(fleet, campaign)).wave).toBe(1);
    expect(await runs(fleet, campaign, first())).toBe(false);
    const opened = (await fleet.world.events()).filter(({ body }) => body.type === 'campaign-wave-opened');
    expect(opened).toHaveLength(1);
  });

  it.each([
    ['an hour', HOUR],
    ['a day', DAY],
  ])('back by %s holds a soak up for no longer than that, and loses nothing', async (_, jump) => {
    const campaign = await start(pilotWave());
    for (const device of [first(), second()]) await runs(fleet, campaign, device);
    fleet.pass(-jump);
    expect(await due()).toBe(0);
    fleet.pass(jump + HOUR);
    await due();
    expect((await progressOf(fleet, campaign)).wave).toBe(1);
  });

  it.each([
    ['an hour', HOUR],
    ['a day', DAY],
  ])('by %s forward, and back within a minute, opens no wave and ends nothing', async (_, jump) => {
    const endAt = fleet.deps.clock() + HOUR;
    const campaign = await start(pilotWave({ soak: HOUR / 2 }));
    granted(await editCampaign(fleet.deps, fleet.operator, campaign.id, { endAt }));
    for (const device of [first(), second()]) await runs(fleet, campaign, device);
    const schedule = createSchedule(fleet.deps);
    await schedule();
    fleet.pass(jump);
    await schedule();
    fleet.pass(30 * SECOND);
    await schedule();
    fleet.pass(-jump);
    for (let n = 0; n < 3; n += 1) {
      fleet.pass(MINUTE);
      await schedule();
    }
    expect(await again(fleet, campaign)).toMatchObject({ status: 'running', progress: { wave: 0 } });
    for (let n = 0; n < 30; n += 1) {
      fleet.pass(MINUTE);
      await schedule();
    }
    expect((await progressOf(fleet, campaign)).wave).toBe(1);
  });

  it('starts and ends a campaign once, whatever it shows in between', async () => {
    const campaign = await rollOut(fleet, {}, others);
    const other = await fleet.world.addPackage();
    const endAt = fleet.deps.clock() + 2 * HOUR;
    granted(await editCampaign(fleet.deps, fleet.operator, campaign.id, { endAt, packages: [other.id] }));
    fleet.pass(-DAY);
    expect(await due()).toBe(0);
    expect((await again(fleet, campaign)).status).toBe('running');
    fleet.pass(DAY + 2 * HOUR);
    await due();
    expect((await again(fleet, campaign)).status).toBe('ended');
    fleet.pass(-DAY);
    await due();
    const refused = await commandCampaign(fleet.deps, fleet.operator, campaign.id, { type: 'start' });
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'campaign/wrong-state' } });
    await fleet.work();
    const ended = (await fleet.world.events()).filter(({ body }) => body.type === 'campaign-ended');
    expect(ended).toHaveLength(1);
  });
});
