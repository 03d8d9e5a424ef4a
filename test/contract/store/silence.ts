import { describe, expect, it } from 'vitest';
import type { StoredCampaign, StoredDevice } from '../../../src/app/records.ts';
import type { Position } from '../../../src/domain/position.ts';
import { campaignsOfEveryStatus, NOON, sampleEntry } from '../../support/samples.ts';
import { bulk, closing, populated } from './bulk.ts';
import { ids, must, newWorld, type OpenStore, useStore, type World } from './world.ts';

type Case = readonly [position: Position, since: number];

const place = async (
  world: World,
  campaign: StoredCampaign,
  devices: readonly StoredDevice[],
  cases: readonly Case[],
): Promise<void> => {
  for (const [index, [position, since]] of cases.entries()) {
    const was = await world.updateOf(campaign, must(devices[index]));
    await world.write({ save: 'update', was, value: { ...was, position, since } });
  }
};

export const silenceContract = (open: OpenStore): void => {
  describe('silence', () => {
    const store = useStore(open);

    it('is told of open updates at some positions, the longest silent first', async () => {
      const { world, devices, campaign, account } = await populated(store(), 8);
      await world.join(campaign, devices);
      await place(world, campaign, devices, [
        ['download-running', NOON + 30],
        ['execution-running', NOON + 10],
        ['download-running', NOON + 20],
        ['execution-complete', NOON + 1],
        ['execution-running', NOON + 40],
        ['inventoried', NOON + 5],
        ['download-running', NOON + 2],
        ['download-running', NOON + 3],
      ]);
      const [seventh, eighth] = [must(devices[6]), must(devices[7])];
      const about = { campaign: campaign.key, device: eighth.key };
      await world.write({ append: 'log', ...about, entry: sampleEntry({ at: NOON + 25 }) });
      const deviceIds = [seventh.id];
      await store().updates.close({ ...bulk(world, campaign), ...closing, recall: [], by: 'ids', deviceIds });
      const other = await world.addCampaign();
      await world.join(other, devices);
      await place(world, other, devices, [['download-running', NOON + 1]]);
      const silent = async (positions: readonly Position[], before: number, limit = 10) => {
        const found = await store().updates.silent(account, campaign.key, positions, before, limit);
        return found.map(({ device }) => devices.findIndex(({ key }) => key === device));
      };
      const running = ['download-running', 'execution-running'] as const;
      expect(await silent(running, NOON + 100)).toEqual([1, 2, 7, 0, 4]);
      expect(await silent(running, NOON + 30)).toEqual([1, 2, 7]);
      expect(await silent(running, NOON + 100, 2)).toEqual([1, 2]);
      expect(await silent(['download-running', 'download-running'], NOON + 100)).toEqual([2, 7, 0]);
      expect(await silent(['inventoried', 'execution-complete'], NOON + 100)).toEqual([3, 5]);
      expect(await silent([], NOON + 100)).toEqual([]);
      expect(await silent(running, NOON)).toEqual([]);
      const [first] = await store().updates.silent(account, campaign.key, running, NOON + 100, 1);
      expect(first).toEqual(await world.updateOf(campaign, must(devices[1])));
      const theirs = await newWorld(store());
      expect(await store().updates.silent(theirs.account, campaign.key, running, NOON + 100, 9)).toEqual([]);
    });
  });

  describe('campaigns with open updates', () => {
    const store = useStore(open);

    it('are those under way or stopped, and those that are over while a device is at it', async () => {
      const [one, other] = [await newWorld(store()), await newWorld(store())];
      const [mine, theirs] = [await one.addDevice(), await other.addDevice()];
      const expected: unknown[] = [];
      for (const [world, device] of [
        [one, mine],
        [other, theirs],
      ] as const) {
        for (const campaign of campaignsOfEveryStatus()) {
          const { status } = campaign;
          const delivered = await world.addCampaign({ ...campaign, id: `${campaign.id}-at-it` });
          const waiting = await world.addCampaign({ ...campaign, id: `${campaign.id}-waiting` });
          const empty = await world.addCampaign({ ...campaign, id: `${campaign.id}-empty` });
          for (const each of [delivered, waiting]) await world.join(each, [device]);
          await place(world, delivered, [device], [['download-running', NOON + 1]]);
          await place(world, waiting, [device], [['download-ready', NOON + 1]]);
          const { account } = world;
          if (['running', 'paused', 'stopped'].includes(status)) {
            for (const each of [delivered, waiting, empty]) expected.push({ account, campaign: each });
          }
          if (['ended', 'cancelled', 'failed'].includes(status))
            expected.push({ account, campaign: delivered });
        }
      }
      expect(await store().campaigns.withOpenUpdates()).toEqual(expected);
      const over = await store().campaigns.withOpenUpdates();
      const last = must(over.findLast(({ campaign }) => campaign.status === 'cancelled'));
      const was = await other.updateOf(last.campaign, theirs);
      const stopped = { ...was, ...closing, status: 'closed' } as const;
      await other.write({ save: 'update', was, value: stopped });
      const left = (await store().campaigns.withOpenUpdates()).map(({ campaign }) => campaign);
      expect(ids(left)).not.toContain(last.campaign.id);
      expect(left).toHaveLength(expected.length - 1);
    });
  });
};
