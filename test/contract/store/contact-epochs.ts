import { describe, expect, it } from 'vitest';
import type { StoredDevice } from '../../../src/app/records.ts';
import type { Write } from '../../../src/app/writes.ts';
import {
  NOON,
  sampleCampaign,
  sampleCredential,
  sampleDevice,
  sampleEntry,
  sampleUser,
} from '../../support/samples.ts';
import { bulk, ending, populated } from './bulk.ts';
import { must, newWorld, type OpenStore, useStore } from './world.ts';

export const contactEpochsContract = (open: OpenStore): void => {
  describe('the epoch of contacts', () => {
    const store = useStore(open);

    /** Devices of which two have an update, and whether what was read of one still holds after some work. */
    const watching = async () => {
      const { world, campaign, devices } = await populated(store(), 3);
      await world.join(campaign, devices.slice(0, 2));
      const [one, other] = [must(devices[0]), must(devices[1])];
      const elsewhere = await newWorld(store());
      const stranger = await elsewhere.addDevice();
      const fresh = async (work: () => Promise<unknown>, which: 'of' | 'ofIdentity' = 'of') => {
        const since = store().contactEpochs.now();
        await work();
        const holds = (account: typeof world.account, { key }: StoredDevice): boolean | undefined =>
          since === undefined ? undefined : store().contactEpochs[which](account, key) <= since;
        return {
          one: holds(world.account, one),
          other: holds(world.account, other),
          stranger: holds(elsewhere.account, stranger),
        };
      };
      return { world, campaign, one, other, fresh };
    };

    const known = (): boolean => store().contactEpochs.now() !== undefined;

    it('is another for a device of which something is written, and the same for all others', async () => {
      const { world, campaign, one, fresh } = await watching();
      const was = await world.updateOf(campaign, one);
      const keys = { campaign: campaign.key, device: one.key };
      const credential = sampleCredential(one.key);
      const writes: readonly Write[] = [
        { save: 'update', was, value: { ...was, position: 'inventoried', since: NOON + 1 } },
        { append: 'log', ...keys, entry: sampleEntry() },
        { note: 'handed', ...keys, at: NOON + 2 },
        { save: 'credential', value: credential },
        { save: 'device', was: one, value: { ...one, name: 'another' } },
      ];
      for (const write of writes) {
        const held = await fresh(() => world.write(write));
        if (known()) expect(held, JSON.stringify(write)).toEqual({ one: false, other: true, stranger: true });
      }
    });

    it('is another for all of an account whose campaigns or members change, and the same for other accounts', async () => {
      const { world, campaign, one, fresh } = await watching();
      const works = [
        () => world.write({ save: 'campaign', value: sampleCampaign() }),
        () => store().updates.close({ ...bulk(world, campaign), ...ending, by: 'ids', deviceIds: [one.id] }),
        () => world.join(campaign, [one], true),
        () =>
          store().devices.saveMany(world.account, [{ value: sampleDevice() }], {
            actor: { kind: 'server' },
            now: NOON,
          }),
      ];
      for (const work of works) {
        const held = await fresh(work);
        if (known()) expect(held).toEqual({ one: false, other: false, stranger: true });
      }
    });

    it('counts as identity only what is written of the device itself, its credentials and its account', async () => {
      const { world, campaign, one, fresh } = await watching();
      const was = await world.updateOf(campaign, one);
      const account = must(await store().accounts.get(world.account));
      const keys = { campaign: campaign.key, device: one.key };
      const works: readonly (readonly [Write, { readonly one: boolean; readonly other: boolean }])[] = [
        [
          { save: 'update', was, value: { ...was, since: NOON + 1 } },
          { one: true, other: true },
        ],
        [
          { append: 'log', ...keys, entry: sampleEntry() },
          { one: true, other: true },
        ],
        [
          { save: 'campaign', value: sampleCampaign() },
          { one: true, other: true },
        ],
        [
          { save: 'credential', value: sampleCredential(one.key) },
          { one: false, other: true },
        ],
        [
          { save: 'device', was: one, value: { ...one, name: 'another' } },
          { one: false, other: true },
        ],
        [
          { save: 'account', was: account, value: { ...account, name: 'another' } },
          { one: false, other: false },
        ],
      ];
      for (const [write, expected] of works) {
        const held = await fresh(() => world.write(write), 'ofIdentity');
        if (known()) expect(held, JSON.stringify(write)).toEqual({ ...expected, stranger: true });
      }
    });

    it('stays the same while people and new devices are written, and when a device is seen', async () => {
      const { world, one, fresh } = await watching();
      const works = [
        () => world.write({ save: 'user', value: sampleUser() }),
        () => world.write({ save: 'device', value: sampleDevice() }),
        () => store().devices.touch(world.account, [{ device: one.key, at: NOON }]),
      ];
      for (const work of works) {
        const held = await fresh(work);
        if (known()) expect(held).toEqual({ one: true, other: true, stranger: true });
      }
    });
  });
};
