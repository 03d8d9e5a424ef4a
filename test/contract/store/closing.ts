import { describe, expect, it } from 'vitest';
import { ada, NOON, sampleJob } from '../../support/samples.ts';
import { bulk, closeAll, closing, ending, pieces, populated, sum } from './bulk.ts';
import { ids, must, type OpenStore, useStore } from './world.ts';

export const closingContract = (open: OpenStore): void => {
  describe('updates', () => {
    const store = useStore(open);

    describe('closed', () => {
      it('by ids end as they are, with one event', async () => {
        const { world, devices, campaign } = await populated(store(), 4);
        const [first, second, third] = devices;
        await world.join(campaign, devices.slice(0, 3));
        const was = await world.updateOf(campaign, must(first));
        const moved = { ...was, position: 'execution-running', attempt: 2, packages: ['p'] } as const;
        await world.write({ save: 'update', was, value: moved });
        const before = (await world.events()).length;
        const request = { ...bulk(world, campaign), ...ending, by: 'ids' } as const;
        const deviceIds = [...ids(devices.slice(0, 2)), ...ids(devices.slice(3)), 'unknown'];
        expect(await store().updates.close({ ...request, deviceIds })).toEqual({
          closed: 2,
          recalled: 0,
          next: null,
        });
        const journey = {
          position: 'execution-running',
          since: NOON + 9,
          attempt: 2,
          slots: {},
          packages: ['p'],
          generation: 1,
          admission: null,
          heardAt: NOON + 9,
          handedAt: 0,
        };
        expect(await world.updateOf(campaign, must(first))).toEqual({
          ...{ ...journey, ...closing, status: 'closed', version: 3 },
          ...{ campaign: campaign.key, device: must(first).key },
        });
        const { outcome, reason } = closing;
        expect((await world.events()).slice(before)).toMatchObject([
          { at: NOON + 9, campaign: campaign.key, device: null, actor: ada },
        ]);
        const body = { type: 'updates-closed', count: 2, outcome, reason };
        expect((await world.events()).at(-1)?.body).toEqual(body);
        expect(await world.counts(campaign)).toEqual({ open: { pending: 1 }, closed: { cancelled: 2 } });
        expect(await world.updateOf(campaign, must(second))).toMatchObject({ status: 'closed', version: 2 });
        expect(await world.updateOf(campaign, must(third))).toMatchObject({ status: 'open', version: 1 });
      });

      it('stay as they are when closed again', async () => {
        const { world, devices, campaign } = await populated(store(), 2);
        await world.join(campaign, devices);
        const request = { ...bulk(world, campaign), by: 'ids', deviceIds: ids(devices) } as const;
        await store().updates.close({ ...request, ...ending });
        const before = [await world.events(), await world.updatesOf(campaign)];
        const other = { outcome: 'failed', reason: 'unknown', message: 'late' } as const;
        expect(await store().updates.close({ ...request, ...other, recall: [] })).toEqual({
          closed: 0,
          recalled: 0,
          next: null,
        });
        const all = await pieces((after) =>
          store().updates.close({ ...closeAll(world, campaign, after, 5), ...other }),
        );
        expect(sum(all.map(({ closed }) => closed))).toBe(0);
        expect([await world.events(), await world.updatesOf(campaign)]).toEqual(before);
      });

      it('all together come in pieces, each with its progress', async () => {
        const { world, devices, campaign, account } = await populated(store(), 9);
        await world.join(campaign, devices);
        const bystander = await world.addCampaign();
        await world.join(bystander, devices);
        const deviceIds = ids(devices.slice(3, 5));
        await store().updates.close({ ...bulk(world, campaign), ...ending, by: 'ids', deviceIds });
        const work = { type: 'close-open', outcome: 'cancelled', reason: 'campaign-cancelled' } as const;
        const job = sampleJob(campaign, { work, total: 7 });
        await world.write({ save: 'job', value: job });
        const done = await pieces(async (after) => {
          const was = must(await store().jobs.find(account, job.id));
          return store().updates.close(closeAll(world, campaign, after, 3), ({ closed, next }) => ({
            ...{ was, value: { ...was, done: was.done + closed, cursor: next ?? 0 } },
          }));
        });
        expect(sum(done.map(({ closed }) => closed))).toBe(7);
        expect(Math.max(...done.map(({ closed }) => closed))).toBeLessThanOrEqual(3);
        expect(await store().jobs.find(account, job.id)).toMatchObject({ done: 7, work, total: 7 });
        expect(await world.counts(campaign)).toEqual({ open: {}, closed: { cancelled: 9 } });
        expect(await world.counts(bystander)).toEqual({ open: { pending: 9 }, closed: {} });
        const updates = await world.updatesOf(campaign);
        expect(updates.every((update) => update.status === 'closed')).toBe(true);
      });

      it('close nobody when the job was written meanwhile', async () => {
        const { world, devices, campaign, account } = await populated(store(), 2);
        await world.join(campaign, devices);
        const job = sampleJob(campaign);
        await world.write({ save: 'job', value: job });
        const was = must(await store().jobs.find(account, job.id));
        await world.write({ save: 'job', was, value: { ...was, problem: 'taken over' } });
        const request = closeAll(world, campaign, 0, 10);
        await expect(store().updates.close(request, () => ({ was, value: was }))).rejects.toThrow();
        expect(await world.counts(campaign)).toEqual({ open: { pending: 2 }, closed: {} });
      });
    });
  });
};
