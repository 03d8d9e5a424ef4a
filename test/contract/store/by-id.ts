import { describe, expect, it } from 'vitest';
import type { IdPage } from '../../../src/app/lists.ts';
import { NORTH } from './bulk.ts';
import { ALL, ids, newWorld, type OpenStore, useStore } from './world.ts';

/** As they are made known, and by code point. */
const known = ['beta', 'Zulu', 'ALPHA', 'b_ta', '9', 'alpha', 'B.ta', '0350', '35'];
const ordered = ['0350', '35', '9', 'ALPHA', 'B.ta', 'Zulu', 'alpha', 'b_ta', 'beta'];

/** All pages of a list, none of which may be larger than the limit. */
const walk = async <Item>(
  page: (after: string) => Promise<IdPage<Item>>,
  idOf: (item: Item) => string,
  limit: number,
): Promise<readonly string[]> => {
  const found: string[] = [];
  for (let after: string | undefined = ''; after !== undefined; ) {
    const { items, more }: IdPage<Item> = await page(after);
    expect(items.length).toBeLessThanOrEqual(limit);
    if (more) expect(items).toHaveLength(limit);
    found.push(...items.map(idOf));
    after = more ? found.at(-1) : undefined;
  }
  return found;
};

export const byIdContract = (open: OpenStore): void => {
  describe('lists by the ids of devices', () => {
    const store = useStore(open);

    it.each([1, 2, 3, 9, 10])('show devices by code point, %i to a page', async (limit) => {
      const { account, addDevice } = await newWorld(store());
      for (const id of known) await addDevice({ id });
      await (await newWorld(store())).addDevice({ id: 'absent' });
      const page = (after: string) => store().devices.byId(account, ALL, { after, limit });
      expect(await walk(page, ({ id }) => id, limit)).toEqual(ordered);
    });

    it('begin after any text, whether a device has it as its id or not', async () => {
      const { account, addDevice } = await newWorld(store());
      for (const id of known) await addDevice({ id });
      const following = async (text: string) => {
        const page = await store().devices.byId(account, ALL, { after: text, limit: 2 });
        return [...ids(page.items), page.more];
      };
      expect(await following('B')).toEqual(['B.ta', 'Zulu', true]);
      expect(await following('Zulu')).toEqual(['alpha', 'b_ta', true]);
      expect(await following('alpha')).toEqual(['b_ta', 'beta', false]);
      expect(await following('beta')).toEqual([false]);
      expect(await following('😀')).toEqual([false]);
    });

    it('show only devices that match, as they are', async () => {
      const { account, addDevice } = await newWorld(store());
      const second = await addDevice({ id: 'second', tags: ['north'] });
      await addDevice({ id: 'middle', tags: ['south'] });
      const first = await addDevice({ id: 'first', tags: ['north'] });
      const page = { after: '', limit: 2 };
      expect(await store().devices.byId(account, NORTH, page)).toEqual({
        items: [first, second],
        more: false,
      });
    });

    it.each([1, 4, 9, 10])('show the members of a campaign, %i to a page', async (limit) => {
      const world = await newWorld(store());
      const devices = [];
      for (const id of known) devices.push(await world.addDevice({ id }));
      const [campaign, bystander] = [await world.addCampaign(), await world.addCampaign()];
      await world.join(campaign, devices.toReversed());
      await world.join(bystander, [...devices, await world.addDevice({ id: 'absent' })]);
      const page = (after: string) => store().updates.byDevice(world.account, campaign.key, { after, limit });
      expect(await walk(page, ({ deviceId }) => deviceId, limit)).toEqual(ordered);
    });

    it('show members whether their updates are open or closed', async () => {
      const world = await newWorld(store());
      const devices = [await world.addDevice({ id: 'b' }), await world.addDevice({ id: 'a' })];
      const campaign = await world.addCampaign();
      await world.join(campaign, devices);
      const was = await world.updateOf(campaign, devices[0] as (typeof devices)[number]);
      const closed = { status: 'closed', outcome: 'succeeded', reason: 'none', message: '' } as const;
      await world.write({ save: 'update', was, value: { ...was, ...closed } });
      const { items, more } = await store().updates.byDevice(world.account, campaign.key, {
        after: '',
        limit: 5,
      });
      const listed = await world.updatesOf(campaign);
      expect({ items, more }).toEqual({ items: listed.toReversed(), more: false });
      expect(items.map(({ status }) => status)).toEqual(['open', 'closed']);
    });
  });
};
