import { beforeEach, describe, expect, it } from 'vitest';
import { mintTicket, type OpenedTicket, openTicket } from '../src/app/download-ticket.ts';
import { closeDevice } from '../src/app/members.ts';
import type { Store } from '../src/app/ports.ts';
import type { StoredCampaign, StoredDevice } from '../src/app/records.ts';
import { createTransferMeter, type TransferMeter } from '../src/app/transfer-meter.ts';
import { openMemoryBlobs } from '../src/blobs/memory.ts';
import { HOUR } from '../src/domain/time.ts';
import { must } from './contract/store/world.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';
import { fakeScheduler, type Scheduler } from './support/scheduler.ts';
import { putPackage } from './support/tickets.ts';

const SIZE = 1_000;

let fleet: Fleet;
let scheduler: Scheduler;
let campaign: StoredCampaign;
let device: StoredDevice;
let ticket: OpenedTicket;
let meter: TransferMeter;
let problems: unknown[];
/** What was written, in order: how many bytes were fetched. */
let told: number[];
let full: boolean;

const listening = (store: Store): Store => ({
  ...store,
  commit: async (change) => {
    if (full) throw new Error('the disk is full');
    for (const write of change.writes)
      if ('save' in write && write.save === 'transfers') told.push(write.value.packages[0]?.done ?? -1);
    return store.commit(change);
  },
});

const newMeter = () =>
  createTransferMeter({
    ...fleet.deps,
    store: listening(fleet.store),
    later: scheduler.later,
    problem: (error) => problems.push(error),
  });

beforeEach(async () => {
  [fleet, scheduler] = [await newFleet(), fakeScheduler()];
  [told, problems, full] = [[], [], false];
  const blobs = openMemoryBlobs();
  const pack = await putPackage(fleet, blobs, new Uint8Array(SIZE));
  ({ campaign, device } = await fleet.launch({ packages: [pack.id] }, { protocol: 'lwm2m' }));
  await fleet.contact(device);
  const { generation } = await fleet.updateOf(campaign, device);
  const deps = { ...fleet.deps, blobs };
  const text = mintTicket(deps, {
    ...{ account: fleet.operator.account.key, campaign: campaign.key, device: device.key, generation },
    ...{ packageIndex: 0, expiresAt: fleet.deps.clock() + HOUR },
  });
  ticket = granted(await openTicket(deps, text));
  meter = newMeter();
});

const fetched = (start: number, end: number) => meter.note(ticket, { start, end });
const kept = async () =>
  (await fleet.store.updates.transfers(fleet.operator.account.key, campaign.key, device.key))?.packages[0];

describe('bytes that a device fetches', () => {
  it('are told at once when they are the first, and then once a second', async () => {
    fetched(0, 100);
    await scheduler.pass(0);
    expect(told).toEqual([100]);
    for (let start = 100; start < 500; start += 10) fetched(start, start + 10);
    await scheduler.pass(999);
    expect(told).toEqual([100]);
    await scheduler.pass(1);
    expect(told).toEqual([100, 500]);
    expect(await kept()).toEqual({ id: ticket.pack.id, done: 500, of: SIZE });
    await scheduler.pass(1_000);
    fetched(500, 600);
    await scheduler.pass(0);
    expect(told).toEqual([100, 500, 600]);
  });

  it('are told at once when they are the last', async () => {
    fetched(0, 100);
    await scheduler.pass(1);
    fetched(100, SIZE);
    await scheduler.pass(0);
    expect(told).toEqual([100, SIZE]);
    await scheduler.pass(10_000);
    expect(told).toEqual([100, SIZE]);
  });

  it('are no success when they are all: the device has the last word', async () => {
    fetched(0, SIZE);
    await scheduler.pass(10_000);
    expect((await fleet.updateOf(campaign, device)).position).toBe('download-running');
  });

  it('begin the download where the device was only told of it', async () => {
    const was = await fleet.updateOf(campaign, device);
    if (was.status !== 'open') throw new Error('the update is closed');
    await fleet.world.write({ save: 'update', was, value: { ...was, position: 'download-ready' } });
    const update = await fleet.updateOf(campaign, device);
    ticket = { ...ticket, member: { ...ticket.member, update } };
    fetched(0, 1);
    await scheduler.pass(0);
    expect((await fleet.updateOf(campaign, device)).position).toBe('download-running');
    expect(told).toEqual([1]);
  });

  it('count once, in whatever order and how often they come', async () => {
    for (const [start, end] of [
      [500, 750],
      [0, 250],
      [0, 250],
      [750, SIZE],
      [240, 510],
    ] as const)
      fetched(start, end);
    await scheduler.pass(1_000);
    expect(told.at(-1)).toBe(SIZE);
  });

  it('go on from what was fetched before, also from another process', async () => {
    fetched(0, 400);
    await scheduler.pass(1_000);
    meter = newMeter();
    fetched(400, 500);
    await scheduler.pass(1_000);
    expect(told).toEqual([400, 500]);
  });

  it('begin anew when the device does', async () => {
    fetched(0, 400);
    await scheduler.pass(1_000);
    meter.again(ticket);
    fetched(0, 50);
    await scheduler.pass(1_000);
    expect(told).toEqual([400, 0, 50]);
  });

  it('are not lost to a full disk: they are told once there is room', async () => {
    full = true;
    fetched(0, 100);
    await scheduler.pass(2_500);
    expect(problems.length).toBeGreaterThan(0);
    expect(told).toEqual([]);
    full = false;
    await scheduler.pass(1_000);
    expect(told).toEqual([100]);
  });

  it('are told no more once the update is over', async () => {
    fetched(0, 100);
    await scheduler.pass(1_000);
    const at = { campaign: campaign.id, device: device.id };
    granted(await fleet.says(campaign, device, { type: 'rejection', message: 'no' }));
    expect((await closeDevice(fleet.deps, fleet.operator, at, '')).ok).toBe(true);
    for (let start = 100; start < 900; start += 100) {
      fetched(start, start + 100);
      await scheduler.pass(1_000);
    }
    expect(told).toEqual([100]);
    expect(problems).toEqual([]);
  });

  it('are all told when the server stops', async () => {
    fetched(0, 100);
    await scheduler.pass(1);
    fetched(100, 200);
    await meter.flush();
    expect(told).toEqual([100, 200]);
    expect(must(await kept()).done).toBe(200);
  });

  it('are told at once after a long pause', async () => {
    fetched(0, 100);
    await scheduler.pass(100_000);
    expect(told).toEqual([100]);
    fetched(100, 200);
    await scheduler.pass(0);
    expect(told).toEqual([100, 200]);
  });
});
