import { describe, expect, it } from 'vitest';
import type { StoredCampaign } from '../../../src/app/records.ts';
import { minuteScope } from '../../../src/domain/tally.ts';
import { HOUR, MINUTE } from '../../../src/domain/time.ts';
import { NOON } from '../../support/samples.ts';
import { admit, end } from './admitting.ts';
import { bulk, ending, populated } from './bulk.ts';
import { ids, must, type OpenStore, useStore, type World } from './world.ts';

const KIEL = 'attributes.depot/Kiel';
const talliesOf = async ({ store, account }: World, { key }: StoredCampaign, ...scopes: readonly string[]) =>
  Object.fromEntries(await store.campaigns.tallies(account, key, scopes));

export const talliesContract = (open: OpenStore): void => {
  describe('tallies', () => {
    const store = useStore(open);

    it('of the scopes that are asked for follow updates from where they were let in', async () => {
      const { world, devices, campaign } = await populated(store(), 5);
      await world.join(campaign, devices);
      expect(await talliesOf(world, campaign, '', KIEL)).toEqual({});
      await admit(world, campaign, devices.slice(0, 3), ['', KIEL]);
      await admit(world, campaign, devices.slice(3, 4), ['', 'wave/0']);
      expect(await talliesOf(world, campaign, '', 'wave/0', 'wave/1')).toEqual({
        ...{ '': { started: 4, 'in-progress': 4 }, 'wave/0': { started: 1, 'in-progress': 1 } },
      });
      await end(world, campaign, must(devices[0]), 'succeeded');
      await end(world, campaign, must(devices[1]), 'failed');
      await end(world, campaign, must(devices[4]), 'rejected');
      expect(await talliesOf(world, campaign, KIEL)).toEqual({
        ...{ [KIEL]: { started: 3, 'in-progress': 1, succeeded: 1, failed: 1 } },
      });
      const outcome = { started: 4, 'in-progress': 2, succeeded: 1, failed: 1 };
      expect(await talliesOf(world, campaign, '')).toEqual({ '': outcome });
      expect(await talliesOf(world, campaign)).toEqual({});
    });

    it('follow updates that are closed and begun again together, and never forget a start', async () => {
      const { world, devices, campaign } = await populated(store(), 4);
      await world.join(campaign, devices);
      await admit(world, campaign, devices.slice(0, 3), ['', KIEL]);
      const request = { ...bulk(world, campaign), ...ending, by: 'ids', deviceIds: ids(devices) } as const;
      await store().updates.close(request);
      const closed = { started: 3, other: 3 };
      expect(await talliesOf(world, campaign, '', KIEL)).toEqual({ '': closed, [KIEL]: closed });
      await world.join(campaign, devices.slice(1), true);
      expect(await talliesOf(world, campaign, '')).toEqual({ '': { started: 3, other: 1 } });
      expect(await world.updateOf(campaign, must(devices[1]))).toMatchObject({ admission: null });
      await admit(world, campaign, devices.slice(1, 2), ['']);
      expect(await talliesOf(world, campaign, '', KIEL)).toEqual({
        ...{ '': { started: 4, other: 1, 'in-progress': 1 }, [KIEL]: { started: 3, other: 1 } },
      });
    });

    it('lose devices and campaigns that are deleted, and nobody else', async () => {
      const { world, devices, campaign } = await populated(store(), 3);
      const other = await world.addCampaign();
      for (const one of [campaign, other]) {
        await world.join(one, devices);
        await admit(world, one, devices, ['', KIEL]);
      }
      await end(world, campaign, must(devices[1]), 'timed-out');
      for (const was of devices.slice(0, 2)) await world.write({ drop: 'device', was });
      expect(await talliesOf(world, campaign, KIEL)).toEqual({ [KIEL]: { started: 3, 'in-progress': 1 } });
      await world.write({ drop: 'campaign', was: campaign });
      expect(await talliesOf(world, campaign, '', KIEL)).toEqual({});
      expect(await talliesOf(world, other, '')).toEqual({ '': { started: 3, 'in-progress': 1 } });
    });

    it('of another account and another campaign are others', async () => {
      const [mine, theirs] = [await populated(store(), 1), await populated(store(), 1)];
      expect(mine.campaign.key).toBe(theirs.campaign.key);
      const second = await mine.world.addCampaign();
      await mine.world.join(mine.campaign, mine.devices);
      await admit(mine.world, mine.campaign, mine.devices, ['']);
      expect(await talliesOf(theirs.world, theirs.campaign, '')).toEqual({});
      expect(await talliesOf(mine.world, second, '')).toEqual({});
      await theirs.world.write({ drop: 'campaign', was: theirs.campaign });
      expect(await talliesOf(mine.world, mine.campaign, '')).toEqual({
        '': { started: 1, 'in-progress': 1 },
      });
    });

    it('are kept of values of any length and form, each on its own', async () => {
      const { world, devices, campaign } = await populated(store(), 1);
      await world.join(campaign, devices);
      const long = `attributes.note/${'x'.repeat(4_096)}`;
      const scopes = [
        long,
        `${long}y`,
        'attributes.note/漢字 👩‍🚒 "\'\\',
        'attributes.note/ ',
        'attributes.note/',
      ];
      await admit(world, campaign, devices, scopes.slice(0, 3));
      const counted = { started: 1, 'in-progress': 1 };
      const expected = Object.fromEntries(scopes.slice(0, 3).map((scope) => [scope, counted]));
      const others = [`${long}z`, long.slice(0, 200)];
      expect(await talliesOf(world, campaign, ...scopes, ...others)).toEqual(expected);
      const short = new Map([[must(scopes[2]), counted]]);
      expect(await store().campaigns.attributeTallies(world.account, campaign.key)).toEqual(short);
    });

    it('of minutes count starts alone, until those are forgotten', async () => {
      const { world, devices, campaign } = await populated(store(), 3);
      await world.join(campaign, devices);
      const noon = Math.floor(NOON / MINUTE);
      const [before, now] = [minuteScope(noon - 61), minuteScope(noon)];
      await admit(world, campaign, devices.slice(0, 2), ['', before]);
      await admit(world, campaign, devices.slice(2), ['', now]);
      await end(world, campaign, must(devices[0]), 'succeeded');
      const kept = { '': { started: 3, 'in-progress': 2, succeeded: 1 }, [now]: { started: 1 } };
      expect(await talliesOf(world, campaign, '', before, now)).toEqual({
        ...kept,
        [before]: { started: 2 },
      });
      await store().expire(0, NOON - HOUR);
      expect(await talliesOf(world, campaign, '', before, now)).toEqual(kept);
      await end(world, campaign, must(devices[1]), 'failed');
      expect(await talliesOf(world, campaign, before)).toEqual({});
    });
  });
};
