import { beforeEach, describe, expect, it } from 'vitest';
import { commandCampaign } from '../src/app/campaigns.ts';
import type { Manner } from '../src/app/check-in.ts';
import { runDueUpdates } from '../src/app/due-updates.ts';
import { closeDevice, scheduleDevice } from '../src/app/members.ts';
import { nudgeDevice } from '../src/app/nudge.ts';
import type { StoredCampaign, StoredDevice } from '../src/app/records.ts';
import type { Phase } from '../src/domain/position.ts';
import { HOUR, type Slot } from '../src/domain/time.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';
import { NOON } from './support/samples.ts';

let fleet: Fleet;
beforeEach(async () => {
  fleet = await newFleet();
});

/** A device of a protocol whose steps are taken one by one, at the checkpoint before its download. */
const gateway = { protocol: 'gateway' } as const;
const held = { checkpoints: ['download'] } as const;
const oneStep: Manner = { together: false, steps: () => 1 };

const waiting = async (plan: object = {}) => {
  const launched = await fleet.launch({ ...held, ...plan }, gateway);
  await fleet.contact(launched.device);
  return launched;
};
const idOf = (campaign: StoredCampaign, device: StoredDevice) => ({
  campaign: campaign.id,
  device: device.id,
});
const schedule = (campaign: StoredCampaign, device: StoredDevice, slot: Slot, phase: Phase = 'download') =>
  scheduleDevice(fleet.deps, fleet.operator, idOf(campaign, device), phase, slot);
const now = () => fleet.deps.clock();
const positionOf = async (campaign: StoredCampaign, device: StoredDevice) =>
  (await fleet.updateOf(campaign, device)).position;
/** What happened last, oldest first: steps by where they led. */
const lastEvents = async (count: number) =>
  (await fleet.world.events()).slice(-count).map(({ body, actor }) => ({
    what: body.type === 'update-moved' ? body.to : body.type,
    by: actor.kind,
  }));

describe('a slot that is set', () => {
  it('takes effect at once when it has begun, and a waiting request is woken', async () => {
    const { campaign, device } = await waiting();
    const { update } = granted(await schedule(campaign, device, { begin: now(), end: null }));
    expect(update.position).toBe('download-ready');
    expect(await fleet.updateOf(campaign, device)).toEqual(update);
    const by = 'user';
    expect(await lastEvents(3)).toEqual([
      { what: 'update-slot-set', by },
      { what: 'download-scheduled', by },
      { what: 'download-ready', by },
    ]);
    expect(fleet.woken).toEqual([device.key]);
    expect((await fleet.contact(device, oneStep))?.due).toBe('download');
  });

  it('is not begun by mere words of the device', async () => {
    const { campaign, device } = await waiting();
    granted(await schedule(campaign, device, { begin: now(), end: null }));
    granted(await fleet.says(campaign, device, { type: 'note' }));
    expect(await positionOf(campaign, device)).toBe('download-ready');
  });

  it('waits where it lies ahead, where the gate is shut, and where the device was not heard of yet', async () => {
    const ahead = await waiting();
    const later = { begin: now() + HOUR, end: null };
    granted(await schedule(ahead.campaign, ahead.device, later));
    expect(await positionOf(ahead.campaign, ahead.device)).toBe('download-scheduled');
    const shut = await waiting({ download: { notBefore: now() + HOUR, windows: [], spread: 0 } });
    granted(await schedule(shut.campaign, shut.device, { begin: now(), end: null }));
    expect(await positionOf(shut.campaign, shut.device)).toBe('download-scheduled');
    const silent = await fleet.launch(held, gateway);
    granted(await schedule(silent.campaign, silent.device, { begin: now(), end: null }));
    expect(await positionOf(silent.campaign, silent.device)).toBe('pending');
  });

  it('makes no device ready that takes all phases in one go while it may not install', async () => {
    const plan = { ...held, install: { notBefore: now() + HOUR, windows: [], spread: 0 } };
    const launched = [await fleet.launch(plan, { protocol: 'ddi' }), await fleet.launch(plan, gateway)];
    for (const [n, { campaign, device }] of launched.entries()) {
      await fleet.contact(device, { together: n === 0 });
      granted(await schedule(campaign, device, { begin: now(), end: null }));
    }
    const positions = await Promise.all(launched.map((one) => positionOf(one.campaign, one.device)));
    expect(positions).toEqual(['download-scheduled', 'download-ready']);
  });

  it('wakes nobody when it is refused', async () => {
    const { campaign, device } = await waiting();
    granted(await closeDevice(fleet.deps, fleet.operator, idOf(campaign, device), ''));
    const refusal = { code: 'update/closed', outcome: 'closed-by-operator' };
    expect(await schedule(campaign, device, { begin: now(), end: null })).toEqual({ ok: false, refusal });
    expect(fleet.woken).toEqual([]);
  });
});

describe('the clock alone', () => {
  it('makes an update ready when its slot begins, on behalf of the server', async () => {
    const { campaign, device } = await waiting();
    granted(await schedule(campaign, device, { begin: now() + HOUR, end: null }));
    fleet.pass(HOUR - 1);
    expect(await runDueUpdates(fleet.deps)).toBe(0);
    fleet.pass(1);
    expect(await runDueUpdates(fleet.deps)).toBe(1);
    expect(await positionOf(campaign, device)).toBe('download-ready');
    expect(await lastEvents(1)).toEqual([{ what: 'download-ready', by: 'server' }]);
    expect(await runDueUpdates(fleet.deps)).toBe(0);
  });

  it('sends it back to its checkpoint when the slot ends unused', async () => {
    const { campaign, device } = await waiting();
    granted(await schedule(campaign, device, { begin: now(), end: now() + HOUR }));
    fleet.pass(HOUR);
    expect(await runDueUpdates(fleet.deps)).toBe(1);
    expect(await positionOf(campaign, device)).toBe('download-awaiting-approval');
    expect(await runDueUpdates(fleet.deps)).toBe(0);
    expect(await fleet.contact(device)).toMatchObject({ due: undefined });
  });

  it('looks again when the gate may have opened, and not every second until then', async () => {
    const { campaign, device } = await waiting({ download: { notBefore: NOON + 3 * HOUR, windows: [] } });
    granted(await schedule(campaign, device, { begin: now() + HOUR, end: null }));
    const { version } = await fleet.updateOf(campaign, device);
    fleet.pass(HOUR);
    expect(await runDueUpdates(fleet.deps)).toBe(1);
    expect(await runDueUpdates(fleet.deps)).toBe(0);
    expect((await fleet.updateOf(campaign, device)).version).toBe(version);
    fleet.pass(2 * HOUR);
    expect(await runDueUpdates(fleet.deps)).toBe(1);
    expect(await positionOf(campaign, device)).toBe('download-ready');
  });

  it('does not look again at what only an event can open, but for the end of its slot', async () => {
    const { campaign, devices } = await fleet.launch({ ...held, concurrency: 1 }, gateway, gateway);
    const [first, second] = devices as [StoredDevice, StoredDevice];
    for (const device of devices) {
      await fleet.contact(device);
      granted(await schedule(campaign, device, { begin: now() + HOUR, end: now() + 2 * HOUR }));
    }
    fleet.pass(HOUR);
    expect((await fleet.contact(first))?.due).toBe('download');
    expect(await runDueUpdates(fleet.deps)).toBe(1);
    fleet.pass(HOUR - 1);
    expect(await runDueUpdates(fleet.deps)).toBe(0);
    expect(await positionOf(campaign, second)).toBe('download-scheduled');
    fleet.pass(1);
    expect(await runDueUpdates(fleet.deps)).toBe(1);
    expect(await positionOf(campaign, second)).toBe('download-awaiting-approval');
  });

  it('leaves those alone whose campaign is paused, until it goes on', async () => {
    const { campaign, device } = await waiting();
    granted(await schedule(campaign, device, { begin: now() + HOUR, end: null }));
    granted(await commandCampaign(fleet.deps, fleet.operator, campaign.id, { type: 'pause' }));
    fleet.pass(HOUR);
    expect(await runDueUpdates(fleet.deps)).toBe(0);
    granted(await commandCampaign(fleet.deps, fleet.operator, campaign.id, { type: 'resume' }));
    expect(await runDueUpdates(fleet.deps)).toBe(1);
    expect(await positionOf(campaign, device)).toBe('download-ready');
  });

  it('goes through more of them than fit into one batch', async () => {
    const { campaign, devices } = await fleet.launch(held, ...Array.from({ length: 501 }, () => gateway));
    for (const device of devices) {
      await fleet.contact(device);
      granted(await schedule(campaign, device, { begin: now() + HOUR, end: null }));
    }
    fleet.pass(HOUR);
    expect([await runDueUpdates(fleet.deps), await runDueUpdates(fleet.deps)]).toEqual([500, 1]);
    expect(await fleet.world.counts(campaign)).toEqual({ open: { 'download-ready': 501 }, closed: {} });
  });
});

describe('a contact', () => {
  it('takes as many steps as its wire says, and at least one', async () => {
    const { campaign, device } = await fleet.launch({ settings: { 'ota.stepsPerPoll': '2' } }, gateway);
    const manner: Manner = { together: false, steps: ({ settings }) => Number(settings['ota.stepsPerPoll']) };
    expect(await fleet.contact(device, manner)).toMatchObject({ update: { position: 'download-ready' } });
    expect((await fleet.contact(device, manner))?.due).toBe('download');
    const other = await fleet.launch({}, gateway);
    await fleet.contact(other.device, { together: false, steps: () => 0 });
    expect(await positionOf(other.campaign, other.device)).toBe('inventoried');
    expect(await positionOf(campaign, device)).toBe('download-running');
  });
});

describe('a nudge', () => {
  it('is told about the device and its campaign, and wakes what waits', async () => {
    const { campaign, device } = await fleet.launch({}, {});
    granted(await nudgeDevice(fleet.deps, fleet.operator, idOf(campaign, device)));
    expect((await fleet.world.events()).at(-1)).toMatchObject({
      body: { type: 'update-nudged' },
      campaign: campaign.key,
      device: device.key,
      actor: { kind: 'user' },
    });
    expect(fleet.woken).toEqual([device.key]);
  });

  it('is refused where nothing is left to fetch, and where nobody is', async () => {
    const { campaign, device } = await fleet.launch({}, {});
    const at = idOf(campaign, device);
    granted(await closeDevice(fleet.deps, fleet.operator, at, ''));
    expect(await nudgeDevice(fleet.deps, fleet.operator, at)).toMatchObject({
      refusal: { code: 'update/closed', outcome: 'closed-by-operator' },
    });
    expect(await nudgeDevice(fleet.deps, fleet.operator, { ...at, device: 'nobody' })).toMatchObject({
      refusal: { code: 'not-found', entity: 'device' },
    });
    expect(fleet.woken).toEqual([]);
  });
});
