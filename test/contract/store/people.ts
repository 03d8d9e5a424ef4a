import { describe, expect, it } from 'vitest';
import { defaultDeviceAccess } from '../../../src/app/account-records.ts';
import type { Write } from '../../../src/app/writes.ts';
import {
  nastyTexts,
  sampleAccount,
  sampleRole,
  sampleToken,
  sampleUser,
  unique,
} from '../../support/samples.ts';
import { allPages, ids, must, newAccount, newWorld, type OpenStore, useStore } from './world.ts';

export const peopleContract = (open: OpenStore): void => {
  describe('accounts', () => {
    const store = useStore(open);

    it('are found by id and by key', async () => {
      const id = unique('ACME');
      const key = await newAccount(store(), id);
      const found = must(await store().accounts.find(id));
      expect(found).toEqual({ ...sampleAccount({ id }), key, version: 1 });
      expect(await store().accounts.get(key)).toEqual(found);
      expect(await store().accounts.find('nowhere')).toBeUndefined();
    });

    it('are written over like every record', async () => {
      const { account, write, attempt } = await newWorld(store());
      const was = must(await store().accounts.get(account));
      const deviceAccess = { ...defaultDeviceAccess, authorities: nastyTexts };
      const value = { ...was, approvalPolicy: 'two-others', settings: { 'a.b': 'c' }, deviceAccess } as const;
      await write({ save: 'account', was, value });
      expect(await store().accounts.get(account)).toEqual({ ...value, version: 2 });
      expect(await attempt([{ save: 'account', was, value }])).toMatchObject({ why: 'changed-meanwhile' });
    });

    it('are listed in pages by key', async () => {
      const made = [await newAccount(store()), await newAccount(store()), await newAccount(store())];
      const after = Math.min(...made) - 1;
      const first = await store().accounts.list({ after, limit: 2 });
      expect(first.items.map(({ key }) => key)).toEqual(made.slice(0, 2));
      expect(first.next).toBe(made[1]);
      const last = await store().accounts.list({ after: first.next ?? 0, limit: 1 });
      expect(last).toMatchObject({ items: [{ key: made[2] }], next: null });
    });
  });

  describe('users', () => {
    const store = useStore(open);

    it('are found by id and by address, without an account', async () => {
      const { write } = await newWorld(store());
      const value = sampleUser({ serverAdministrator: true, disabled: true, failures: 4, lockedUntil: 77 });
      const before = await store().users.count();
      await write({ save: 'user', value });
      const found = must(await store().users.find(value.id));
      expect(found).toEqual({ ...value, key: found.key, version: 1 });
      expect(await store().users.findByEmail(value.email)).toEqual(found);
      expect(await store().users.findByEmail('nobody@example.com')).toBeUndefined();
      expect(await store().users.count()).toBe(before + 1);
    });

    it('belong to accounts, with roles', async () => {
      const [one, other] = [await newWorld(store()), await newWorld(store())];
      const [user, role, second] = [sampleUser(), sampleRole(), sampleRole()];
      await one.write(
        { save: 'user', value: user },
        { save: 'role', value: role },
        { save: 'role', value: second },
        { save: 'membership', value: { userId: user.id, roleIds: [role.id, second.id] } },
      );
      await other.write({ save: 'membership', value: { userId: user.id, roleIds: [] } });
      const accounts = await store().accounts.ofUser(user.id);
      expect(accounts.map(({ key }) => key)).toEqual([one.account, other.account]);
      const membership = must(await store().users.membership(one.account, user.id));
      expect(membership.userId).toBe(user.id);
      expect(membership.roleIds.toSorted()).toEqual([role.id, second.id].toSorted());
      expect(await store().users.membership(other.account, user.id)).toEqual({
        userId: user.id,
        roleIds: [],
      });
      expect(await store().users.membership(one.account, 'nobody')).toBeUndefined();
      expect(await store().roles.holders(one.account, role.id)).toBe(1);
    });

    it('have their roles replaced, and taken with the membership', async () => {
      const { account, write, attempt } = await newWorld(store());
      const [user, role, second] = [sampleUser(), sampleRole(), sampleRole()];
      await write(
        { save: 'user', value: user },
        { save: 'role', value: role },
        { save: 'role', value: second },
        { save: 'membership', value: { userId: user.id, roleIds: [role.id] } },
      );
      const value = { userId: user.id, roleIds: [second.id] };
      await write({ save: 'membership', value });
      expect(await store().users.membership(account, user.id)).toEqual(value);
      expect(await store().roles.holders(account, role.id)).toBe(0);
      await write({ drop: 'membership', was: value });
      expect(await store().users.membership(account, user.id)).toBeUndefined();
      expect(await store().roles.holders(account, second.id)).toBe(0);
      expect(await store().users.find(user.id)).toBeDefined();
      expect(await attempt([{ drop: 'membership', was: value }])).toMatchObject({ why: 'changed-meanwhile' });
    });

    it('are listed in pages by account, with roles', async () => {
      const [one, other] = [await newWorld(store()), await newWorld(store())];
      const role = sampleRole();
      await one.write({ save: 'role', value: role });
      const users = [sampleUser(), sampleUser(), sampleUser()];
      for (const [index, value] of users.entries()) {
        const roleIds = index === 1 ? [role.id] : [];
        await one.write({ save: 'user', value });
        await one.write({ save: 'membership', value: { userId: value.id, roleIds } });
      }
      const stranger = sampleUser();
      await other.write({ save: 'user', value: stranger });
      await other.write({ save: 'membership', value: { userId: stranger.id, roleIds: [] } });
      const listed = await allPages((after) => store().users.list(one.account, { after, limit: 2 }));
      expect(listed).toMatchObject(users);
      expect(listed.map(({ roleIds }) => roleIds)).toEqual([[], [role.id], []]);
    });
  });

  describe('roles', () => {
    const store = useStore(open);

    it('are listed oldest first', async () => {
      const { account, write } = await newWorld(store());
      const roles = [sampleRole({ name: 'Zed' }), sampleRole({ name: 'Abe' }), sampleRole({ builtIn: true })];
      for (const value of roles) await write({ save: 'role', value });
      const listed = await store().roles.list(account);
      expect(listed).toEqual(roles.map((role) => ({ ...role, version: 1 })));
      const [zed] = listed;
      await write({ save: 'role', was: must(zed), value: { ...must(zed), permissions: [] } });
      expect(ids(await store().roles.list(account))).toEqual(ids(roles));
    });
  });

  describe('tokens', () => {
    const store = useStore(open);

    const withUser = async () => {
      const world = await newWorld(store());
      const user = sampleUser();
      await world.write({ save: 'user', value: user });
      return { ...world, userId: user.id };
    };

    it('keep what they may and when they end', async () => {
      const { write, userId } = await withUser();
      const tokens = [
        sampleToken({ userId, kind: 'session', permissions: null, expiresAt: null }),
        sampleToken({ userId, accountId: 'DEFAULT', permissions: [] }),
        sampleToken({ userId, kind: 'refresh', name: '' }),
      ];
      for (const value of tokens) {
        await write({ save: 'token', value });
        expect(await store().tokens.find(value.id)).toEqual({ ...value, version: 1 });
      }
    });

    it('are listed by person, oldest first, without sessions and what renews them', async () => {
      const { write, userId } = await withUser();
      const someoneElse = await withUser();
      const tokens = [sampleToken({ userId, name: 'z' }), sampleToken({ userId, name: 'a' })];
      for (const kind of ['session', 'refresh'] as const) {
        await write({ save: 'token', value: sampleToken({ userId, kind }) });
      }
      for (const value of tokens) await write({ save: 'token', value });
      await write({ save: 'token', value: sampleToken({ userId: someoneElse.userId }) });
      expect(ids(await store().tokens.list(userId))).toEqual(ids(tokens));
    });

    it('note use without becoming another version', async () => {
      const { write, userId } = await withUser();
      const value = sampleToken({ userId });
      await write({ save: 'token', value });
      const was = must(await store().tokens.find(value.id));
      await store().tokens.touch(value.id, 4711);
      expect(await store().tokens.find(value.id)).toEqual({ ...was, lastUsedAt: 4711 });
      await store().tokens.touch('unknown', 4711);
      await write({ save: 'token', was, value: { ...value, name: 'renamed' } });
    });

    it('begin another epoch, where the store knows, as does all that says who may do what', async () => {
      const { write, userId } = await withUser();
      const value = sampleToken({ userId });
      const role = sampleRole();
      const writes: readonly Write[] = [
        { save: 'token', value },
        { save: 'role', value: role },
        { save: 'membership', value: { userId, roleIds: [role.id] } },
        { drop: 'membership', was: { userId, roleIds: [role.id] } },
        { drop: 'tokens-of', userId },
      ];
      for (const each of writes) {
        const before = store().identityEpoch();
        await write(each);
        if (before !== undefined) expect(store().identityEpoch()).not.toBe(before);
      }
    });

    it('are dropped together when their person loses all', async () => {
      const { write, userId } = await withUser();
      const someoneElse = await withUser();
      const tokens = (['api', 'session', 'refresh'] as const).map((kind) => sampleToken({ userId, kind }));
      const other = sampleToken({ userId: someoneElse.userId });
      for (const value of [...tokens, other]) await write({ save: 'token', value });
      await write({ drop: 'tokens-of', userId });
      for (const { id } of tokens) expect(await store().tokens.find(id)).toBeUndefined();
      expect(await store().tokens.find(other.id)).toBeDefined();
      await write({ drop: 'tokens-of', userId });
    });
  });
};
