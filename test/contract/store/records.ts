import { describe, expect, it } from 'vitest';
import type { Write } from '../../../src/app/writes.ts';
import {
  sampleAccount,
  sampleCampaign,
  sampleDestination,
  sampleDevice,
  sampleDocument,
  sampleQuery,
  sampleRole,
  sampleUser,
  unique,
} from '../../support/samples.ts';
import { nouns } from './nouns.ts';
import { must, newAccount, newWorld, type OpenStore, useStore } from './world.ts';

export const recordsContract = (open: OpenStore): void => {
  describe('records', () => {
    const store = useStore(open);

    describe.each(nouns)('of a $entity', ({ entity, begin }) => {
      const start = async () => {
        const world = await newWorld(store());
        const subject = await begin(world);
        const read = async () => must(await subject.find());
        return { ...world, ...subject, read };
      };
      const late = { ok: false, why: 'changed-meanwhile' };

      it('inserts it as version 1 and counts each write', async () => {
        const { id, insert, find, read, write } = await start();
        expect(await find()).toBeUndefined();
        await write(insert);
        for (const version of [1, 2, 3]) {
          const found = await read();
          expect(found).toMatchObject({ record: { id }, version });
          await write(found.replace);
        }
      });

      it('replaces only what nobody wrote since it was read', async () => {
        const { insert, read, write, attempt } = await start();
        await write(insert);
        const stale = await read();
        await write(stale.replace);
        const current = await read();
        expect(await attempt([stale.replace])).toEqual(late);
        expect(await read()).toEqual(current);
      });

      it('refuses an id that is taken', async () => {
        const { id, insert, read, write, attempt } = await start();
        await write(insert);
        expect(await attempt([insert])).toEqual({ ok: false, why: 'already-exists', entity, id });
        expect(await read()).toMatchObject({ version: 1 });
      });

      it('drops only what nobody wrote since it was read', async () => {
        const { insert, find, read, write, attempt } = await start();
        await write(insert);
        const stale = await read();
        if (stale.drop === undefined) return;
        await write(stale.replace);
        expect(await attempt([stale.drop])).toEqual(late);
        const current = await read();
        await write(must(current.drop));
        expect(await find()).toBeUndefined();
        expect(await attempt([must(current.drop)])).toEqual(late);
        expect(await attempt([current.replace])).toEqual(late);
        await write(insert);
        expect(await read()).toMatchObject({ version: 1 });
      });
    });

    it('refuses account ids without regard to case, e-mail addresses, and names that are unique', async () => {
      const world = await newWorld(store());
      const id = unique('Case');
      await newAccount(store(), id);
      const value = sampleAccount({ id: id.toUpperCase() });
      const answer = await store().commit({
        account: null,
        writes: [{ save: 'account', value }],
        events: [],
      });
      expect(answer).toMatchObject({ ok: false, why: 'already-exists', entity: 'account' });
      const user = sampleUser();
      const role = sampleRole({ name: 'Night Shift' });
      const query = sampleQuery({ name: 'Night Trucks' });
      await world.write({ save: 'user', value: user });
      await world.write({ save: 'role', value: role }, { save: 'query', value: query });
      await world.write({ save: 'document', value: sampleDocument({ name: 'Night Template' }) });
      await world.write({ save: 'destination', value: sampleDestination({ name: 'Night Watch' }) });
      const takers: readonly Write[] = [
        { save: 'user', value: sampleUser({ email: user.email }) },
        { save: 'role', value: sampleRole({ name: 'NIGHT shift' }) },
        { save: 'query', value: sampleQuery({ name: 'NIGHT trucks' }) },
        { save: 'document', value: sampleDocument({ name: 'NIGHT template' }) },
        { save: 'destination', value: sampleDestination({ name: 'NIGHT watch' }) },
      ];
      for (const write of takers) {
        const entity = 'save' in write ? write.save : '';
        expect(await world.attempt([write])).toMatchObject({ ok: false, why: 'already-exists', entity });
      }
    });

    it('refuses a taken name when an old record takes it, and lets a record keep its own', async () => {
      const world = await newWorld(store());
      await world.write(
        { save: 'role', value: sampleRole({ id: 'r1', name: 'First' }) },
        { save: 'role', value: sampleRole({ id: 'r2', name: 'Second' }) },
      );
      const was = must(await store().roles.find(world.account, 'r2'));
      const taking = await world.attempt([{ save: 'role', was, value: { ...was, name: 'FIRST' } }]);
      expect(taking).toMatchObject({ ok: false, why: 'already-exists', entity: 'role' });
      await world.write({ save: 'role', was, value: { ...was, name: 'SECOND' } });
      const first = must(await store().roles.find(world.account, 'r1'));
      await world.write({ save: 'role', was: first, value: { ...first, name: 'Third' } });
      await world.write({ save: 'role', value: sampleRole({ name: 'first' }) });
    });

    it('lets accounts use the same ids and names', async () => {
      const [one, other] = [await newWorld(store()), await newWorld(store())];
      for (const world of [one, other]) {
        await world.write(
          { save: 'device', value: sampleDevice({ id: 'truck-7' }) },
          { save: 'role', value: sampleRole({ id: 'r1', name: 'Viewer' }) },
          { save: 'query', value: sampleQuery({ id: 'q1', name: 'North' }) },
          { save: 'campaign', value: sampleCampaign({ id: 'c1' }) },
          { save: 'document', value: sampleDocument({ id: 'd1', name: 'Truck' }) },
          { save: 'destination', value: sampleDestination({ id: 'p1', name: 'Pager' }) },
        );
      }
      expect(await store().devices.find(other.account, 'truck-7')).toBeDefined();
    });

    it('gives keys within the account from 1, and none twice', async () => {
      const world = await newWorld(store());
      const first = await world.addDevice();
      const second = await world.addDevice();
      expect([first.key, second.key]).toEqual([1, 2]);
      await world.write({ drop: 'device', was: second });
      const third = await world.addDevice();
      expect(third.key).toBeGreaterThan(second.key);
      const campaign = await world.addCampaign();
      await world.write({ drop: 'campaign', was: campaign });
      expect((await world.addCampaign()).key).toBeGreaterThan(campaign.key);
    });

    it('does not touch a record that was replaced under the same id', async () => {
      const world = await newWorld(store());
      const first = await world.addDevice({ id: 'reborn' });
      await world.write({ drop: 'device', was: first });
      const second = await world.addDevice({ id: 'reborn' });
      for (const late of [
        { save: 'device', was: first, value: { ...first, name: 'ghost' } },
        { drop: 'device', was: first },
      ] as const) {
        expect(await world.attempt([late])).toEqual({ ok: false, why: 'changed-meanwhile' });
      }
      expect(await store().devices.find(world.account, 'reborn')).toEqual(second);
    });

    it('writes nothing for an account by what another one read', async () => {
      const [one, other] = [await newWorld(store()), await newWorld(store())];
      const was = await one.addDevice();
      const theft = await other.attempt([{ save: 'device', was, value: { ...was, name: 'mine' } }]);
      expect(theft).toEqual({ ok: false, why: 'changed-meanwhile' });
      expect(await other.attempt([{ drop: 'device', was }])).toMatchObject({ ok: false });
      expect(await store().devices.find(one.account, was.id)).toEqual(was);
    });

    it('keeps values apart from those it was given and gives out', async () => {
      const world = await newWorld(store());
      const tags = ['one'];
      const value = sampleDevice({ tags });
      await world.write({ save: 'device', value });
      tags.push('two');
      const read = must(await store().devices.find(world.account, value.id));
      try {
        Object.assign(read.attributes, { depot: 'elsewhere' });
      } catch {
        expect(Object.isFrozen(read.attributes)).toBe(true);
      }
      const again = must(await store().devices.find(world.account, value.id));
      expect(again).toMatchObject({ tags: ['one'], attributes: value.attributes });
    });
  });
};
