import { beforeEach, describe, expect, it } from 'vitest';
import type { DeviceReport } from '../src/app/check-in.ts';
import type { StoredDevice } from '../src/app/records.ts';
import { createSilenceWatch, giveUpSilent } from '../src/app/silence.ts';
import { defaultPlan } from '../src/domain/plan.ts';
import { DAY, HOUR, MINUTE } from '../src/domain/time.ts';
import { newUpdate } from '../src/domain/update.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';
import { NOON } from './support/samples.ts';

let fleet: Fleet;
beforeEach(async () => {
  fleet = await newFleet();
});

const timeouts = { download: HOUR, execution: 2 * HOUR, activation: 3 * HOUR };
const retry = { ...defaultPlan.retry, backOff: MINUTE };
const once = { timeouts, retry: { ...retry, attempts: 1 } };
const twice = { timeouts, retry: { ...retry, attempts: 2 } };
const progress = (phase: 'download' | 'execution' | 'activation', step: 'running' | 'complete') =>
  ({ type: 'progress', phase, step }) as const satisfies DeviceReport;

describe('a silent device', () => {
  it.each([
    ['its download', HOUR, undefined, 'download-failed'],
    ['its installation', 2 * HOUR, progress('execution', 'running'), 'execution-failed'],
    ['what comes after its download', 2 * HOUR, progress('download', 'complete'), 'execution-failed'],
    ['its activation', 3 * HOUR, progress('activation', 'running'), 'activation-failed'],
  ] as const)('is given up a moment after the time for %s', async (_, patience, said, position) => {
    const { campaign, device } = await fleet.launch(once, {});
    await fleet.contact(device);
    if (said !== undefined) granted(await fleet.says(campaign, device, said));
    fleet.pass(patience);
    expect(await giveUpSilent(fleet.deps)).toBe(0);
    fleet.pass(1);
    expect(await giveUpSilent(fleet.deps)).toBe(1);
    const update = await fleet.updateOf(campaign, device);
    expect(update).toMatchObject({ status: 'closed', outcome: 'timed-out', position });
    expect(update).toMatchObject({ message: expect.stringMatching(/too long/) });
    expect(update).toMatchObject({ reason: said === undefined ? 'never-seen' : 'phase-timed-out' });
    expect(await giveUpSilent(fleet.deps)).toBe(0);
    const closing = (await fleet.world.events()).find(({ body }) => body.type === 'update-closed');
    expect(closing?.actor).toEqual({ kind: 'server' });
  });

  it('is tried again first, where the policy says so', async () => {
    const { campaign, device } = await fleet.launch(twice, {});
    await fleet.contact(device);
    fleet.pass(HOUR + 1);
    expect(await giveUpSilent(fleet.deps)).toBe(1);
    const again = { status: 'open', position: 'inventoried', attempt: 2 };
    expect(await fleet.updateOf(campaign, device)).toMatchObject(again);
    fleet.pass(10 * HOUR);
    expect(await giveUpSilent(fleet.deps)).toBe(0);
    expect((await fleet.contact(device))?.due).toBe('download');
    fleet.pass(HOUR + 1);
    expect(await giveUpSilent(fleet.deps)).toBe(1);
    expect(await fleet.updateOf(campaign, device)).toMatchObject({ outcome: 'timed-out', attempt: 2 });
  });

  it('is one that said nothing: each report begins the time anew, also one that changes nothing', async () => {
    const { campaign, device } = await fleet.launch(once, {});
    await fleet.contact(device);
    const entry = { word: 'proceeding', result: 'none', code: null, progress: null, lines: [] } as const;
    for (let hour = 1; hour <= 3; hour += 1) {
      fleet.pass(HOUR - 1);
      const at = fleet.deps.clock();
      const write = { append: 'log', campaign: campaign.key, device: device.key } as const;
      await fleet.world.write({ ...write, entry: { ...entry, at } });
      expect(await giveUpSilent(fleet.deps)).toBe(0);
    }
    fleet.pass(HOUR + 1);
    expect(await giveUpSilent(fleet.deps)).toBe(1);
  });

  it('is let be where no time is set, where it waits its turn, and before its campaign told it to begin', async () => {
    const none = { timeouts: { download: null, execution: null, activation: null } };
    const patient = await fleet.launch(none, {}, {});
    await fleet.contact(patient.device);
    const waiting = await fleet.launch({ ...once, checkpoints: ['execution'] }, {}, {});
    await fleet.contact(waiting.device);
    granted(await fleet.says(waiting.campaign, waiting.device, progress('download', 'complete')));
    await fleet.contact(waiting.device);
    fleet.pass(1_000 * HOUR);
    expect(await giveUpSilent(fleet.deps)).toBe(0);
  });

  it('is not hidden by any number that wait for their next attempt', async () => {
    const crowd = Array.from({ length: 1_001 }, () => ({}));
    const { campaign, devices } = await fleet.launch(twice, ...crowd);
    const [silent, ...waiting] = devices as [StoredDevice, ...StoredDevice[]];
    const failed = { type: 'failure', reason: 'device-busy', message: '' } as const;
    for (const device of waiting) {
      await fleet.contact(device);
      granted(await fleet.says(campaign, device, progress('execution', 'running')));
      granted(await fleet.says(campaign, device, failed));
    }
    fleet.pass(1);
    await fleet.contact(silent);
    granted(await fleet.says(campaign, silent, progress('execution', 'running')));
    fleet.pass(2 * HOUR + 1);
    expect(await giveUpSilent(fleet.deps)).toBe(1);
    expect(await fleet.updateOf(campaign, silent)).toMatchObject({
      attempt: 2,
      position: 'download-complete',
    });
  });

  it('ends its campaign where that ends when all are done, and is one of its account alone', async () => {
    const { campaign, device } = await fleet.launch({ ...once, endWhenComplete: true }, {});
    const other = await fleet.launch(once, {});
    await fleet.contact(device);
    fleet.pass(HOUR);
    await fleet.contact(other.device);
    fleet.pass(1);
    expect(await giveUpSilent(fleet.deps)).toBe(1);
    expect(await fleet.statusOf(campaign)).toBe('ended');
    expect(await fleet.statusOf(other.campaign)).toBe('running');
    expect(await fleet.updateOf(other.campaign, other.device)).toMatchObject({ status: 'open' });
  });

  it('that resets and never says how it went, is given up too', async () => {
    const { campaign, device } = await fleet.launch(once, {});
    const value = { ...newUpdate(NOON), position: 'resetting', packages: [] } as const;
    await fleet.world.write({ save: 'update', was: await fleet.updateOf(campaign, device), value });
    fleet.pass(3 * HOUR + 1);
    expect(await giveUpSilent(fleet.deps)).toBe(1);
    expect(await fleet.updateOf(campaign, device)).toMatchObject({
      outcome: 'timed-out',
      position: 'reset-failed',
    });
  });
});

describe('a watch over silent devices', () => {
  it.each([
    ['an hour', HOUR],
    ['a day', DAY],
  ])('gives nobody up because the clock jumps by %s, or nobody listened for so long', async (_, jump) => {
    const { campaign, device } = await fleet.launch(once, {});
    await fleet.contact(device);
    const watch = createSilenceWatch(fleet.deps);
    await watch();
    fleet.pass(jump + 1);
    await watch();
    expect((await fleet.updateOf(campaign, device)).status).toBe('open');
    fleet.pass(-jump);
    await watch();
    fleet.pass(jump);
    await watch();
    expect((await fleet.updateOf(campaign, device)).status).toBe('open');
    for (let listened = 0; listened < HOUR; listened += MINUTE) {
      fleet.pass(MINUTE);
      await watch();
    }
    expect(await fleet.updateOf(campaign, device)).toMatchObject({ outcome: 'timed-out' });
  });
});
