import { describe, expect, it } from 'vitest';
import type { StoredDevice as Device } from '../../../src/app/records.ts';
import { newProgress } from '../../../src/domain/rollout.ts';
import { NOON, sampleCampaign } from '../../support/samples.ts';
import { must, newWorld, type OpenStore, useStore } from './world.ts';

export const awaitedContract = (open: OpenStore): void => {
  describe('devices that running campaigns wait for', () => {
    const store = useStore(open);

    it('are those of a protocol with an open update, a piece of all of the protocol at a time', async () => {
      const world = await newWorld(store());
      const devices = await world.addDevices(6, { protocol: 'oma-dm' });
      const others = await world.addDevices(2, { protocol: 'ddi' });
      const started = { status: 'running', startedAt: NOON, progress: newProgress(NOON) } as const;
      const running = await world.addCampaign({ ...sampleCampaign(), ...started });
      const draft = await world.addCampaign(sampleCampaign());
      const [a, b, c, d] = [0, 1, 2, 3].map((n) => must(devices[n])) as [Device, Device, Device, Device];
      await world.join(running, [a, b, c, ...others]);
      await world.join(draft, [d]);
      await store().devices.touch(world.account, [{ device: b.key, at: NOON }]);
      const look = async (before: number, after: number, limit: number) => {
        const page = await store().devices.awaited(world.account, 'oma-dm', before, { after, limit });
        return { ids: page.items.map(({ id }) => id), next: page.next };
      };
      expect((await look(NOON + 1, 0, 100)).ids).toEqual([a.id, b.id, c.id]);
      expect(await look(NOON, 0, 100)).toEqual({ ids: [a.id, c.id], next: null });
      expect(await look(NOON, 0, 2)).toEqual({ ids: [a.id], next: b.key });
      expect(await look(NOON, b.key, 2)).toEqual({ ids: [c.id], next: d.key });
      const other = await newWorld(store());
      expect(
        (await store().devices.awaited(other.account, 'oma-dm', NOON, { after: 0, limit: 9 })).items,
      ).toEqual([]);
    });
  });
};
