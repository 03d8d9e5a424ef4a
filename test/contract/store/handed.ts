import { describe, expect, it } from 'vitest';
import type { StoredCampaign, StoredDevice } from '../../../src/app/records.ts';
import type { Write } from '../../../src/app/writes.ts';
import { NOON, sampleEntry, sampleEvent } from '../../support/samples.ts';
import { bulk, ending, populated } from './bulk.ts';
import { ids, must, newWorld, type OpenStore, useStore } from './world.ts';

const handed = (campaign: StoredCampaign, device: StoredDevice, at: number): Write => ({
  ...{ note: 'handed', campaign: campaign.key, device: device.key, at },
});

export const handedContract = (open: OpenStore): void => {
  describe('what was handed out again', () => {
    const store = useStore(open);

    const joined = async (size: number) => {
      const made = await populated(store(), size);
      await made.world.join(made.campaign, made.devices);
      return { ...made, device: must(made.devices[0]) };
    };

    it('is noted with the latest instant, and leaves everything else as it is', async () => {
      const { world, campaign, devices, device } = await joined(2);
      const was = await world.updateOf(campaign, device);
      expect(was.handedAt).toBe(0);
      await world.write(handed(campaign, device, NOON + 20));
      await world.write(handed(campaign, device, NOON + 10));
      expect(await world.updateOf(campaign, device)).toEqual({ ...was, handedAt: NOON + 20 });
      const notes = [40, 50, 30].map((late) => world.write(handed(campaign, device, NOON + late)));
      await Promise.all([...notes, world.write(handed(campaign, must(devices[1]), NOON + 60))]);
      expect(await world.updateOf(campaign, device)).toEqual({ ...was, handedAt: NOON + 50 });
      expect(await world.updateOf(campaign, must(devices[1]))).toMatchObject({ handedAt: NOON + 60 });
    });

    it('stays noted when the update moves, and no longer when it begins again', async () => {
      const { world, campaign, devices, device } = await joined(1);
      await world.write(handed(campaign, device, NOON + 20));
      const was = await world.updateOf(campaign, device);
      const value = { ...was, position: 'download-running', since: NOON + 30 } as const;
      await world.write({ save: 'update', was, value }, handed(campaign, device, NOON + 40));
      expect(await world.updateOf(campaign, device)).toMatchObject({ version: 2, handedAt: NOON + 40 });
      const deviceIds = ids(devices);
      await store().updates.close({ ...bulk(world, campaign), ...ending, by: 'ids', deviceIds });
      expect(await world.updateOf(campaign, device)).toMatchObject({ handedAt: NOON + 40 });
      await world.join(campaign, devices, true);
      expect(await world.updateOf(campaign, device)).toMatchObject({ generation: 2, handedAt: 0 });
    });

    it('is nothing to an update that is closed or gone, and the rest of the change holds', async () => {
      const { world, campaign, devices, device } = await joined(2);
      const [closed, stranger] = [must(devices[1]), await world.addDevice()];
      const deviceIds = [closed.id];
      await store().updates.close({ ...bulk(world, campaign), ...ending, by: 'ids', deviceIds });
      const before = (await world.events()).length;
      const event = sampleEvent({ type: 'update-nudged' });
      for (const each of [closed, stranger]) {
        expect(await world.attempt([handed(campaign, each, NOON + 20)], [event])).toEqual({ ok: true });
        const both: readonly Write[] = [
          handed(campaign, each, NOON + 20),
          handed(campaign, device, NOON + 20),
        ];
        expect(await world.attempt(both, [event])).toEqual({ ok: true });
      }
      expect((await world.events()).slice(before)).toHaveLength(4);
      expect(await world.updateOf(campaign, closed)).toMatchObject({ handedAt: 0 });
      expect(await world.updateOf(campaign, device)).toMatchObject({ handedAt: NOON + 20 });
      expect(await store().updates.find(world.account, campaign.key, stranger.key)).toBeUndefined();
    });

    it('holds or falls with what is written beside it', async () => {
      const { world, campaign, device } = await joined(1);
      const stale = await world.updateOf(campaign, device);
      const entry = sampleEntry({ at: NOON + 5 });
      const says: Write = { append: 'log', campaign: campaign.key, device: device.key, entry };
      await world.write(says, handed(campaign, device, NOON + 10));
      expect(await world.updateOf(campaign, device)).toMatchObject({
        heardAt: NOON + 5,
        handedAt: NOON + 10,
      });
      const save: Write = { save: 'update', was: stale, value: stale };
      await world.write(save, handed(campaign, device, NOON + 15));
      const before = await world.updateOf(campaign, device);
      const late = { ok: false, why: 'changed-meanwhile' };
      expect(await world.attempt([handed(campaign, device, NOON + 20), save])).toEqual(late);
      expect(await world.attempt([save, handed(campaign, device, NOON + 20)])).toEqual(late);
      const stranger = await world.addDevice();
      const mumbles: Write = { ...says, device: stranger.key };
      expect(await world.attempt([handed(campaign, device, NOON + 20), mumbles])).toEqual(late);
      expect(await world.updateOf(campaign, device)).toEqual(before);
    });

    it('is noted by the account alone', async () => {
      const { world, campaign, device } = await joined(1);
      const theirs = await newWorld(store());
      await theirs.write(handed(campaign, device, NOON + 20));
      expect(await world.updateOf(campaign, device)).toMatchObject({ handedAt: 0 });
    });
  });
};
