import { describe, expect, it } from 'vitest';
import { decideAll } from '../../../src/app/member.ts';
import type { StoredCampaign, StoredDevice } from '../../../src/app/records.ts';
import type { Change, Write } from '../../../src/app/writes.ts';
import { sampleEntry, sampleEvent } from '../../support/samples.ts';
import { accepted, must, newWorld, type OpenStore, useStore } from './world.ts';

const changedMeanwhile = { ok: false, why: 'changed-meanwhile' };

export const replacingContract = (open: OpenStore): void => {
  describe('a report that replaces its device', () => {
    const store = useStore(open);

    const prepare = async () => {
      const world = await newWorld(store());
      const [campaign, other] = [await world.addCampaign(), await world.addCampaign()];
      const devices = [await world.addDevice(), await world.addDevice()];
      for (const one of [campaign, other]) await world.join(one, devices);
      const changeOf = async (of: StoredCampaign, device: StoredDevice, make: string): Promise<Change> => {
        const was = await world.updateOf(of, device);
        const decided = decideAll(was, [{ type: 'check-in' }], was.since);
        if (!decided.ok) throw new Error('a check-in is always taken');
        const { key: _, version: __, ...value } = device;
        const writes: readonly Write[] = [
          { save: 'update', was, value: decided.value.value },
          { append: 'log', campaign: of.key, device: device.key, entry: sampleEntry() },
          { save: 'device', was: device, value: { ...value, make } },
        ];
        return { account: world.account, writes, events: [sampleEvent({ type: 'update-nudged' })] };
      };
      const makeOf = async ({ key }: StoredDevice) =>
        must(await store().devices.get(world.account, key)).make;
      const logged = async (of: StoredCampaign, { key }: StoredDevice) =>
        (await store().updates.log(world.account, of.key, key)).total;
      return {
        ...{ world, campaign, other, first: must(devices[0]), second: must(devices[1]) },
        ...{ changeOf, makeOf, logged },
      };
    };

    it('writes both, and so do the others of its group', async () => {
      const { world, campaign, first, second, changeOf, makeOf, logged } = await prepare();
      const changes = [await changeOf(campaign, first, 'One'), await changeOf(campaign, second, 'Two')];
      for (const committed of await Promise.all(changes.map((change) => store().commit(change))))
        accepted(committed);
      expect([await makeOf(first), await makeOf(second)]).toEqual(['One', 'Two']);
      expect((await world.updateOf(campaign, first)).position).toBe('inventoried');
      expect(await logged(campaign, first)).toBe(1);
      expect(must(await store().devices.get(world.account, first.key)).version).toBe(first.version + 1);
    });

    it('writes neither once somebody else wrote the device, and others of its group hold', async () => {
      const { world, campaign, first, second, changeOf, makeOf, logged } = await prepare();
      const changes = [await changeOf(campaign, first, 'One'), await changeOf(campaign, second, 'Two')];
      const { key: _, version: __, ...value } = first;
      await world.write({ save: 'device', was: first, value: { ...value, make: 'Other' } });
      const committed = await Promise.all(changes.map((change) => store().commit(change)));
      expect(committed).toEqual([changedMeanwhile, { ok: true }]);
      expect([await makeOf(first), await makeOf(second)]).toEqual(['Other', 'Two']);
      expect((await world.updateOf(campaign, first)).position).toBe('pending');
      expect(await logged(campaign, first)).toBe(0);
    });

    it('writes neither once somebody else wrote the update', async () => {
      const { world, campaign, first, changeOf, makeOf } = await prepare();
      const change = await changeOf(campaign, first, 'One');
      accepted(await store().commit({ ...change, writes: change.writes.slice(0, 1) }));
      expect(await store().commit(change)).toEqual(changedMeanwhile);
      expect(await makeOf(first)).toBe(first.make);
      expect((await world.updateOf(campaign, first)).version).toBe(2);
    });

    it('is one of two at most that replace the same device at the same time', async () => {
      const { world, campaign, other, first, changeOf, makeOf } = await prepare();
      const changes = [await changeOf(campaign, first, 'One'), await changeOf(other, first, 'Two')];
      const committed = await Promise.all(changes.map((change) => store().commit(change)));
      expect(committed).toEqual([{ ok: true }, changedMeanwhile]);
      expect(await makeOf(first)).toBe('One');
      expect((await world.updateOf(other, first)).position).toBe('pending');
    });
  });
};
