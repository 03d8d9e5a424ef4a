import { describe, expect, it } from 'vitest';
import type { StoredCampaign, StoredDevice } from '../../../src/app/records.ts';
import type { CloseUpdates } from '../../../src/app/writes.ts';
import type { Protocol } from '../../../src/domain/device.ts';
import { type Position, positions, wasDelivered } from '../../../src/domain/position.ts';
import { ada, NOON, sampleJob } from '../../support/samples.ts';
import { bulk, closeAll, closing, pieces, populated, sum } from './bulk.ts';
import { ids, must, type OpenStore, recount, useStore, type World } from './world.ts';

const recalling = { ...closing, recall: ['ddi', 'gateway'] } as const;

const setProtocol = async (world: World, device: StoredDevice, protocol: Protocol): Promise<void> => {
  await world.write({ save: 'device', was: device, value: { ...device, protocol } });
};

const moveTo = async (
  world: World,
  campaign: StoredCampaign,
  device: StoredDevice,
  position: Position,
): Promise<void> => {
  const was = await world.updateOf(campaign, device);
  await world.write({ save: 'update', was, value: { ...was, position, since: NOON + 1 } });
};

const byIds = (world: World, campaign: StoredCampaign, devices: readonly StoredDevice[]): CloseUpdates => ({
  ...{ ...bulk(world, campaign), ...recalling, by: 'ids', deviceIds: ids(devices) },
});

export const recallsContract = (open: OpenStore): void => {
  describe('updates', () => {
    const store = useStore(open);

    describe('recalled', () => {
      it('stay where they are when delivered to a device that answers; others close', async () => {
        const { world, devices, campaign } = await populated(store(), positions.length);
        await world.join(campaign, devices);
        for (const [index, position] of positions.entries()) {
          await moveTo(world, campaign, must(devices[index]), position);
        }
        const before = (await world.events()).length;
        const delivered = positions.filter(wasDelivered).length;
        const closed = positions.length - delivered;
        const done = await store().updates.close(byIds(world, campaign, devices));
        expect(done).toEqual({ closed, recalled: delivered, next: null });
        for (const update of await world.updatesOf(campaign)) {
          const recalled = {
            status: 'open',
            recall: closing,
            since: NOON + 1,
            heardAt: NOON + 1,
            version: 3,
          };
          const over = { ...closing, status: 'closed', since: NOON + 9, heardAt: NOON + 9, version: 3 };
          expect(update).toMatchObject(wasDelivered(update.position) ? recalled : over);
        }
        const { outcome, reason } = closing;
        const told = (await world.events()).slice(before);
        const about = { at: NOON + 9, actor: ada, campaign: campaign.key, device: null };
        expect(told).toMatchObject([about, about]);
        expect(told.map(({ body }) => body)).toEqual([
          { type: 'updates-closed', count: closed, outcome, reason },
          { type: 'updates-recalled', count: delivered, outcome, reason },
        ]);
        expect(await world.counts(campaign)).toEqual(recount(await world.updatesOf(campaign)));
      });

      it('depend on the protocol that the device has now', async () => {
        const { world, devices, campaign } = await populated(store(), 4);
        await world.join(campaign, devices);
        const protocols = ['ddi', 'gateway', 'lwm2m', 'custom'] as const;
        for (const [index, protocol] of protocols.entries()) {
          await setProtocol(world, must(devices[index]), protocol);
          await moveTo(world, campaign, must(devices[index]), 'execution-running');
        }
        const done = await store().updates.close(byIds(world, campaign, devices));
        expect(done).toEqual({ closed: 2, recalled: 2, next: null });
        const updates = await world.updatesOf(campaign);
        expect(updates.map(({ status }) => status)).toEqual(['open', 'open', 'closed', 'closed']);
        expect(await world.counts(campaign)).toEqual({
          ...{ open: { 'execution-running': 2 }, closed: { cancelled: 2 } },
        });
      });

      it('once keep what they were recalled for, and close when nobody is asked', async () => {
        const { world, devices, campaign } = await populated(store(), 2);
        await world.join(campaign, devices);
        for (const device of devices) await moveTo(world, campaign, device, 'download-running');
        await store().updates.close(byIds(world, campaign, devices));
        const before = [await world.events(), await world.updatesOf(campaign)];
        const other = { outcome: 'timed-out', reason: 'campaign-ended', message: '' } as const;
        const again = { ...byIds(world, campaign, devices), ...other };
        expect(await store().updates.close(again)).toEqual({ closed: 0, recalled: 0, next: null });
        expect([await world.events(), await world.updatesOf(campaign)]).toEqual(before);
        expect(await store().updates.close({ ...again, recall: [] })).toMatchObject({
          closed: 2,
          recalled: 0,
        });
        expect(await world.counts(campaign)).toEqual({ open: {}, closed: { 'timed-out': 2 } });
        expect(await world.updateOf(campaign, must(devices[0]))).toMatchObject(other);
      });

      it('by one who read them may be answered, refused and recalled again', async () => {
        const { world, devices, campaign } = await populated(store(), 1);
        const device = must(devices[0]);
        await world.join(campaign, devices);
        await moveTo(world, campaign, device, 'download-running');
        await store().updates.close(byIds(world, campaign, devices));
        const was = await world.updateOf(campaign, device);
        if (was.status !== 'open') throw new Error('it was closed');
        await world.write({ save: 'update', was, value: { ...was, recall: null } });
        expect(await world.updateOf(campaign, device)).toMatchObject({ recall: null, version: 4 });
        const silent = { ...byIds(world, campaign, devices), message: '' };
        expect(await store().updates.close(silent)).toMatchObject({ recalled: 1 });
        const recall = { ...closing, message: '' };
        expect(await world.updateOf(campaign, device)).toMatchObject({ recall, version: 5 });
      });

      it('all together come in pieces, each with its progress', async () => {
        const { world, devices, campaign, account } = await populated(store(), 9);
        await world.join(campaign, devices);
        const bystander = await world.addCampaign();
        await world.join(bystander, devices);
        for (const device of devices.slice(0, 5)) await moveTo(world, campaign, device, 'download-complete');
        const job = sampleJob(campaign, { total: 9 });
        await world.write({ save: 'job', value: job });
        const done = await pieces(async (after) => {
          const was = must(await store().jobs.find(account, job.id));
          const request = { ...closeAll(world, campaign, after, 4), ...recalling };
          return store().updates.close(request, ({ closed, recalled }) => ({
            ...{ was, value: { ...was, done: was.done + closed + recalled } },
          }));
        });
        expect(sum(done.map(({ recalled }) => recalled))).toBe(5);
        expect(sum(done.map(({ closed }) => closed))).toBe(4);
        expect(await store().jobs.find(account, job.id)).toMatchObject({ done: 9 });
        expect(await world.counts(campaign)).toEqual({
          ...{ open: { 'download-complete': 5 }, closed: { cancelled: 4 } },
        });
        expect(await world.counts(bystander)).toEqual({ open: { pending: 9 }, closed: {} });
      });
    });
  });
};
