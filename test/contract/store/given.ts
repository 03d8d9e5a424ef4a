import { describe, expect, it } from 'vitest';
import { decideAll } from '../../../src/app/member.ts';
import type { Change } from '../../../src/app/writes.ts';
import { sampleDevice, sampleEvent } from '../../support/samples.ts';
import { accepted, must, newWorld, type OpenStore, useStore } from './world.ts';

export const givenContract = (open: OpenStore): void => {
  describe('a change that is decided on a campaign', () => {
    const store = useStore(open);

    const prepare = async () => {
      const world = await newWorld(store());
      const campaign = await world.addCampaign();
      const devices = [await world.addDevice(), await world.addDevice()];
      await world.join(campaign, devices);
      const changeOf = async (device: (typeof devices)[number]): Promise<Change> => {
        const was = await world.updateOf(campaign, device);
        const decided = decideAll(was, [{ type: 'check-in' }], was.since);
        if (!decided.ok) throw new Error('a check-in is always taken');
        return {
          account: world.account,
          writes: [{ save: 'update', was, value: decided.value.value }],
          events: [sampleEvent({ type: 'update-nudged' })],
          given: [{ campaign: campaign.key, version: campaign.version }],
        };
      };
      const rename = () => {
        const { key: _, version: __, ...value } = campaign;
        return world.write({
          save: 'campaign',
          was: campaign,
          value: { ...value, plan: { ...value.plan, name: 'other' } },
        });
      };
      return { world, campaign, first: must(devices[0]), second: must(devices[1]), changeOf, rename };
    };

    it('holds while that is as it was read', async () => {
      const { world, campaign, first, second, changeOf } = await prepare();
      const changes = [await changeOf(first), await changeOf(second)];
      for (const committed of await Promise.all(changes.map((change) => store().commit(change)))) {
        accepted(committed);
      }
      expect((await world.updateOf(campaign, first)).position).toBe('inventoried');
    });

    it('does not hold once that was written, and others of its group do', async () => {
      const { world, campaign, first, second, changeOf, rename } = await prepare();
      const stale = await changeOf(first);
      const { given: _, ...free } = await changeOf(second);
      await rename();
      const committed = await Promise.all([store().commit(stale), store().commit(free)]);
      expect(committed).toEqual([{ ok: false, why: 'changed-meanwhile' }, { ok: true }]);
      expect((await world.updateOf(campaign, first)).position).toBe('pending');
      expect((await world.updateOf(campaign, second)).position).toBe('inventoried');
    });

    it('does not hold with other writes beside the update either', async () => {
      const { world, campaign, first, changeOf, rename } = await prepare();
      const change = await changeOf(first);
      await rename();
      const value = sampleDevice();
      const writes = [...change.writes, { save: 'device', value } as const];
      const committed = await store().commit({ ...change, writes });
      expect(committed).toEqual({ ok: false, why: 'changed-meanwhile' });
      expect(await store().devices.find(world.account, value.id)).toBeUndefined();
      expect((await world.updateOf(campaign, first)).position).toBe('pending');
    });

    it('does not hold for a campaign that is gone', async () => {
      const { world, campaign, first, changeOf } = await prepare();
      const other = await world.addCampaign();
      const change = await changeOf(first);
      await world.write({ drop: 'campaign', was: other });
      const given = [{ campaign: other.key, version: other.version }];
      expect(await store().commit({ ...change, given })).toEqual({ ok: false, why: 'changed-meanwhile' });
      expect((await world.updateOf(campaign, first)).position).toBe('pending');
    });
  });
};
