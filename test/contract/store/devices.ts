import { describe, expect, it } from 'vitest';
import type { StoredDevice } from '../../../src/app/records.ts';
import { type Device, patchDevice, protocols, registerDevice } from '../../../src/domain/device.ts';
import { ada, NOON, nastyTexts, sampleCredential, sampleDevice, unique } from '../../support/samples.ts';
import { ALL, allPages, bare, ids, must, newWorld, type OpenStore, useStore } from './world.ts';

export const devicesContract = (open: OpenStore): void => {
  describe('devices', () => {
    const store = useStore(open);

    it('are found by id, by key, and many at once', async () => {
      const { account, addDevice } = await newWorld(store());
      const device = await addDevice();
      const second = await addDevice();
      expect(await store().devices.get(account, device.key)).toEqual(device);
      expect(bare(device)).toEqual({ ...sampleDevice(), id: device.id });
      expect(await store().devices.find(account, 'unknown')).toBeUndefined();
      const found = await store().devices.findMany(account, [second.id, 'unknown', device.id, second.id]);
      expect(found.toSorted((a, b) => a.key - b.key)).toEqual([device, second]);
      expect(await store().devices.findMany(account, [])).toEqual([]);
    });

    it.each(protocols)('speak %s', async (protocol) => {
      const { addDevice } = await newWorld(store());
      expect(await addDevice({ protocol })).toMatchObject({ protocol });
    });

    it('keep what is settled about them, written alone or with many', async () => {
      const { account, addDevice, write } = await newWorld(store());
      const autoConfirm = { by: nastyTexts.join(' '), remark: 'night shift', at: NOON } as const;
      const waiting = { standing: 'waiting', autoConfirm, attributesDue: false } as const;
      const accepted = { standing: 'accepted', autoConfirm: null, attributesDue: true } as const;
      const by = { actor: ada, now: NOON };
      const saveMany = (value: Device, was?: StoredDevice) =>
        store().devices.saveMany(account, [was === undefined ? { value } : { was, value }], by);
      const first = await addDevice(waiting);
      await saveMany(sampleDevice({ id: 'second', ...waiting }));
      const second = must(await store().devices.find(account, 'second'));
      for (const device of [first, second]) expect(device).toMatchObject(waiting);
      await write({ save: 'device', was: first, value: { ...first, ...accepted } });
      await saveMany({ ...second, ...accepted }, second);
      for (const { key } of [first, second]) {
        expect(await store().devices.get(account, key)).toMatchObject({ ...accepted, version: 2 });
      }
    });

    it('come back such that saying the same of them again changes nothing', async () => {
      const { addDevice } = await newWorld(store());
      const named = { B: 'x', a: 'x', aa10: 'x', aa9: 'x', bb: 'x', ß: 'x' };
      const { id, createdAt, lastSeenAt, ...said } = sampleDevice({ attributes: named, versions: named });
      const registered = registerDevice(id, said, createdAt);
      if (!registered.ok) throw new Error(registered.refusal.code);
      const found = await addDevice({ ...registered.value, lastSeenAt });
      const again = patchDevice(found, said);
      expect(again.ok && again.value).toBe(found);
    });

    it('are found by more ids than one statement has room for', async () => {
      const { account, addDevices } = await newWorld(store());
      const devices = await addDevices(40);
      const many = [...Array.from({ length: 70_000 }, (_, n) => `unknown-${n}`), ...ids(devices)];
      expect(await store().devices.findMany(account, many)).toHaveLength(40);
    });

    it('are listed in pages by key that stay stable while devices are added', async () => {
      const { account, addDevices } = await newWorld(store());
      const devices = await addDevices(5);
      const pages = await allPages(async (after) => {
        const page = await store().devices.list(account, ALL, { after, limit: 2 });
        if (after === 0) await addDevices(1);
        return page;
      });
      expect(ids(pages).slice(0, 5)).toEqual(ids(devices));
      expect(pages).toHaveLength(6);
      const [third, last] = [must(devices[2]), must(devices[4])];
      const page = await store().devices.list(account, ALL, { after: third.key, limit: 3 });
      expect(page).toMatchObject({ items: [{}, { key: last.key }, {}], next: null });
      expect(await store().devices.list(account, ALL, { after: 1_000, limit: 3 })).toEqual({
        items: [],
        next: null,
      });
    });

    it('note contact without becoming another version', async () => {
      const { account, addDevice, write } = await newWorld(store());
      const [was, other] = [await addDevice({ lastSeenAt: 10 }), await addDevice()];
      await store().devices.touch(account, [
        { device: was.key, at: NOON + 5 },
        { device: other.key, at: NOON + 6 },
      ]);
      expect(await store().devices.find(account, was.id)).toEqual({ ...was, lastSeenAt: NOON + 5 });
      expect(await store().devices.get(account, other.key)).toMatchObject({
        lastSeenAt: NOON + 6,
        version: 1,
      });
      await store().devices.touch(account, []);
      await write({ save: 'device', was, value: { ...was, name: 'renamed' } });
    });

    it('were last seen at the latest contact, whatever is noted or saved after it', async () => {
      const { account, addDevice, write } = await newWorld(store());
      const was = await addDevice();
      const seen = async () => (await store().devices.get(account, was.key))?.lastSeenAt;
      await store().devices.touch(account, [{ device: was.key, at: NOON + 9 }]);
      await store().devices.touch(account, [{ device: was.key, at: NOON + 3 }]);
      expect(await seen()).toBe(NOON + 9);
      await write({ save: 'device', was, value: { ...was, name: 'renamed' } });
      expect(await seen()).toBe(NOON + 9);
    });

    it('have several credentials at once', async () => {
      const { account, addDevice, write } = await newWorld(store());
      const [device, other] = [await addDevice(), await addDevice()];
      const credentials = [
        sampleCredential(device.key),
        sampleCredential(device.key, { expiresAt: NOON, hash: '9' }),
        sampleCredential(device.key, { kind: 'psk', identity: unique('psk'), hash: '', sealed: 'k.1' }),
        sampleCredential(device.key, { kind: 'dm', identity: 'ada', hash: '', sealed: 'k.2' }),
      ];
      for (const value of credentials) await write({ save: 'credential', value });
      await write({ save: 'credential', value: sampleCredential(other.key) });
      const found = await store().devices.credentials(account, device.key);
      const byId = (a: { id: string }, b: { id: string }) =>
        a.id.localeCompare(b.id, 'en', { numeric: true });
      const all = credentials.map((value) => ({ ...value, version: 1 }));
      expect(found.toSorted(byId)).toEqual(all);
      const both = await store().devices.withCredentials(account, device.id);
      expect(both?.device).toEqual(device);
      expect(both?.credentials.toSorted(byId)).toEqual(all);
    });

    it('are found with their credentials where they have none, and not where there is no such device', async () => {
      const { account, addDevice } = await newWorld(store());
      const device = await addDevice();
      expect(await store().devices.withCredentials(account, device.id)).toEqual({ device, credentials: [] });
      expect(await store().devices.withCredentials(account, unique('nobody'))).toBeUndefined();
    });

    it('are found by the identity of a pre-shared key, over all accounts', async () => {
      const [one, two] = [await newWorld(store()), await newWorld(store())];
      const [mine, other] = [await one.addDevice(), await two.addDevice()];
      const [identity, user] = [unique('psk'), unique('user')];
      const key = sampleCredential(other.key, { kind: 'psk', identity, hash: '', sealed: 'k.1' });
      const password = { kind: 'dm', identity: user, hash: '', sealed: 'k.2' } as const;
      await two.write({ save: 'credential', value: key });
      for (const value of [sampleCredential(mine.key, password), sampleCredential(mine.key, password)])
        await one.write({ save: 'credential', value });
      expect(await store().devices.preSharedKey(identity)).toEqual({
        account: two.account,
        credential: { ...key, version: 1 },
      });
      for (const none of [user, '', `${identity}\0`, identity.toUpperCase()])
        expect(await store().devices.preSharedKey(none)).toBeUndefined();
      await two.write({ drop: 'device', was: other });
      expect(await store().devices.preSharedKey(identity)).toBeUndefined();
    });

    it('never share the identity of a pre-shared key, whichever account they are of', async () => {
      const [one, two] = [await newWorld(store()), await newWorld(store())];
      const [mine, other] = [await one.addDevice(), await two.addDevice()];
      const identity = unique('psk');
      const keyOf = (device: StoredDevice, name = identity) =>
        sampleCredential(device.key, { kind: 'psk', identity: name, hash: '', sealed: 'k.1' });
      await one.write({ save: 'credential', value: keyOf(mine) });
      const free = keyOf(other, unique('psk'));
      await two.write({ save: 'credential', value: free });
      const clash = keyOf(other);
      const no = { ok: false, why: 'already-exists', entity: 'credential' };
      expect(await two.attempt([{ save: 'credential', value: clash }])).toEqual({ ...no, id: clash.id });
      const was = { ...free, version: 1 };
      const renamed = { save: 'credential', was, value: { ...free, identity } } as const;
      expect(await two.attempt([renamed])).toEqual({ ...no, id: free.id });
      expect(await store().devices.credentials(two.account, other.key)).toEqual([was]);
    });

    it('take their credentials and updates with them, out of the counts', async () => {
      const world = await newWorld(store());
      const [device, other] = [await world.addDevice(), await world.addDevice()];
      const [one, two] = [await world.addCampaign(), await world.addCampaign()];
      for (const campaign of [one, two]) await world.join(campaign, [device, other]);
      await world.write({ save: 'credential', value: sampleCredential(device.key) });
      await world.write({ drop: 'device', was: device });
      for (const campaign of [one, two]) {
        expect(await world.counts(campaign)).toEqual({ open: { pending: 1 }, closed: {} });
        expect((await world.updatesOf(campaign)).map(({ deviceId }) => deviceId)).toEqual([other.id]);
        const gone = await store().updates.find(world.account, campaign.key, device.key);
        expect(gone).toBeUndefined();
      }
      expect(await store().devices.credentials(world.account, device.key)).toEqual([]);
      expect(await store().updates.ofDevice(world.account, device.key, 10)).toEqual([]);
    });
  });
};
