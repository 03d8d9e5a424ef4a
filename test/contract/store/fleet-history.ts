import { describe, expect, it } from 'vitest';
import type { FleetPoint } from '../../../src/app/census-ports.ts';
import { DAY, HOUR } from '../../../src/domain/time.ts';
import { newWorld, type OpenStore, useStore } from './world.ts';

const MIDNIGHT = Date.UTC(2026, 10, 21);

const point = (at: number, devices = 1): FleetPoint => ({
  ...{ at, devices, otherVersions: 0 },
  versions: [{ version: '1.0 "ß"', count: devices }],
  protocols: [{ protocol: 'ddi', count: devices }],
  seen: { hour: devices, day: 0, week: 0, month: 0, earlier: 0, never: 0 },
});

export const fleetHistoryContract = (open: OpenStore): void => {
  describe('the history of fleets', () => {
    const store = useStore(open);

    const history = async (...instants: readonly number[]) => {
      const { account } = await newWorld(store());
      for (const at of instants) await store().fleetHistory.add(account, point(at));
      const between = async (since: number, until: number) =>
        (await store().fleetHistory.list(account, since, until)).map(({ at }) => at);
      return { account, between };
    };

    it('has each instant once, as it was written first', async () => {
      const { account } = await history();
      const { fleetHistory } = store();
      expect(await fleetHistory.add(account, point(MIDNIGHT, 7))).toBe(true);
      expect(await fleetHistory.add(account, point(MIDNIGHT, 8))).toBe(false);
      expect(await fleetHistory.list(account, 0, MIDNIGHT + 1)).toEqual([point(MIDNIGHT, 7)]);
    });

    it('is written once by several who write at the same time', async () => {
      const { account } = await history();
      const tries = [1, 2, 3, 4].map((devices) =>
        store().fleetHistory.add(account, point(MIDNIGHT, devices)),
      );
      expect((await Promise.all(tries)).filter((written) => written)).toHaveLength(1);
    });

    it('lists a stretch in order, after the one that held when it began', async () => {
      const { between } = await history(MIDNIGHT + 3 * HOUR, MIDNIGHT, MIDNIGHT + HOUR);
      expect(await between(MIDNIGHT + 2 * HOUR, MIDNIGHT + DAY)).toEqual([
        MIDNIGHT + HOUR,
        MIDNIGHT + 3 * HOUR,
      ]);
      expect(await between(MIDNIGHT + HOUR, MIDNIGHT + 3 * HOUR)).toEqual([MIDNIGHT + HOUR]);
      expect(await between(0, MIDNIGHT)).toEqual([]);
      expect(await between(MIDNIGHT + DAY, MIDNIGHT + 2 * DAY)).toEqual([MIDNIGHT + 3 * HOUR]);
    });

    it('is of one account only', async () => {
      await history(MIDNIGHT);
      const { between } = await history();
      expect(await between(0, MIDNIGHT + DAY)).toEqual([]);
    });

    it('keeps the last of each day of what is old, and all of what is not', async () => {
      const old = [MIDNIGHT, MIDNIGHT + HOUR, MIDNIGHT + 23 * HOUR, MIDNIGHT + DAY, MIDNIGHT + 30 * HOUR];
      const young = [MIDNIGHT + 31 * HOUR, MIDNIGHT + 32 * HOUR];
      const { account, between } = await history(...old, ...young);
      const other = await history(MIDNIGHT, MIDNIGHT + HOUR);
      for (const _ of [1, 2]) {
        await store().fleetHistory.thin(account, MIDNIGHT + 31 * HOUR);
        expect(await between(0, MIDNIGHT + 9 * DAY)).toEqual([MIDNIGHT + 23 * HOUR, ...young]);
      }
      expect(await other.between(0, MIDNIGHT + DAY)).toHaveLength(2);
    });
  });
};
