import { beforeEach, describe, expect, it } from 'vitest';
import { issueCredential, revokeCredential, verifyDeviceSecret } from '../src/app/credentials.ts';
import { dmSecretsOf, findPreSharedKey } from '../src/app/device-keys.ts';
import type { StoredDevice } from '../src/app/records.ts';
import { createSealing } from '../src/server/sealing.ts';
import { must } from './contract/store/world.ts';
import { type Fleet, granted, newFleet } from './support/fleet.ts';

let fleet: Fleet;
let device: StoredDevice;
beforeEach(async () => {
  fleet = await newFleet();
  device = await fleet.world.addDevice();
});

type Input = Omit<Parameters<typeof issueCredential>[3], 'expiresAt'> & { readonly expiresAt?: number };

const attempt = (input: Input, of = device) =>
  issueCredential(fleet.deps, fleet.operator, of.id, { expiresAt: null, ...input });
const issue = async (input: Input, of = device) => {
  fleet.pass(1);
  return granted(await attempt(input, of));
};
const find = (identity: string) => findPreSharedKey(fleet.deps, identity);
const hexOf = async (identity: string) => (await find(identity))?.key.toHex();
const KEY = '000102030405060708090a0b0c0d0e0f';

describe('a pre-shared key', () => {
  it('is made up with an identity that names its device, and is found by that', async () => {
    const issued = await issue({ kind: 'psk' });
    const { account } = fleet.operator;
    expect(issued.identity).toMatch(new RegExp(`^${account.id}:${device.id}:[\\w-]{8}$`));
    expect(issued.secret).toMatch(/^[0-9a-f]{64}$/);
    expect(await find(issued.identity)).toEqual({
      account: must(await fleet.store.accounts.get(account.key)),
      device,
      credentialId: issued.id,
      key: Uint8Array.fromHex(issued.secret ?? ''),
      expiresAt: null,
    });
  });

  it('is kept sealed, and only under the key of this server', async () => {
    const issued = await issue({ kind: 'psk', identity: 'lamp', secret: KEY.toUpperCase() });
    expect(issued.secret).toBeNull();
    const [kept] = await fleet.store.devices.credentials(fleet.operator.account.key, device.key);
    expect(kept).toMatchObject({ kind: 'psk', identity: 'lamp', hash: '' });
    expect(JSON.stringify(kept).toLowerCase()).not.toContain(KEY);
    expect(await hexOf('lamp')).toBe(KEY);
    const sealing = createSealing([new Uint8Array(32).fill(8)]);
    expect(await findPreSharedKey({ ...fleet.deps, sealing }, 'lamp')).toBeUndefined();
  });

  it('is no other device’s when what is sealed is copied to it', async () => {
    await issue({ kind: 'psk', identity: 'lamp', secret: KEY });
    const account = fleet.operator.account.key;
    const was = must((await fleet.store.devices.credentials(account, device.key))[0]);
    await fleet.world.write({ save: 'credential', was, value: { ...was, identity: 'thief' } });
    expect(await find('thief')).toBeUndefined();
    expect(await find('lamp')).toBeUndefined();
  });

  it.each(['0'.repeat(30), '0'.repeat(33), '0'.repeat(130), `${'0'.repeat(31)}g`])(
    'is 16 to 64 bytes in hex, not %s',
    async (secret) => {
      const refused = await attempt({ kind: 'psk', secret });
      expect(refused).toMatchObject({ ok: false, refusal: { code: 'invalid', field: 'secret' } });
    },
  );

  it('has an identity that nobody else has, in any account', async () => {
    await issue({ kind: 'psk', identity: 'lamp' });
    const other = await newFleet(fleet.store);
    const rival = await other.world.addDevice();
    const taken = await issueCredential(other.deps, other.operator, rival.id, {
      ...{ kind: 'psk', identity: 'lamp', expiresAt: null },
    });
    expect(taken).toEqual({
      ok: false,
      refusal: { code: 'already-exists', entity: 'credential', id: 'lamp' },
    });
    expect(await attempt({ kind: 'psk', identity: 'lamp', replacesAfter: 60_000 })).toMatchObject({
      refusal: { code: 'already-exists' },
    });
  });

  it('changes at once under the same identity', async () => {
    await issue({ kind: 'psk', identity: 'lamp', secret: KEY });
    const { secret } = await issue({ kind: 'psk', identity: 'lamp', replacesAfter: 0 });
    expect(await hexOf('lamp')).toBe(secret);
  });

  it('rotates with an overlap under another identity', async () => {
    await issue({ kind: 'psk', identity: 'old', secret: KEY });
    await issue({ kind: 'psk', identity: 'new', replacesAfter: 60_000 });
    fleet.pass(59_999);
    expect(await hexOf('old')).toBe(KEY);
    fleet.pass(1);
    expect(await hexOf('old')).toBeUndefined();
    expect(await hexOf('new')).toBeDefined();
  });

  it('gives its identity up once it has expired or is revoked', async () => {
    const first = await issue({ kind: 'psk', identity: 'lamp', expiresAt: fleet.deps.clock() + 1_000 });
    fleet.pass(1_000);
    expect(await find('lamp')).toBeUndefined();
    const second = await issue({ kind: 'psk', identity: 'lamp', secret: KEY });
    expect(second.id).not.toBe(first.id);
    expect(await hexOf('lamp')).toBe(KEY);
    granted(await revokeCredential(fleet.deps, fleet.operator, device.id, second.id));
    expect(await find('lamp')).toBeUndefined();
  });

  it('fits identities of 128 bytes, however long the names are', async () => {
    const long = await fleet.world.addDevice({ id: 'd'.repeat(128) });
    const { identity } = await issue({ kind: 'psk' }, long);
    expect(identity).toHaveLength(128);
    expect((await find(identity))?.device.id).toBe(long.id);
  });

  it.each(['', 'nobody', 'lamp\0', 'l'.repeat(70_000), 'لمبة'])('is not there for %j', async (identity) => {
    await issue({ kind: 'psk', identity: 'lamp' });
    expect(await find(identity)).toBeUndefined();
  });
});

describe('the secrets of OMA-DM', () => {
  const secrets = () => dmSecretsOf(fleet.deps, fleet.operator.account.key, device.key);

  it('are made up both ways, and the user is the device', async () => {
    const issued = await issue({ kind: 'dm' });
    expect(issued).toMatchObject({ kind: 'dm', identity: device.id, hash: '', server: { id: 'muster' } });
    const { secret: password, server } = issued;
    expect(await secrets()).toEqual([
      { user: device.id, password, serverId: 'muster', serverPassword: server?.secret },
    ]);
    expect(new Set([password, server?.secret]).size).toBe(2);
  });

  it('are those that the device has already, and are not repeated', async () => {
    const given = { secret: 'password-of-device', server: { id: 'dms', secret: 'password-of-server' } };
    const issued = await issue({ kind: 'dm', identity: 'ada', ...given });
    expect(issued).toMatchObject({ secret: null, server: { id: 'dms', secret: null } });
    const kept = await fleet.store.devices.credentials(fleet.operator.account.key, device.key);
    expect(JSON.stringify(kept)).not.toMatch(/password-of/);
    expect(await secrets()).toEqual([
      { user: 'ada', password: given.secret, serverId: 'dms', serverPassword: given.server.secret },
    ]);
  });

  it('are the valid ones, the newest first, and of this device alone', async () => {
    const other = await fleet.world.addDevice();
    await issue({ kind: 'dm', identity: 'other' }, other);
    await issue({ kind: 'dm', identity: 'over', expiresAt: fleet.deps.clock() + 10 });
    await issue({ kind: 'dm', identity: 'old' });
    await issue({ kind: 'dm', identity: 'new' });
    await issue({});
    fleet.pass(10);
    expect((await secrets()).map(({ user }) => user)).toEqual(['new', 'old']);
  });
});

describe('each kind', () => {
  const opens = (secret: string) =>
    verifyDeviceSecret(fleet.deps, fleet.operator.account.key, device.id, secret);

  it('is rotated by itself', async () => {
    const token = await issue({});
    const { identity } = await issue({ kind: 'psk', replacesAfter: 0 });
    await issue({ kind: 'dm', replacesAfter: 0 });
    expect(await opens(token.secret ?? '')).toBeDefined();
    expect(await find(identity)).toBeDefined();
    await issue({ replacesAfter: 0 });
    expect(await opens(token.secret ?? '')).toBeUndefined();
    expect(await find(identity)).toBeDefined();
  });

  it('may be there eight times', async () => {
    for (let n = 0; n < 8; n += 1) await issue({ kind: 'psk' });
    expect(await attempt({ kind: 'psk' })).toMatchObject({ ok: false, refusal: { code: 'invalid' } });
    await issue({});
    await issue({ kind: 'dm' });
  });

  it('but a token is shown over HTTP', async () => {
    const key = await issue({ kind: 'psk' });
    const passwords = await issue({ kind: 'dm' });
    for (const secret of [key.secret, passwords.secret, passwords.server?.secret, ''])
      expect(await opens(secret ?? '')).toBeUndefined();
  });

  it.each([
    ['a token with an identity', { identity: 'lamp' }, 'identity'],
    ['a token with a server', { server: {} }, 'server'],
    ['a key with a server', { kind: 'psk', server: { id: 'dms' } }, 'server'],
  ] as const)('has only what belongs to it: %s', async (_, input, field) => {
    expect(await attempt(input)).toMatchObject({ ok: false, refusal: { code: 'invalid', field } });
  });
});
