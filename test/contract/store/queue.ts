import { describe, expect, it } from 'vitest';
import type { StoredDevice } from '../../../src/app/records.ts';
import type { Expression } from '../../../src/domain/targeting.ts';
import type { Queue } from '../../../src/domain/update.ts';
import { NOON } from '../../support/samples.ts';
import { populated } from './bulk.ts';
import { must, type OpenStore, useStore } from './world.ts';

const everything: Expression = { type: 'all' };

export const queueContract = (open: OpenStore): void => {
  describe('the queue of a campaign', () => {
    const store = useStore(open);

    it('is counted up to an update, over those that were seen and fit', async () => {
      const { world, devices, campaign, account } = await populated(store(), 6);
      await world.join(campaign, devices);
      const waiting: readonly (readonly [Queue, number])[] = [
        ['campaign', NOON + 10],
        ['campaign', NOON + 10],
        ['budget', NOON + 20],
        ['none', NOON + 1],
        ['campaign', NOON + 30],
        ['campaign', NOON + 40],
      ];
      for (const [index, [queue, since]] of waiting.entries()) {
        const was = await world.updateOf(campaign, must(devices[index]));
        if (was.status === 'closed') throw new Error('it is closed');
        await world.write({
          save: 'update',
          was,
          value: { ...was, position: 'download-scheduled', since, queue },
        });
      }
      const seen = (at: number) => (device: StoredDevice) => ({ device: device.key, at });
      await store().devices.touch(account, devices.map(seen(NOON + 100)));
      const ahead = async (
        index: number,
        waitsFor: readonly Queue[] = ['campaign'],
        { limit = 10, seenAfter = NOON, where = everything as Expression } = {},
      ): Promise<number> => {
        const of = await world.updateOf(campaign, must(devices[index]));
        return store().updates.ahead(account, campaign.key, of, { waitsFor, where, seenAfter }, limit);
      };
      expect(await Promise.all([0, 1, 2, 3, 4, 5].map((index) => ahead(index)))).toEqual([0, 1, 2, 0, 2, 3]);
      expect(await ahead(5, ['campaign', 'budget'])).toBe(4);
      expect(await ahead(5, ['budget'])).toBe(1);
      expect(await ahead(5, ['campaign'], { limit: 2 })).toBe(2);
      expect(await ahead(5, ['campaign'], { seenAfter: NOON + 100 })).toBe(3);
      expect(await ahead(5, ['campaign'], { seenAfter: NOON + 101 })).toBe(0);
      const name = { kind: 'column', name: 'id' } as const;
      const only: Expression = { type: 'compare', field: name, operator: '=', value: must(devices[0]).id };
      expect(await ahead(5, ['campaign'], { where: only })).toBe(1);
      const other = await world.addCampaign();
      expect(
        await store().updates.ahead(
          account,
          other.key,
          { since: NOON + 90, device: must(devices[5]).key },
          { waitsFor: ['campaign'], where: everything, seenAfter: 0 },
          10,
        ),
      ).toBe(0);
    });

    it('is left by who moves on, ends or begins again', async () => {
      const { world, devices, campaign } = await populated(store(), 1);
      await world.join(campaign, devices);
      const device = must(devices[0]);
      const was = await world.updateOf(campaign, device);
      if (was.status === 'closed') throw new Error('it is closed');
      await world.write({ save: 'update', was, value: { ...was, queue: 'budget' } });
      expect(await world.updateOf(campaign, device)).toMatchObject({ queue: 'budget' });
      const { notBefore: _, recall: __, queue: ___, ...journey } = was;
      const end = { outcome: 'failed', reason: 'unknown', message: '' } as const;
      const queued = await world.updateOf(campaign, device);
      await world.write({ save: 'update', was: queued, value: { ...journey, ...end, status: 'closed' } });
      expect(await world.updateOf(campaign, device)).not.toHaveProperty('queue');
    });
  });
};
