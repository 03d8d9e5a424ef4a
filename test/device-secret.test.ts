import { beforeAll, describe, expect, it } from 'vitest';
import { verifyDeviceSecret } from '../src/app/credentials.ts';
import type { Hashing, Store } from '../src/app/ports.ts';
import type { StoredDevice } from '../src/app/records.ts';
import { openMemory } from '../src/store/memory.ts';
import { newWorld, type World } from './contract/store/world.ts';
import { NOON, sampleCredential } from './support/samples.ts';

const secret = 'open sesame';
const compared: string[][] = [];
const hashing: Pick<Hashing, 'sha256' | 'equal'> = {
  sha256: (text) => `hash of ${text}`,
  equal: (left, right) => {
    compared.push([left, right]);
    return left === right;
  },
};

let store: Store;
let world: World;
let device: StoredDevice;
let other: StoredDevice;

const verify = (id: string, shown: string, now = NOON) =>
  verifyDeviceSecret({ store, hashing, clock: () => now }, world.account, id, shown);
const give = (to: StoredDevice, text: string, expiresAt: number | null = null) =>
  world.write({
    save: 'credential',
    value: sampleCredential(to.key, { hash: hashing.sha256(text), expiresAt }),
  });

beforeAll(async () => {
  store = openMemory();
  world = await newWorld(store);
  [device, other] = [await world.addDevice(), await world.addDevice()];
  await give(device, 'first');
  await give(device, secret, NOON + 1000);
  await give(other, 'of the other');
});

describe('the secret of a device', () => {
  it('opens for each that is valid', async () => {
    expect((await verify(device.id, secret))?.device.key).toBe(device.key);
    expect((await verify(device.id, 'first'))?.device.key).toBe(device.key);
    expect((await verify(` urn:imei:${device.id}`, 'first'))?.device.key).toBe(device.key);
  });

  it('does not open once it has expired', async () => {
    expect(await verify(device.id, secret, NOON + 999)).toBeDefined();
    expect(await verify(device.id, secret, NOON + 1000)).toBeUndefined();
  });

  it.each(['', 'wrong', 'of the other', `hash of ${secret}`])('does not open for %j', async (shown) => {
    expect(await verify(device.id, shown)).toBeUndefined();
  });

  it('does not open in another account', async () => {
    const elsewhere = await newWorld(store);
    const deps = { store, hashing, clock: () => NOON };
    expect(await verifyDeviceSecret(deps, elsewhere.account, device.id, secret)).toBeUndefined();
  });

  it('is compared in constant time, for devices that are not there too', async () => {
    const asked: string[] = [];
    const noting: Store = {
      ...store,
      devices: {
        ...store.devices,
        withCredentials: (...question) => {
          asked.push('both');
          return store.devices.withCredentials(...question);
        },
        credentials: (...question) => {
          asked.push('credentials');
          return store.devices.credentials(...question);
        },
      },
    };
    for (const id of [device.id, 'nobody']) {
      asked.length = 0;
      compared.length = 0;
      const deps = { store: noting, hashing, clock: () => NOON };
      await verifyDeviceSecret(deps, world.account, id, secret);
      expect(asked).toEqual(id === 'nobody' ? ['both', 'credentials'] : ['both']);
      expect(compared.every(([, right]) => right === hashing.sha256(secret))).toBe(true);
      expect(compared).toHaveLength(id === 'nobody' ? 1 : 3);
    }
  });
});
