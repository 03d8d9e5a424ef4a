import { describe, expect, it } from 'vitest';
import type { Write } from '../../../src/app/ports.ts';
import type { AccountKey } from '../../../src/domain/ids.ts';
import {
  nastyTexts,
  sampleAccount,
  sampleCampaign,
  sampleDevice,
  sampleEvent,
  sampleQuery,
  sampleRole,
  sampleUser,
  unique,
} from '../../support/samples.ts';
import { nouns } from './nouns.ts';
import { accepted, drainOutbox, must, newAccount, newWorld, type OpenStore, useStore } from './world.ts';

export const commitContract = (open: OpenStore): void => {
  describe('commit', () => {
    const store = useStore(open);

    describe.each(nouns)('of a $entity', ({ entity, begin }) => {
      it('inserts it as version 1 and counts each write', async () => {
        const world = await newWorld(store());
        const it = await begin(world);
        expect(await it.find()).toBeUndefined();
        await world.write(it.insert);
        for (const version of [1, 2, 3]) {
          const was = must(await it.find());
          expect(was).toMatchObject({ id: it.id, version });
          await world.write(it.replace(was));
        }
      });

      it('replaces only what nobody wrote since it was read', async () => {
        const world = await newWorld(store());
        const it = await begin(world);
        await world.write(it.insert);
        const was = must(await it.find());
        await world.write(it.replace(was));
        const current = await it.find();
        expect(await world.attempt([it.replace(was)])).toEqual({ ok: false, why: 'changed-meanwhile' });
        expect(await it.find()).toEqual(current);
      });

      it('refuses an id that is taken', async () => {
        const world = await newWorld(store());
        const it = await begin(world);
        await world.write(it.insert);
        const answer = await world.attempt([it.insert]);
        expect(answer).toMatchObject({ ok: false, why: 'already-exists', id: it.id });
        if (entity !== 'job') expect(answer).toMatchObject({ entity });
        expect(await it.find()).toMatchObject({ version: 1 });
      });

      it('drops only what nobody wrote since it was read', async () => {
        const world = await newWorld(store());
        const it = await begin(world);
        if (it.drop === undefined) return;
        await world.write(it.insert);
        const was = must(await it.find());
        await world.write(it.replace(was));
        expect(await world.attempt([it.drop(was)])).toEqual({ ok: false, why: 'changed-meanwhile' });
        const current = must(await it.find());
        await world.write(it.drop(current));
        expect(await it.find()).toBeUndefined();
        for (const late of [it.drop(current), it.replace(current)]) {
          expect(await world.attempt([late])).toEqual({ ok: false, why: 'changed-meanwhile' });
        }
      });

      it('lets go of the id of a dropped one', async () => {
        const world = await newWorld(store());
        const it = await begin(world);
        if (it.drop === undefined) return;
        await world.write(it.insert);
        await world.write(it.drop(must(await it.find())));
        await world.write(it.insert);
        expect(await it.find()).toMatchObject({ version: 1 });
      });
    });

    it('refuses account ids without regard to case, e-mail addresses, and names of roles and queries', async () => {
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
      const takers: readonly Write[] = [
        { save: 'user', value: sampleUser({ email: user.email }) },
        { save: 'role', value: sampleRole({ name: 'NIGHT shift' }) },
        { save: 'query', value: sampleQuery({ name: 'NIGHT trucks' }) },
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
        );
      }
      expect(await store().devices.find(other.account, 'truck-7')).toBeDefined();
    });

    it('inserts an account first, and what else the change says belongs to it', async () => {
      const [account, user, role] = [sampleAccount(), sampleUser(), sampleRole()];
      accepted(
        await store().commit({
          account: null,
          writes: [
            { save: 'account', value: account },
            { save: 'user', value: user },
            { save: 'role', value: role },
            { save: 'membership', value: { userId: user.id, roleIds: [role.id] } },
          ],
          events: [sampleEvent({ type: 'account-created' })],
        }),
      );
      const { key } = must(await store().accounts.find(account.id));
      expect(await store().roles.find(key, role.id)).toMatchObject(role);
      expect(await store().users.membership(key, user.id)).toEqual({ userId: user.id, roleIds: [role.id] });
      const page = { before: 10, limit: 10 };
      const events = await store().events.list(key, { campaign: null, device: null }, page);
      expect(events).toMatchObject([{ account: key, seq: 1, body: { type: 'account-created' } }]);
    });

    it('leaves no account behind when the rest of the change fails', async () => {
      const world = await newWorld(store());
      const taken = sampleUser();
      await world.write({ save: 'user', value: taken });
      const value = sampleAccount();
      const writes: readonly Write[] = [
        { save: 'account', value },
        { save: 'user', value: sampleUser({ email: taken.email }) },
      ];
      const answer = await store().commit({ account: null, writes, events: [] });
      expect(answer).toMatchObject({ ok: false, why: 'already-exists', entity: 'user' });
      expect(await store().accounts.find(value.id)).toBeUndefined();
      await newAccount(store(), value.id);
    });

    it('leaves nothing of a change of which one write fails', async () => {
      const world = await newWorld(store());
      const { account, attempt, write } = world;
      const [device, campaign] = [await world.addDevice(), await world.addCampaign()];
      await world.join(campaign, [device]);
      const stale = await world.addDevice();
      await write({ save: 'device', was: stale, value: { ...stale, name: 'newer' } });
      await drainOutbox(store());
      const update = await world.updateOf(campaign, device);
      const fresh = sampleDevice();
      const look = async () => ({
        ...{ update: await world.updateOf(campaign, device), counts: await world.counts(campaign) },
        ...{ fresh: await store().devices.find(account, fresh.id), events: await world.events() },
        campaign: await store().campaigns.find(account, campaign.id),
      });
      const before = await look();
      const good: readonly Write[] = [
        { save: 'device', value: fresh },
        { save: 'update', was: update, value: { ...update, position: 'inventoried' } },
        { save: 'campaign', was: campaign, value: { ...campaign, digest: 'changed' } },
      ];
      const bad: readonly Write[] = [
        { save: 'device', was: stale, value: { ...stale, name: 'older' } },
        { drop: 'device', was: stale },
        { save: 'device', value: sampleDevice({ id: stale.id }) },
      ];
      for (const last of bad) {
        const idempotency = { key: 'once', digest: 'd', entity: 'device', id: fresh.id } as const;
        const answer = await store().commit({
          ...{ account, writes: [...good, last], events: [sampleEvent(), sampleEvent()] },
          idempotency,
        });
        expect(answer.ok).toBe(false);
        expect(await attempt([last, ...good])).toMatchObject({ ok: false });
        expect(await look()).toEqual(before);
        expect(await store().idempotency.find(account, 'once')).toBeUndefined();
      }
      const waiting = await store().outbox.claim(1, 2, 100);
      expect(waiting.filter((event) => event.account === account)).toEqual([]);
      await write(...good);
    });

    it('takes events without writes and writes without events', async () => {
      const world = await newWorld(store());
      accepted(await world.attempt([], [sampleEvent()]));
      accepted(await world.attempt([{ save: 'device', value: sampleDevice() }]));
      expect(await world.events()).toHaveLength(2);
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

    it.each(nastyTexts.map((text) => [text.slice(0, 30), text]))('keeps %j as it is', async (_, text) => {
      const world = await newWorld(store());
      const { account } = world;
      const device = await world.addDevice({ name: text, tags: [text], attributes: { [text]: text } });
      expect(device).toMatchObject({ name: text, tags: [text], attributes: { [text]: text } });
      const pack = await world.addPackage({ name: text, version: text, labels: { [text]: text } });
      expect(pack).toMatchObject({ name: text, version: text, labels: { [text]: text } });
      accepted(await world.attempt([], [sampleEvent({ type: 'campaign-failed', because: text })]));
      expect((await world.events()).at(-1)?.body).toEqual({ type: 'campaign-failed', because: text });
      await world.write({ save: 'role', value: sampleRole({ id: 'r', name: text }) });
      expect(await store().roles.find(account, 'r')).toMatchObject({ name: text });
      await world.write({ save: 'query', value: sampleQuery({ id: 'q', name: text, expression: text }) });
      expect(await store().queries.find(account, 'q')).toMatchObject({ name: text, expression: text });
    });

    it.each(nastyTexts.map((text) => [text.slice(0, 30), text]))('finds by %j', async (_, text) => {
      const world = await newWorld(store());
      const { account } = world;
      const short = text.slice(0, 200);
      const { key } = await world.addDevice({ id: short, make: short });
      await world.addDevice();
      expect(await store().devices.find(account, short)).toMatchObject({ key });
      expect(await store().devices.findMany(account, [short, 'x'])).toMatchObject([{ key }]);
      const field = { kind: 'column', name: 'make' } as const;
      const where = { type: 'compare', field, operator: '=', value: short } as const;
      expect(await store().devices.count(account, where)).toBe(1);
    });

    it('answers 200 changes that arrive together one by one', async () => {
      const world = await newWorld(store());
      const stale = await world.addDevice();
      await world.write({ save: 'device', was: stale, value: { ...stale, name: 'newer' } });
      const base = (await world.events()).length;
      const changes = Array.from({ length: 200 }, (_, n) => {
        const value = sampleDevice({ id: `d${Math.floor(n / 2)}`, name: `writer ${n}` });
        const late: Write = { save: 'device', was: stale, value: stale };
        const spoilt = n % 20 === 0 || n % 20 === 1;
        return { value, spoilt, writes: [{ save: 'device', value } as const, ...(spoilt ? [late] : [])] };
      });
      const answers = await Promise.all(
        changes.map(({ writes, value }) =>
          world.attempt(writes, [sampleEvent({ type: 'device-deleted', id: value.name })]),
        ),
      );
      const winners = changes.filter((_, n) => answers[n]?.ok === true);
      expect(winners.some(({ spoilt }) => spoilt)).toBe(false);
      expect(new Set(winners.map(({ value }) => value.id)).size).toBe(90);
      expect(winners).toHaveLength(90);
      for (const { value } of winners) {
        const found = await store().devices.find(world.account, value.id);
        expect(found).toMatchObject({ name: value.name, version: 1 });
      }
      const events = (await world.events()).slice(base);
      expect(events.map(({ seq }) => seq)).toEqual(winners.map((_, n) => base + n + 1));
      const told = events.map(({ body }) => ('id' in body ? body.id : ''));
      expect(told.toSorted()).toEqual(winners.map(({ value }) => value.name).toSorted());
    });

    it('lets exactly one of 100 concurrent writers of an update win', async () => {
      const world = await newWorld(store());
      const [device, campaign] = [await world.addDevice(), await world.addCampaign()];
      await world.join(campaign, [device]);
      for (const round of [1, 2, 3]) {
        const was = await world.updateOf(campaign, device);
        expect(was.version).toBe(round);
        const answers = await Promise.all(
          Array.from({ length: 100 }, (_, n) =>
            world.attempt(
              [{ save: 'update', was, value: { ...was, since: n } }],
              [sampleEvent({ type: 'update-added' }, { at: n })],
            ),
          ),
        );
        const winner = answers.findIndex(({ ok }) => ok);
        expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
        expect(await world.updateOf(campaign, device)).toMatchObject({ since: winner, version: round + 1 });
        expect((await world.events()).at(-1)).toMatchObject({ at: winner });
      }
      expect(await world.counts(campaign)).toEqual({ open: { pending: 1 }, closed: {} });
    });

    it('makes with an idempotency key once, and tells a repeat what that was', async () => {
      const world = await newWorld(store());
      const { account } = world;
      const once = (digest: string, value = sampleRole({ name: 'Only' })) =>
        store().commit({
          ...{ account, writes: [{ save: 'role', value }], events: [sampleEvent()] },
          idempotency: { key: 'k-1', digest, entity: 'role', id: value.id },
        });
      const value = sampleRole({ name: 'Only' });
      accepted(await once('digest one', value));
      const first = { key: 'k-1', digest: 'digest one', entity: 'role', id: value.id };
      expect(await once('digest two')).toEqual({ ok: false, why: 'repeated', first });
      expect(await store().idempotency.find(account, 'k-1')).toEqual(first);
      expect(await store().roles.list(account)).toHaveLength(1);
      expect((await world.events()).slice(1)).toHaveLength(1);
    });

    it('makes once when the repeats arrive together, and in each account for itself', async () => {
      const [one, other] = [await newWorld(store()), await newWorld(store())];
      const once = (account: AccountKey) => {
        const value = sampleRole();
        return store().commit({
          ...{ account, writes: [{ save: 'role', value }], events: [] },
          idempotency: { key: 'k-2', digest: 'd', entity: 'role', id: value.id },
        });
      };
      const answers = await Promise.all(Array.from({ length: 10 }, () => once(one.account)));
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
      expect(answers.filter((answer) => !answer.ok && answer.why === 'repeated')).toHaveLength(9);
      accepted(await once(other.account));
    });
  });
};
