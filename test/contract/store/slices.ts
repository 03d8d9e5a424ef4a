import { describe, expect, it } from 'vitest';
import type { CampaignFilter, Marks, Slice, Sliced, UpdateFilter } from '../../../src/app/lists.ts';
import { newProgress } from '../../../src/domain/rollout.ts';
import { NOON, sampleCampaign, samplePlan } from '../../support/samples.ts';
import { bulk, ending, NORTH, populated } from './bulk.ts';
import {
  ALL,
  ANY_CAMPAIGN,
  ANY_PACKAGE,
  ids,
  must,
  NO_FILTER,
  newWorld,
  type OpenStore,
  useStore,
} from './world.ts';

const FIRST = { skip: 0, limit: 100, by: 'created', descending: false } as const;

/** Names in the order in which they are made known, and as sorted: by folded code points, then as made known. */
const made = ['beta', 'Zulu', 'ALPHA', '\uffee', 'Älg', 'alpha', '', '😀', 'Beta', 'älg', 'beta'];
const sorted = ['', 'ALPHA', 'alpha', 'beta', 'Beta', 'beta', 'Zulu', 'Älg', 'älg', '\uffee', '😀'];

/** Looks at a list in all orders, whole and in pages, and expects both lists above. */
const expectSlices = async <Item>(
  list: (slice: Slice) => Promise<Sliced<Item>>,
  nameOf: (item: Item) => string,
  [created, named]: readonly [readonly string[], readonly string[]] = [made, sorted],
): Promise<void> => {
  const total = created.length;
  for (const [by, expected] of [
    ['created', created],
    ['name', named],
  ] as const) {
    for (const descending of [false, true]) {
      const whole = descending ? expected.toReversed() : expected;
      const read = async (skip: number, limit: number) => {
        const page = await list({ skip, limit, by, descending });
        expect(page.total).toBe(total);
        return page.items.map(nameOf);
      };
      expect(await read(0, total + 1)).toEqual(whole);
      for (const skip of [0, 3, 6, 9, 12]) expect(await read(skip, 3)).toEqual(whole.slice(skip, skip + 3));
      expect(await read(5, 0)).toEqual([]);
      expect(await read(1_000_000, 5)).toEqual([]);
    }
  }
};

export const slicesContract = (open: OpenStore): void => {
  describe('slices', () => {
    const store = useStore(open);

    it('of devices go by creation or by name, either way', async () => {
      const world = await newWorld(store());
      for (const name of made) await world.addDevice({ name });
      await (await newWorld(store())).addDevice({ name: 'alpha' });
      await expectSlices(
        (slice) => store().devices.slice(world.account, ALL, slice),
        ({ name }) => name,
      );
      const { items } = await store().devices.slice(world.account, ALL, FIRST);
      expect(items).toEqual((await store().devices.list(world.account, ALL, { after: 0, limit: 99 })).items);
    });

    it('of devices count all that match, and follow a change of name', async () => {
      const { account, addDevices, addDevice, write } = await newWorld(store());
      await addDevices(7, { tags: ['south'] });
      const devices = await addDevices(5, { name: 'n' });
      const slice = { ...FIRST, skip: 1, limit: 2 } as const;
      const page = await store().devices.slice(account, NORTH, slice);
      expect(page).toEqual({ items: devices.slice(1, 3), total: 5 });
      const was = await addDevice({ name: 'N', tags: ['south'] });
      const value = { ...was, name: 'M', tags: ['north'] };
      await write({ save: 'device', was, value });
      const named = await store().devices.slice(account, NORTH, { ...FIRST, by: 'name', limit: 2 });
      expect(ids(named.items)).toEqual([was.id, devices[0]?.id]);
      expect(named.total).toBe(6);
      const replaced = devices.slice(1, 2).map((old) => ({ was: old, value: { ...old, name: 'L' } }));
      await store().devices.saveMany(account, replaced, { actor: { kind: 'server' }, now: NOON });
      const again = await store().devices.slice(account, NORTH, { ...FIRST, by: 'name', limit: 2 });
      expect(ids(again.items)).toEqual([devices[1]?.id, was.id]);
    });

    it('of devices are the same where nobody asks for their number', async () => {
      const { account, addDevices } = await newWorld(store());
      await addDevices(7, { tags: ['south'] });
      const devices = await addDevices(5);
      for (const skip of [0, 1, 4, 5, 9]) {
        const slice = { ...FIRST, skip, limit: 2, counted: false } as const;
        const { items } = await store().devices.slice(account, NORTH, slice);
        expect(ids(items)).toEqual(ids(devices.slice(skip, skip + 2)));
      }
    });

    it('of packages go by creation or by name, either way, and count all that the filter shows', async () => {
      const { account, addPackage } = await newWorld(store());
      for (const name of made) await addPackage({ name });
      await expectSlices(
        (slice) => store().packages.slice(account, ANY_PACKAGE, slice),
        ({ name }) => name,
      );
      const filter = { ...ANY_PACKAGE, text: 'BETA' };
      const slice = { ...FIRST, skip: 1, limit: 1 } as const;
      expect(await store().packages.slice(account, filter, slice)).toMatchObject({
        ...{ items: [{ name: 'Beta' }], total: 3 },
      });
    });

    it('of campaigns go by creation or by name, either way', async () => {
      const { account, addCampaign } = await newWorld(store());
      for (const name of made) await addCampaign(sampleCampaign({ plan: samplePlan({ name }) }));
      await expectSlices(
        (slice) => store().campaigns.slice(account, ANY_CAMPAIGN, slice),
        ({ plan }) => plan.name,
      );
    });

    it('of campaigns, and their lists, are filtered in every way', async () => {
      const { account, addCampaign } = await newWorld(store());
      const add = (name: string, description: string, packages: readonly string[], createdAt: number) =>
        addCampaign(sampleCampaign({ plan: samplePlan({ name, description, packages }), createdAt }));
      const one = await add('One', 'All 100% of ÄLGS', ['p1', 'p2'], NOON);
      const two = await add('Two', 'one_by one', ['p2'], NOON + 1);
      const three = await add('Three', '', ['p3', 'p1'], NOON + 2);
      const started = { status: 'running', startedAt: NOON, progress: newProgress(NOON) } as const;
      await addCampaign({ ...sampleCampaign({ createdAt: NOON + 3 }), ...started });
      const shows = async (given: Partial<CampaignFilter>) => {
        const filter = { ...ANY_CAMPAIGN, ...given };
        const sliced = await store().campaigns.slice(account, filter, { ...FIRST, by: 'name' });
        expect(sliced.total).toBe(sliced.items.length);
        const { items } = await store().campaigns.list(account, filter, { after: 0, limit: 100 });
        expect(ids(items).toSorted()).toEqual(ids(sliced.items).toSorted());
        return items.map(({ plan }) => plan.name);
      };
      expect(await shows({ description: 'älg' })).toEqual(['One']);
      expect(await shows({ description: 'ONE' })).toEqual(['Two']);
      expect(await shows({ description: '%' })).toEqual(['One']);
      expect(await shows({ description: 'e_b' })).toEqual(['Two']);
      expect(await shows({ text: 'one', description: 'one' })).toEqual([]);
      expect(await shows({ ids: [three.id, one.id, 'unknown', one.id] })).toEqual(['One', 'Three']);
      expect(await shows({ ids: ['unknown'] })).toEqual([]);
      expect(await shows({ packageIds: ['p1'] })).toEqual(['One', 'Three']);
      expect(await shows({ packageIds: ['p2', 'p1', 'p9'] })).toEqual(['One', 'Two', 'Three']);
      expect(await shows({ packageIds: ['p9'] })).toEqual([]);
      expect(await shows({ createdFrom: NOON + 1 })).toEqual(['Two', 'Three', 'Spring firmware']);
      expect(await shows({ createdFrom: NOON + 1, statuses: ['running'] })).toEqual(['Spring firmware']);
      expect(await shows({ ids: [two.id, one.id], packageIds: ['p1'], text: 'o' })).toEqual(['One']);
    });

    it('of campaigns find a description that was edited', async () => {
      const { account, addCampaign, write } = await newWorld(store());
      const was = await addCampaign(sampleCampaign({ plan: samplePlan({ description: 'before' }) }));
      await write({ save: 'campaign', was, value: { ...was, plan: samplePlan({ description: 'After' }) } });
      const find = async (description: string) =>
        (await store().campaigns.slice(account, { ...ANY_CAMPAIGN, description }, FIRST)).total;
      expect([await find('before'), await find('after')]).toEqual([0, 1]);
    });

    it('of updates go by the order of devices or by their id, either way', async () => {
      const world = await newWorld(store());
      const known = ['beta', 'Zulu', 'ALPHA', 'b_ta', '9', 'alpha', 'B.ta'];
      const devices = [];
      for (const id of known) devices.push(await world.addDevice({ id }));
      const [campaign, bystander] = [await world.addCampaign(), await world.addCampaign()];
      await world.join(campaign, devices.toReversed());
      await world.addDevice({ id: 'absent' });
      await world.join(bystander, devices);
      const named = ['9', 'ALPHA', 'alpha', 'B.ta', 'b_ta', 'beta', 'Zulu'];
      await expectSlices(
        (slice) => store().updates.slice(world.account, campaign.key, NO_FILTER, slice),
        ({ deviceId }) => deviceId,
        [known, named],
      );
      const { items } = await store().updates.slice(world.account, campaign.key, NO_FILTER, FIRST);
      expect(items).toEqual(await world.updatesOf(campaign));
    });

    it('of updates count what every filter shows', async () => {
      const { world, devices, campaign, account } = await populated(store(), 9);
      await world.join(campaign, devices);
      const move = async (n: number, value: object) => {
        const was = await world.updateOf(campaign, must(devices[n]));
        await world.write({ save: 'update', was, value: { ...was, ...value } });
      };
      const done = { status: 'closed', outcome: 'succeeded', reason: 'none', message: '' };
      for (const n of [1, 2]) await move(n, { position: 'inventoried' });
      await move(3, { position: 'download-ready' });
      for (const n of [4, 5]) await move(n, { ...done, position: 'activation-complete' });
      const deviceIds = ids(devices.slice(6, 8));
      await store().updates.close({ ...bulk(world, campaign), ...ending, by: 'ids', deviceIds });
      const expectTotal = async (given: Partial<UpdateFilter>, expected: number) => {
        const filter = { ...NO_FILTER, ...given };
        const all = await store().updates.list(account, campaign.key, filter, { after: 0, limit: 99 });
        for (const by of ['created', 'name'] as const) {
          const slice = { ...FIRST, skip: 1, limit: 2, by } as const;
          const page = await store().updates.slice(account, campaign.key, filter, slice);
          expect(page).toEqual({ items: all.items.slice(1, 3), total: expected });
        }
      };
      await move(8, { admission: { wave: 1, scopes: ['', 'wave/1'] } });
      await expectTotal({ wave: 1 }, 1);
      await expectTotal({ wave: 11 }, 0);
      await expectTotal({ wave: 1, open: false }, 0);
      await expectTotal({}, 9);
      await expectTotal({ open: true }, 5);
      await expectTotal({ open: false }, 4);
      await expectTotal({ positions: ['pending'] }, 4);
      await expectTotal({ positions: ['pending', 'inventoried'], open: true }, 4);
      await expectTotal({ positions: ['pending', 'activation-complete'], open: false }, 4);
      await expectTotal({ outcomes: ['succeeded'] }, 2);
      await expectTotal({ outcomes: ['succeeded', 'cancelled'], open: false }, 4);
      await expectTotal({ outcomes: ['cancelled'], positions: ['pending'] }, 2);
      await expectTotal({ outcomes: ['cancelled'], positions: ['pending'], open: true }, 0);
      await expectTotal({ outcomes: ['cancelled'], open: true }, 0);
      await expectTotal({ outcomes: ['rejected'] }, 0);
    });

    it('of both are reached from marks, whatever the filter', async () => {
      const { world, devices, campaign, account } = await populated(store(), 7);
      await world.addDevices(3, { tags: ['south'] });
      await world.join(campaign, devices);
      const deviceIds = ids(devices.slice(2, 5));
      await store().updates.close({ ...bulk(world, campaign), ...ending, by: 'ids', deviceIds });
      const expectReached = async <Item>(
        { total, marks }: Marks,
        read: (slice: Slice) => Promise<Sliced<Item>>,
      ): Promise<void> => {
        const whole = (await read(FIRST)).items;
        expect(total).toBe(whole.length);
        expect(marks.map(({ place }) => place)).toEqual(
          marks.map(({ place }) => place).toSorted((a, b) => a - b),
        );
        for (const [place, item] of whole.entries()) {
          const mark = must(marks.findLast((one) => one.place <= place));
          const way = { skip: place - mark.place, after: mark.after, limit: 1, counted: false } as const;
          expect((await read({ ...FIRST, ...way })).items).toEqual([item]);
        }
      };
      for (const where of [ALL, NORTH]) {
        await expectReached(await store().devices.marks(account, where), (slice) =>
          store().devices.slice(account, where, slice),
        );
      }
      for (const given of [{}, { open: true }, { outcomes: ['cancelled'] }] as const) {
        const filter = { ...NO_FILTER, ...given };
        await expectReached(await store().updates.marks(account, campaign.key, filter), (slice) =>
          store().updates.slice(account, campaign.key, filter, slice),
        );
      }
      const nobody = await newWorld(store());
      expect(await store().devices.marks(nobody.account, ALL)).toEqual({ total: 0, marks: [] });
    });

    it('say how many campaigns have which status', async () => {
      const [world, other] = [await newWorld(store()), await newWorld(store())];
      expect(await store().campaigns.countByStatus(world.account)).toEqual({});
      const over = { status: 'failed', startedAt: null, because: 'its package is gone' } as const;
      for (const _ of [1, 2]) await world.addCampaign({ ...sampleCampaign(), ...over });
      const was = await world.addCampaign();
      await world.addCampaign();
      await other.addCampaign();
      expect(await store().campaigns.countByStatus(world.account)).toEqual({ draft: 2, failed: 2 });
      const started = { status: 'running', startedAt: NOON, progress: newProgress(NOON) } as const;
      const value = { ...sampleCampaign({ id: was.id }), ...started };
      await world.write({ save: 'campaign', was, value });
      const counts = { draft: 1, running: 1, failed: 2 };
      expect(await store().campaigns.countByStatus(world.account)).toEqual(counts);
    });
  });
};
