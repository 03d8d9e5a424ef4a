import { beforeEach, describe, expect, it } from 'vitest';
import { defaultDeviceAccess } from '../src/app/account-records.ts';
import { type Admit, rememberAdmissions } from '../src/app/admission-memory.ts';
import { issueCredential, revokeCredential } from '../src/app/credentials.ts';
import type { DeviceProof } from '../src/app/device-access.ts';
import type { Store } from '../src/app/ports.ts';
import type { StoredDevice } from '../src/app/records.ts';
import { HOUR } from '../src/domain/time.ts';
import { must } from './contract/store/world.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';
import { NOON } from './support/samples.ts';

const secret = 'a1b2c3d4e5f60718';
const own: DeviceProof = { kind: 'own', secret };

let fleet: Fleet;
let device: StoredDevice;
let now: number;
let questions: number;
let admit: (id?: string, proof?: DeviceProof) => ReturnType<Admit>;

const watched = (store: Store): Store => ({
  ...store,
  devices: {
    ...store.devices,
    withCredentials: (...which) => {
      questions += 1;
      return store.devices.withCredentials(...which);
    },
  },
});

const open = (store: Store, most?: number): void => {
  const remembered = rememberAdmissions({ ...fleet.deps, store: watched(store), clock: () => now }, most);
  const account = fleet.operator.account.id;
  admit = (id = device.id, proof = own) => remembered({ account, device: id, protocol: 'ddi' }, proof);
};

/** How many questions the store was asked by some work. */
const asked = async (work: () => Promise<unknown>): Promise<number> => {
  const before = questions;
  await work();
  return questions - before;
};

beforeEach(async () => {
  fleet = await newFleet();
  [now, questions] = [NOON, 0];
  device = await fleet.world.addDevice();
  await issueCredential(fleet.deps, fleet.operator, device.id, { expiresAt: NOON + HOUR, secret });
  open(fleet.store);
});

describe('a device that showed the same proof before', () => {
  it('is let in as the first time, without a question to the store', async () => {
    const first = await admit();
    expect(first?.device.key).toBe(device.key);
    expect(await asked(async () => expect(await admit()).toEqual(first))).toBe(0);
  });

  it('is not let in with another proof, nor another device with that', async () => {
    const other = await fleet.world.addDevice();
    await admit();
    expect(await admit(device.id, { kind: 'own', secret: `${secret}!` })).toBeUndefined();
    expect(await admit(device.id, { kind: 'gateway', secret })).toBeUndefined();
    expect(await admit(other.id)).toBeUndefined();
    expect(await admit()).toBeDefined();
  });

  it('is not let in once its credential is revoked, or has expired', async () => {
    await admit();
    now = NOON + HOUR;
    expect(await admit()).toBeUndefined();
    now = NOON;
    await admit();
    const [credential] = await fleet.store.devices.credentials(fleet.world.account, device.key);
    granted(await revokeCredential(fleet.deps, fleet.operator, device.id, must(credential).id));
    expect(await admit()).toBeUndefined();
  });

  it('is not let in once it is gone, and is as it is now once it was written', async () => {
    await admit();
    await fleet.world.write({ save: 'device', was: device, value: { ...device, name: 'another' } });
    expect((await admit())?.device.name).toBe('another');
    const was = must(await fleet.store.devices.find(fleet.world.account, device.id));
    await fleet.world.write({ drop: 'device', was });
    expect(await admit()).toBeUndefined();
  });

  it('is not let in by a token that its account has given up', async () => {
    const gateway: DeviceProof = { kind: 'gateway', secret: 'speaks for all' };
    const hash = fleet.deps.hashing.sha256(gateway.secret);
    const allow = async (gatewayTokens: typeof defaultDeviceAccess.gatewayTokens): Promise<void> => {
      const was = must(await fleet.store.accounts.find(fleet.operator.account.id));
      const deviceAccess = { ...defaultDeviceAccess, gatewayTokens };
      await fleet.world.write({ save: 'account', was, value: { ...was, deviceAccess } });
    };
    await allow([{ id: 'one', createdAt: NOON, expiresAt: null, hash }]);
    expect(await admit(device.id, gateway)).toBeDefined();
    await allow([]);
    expect(await admit(device.id, gateway)).toBeUndefined();
  });

  it('stays known while updates and other devices are written', async () => {
    const { world } = fleet;
    await admit();
    const campaign = await world.addCampaign();
    await world.write({ save: 'device', value: { ...device, id: 'a new one' } });
    await world.write({
      save: 'campaign',
      was: campaign,
      value: { ...campaign, plan: { ...campaign.plan, name: 'another' } },
    });
    expect(await asked(() => admit())).toBe(0);
  });

  it('is asked about again where the store cannot know what others write', async () => {
    const contactEpochs = { now: () => undefined, of: () => 0, ofIdentity: () => 0 };
    open({ ...fleet.store, contactEpochs });
    await admit();
    expect(await asked(() => admit())).toBe(1);
  });

  it('makes room for others where there are too many', async () => {
    open(fleet.store, 2);
    await admit();
    for (const id of ['b', 'c', 'd']) {
      await fleet.world.write({ save: 'device', value: { ...device, id } });
      await issueCredential(fleet.deps, fleet.operator, id, { expiresAt: null, secret });
      expect(await admit(id)).toBeDefined();
    }
    expect(await asked(() => admit())).toBe(1);
  });
});
