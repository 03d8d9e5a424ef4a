import { describe, expect, it } from 'vitest';
import type { StoredCampaign, StoredDevice, Transfers } from '../../../src/app/records.ts';
import type { Write } from '../../../src/app/writes.ts';
import { NOON, nastyTexts, sampleEvent, sampleTransfers } from '../../support/samples.ts';
import { bulk, ending, populated } from './bulk.ts';
import { accepted, ids, must, newWorld, type OpenStore, useStore, type World } from './world.ts';

const tells = (
  campaign: StoredCampaign,
  device: StoredDevice,
  value: Transfers = sampleTransfers(),
  at = NOON,
): Write => ({ ...{ save: 'transfers', campaign: campaign.key, device: device.key, at, value } });

const told = ({ store, account }: World, campaign: StoredCampaign, device: StoredDevice) =>
  store.updates.transfers(account, campaign.key, device.key);

export const transfersContract = (open: OpenStore): void => {
  describe('transfers', () => {
    const store = useStore(open);

    const joined = async (size: number) => {
      const made = await populated(store(), size);
      await made.world.join(made.campaign, made.devices);
      return { ...made, device: must(made.devices[0]) };
    };

    it('are what the device told last', async () => {
      const { world, campaign, devices, device } = await joined(2);
      expect(await told(world, campaign, device)).toBeUndefined();
      const large = { id: must(nastyTexts[0]), done: 4_999_999_999, of: 5_000_000_000 };
      for (const value of [
        sampleTransfers(),
        sampleTransfers({ generation: 7, packages: [large] }),
        sampleTransfers({ packages: [] }),
      ]) {
        await world.write(tells(campaign, device, value));
        expect(await told(world, campaign, device)).toEqual(value);
      }
      expect(await told(world, campaign, must(devices[1]))).toBeUndefined();
      expect(await told(world, await world.addCampaign(), device)).toBeUndefined();
      expect(await told(await newWorld(store()), campaign, device)).toBeUndefined();
    });

    it('count as hearing from the device, and leave the version alone', async () => {
      const { world, campaign, device } = await joined(1);
      const was = await world.updateOf(campaign, device);
      for (const at of [NOON + 50, NOON + 40]) {
        await world.write(tells(campaign, device, sampleTransfers(), at));
        expect(await world.updateOf(campaign, device)).toEqual({ ...was, heardAt: NOON + 50 });
      }
      await world.write({ save: 'update', was, value: { ...was, position: 'download-running' } });
    });

    it('are written with the rest of a change or not at all', async () => {
      const { world, campaign, device } = await joined(1);
      const was = await world.updateOf(campaign, device);
      const { packages } = sampleTransfers();
      const body = { type: 'update-progressed', phase: 'download', packages, lines: ['50 %'] } as const;
      accepted(await world.attempt([tells(campaign, device)], [sampleEvent(body)]));
      expect((await world.events()).at(-1)?.body).toEqual(body);
      await world.write({ save: 'update', was, value: { ...was, position: 'inventoried' } });
      const value = sampleTransfers({ packages: [] });
      const late = { ok: false, why: 'changed-meanwhile' };
      const stale: Write = { save: 'update', was, value: was };
      expect(await world.attempt([tells(campaign, device, value, NOON + 9), stale])).toEqual(late);
      expect(await told(world, campaign, device)).toEqual(sampleTransfers());
      expect(await world.updateOf(campaign, device)).toMatchObject({ heardAt: NOON });
    });

    it('need an update to be about', async () => {
      const { world, campaign, device } = await joined(1);
      const [stranger, theirs] = [await world.addDevice(), await newWorld(store())];
      const late = { ok: false, why: 'changed-meanwhile' };
      expect(await world.attempt([tells(campaign, stranger)])).toEqual(late);
      expect(await theirs.attempt([tells(campaign, device)])).toEqual(late);
      expect(await told(world, campaign, stranger)).toBeUndefined();
      expect(await told(world, campaign, device)).toBeUndefined();
    });

    it('outlast a new journey, and go with the device or the campaign', async () => {
      const { world, campaign, devices, device } = await joined(3);
      const other = await world.addCampaign();
      await world.join(other, devices);
      for (const each of [campaign, other]) {
        for (const one of devices) await world.write(tells(each, one));
      }
      const deviceIds = ids(devices);
      await store().updates.close({ ...bulk(world, campaign), ...ending, by: 'ids', deviceIds });
      await world.join(campaign, devices, true);
      expect(await told(world, campaign, device)).toEqual(sampleTransfers());
      await world.write({ drop: 'device', was: device });
      await world.write({ drop: 'campaign', was: other });
      const left = await Promise.all(
        [campaign, other].flatMap((each) => devices.map((one) => told(world, each, one))),
      );
      const kept = sampleTransfers();
      expect(left).toEqual([undefined, kept, kept, undefined, undefined, undefined]);
    });
  });
};
