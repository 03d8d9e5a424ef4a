import { beforeEach, describe, expect, it } from 'vitest';
import { type DeviceAccess, defaultDeviceAccess } from '../src/app/account-records.ts';
import { issueCredential } from '../src/app/credentials.ts';
import { admitDevice, type DeviceProof } from '../src/app/device-access.ts';
import { acceptDevice } from '../src/app/device-state.ts';
import { HOUR } from '../src/domain/time.ts';
import { must } from './contract/store/world.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';
import { NOON, unique } from './support/samples.ts';

let fleet: Fleet;
let accountId: string;
beforeEach(async () => {
  fleet = await newFleet();
  accountId = fleet.operator.account.id;
});

const SECRET = 'speaks for all';

const allow = async (access: Partial<DeviceAccess>): Promise<void> => {
  const was = must(await fleet.store.accounts.find(accountId));
  const deviceAccess = { ...defaultDeviceAccess, ...access };
  await fleet.world.write({ save: 'account', was, value: { ...was, deviceAccess } });
};
const token = (secret = SECRET, expiresAt: number | null = null) => ({
  ...{ id: unique('gateway'), createdAt: NOON, expiresAt },
  hash: fleet.deps.hashing.sha256(secret),
});
const admit = async (device: string, proof: DeviceProof, account = accountId) =>
  admitDevice(fleet.deps, { account, device, protocol: 'ddi' }, proof);
const gateway: DeviceProof = { kind: 'gateway', secret: SECRET };
const certificate = (deviceId: string, ...authorities: string[]): DeviceProof => ({
  ...{ kind: 'certificate', deviceId },
  authorities,
});

describe("a device's own secret", () => {
  it('lets it in under either form of secret, and speaks for it alone', async () => {
    const [device, other] = [await fleet.world.addDevice(), await fleet.world.addDevice()];
    const made = granted(
      await issueCredential(fleet.deps, fleet.operator, device.id, { expiresAt: null }),
    ).secret;
    const fixed = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
    const given = { expiresAt: null, secret: fixed };
    expect(granted(await issueCredential(fleet.deps, fleet.operator, device.id, given)).secret).toBeNull();
    for (const secret of [made ?? '', fixed]) {
      const admitted = await admit(device.id, { kind: 'own', secret });
      expect(admitted?.device.id).toBe(device.id);
      expect(admitted?.speaker).toMatchObject({ actor: { kind: 'device', id: device.id } });
      expect(admitted?.speaker.account.id).toBe(accountId);
      expect(await admit(other.id, { kind: 'own', secret })).toBeUndefined();
    }
    expect(await admit(device.id, { kind: 'own', secret: '' })).toBeUndefined();
  });

  it('finds the account without regard to case, and none that is not there', async () => {
    const device = await fleet.world.addDevice();
    const secret = 'a1b2c3d4e5f60718';
    await issueCredential(fleet.deps, fleet.operator, device.id, { expiresAt: null, secret });
    expect(await admit(device.id, { kind: 'own', secret }, accountId.toLowerCase())).toBeDefined();
    expect(await admit(device.id, { kind: 'own', secret }, 'NOWHERE')).toBeUndefined();
  });

  it('registers nobody', async () => {
    await allow({ registration: 'open' });
    expect(await admit('stranger', { kind: 'own', secret: SECRET })).toBeUndefined();
    expect(await fleet.store.devices.find(fleet.world.account, 'stranger')).toBeUndefined();
  });
});

describe('a gateway token', () => {
  it('speaks for every device of its account, and for none of another', async () => {
    await allow({ gatewayTokens: [token('other'), token()] });
    const device = await fleet.world.addDevice();
    expect((await admit(device.id, gateway))?.device.key).toBe(device.key);
    expect(await admit(device.id, { kind: 'gateway', secret: `${SECRET}!` })).toBeUndefined();
    expect(await admit(device.id, gateway, 'DEFAULT')).toBeUndefined();
    await allow({ gatewayTokens: [] });
    expect(await admit(device.id, gateway)).toBeUndefined();
  });

  it('ends when it was told to', async () => {
    await allow({ gatewayTokens: [token(SECRET, NOON + HOUR)] });
    const device = await fleet.world.addDevice();
    fleet.pass(HOUR - 1);
    expect(await admit(device.id, gateway)).toBeDefined();
    fleet.pass(1);
    expect(await admit(device.id, gateway)).toBeUndefined();
  });

  it('names a device with its prefix or without', async () => {
    await allow({ gatewayTokens: [token()], registration: 'closed' });
    await fleet.world.addDevice({ id: '990000862471854' });
    expect((await admit('urn:imei:990000862471854', gateway))?.device.id).toBe('990000862471854');
  });
});

describe('a certificate', () => {
  it.each([
    ['its own authority', ['Acme CA'], true],
    ['an authority written otherwise', ['ACME ca'], true],
    ['one authority of several', ['Root', 'acme ca'], true],
    ['another authority', ['Evil CA'], false],
    ['no authority', [], false],
  ])('signed by %s', async (_, authorities, expected) => {
    await allow({ authorities: ['Zeta', 'Acme CA'] });
    const device = await fleet.world.addDevice();
    const admitted = await admit(device.id, certificate(device.id, ...authorities));
    expect(admitted?.device.key).toBe(expected ? device.key : undefined);
  });

  it('speaks for the device in it, and no other', async () => {
    await allow({ authorities: ['Acme CA'], registration: 'open' });
    const device = await fleet.world.addDevice();
    for (const id of ['other', '', device.id.toUpperCase()]) {
      expect(await admit(device.id, certificate(id, 'Acme CA'))).toBeUndefined();
    }
    expect(await fleet.store.devices.find(fleet.world.account, 'other')).toBeUndefined();
  });

  it('is no use where the account believes no authority', async () => {
    const device = await fleet.world.addDevice();
    await allow({ authorities: [] });
    expect(await admit(device.id, certificate(device.id, 'Acme CA'))).toBeUndefined();
  });
});

describe('a device that nobody knows', () => {
  it.each([
    ['closed', undefined],
    ['open', 'accepted'],
    ['approval', 'waiting'],
  ] as const)('where registration is %s, is %s', async (registration, standing) => {
    await allow({ registration, gatewayTokens: [token()], authorities: ['Acme CA'] });
    for (const [id, proof] of [
      ['new-1', gateway],
      ['new-2', certificate('new-2', 'Acme CA')],
    ] as const) {
      const admitted = await admit(id, proof);
      expect(admitted?.device.standing).toBe(standing);
      const stored = await fleet.store.devices.find(fleet.world.account, id);
      expect(stored?.standing).toBe(standing);
      expect(stored).toEqual(admitted?.device);
    }
  });

  it('is registered once, with an event of its own, and is due to say what it is', async () => {
    await allow({ registration: 'open', gatewayTokens: [token()] });
    await admit('urn:imei:356938035643809', gateway);
    const known = must(await admit('356938035643809', gateway)).device;
    expect(known).toMatchObject({
      name: '356938035643809',
      protocol: 'ddi',
      attributesDue: true,
      version: 1,
    });
    const events = (await fleet.world.events()).filter(({ body }) => body.type === 'device-registered');
    expect(events).toMatchObject([
      { device: known.key, actor: { kind: 'device', id: known.id }, body: { id: known.id } },
    ]);
  });

  it('is one device, however many of its requests come at once', async () => {
    await allow({ registration: 'open', gatewayTokens: [token()] });
    const all = await Promise.all(Array.from({ length: 8 }, () => admit('racer', gateway)));
    expect(new Set(all.map((admitted) => admitted?.device.key)).size).toBe(1);
    expect(all[0]?.device.id).toBe('racer');
    const events = (await fleet.world.events()).filter(({ body }) => body.type === 'device-registered');
    expect(events).toHaveLength(1);
  });

  it.each(['', '..', 'a/b', 'x'.repeat(129), '__proto__', 'a\u0000'])(
    'is nobody under the id %j',
    async (id) => {
      await allow({ registration: 'open', gatewayTokens: [token()] });
      expect(await admit(id, gateway)).toBeUndefined();
    },
  );

  it('gets nothing while it waits, and its update once it is accepted', async () => {
    await allow({ registration: 'approval', gatewayTokens: [token()] });
    const { device } = must(await admit('patient', gateway));
    const { campaign } = await fleet.launch({}, {});
    await fleet.world.join(campaign, [device]);
    expect(await fleet.contact(device)).toBeUndefined();
    expect(await fleet.updateOf(campaign, device)).toMatchObject({ position: 'pending', version: 1 });
    granted(await acceptDevice(fleet.deps, fleet.operator, device.id));
    expect((await fleet.contact(device))?.due).toBe('download');
  });
});
