import { describe, expect, it } from 'vitest';
import type { Store } from '../../../src/app/ports.ts';
import { nastyTexts, sampleCredential, sampleTransfers } from '../../support/samples.ts';
import { populated } from './bulk.ts';
import { must, newWorld, type OpenStore, useStore } from './world.ts';

type Ask = () => Promise<unknown>;

const NUL = String.fromCharCode(0);
const HALF = String.fromCharCode(0xd800);
const strangers = ['nobody', '', 'NOBODY', `x${HALF}`, ...nastyTexts];

/** What a device has, asked for in every way in which devices that make contact ask. */
const asksAbout = async (store: Store, size: number): Promise<readonly Ask[]> => {
  const { world, campaign, devices } = await populated(store, size);
  const { account } = world;
  const pack = await world.addPackage();
  const tested = await world.addDevice({ id: must(nastyTexts[0]) });
  await world.join(campaign, devices.slice(0, -1));
  for (const [index, { key }] of [...devices, tested].entries()) {
    for (let count = index % 3; count > 0; count -= 1)
      await world.write({ save: 'credential', value: sampleCredential(key) });
  }
  const told = { save: 'transfers', campaign: campaign.key, device: must(devices[0]).key, at: 9 } as const;
  await world.write({ ...told, value: sampleTransfers() });
  const { id } = must(
    (await store.accounts.list({ after: 0, limit: 1_000 })).items.find(({ key }) => key === account),
  );
  return [
    () => store.accounts.find(id),
    () => store.accounts.get(account),
    () => store.campaigns.get(account, campaign.key),
    () => store.campaigns.find(account, campaign.id),
    () => store.packages.find(account, pack.id),
    () => store.packages.findMany(account, [pack.id, 'unknown']),
    () => store.packages.findMany(account, []),
    ...[...devices, tested].flatMap((device): readonly Ask[] => [
      () => store.devices.find(account, device.id),
      () => store.devices.get(account, device.key),
      () => store.devices.withCredentials(account, device.id),
      () => store.devices.credentials(account, device.key),
      () => store.updates.openOf(account, device.key),
      () => store.updates.find(account, campaign.key, device.key),
      () => store.updates.transfers(account, campaign.key, device.key),
    ]),
    ...strangers.flatMap((name): readonly Ask[] => [
      () => store.devices.find(account, name),
      () => store.devices.withCredentials(account, name),
      () => store.campaigns.find(account, name),
    ]),
  ];
};

const inTurn = async (asks: readonly Ask[]): Promise<readonly unknown[]> => {
  const answers: unknown[] = [];
  for (const ask of asks) answers.push((await Promise.allSettled([ask()]))[0]);
  return answers;
};

export const lookupsContract = (open: OpenStore): void => {
  describe('what is looked up at the same time', () => {
    const store = useStore(open);

    it('is what is found one after the other, of several accounts, and several times', async () => {
      const asks = [...(await asksAbout(store(), 7)), ...(await asksAbout(store(), 2))];
      const expected = await inTurn(asks);
      const twice = await Promise.allSettled([...asks, ...asks].map((ask) => ask()));
      expect(twice).toEqual([...expected, ...expected]);
    });

    it('is found although something else cannot be asked for', async () => {
      const { account, addDevice } = await newWorld(store());
      const devices = [await addDevice(), await addDevice(), await addDevice()];
      const asks = [...devices.map(({ id }) => id), `a${NUL}b`].map(
        (id) => () => store().devices.find(account, id),
      );
      const expected = await inTurn(asks);
      expect(expected.slice(0, -1)).toEqual(devices.map((value) => ({ status: 'fulfilled', value })));
      expect(await Promise.allSettled(asks.map((ask) => ask()))).toEqual(expected);
    });

    it('is found a thousand at once', async () => {
      const { account, addDevices } = await newWorld(store());
      const devices = await addDevices(1_000);
      expect(await Promise.all(devices.map(({ key }) => store().devices.get(account, key)))).toEqual(devices);
    });

    it('is as it was when it was asked for, or later', async () => {
      const { account, addDevice, write } = await newWorld(store());
      let was = await addDevice();
      for (let turn = 0; turn < 20; turn += 1) {
        const before = Promise.all([1, 2, 3].map(() => store().devices.get(account, was.key)));
        await write({ save: 'device', was, value: { ...was, name: `turn ${turn}` } });
        const after = await Promise.all([1, 2, 3].map(() => store().devices.get(account, was.key)));
        expect(new Set(after.map((found) => found?.name))).toEqual(new Set([`turn ${turn}`]));
        for (const found of await before) expect(found?.version).toBeGreaterThanOrEqual(was.version);
        was = must(after[0]);
      }
    });
  });
};
