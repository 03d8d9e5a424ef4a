import { beforeEach, describe, expect, it } from 'vitest';
import type { Blocker } from '../src/app/blockers.ts';
import { runDueCampaigns } from '../src/app/campaign-end.ts';
import { commandCampaign, createCampaign } from '../src/app/campaigns.ts';
import { acceptDevice } from '../src/app/device-state.ts';
import { type Explanation, explainUpdate } from '../src/app/explanation.ts';
import { addDevices, recallDevice } from '../src/app/members.ts';
import type { StoredCampaign, StoredDevice } from '../src/app/records.ts';
import { holdScope } from '../src/app/waves.ts';
import type { Device } from '../src/domain/device.ts';
import { gateRules } from '../src/domain/gate.ts';
import type { Plan } from '../src/domain/plan.ts';
import { DAY, HOUR, MINUTE } from '../src/domain/time.ts';
import { must } from './contract/store/world.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';
import { ends, progressOf, rollOut, runs } from './support/rollout.ts';
import { ada, NOON, sampleDevice } from './support/samples.ts';

let fleet: Fleet;
beforeEach(async () => {
  fleet = await newFleet();
});

const explain = async (campaign: StoredCampaign, device: Device): Promise<Explanation> =>
  granted(await explainUpdate(fleet.deps, fleet.operator, { campaign: campaign.id, device: device.id }));
const day = (from: number, to: number) => ({ days: [1, 2, 3, 4, 5, 6, 7], from, to, zone: 'utc' as const });
const timing = (given: Partial<Plan['download']>) => ({ notBefore: null, windows: [], spread: 0, ...given });

describe('an explanation', () => {
  /** The last device of the campaign is the one that is asked about. */
  const cases: readonly (readonly [Blocker, Partial<Plan>, number | null])[] = [
    ['not-before', { download: timing({ notBefore: NOON + HOUR }) }, NOON + HOUR],
    ['window', { download: timing({ windows: [day(13 * 60, 14 * 60)] }) }, NOON + HOUR],
    ['freeze', { freezes: [{ name: 'fair', from: NOON - 1, to: NOON + HOUR }] }, NOON + HOUR],
    ['approval', { checkpoints: ['download'] }, null],
    ['concurrency', { concurrency: 1 }, null],
    ['budget', { budgets: [{ attribute: 'depot', most: 1 }] }, null],
    ['pace', { rollout: { by: 'ramp', perMinute: 1, factor: 1, every: 1, most: 1 } }, NOON + MINUTE],
    [
      'wave',
      {
        rollout: {
          by: 'waves',
          waves: [{ name: 'one', size: { by: 'count', count: 1 }, success: 100, soak: 0, manual: false }],
        },
      },
      null,
    ],
  ];

  it.each(cases)('names %s where that is what a device waits for', async (rule, plan, until) => {
    const [first, last] = await fleet.world.addDevices(2);
    const campaign = await rollOut(fleet, plan, [must(first), must(last)]);
    await fleet.contact(must(first));
    const { blocking, verdicts, changesAt, remedies } = await explain(campaign, must(last));
    expect(blocking).toMatchObject({ rule, open: false, until });
    expect(changesAt).toBe(until);
    expect(verdicts.filter(({ open }) => !open).map((verdict) => verdict.rule)).toEqual([rule, 'contact']);
    for (const known of gateRules) expect(verdicts.map((verdict) => verdict.rule)).toContain(known);
    expect(remedies.length).toBeGreaterThan(0);
    expect((await fleet.contact(must(last)))?.due).toBeUndefined();
  });

  it('names the one that waits for an event before those that the clock opens', async () => {
    const [device] = await fleet.world.addDevices(1);
    const plan = { checkpoints: ['download'], download: timing({ notBefore: NOON + HOUR }) } as const;
    const campaign = await rollOut(fleet, plan, [must(device)]);
    expect((await explain(campaign, must(device))).blocking).toMatchObject({ rule: 'approval', until: null });
  });

  it('says that the device has to ask, that it owes an answer, and how it ended', async () => {
    const device = await fleet.world.addDevice();
    const campaign = await rollOut(fleet, {}, [device]);
    expect((await explain(campaign, device)).blocking).toMatchObject({ rule: 'contact' });
    await fleet.contact(device);
    const begun = await explain(campaign, device);
    expect(begun).toMatchObject({ blocking: { rule: 'report' }, changesAt: NOON + DAY });
    expect(begun.remedies).toContain('recall');
    granted(await recallDevice(fleet.deps, fleet.operator, { campaign: campaign.id, device: device.id }, ''));
    expect((await explain(campaign, device)).blocking).toMatchObject({ rule: 'recall' });
    granted(await fleet.says(campaign, device, { type: 'stop', answer: 'stopped', message: '' }));
    expect(await explain(campaign, device)).toMatchObject({
      update: { status: 'closed', outcome: 'closed-by-operator' },
      blocking: null,
      remedies: ['begin-again'],
    });
  });

  it('shows what the device said last, and how often it tried', async () => {
    const device = await fleet.world.addDevice();
    const campaign = await rollOut(fleet, {}, [device]);
    await fleet.contact(device);
    const said = { type: 'failure', reason: 'connection-lost', message: 'no carrier' } as const;
    granted(await fleet.says(campaign, device, said));
    const entry = {
      at: NOON,
      word: 'closed',
      result: 'failure',
      code: 5,
      progress: null,
      lines: ['no carrier'],
    };
    const keys = { campaign: campaign.key, device: device.key };
    await fleet.world.write({ append: 'log', ...keys, entry: { ...entry, result: 'failure' } });
    expect(await explain(campaign, device)).toMatchObject({
      said: { lines: ['no carrier'] },
      attempts: { made: 2, most: 3, generation: 1 },
      blocking: { rule: 'back-off', until: NOON + 5 * MINUTE },
    });
  });

  it('names what stands beside the campaign: acceptance, fitness, another campaign', async () => {
    const waiting = await fleet.world.addDevice({ standing: 'waiting' });
    const odd = await fleet.world.addDevice({ model: 'TCU-9' });
    const busy = await fleet.world.addDevice();
    const other = await rollOut(fleet, { priority: 90 }, [busy]);
    const campaign = await rollOut(fleet, {}, [waiting, odd, busy]);
    expect(await explain(campaign, waiting)).toMatchObject({
      blocking: { rule: 'acceptance' },
      remedies: ['accept-device', 'recall', 'close'],
    });
    expect((await explain(campaign, odd)).blocking).toMatchObject({
      rule: 'fit',
      message: expect.stringContaining('another model'),
    });
    const first = (await explain(campaign, busy)).blocking;
    expect(first).toMatchObject({ rule: 'other-campaign', message: expect.stringContaining(other.id) });
    await fleet.contact(busy);
    expect((await explain(campaign, busy)).blocking).toEqual(first);
    granted(await acceptDevice(fleet.deps, fleet.operator, waiting.id));
    expect((await explain(campaign, waiting)).blocking).toMatchObject({ rule: 'contact' });
  });

  it('offers what the status of the campaign asks for', async () => {
    const device = await fleet.world.addDevice();
    const pack = await fleet.world.addPackage();
    const plan = { name: 'draft', packages: [pack.id] };
    const campaign = granted(await createCampaign(fleet.deps, fleet.operator, plan));
    granted(await addDevices(fleet.deps, fleet.operator, campaign.id, [device.id]));
    const remedies = async () => {
      const { blocking, remedies: found } = await explain(campaign, device);
      expect(blocking).toMatchObject({ rule: 'campaign-status' });
      return found;
    };
    expect(await remedies()).toContain('start-campaign');
    granted(await commandCampaign(fleet.deps, fleet.operator, campaign.id, { type: 'start' }));
    granted(await commandCampaign(fleet.deps, fleet.operator, campaign.id, { type: 'pause' }));
    expect(await remedies()).toContain('resume-campaign');
  });
});

describe('a campaign over ten thousand devices', () => {
  const zones = ['Europe/Berlin', 'America/Chicago', 'Asia/Tokyo', 'Australia/Adelaide'];
  const wave = (percent: number) =>
    ({
      name: `${percent} %`,
      size: { by: 'percent', percent },
      success: 20,
      soak: HOUR,
      manual: false,
    }) as const;
  const plan: Partial<Plan> = {
    rollout: { by: 'waves', waves: [wave(5), wave(20)] },
    download: timing({ windows: [{ ...day(20 * 60, 4 * 60), zone: 'device' }], spread: 2 * HOUR }),
    budgets: [{ attribute: 'depot', most: 1 }],
    retry: { attempts: 2, backOff: 10 * MINUTE, classes: {}, coolDown: 0 },
  };

  const populate = async (): Promise<readonly StoredDevice[]> => {
    const values = Array.from({ length: 10_000 }, (_, n) =>
      sampleDevice({
        timeZone: must(zones[n % zones.length]),
        attributes: { depot: `depot-${n % 50}` },
        standing: n % 97 === 0 ? 'waiting' : 'accepted',
        model: n % 211 === 0 ? 'TCU-9' : 'TCU-2',
      }),
    );
    const rows = values.map((value) => ({ value }));
    await fleet.store.devices.saveMany(fleet.operator.account.key, rows, { actor: ada, now: NOON });
    return fleet.store.devices.findMany(
      fleet.operator.account.key,
      values.map(({ id }) => id),
    );
  };

  it('has exactly one reason for each open update, which is the one that its next contact finds', async () => {
    const devices = await populate();
    const campaign = await rollOut(fleet, plan, devices);
    const found = new Map<Blocker, number>();
    /** Whoever has something to do ends it, one in ten badly. */
    const round = async (n: number): Promise<void> => {
      for (const [index, device] of devices.entries()) {
        if ((index + n) % 3 !== 0) continue;
        if ((await fleet.updateOf(campaign, device)).status === 'closed') continue;
        const { blocking, verdicts } = await explain(campaign, device);
        const { rule } = must(blocking ?? undefined);
        found.set(rule, (found.get(rule) ?? 0) + 1);
        expect(verdicts.filter((verdict) => verdict.rule === rule && !verdict.open)).toHaveLength(1);
        const before = await fleet.updateOf(campaign, device);
        const given = await fleet.contact(device);
        const isNew = given?.due !== undefined && given.moved;
        expect(isNew, `${rule} at ${before.position}`).toBe(rule === 'contact');
        if (given?.due === undefined || index % 7 === 0) continue;
        if (index % 10 !== 1) await ends(fleet, campaign, device, true);
        else {
          const passing = { type: 'failure', reason: 'connection-lost', message: '' } as const;
          granted(await fleet.says(campaign, device, passing));
        }
      }
    };
    for (let n = 0; n < 7; n += 1) {
      await round(n);
      fleet.pass(3 * HOUR);
      await runDueCampaigns(fleet.deps);
      if (n === 2) {
        granted(await holdScope(fleet.deps, fleet.operator, campaign.id, 'attributes.depot/depot-3'));
      }
    }
    expect([...found.keys()].sort()).toEqual([
      ...['acceptance', 'budget', 'contact', 'fit', 'held', 'report', 'spread', 'wave', 'window'],
    ]);
    expect((await progressOf(fleet, campaign)).wave).toBe(1);
  }, 120_000);

  it('shows a closed one as closed', async () => {
    const device = await fleet.world.addDevice();
    const campaign = await rollOut(fleet, {}, [device]);
    await runs(fleet, campaign, device);
    expect(await explain(campaign, device)).toMatchObject({
      blocking: null,
      update: { outcome: 'succeeded' },
    });
  });
});
