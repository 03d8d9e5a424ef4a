import { describe, expect, it } from 'vitest';
import { ada, NOON, sampleDevice } from '../../support/samples.ts';
import { ALL, ids, must, newWorld, type OpenStore, useStore } from './world.ts';

export const importContract = (open: OpenStore): void => {
  describe('many devices', () => {
    const store = useStore(open);
    const by = { actor: ada, now: NOON + 7 };

    it('are inserted and replaced with one event', async () => {
      const world = await newWorld(store());
      const { account } = world;
      const old = await world.addDevices(3);
      const seen = (await world.events()).length;
      const fresh = [sampleDevice(), sampleDevice({ tags: [], attributes: {} })];
      const replaced = old.slice(0, 2).map((was) => ({ was, value: { ...was, tags: ['new'] } }));
      const left = await store().devices.saveMany(
        account,
        [...fresh.map((value) => ({ value })), ...replaced],
        by,
      );
      expect(left).toEqual([]);
      for (const value of fresh) {
        expect(await store().devices.find(account, value.id)).toMatchObject({ ...value, version: 1 });
      }
      for (const { was } of replaced) {
        const found = await store().devices.find(account, was.id);
        expect(found).toEqual({ ...was, tags: ['new'], version: 2 });
      }
      const events = (await world.events()).slice(seen);
      const body = { type: 'devices-imported', created: 2, changed: 2 };
      expect(events).toMatchObject([{ at: NOON + 7, actor: ada, campaign: null, device: null, body }]);
    });

    it('leave out those that exist already or were written meanwhile', async () => {
      const world = await newWorld(store());
      const { account } = world;
      const [taken, stale, dropped] = await world.addDevices(3);
      const was = must(stale);
      await world.write({ save: 'device', was, value: { ...was, name: 'newer' } });
      await world.write({ drop: 'device', was: must(dropped) });
      const fresh = sampleDevice();
      const left = await store().devices.saveMany(
        account,
        [
          { value: sampleDevice({ id: must(taken).id, name: 'usurper' }) },
          { was, value: { ...was, name: 'older' } },
          { was: must(dropped), value: must(dropped) },
          { value: fresh },
        ],
        by,
      );
      expect(left.toSorted()).toEqual(ids([must(taken), was, must(dropped)]).toSorted());
      expect(await store().devices.find(account, must(taken).id)).toEqual(taken);
      expect(await store().devices.find(account, was.id)).toMatchObject({ name: 'newer', version: 2 });
      expect(await store().devices.find(account, must(dropped).id)).toBeUndefined();
      expect(await store().devices.find(account, fresh.id)).toMatchObject({ version: 1 });
      const body = { type: 'devices-imported', created: 1, changed: 0 };
      expect((await world.events()).at(-1)).toMatchObject({ body });
    });

    it('are taken once when named twice', async () => {
      const world = await newWorld(store());
      const { account } = world;
      const [first, second] = [
        sampleDevice({ id: 'twin', name: 'a' }),
        sampleDevice({ id: 'twin', name: 'b' }),
      ];
      const left = await store().devices.saveMany(account, [{ value: first }, { value: second }], by);
      expect(left).toEqual(['twin']);
      expect(await store().devices.find(account, 'twin')).toMatchObject({ name: 'a', version: 1 });
    });

    it('are inserted once when two imports of the same arrive together', async () => {
      const { account } = await newWorld(store());
      const values = Array.from({ length: 50 }, () => sampleDevice());
      const rows = values.map((value) => ({ value }));
      const left = await Promise.all([
        store().devices.saveMany(account, rows, by),
        store().devices.saveMany(account, rows.toReversed(), by),
      ]);
      expect(left.flat().toSorted()).toEqual(ids(values).toSorted());
      expect(await store().devices.count(account, ALL)).toBe(50);
    });

    it('may be 5000', async () => {
      const world = await newWorld(store());
      const devices = await world.addDevices(5_000);
      expect(devices).toHaveLength(5_000);
      expect(new Set(devices.map(({ key }) => key)).size).toBe(5_000);
      expect(await store().devices.saveMany(world.account, [], by)).toEqual([]);
    });
  });
};
