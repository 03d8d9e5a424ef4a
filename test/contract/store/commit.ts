import { describe, expect, it } from 'vitest';
import type { Write } from '../../../src/app/writes.ts';
import type { AccountKey } from '../../../src/domain/ids.ts';
import { sampleAccount, sampleDevice, sampleEvent, sampleRole, sampleUser } from '../../support/samples.ts';
import {
  accepted,
  drainOutbox,
  must,
  newAccount,
  newWorld,
  type OpenStore,
  subscribeTo,
  useStore,
} from './world.ts';

export const commitContract = (open: OpenStore): void => {
  describe('commit', () => {
    const store = useStore(open);

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
      await subscribeTo(world);
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
