import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../../src/domain/time.ts';
import { newUpdate } from '../../../src/domain/update.ts';
import { NOON } from '../../support/samples.ts';
import { populated } from './bulk.ts';
import { must, newWorld, type OpenStore, useStore } from './world.ts';

const sorted = <Row>(rows: readonly Row[]): readonly Row[] =>
  rows.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));

export const censusContract = (open: OpenStore): void => {
  describe('a census', () => {
    const store = useStore(open);

    it('of ends counts closed updates by outcome, reason and stretch of time', async () => {
      const { world, devices, campaign, account } = await populated(store(), 6);
      await world.join(campaign, devices);
      const end = async (index: number, outcome: string, reason: string, since: number) => {
        const was = await world.updateOf(campaign, must(devices[index]));
        const value = { ...newUpdate(NOON), status: 'closed', outcome, reason, message: '', since };
        await world.write({ save: 'update', was, value: value as never });
      };
      await end(0, 'succeeded', 'none', NOON);
      await end(1, 'succeeded', 'none', NOON + 59_999);
      await end(2, 'succeeded', 'none', NOON + MINUTE);
      await end(3, 'failed', 'no-space', NOON + MINUTE);
      await end(4, 'failed', 'checksum-mismatch', NOON + MINUTE);
      expect(sorted(await store().updates.ends(account, campaign.key, MINUTE))).toEqual(
        sorted([
          { outcome: 'succeeded', reason: 'none', from: NOON, count: 2 },
          { outcome: 'succeeded', reason: 'none', from: NOON + MINUTE, count: 1 },
          { outcome: 'failed', reason: 'no-space', from: NOON + MINUTE, count: 1 },
          { outcome: 'failed', reason: 'checksum-mismatch', from: NOON + MINUTE, count: 1 },
        ]),
      );
      const whole = await store().updates.ends(account, campaign.key, Number.MAX_SAFE_INTEGER);
      expect(whole.map(({ from }) => from)).toEqual([0, 0, 0]);
    });

    it('of time zones counts all devices of a campaign, and no others', async () => {
      const { world, devices, campaign, account } = await populated(store(), 3);
      const far = await world.addDevice({ id: 'far', timeZone: 'Asia/Kathmandu' });
      await world.addDevice({ id: 'elsewhere', timeZone: 'Africa/Cairo' });
      await world.join(campaign, [...devices, far]);
      const zone = must(devices[0]).timeZone;
      expect(sorted(await store().updates.zones(account, campaign.key))).toEqual(
        sorted([
          { zone, devices: 3 },
          { zone: 'Asia/Kathmandu', devices: 1 },
        ]),
      );
    });

    it('of ends finds none in a campaign without devices', async () => {
      const { campaign, account } = await populated(store(), 0);
      expect(await store().updates.ends(account, campaign.key, MINUTE)).toEqual([]);
      expect(await store().updates.zones(account, campaign.key)).toEqual([]);
    });

    it('of devices counts them by protocol, firmware and when they were last seen, of one account only', async () => {
      const world = await newWorld(store());
      const other = await newWorld(store());
      await other.addDevice({ id: 'abroad' });
      const seen = (at: number, version: string | undefined) =>
        world.addDevice({
          ...{ id: `d${at}-${version}`, protocol: 'ddi', lastSeenAt: at },
          versions: version === undefined ? {} : { firmware: version, modem: '7' },
        });
      await seen(NOON, '1.0');
      await seen(NOON + 1, '1.0');
      await seen(NOON - 1, '1.0');
      await seen(NOON - HOUR - 1, '2.0');
      await seen(0, undefined);
      expect(sorted(await store().devices.census(world.account, [NOON, NOON - HOUR]))).toEqual(
        sorted([
          { protocol: 'ddi', version: '1.0', seen: 0, count: 2 },
          { protocol: 'ddi', version: '1.0', seen: 1, count: 1 },
          { protocol: 'ddi', version: '2.0', seen: 2, count: 1 },
          { protocol: 'ddi', version: '', seen: 3, count: 1 },
        ]),
      );
    });
  });
};
