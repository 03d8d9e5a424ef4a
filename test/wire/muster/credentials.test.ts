import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyDeviceSecret } from '../../../src/app/credentials.ts';
import { dmSecretsOf, findPreSharedKey } from '../../../src/app/device-keys.ts';
import { type Api, startApi } from '../../support/api.ts';
import { newGuest, newTenant } from '../../support/guests.ts';
import { unique } from '../../support/samples.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const newDevice = async (): Promise<string> => (await api.call('POST', '/devices', { body: {} })).body.id;
const issue = (device: string, body: unknown = {}) =>
  api.call('POST', `/devices/${device}/credentials`, { body });
const list = async (device: string) => (await api.call('GET', `/devices/${device}/credentials`)).body.items;
const revoke = (device: string, id: string) => api.call('DELETE', `/devices/${device}/credentials/${id}`);

const account = async () => {
  const found = await api.context.store.accounts.find('DEFAULT');
  if (found === undefined) throw new Error('no account');
  return found.key;
};
const opens = async (device: string, secret: string) =>
  (await verifyDeviceSecret(api.context, await account(), device, secret))?.device.id === device;
const eventsOf = async (device: string) => {
  const stored = await api.context.store.devices.find(await account(), device);
  if (stored === undefined) throw new Error('no device');
  const about = { campaign: null, device: stored.key };
  const events = await api.context.store.events.list(await account(), about, { before: 1e9, limit: 100 });
  return events.map(({ body }) => body);
};
const now = () => new Date(api.context.clock()).toISOString();
const inSeconds = (seconds: number) => new Date(api.context.clock() + seconds * 1000).toISOString();

describe('POST /devices/:device/credentials', () => {
  it('shows the secret once and keeps only its hash', async () => {
    const device = await newDevice();
    const reply = await issue(device);
    expect(reply.status).toBe(201);
    const { id, secret } = reply.body;
    const shown = { id, kind: 'token', identity: null, createdAt: now(), expiresAt: null };
    expect(reply.body).toEqual({ ...shown, secret, server: null });
    expect(secret).toMatch(new RegExp(`^muster_${id}_`));
    expect(reply.headers['location']).toMatch(new RegExp(`/api/v1/devices/${device}/credentials/${id}$`));
    expect(await list(device)).toEqual([shown]);
    expect(await opens(device, secret)).toBe(true);
    expect(await eventsOf(device)).toEqual([
      { type: 'credential-issued', id },
      { type: 'device-registered', id: device },
    ]);
    const stored = await api.context.store.devices.find(await account(), device);
    const credentials = stored && (await api.context.store.devices.credentials(await account(), stored.key));
    expect(JSON.stringify(credentials)).not.toContain(secret.slice(20, 60));
  });

  it.each(['0123456789abcdef', 'f'.repeat(32), `!~${'/'.repeat(126)}`])(
    'takes a secret that the device has already: %j',
    async (secret) => {
      const device = await newDevice();
      const reply = await issue(device, { secret });
      const { id } = reply.body;
      expect(reply).toMatchObject({ status: 201, body: { id, secret: null, expiresAt: null } });
      expect(await opens(device, secret)).toBe(true);
      expect(await opens(device, secret.slice(1))).toBe(false);
      const other = (await issue(device)).body;
      expect(await opens(device, other.secret)).toBe(true);
      const stored = await api.context.store.devices.find(await account(), device);
      const kept = stored && (await api.context.store.devices.credentials(await account(), stored.key));
      expect(JSON.stringify(kept)).not.toContain(secret);
      expect(kept?.map(({ hash }) => hash)).toContain(api.context.hashing.sha256(secret));
      expect((await revoke(device, id)).status).toBe(204);
      expect(await opens(device, secret)).toBe(false);
    },
  );

  it('shows a pre-shared key and its identity once, and lists the identity', async () => {
    const device = await newDevice();
    const { status, body } = await issue(device, { kind: 'psk' });
    const { id, identity, secret } = body;
    const shown = { id, kind: 'psk', identity, createdAt: now(), expiresAt: null };
    expect({ status, body }).toEqual({ status: 201, body: { ...shown, secret, server: null } });
    expect(identity).toMatch(new RegExp(`^DEFAULT:${device}:`));
    expect(await list(device)).toEqual([shown]);
    expect((await findPreSharedKey(api.context, identity))?.key.toHex()).toBe(secret);
    expect(await eventsOf(device)).toContainEqual({ type: 'credential-issued', id });
  });

  it('shows the secrets of OMA-DM once, and lists the user name', async () => {
    const device = await newDevice();
    const given = { kind: 'dm', server: { secret: 'the-server-has-this' } };
    const { status, body } = await issue(device, given);
    const { id, secret } = body;
    const shown = { id, kind: 'dm', identity: device, createdAt: now(), expiresAt: null };
    const server = { id: 'muster', secret: null };
    expect({ status, body }).toEqual({ status: 201, body: { ...shown, secret, server } });
    expect(await list(device)).toEqual([shown]);
    const found = await api.context.store.devices.find(await account(), device);
    const key = found?.key;
    expect(key && (await dmSecretsOf(api.context, await account(), key))).toEqual([
      { user: device, password: secret, serverId: 'muster', serverPassword: 'the-server-has-this' },
    ]);
  });

  it('names an identity that is taken, even by another account', async () => {
    const identity = unique('lamp');
    expect((await issue(await newDevice(), { kind: 'psk', identity })).status).toBe(201);
    const device = await newDevice();
    const reply = await issue(device, { kind: 'psk', identity });
    expect(reply).toMatchObject({ status: 409, body: { code: 'already-exists' } });
    expect(reply.body.detail).toContain(identity);
    expect(await list(device)).toEqual([]);
  });

  it.each([
    ['a key that is not hex', { kind: 'psk', secret: 'x'.repeat(32) }, 'secret'],
    ['a key that is too short', { kind: 'psk', secret: '0'.repeat(30) }, 'secret'],
    ['a token with an identity', { identity: 'lamp' }, 'identity'],
    ['a token with a server', { kind: 'token', server: {} }, 'server'],
    ['a key with a server', { kind: 'psk', server: {} }, 'server'],
  ])('refuses what does not belong to its kind: %s', async (_, body, field) => {
    const device = await newDevice();
    const reply = await issue(device, body);
    expect(reply).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect(reply.body.detail).toMatch(new RegExp(`^${field}: `));
    expect(reply.body.detail).not.toMatch(/0000|xxxx/);
    expect(await list(device)).toEqual([]);
  });

  it('ends when it was told to', async () => {
    const device = await newDevice();
    const { body } = await issue(device, { expiresAt: inSeconds(60) });
    expect(body.expiresAt).toBe(inSeconds(60));
    api.pass(59_999);
    expect(await opens(device, body.secret)).toBe(true);
    api.pass(1);
    expect(await opens(device, body.secret)).toBe(false);
  });

  it('rotates with an overlap that lengthens nothing', async () => {
    const device = await newDevice();
    const old = (await issue(device)).body;
    const short = (await issue(device, { expiresAt: inSeconds(10) })).body;
    const fresh = (await issue(device, { replacesAfter: 60 })).body;
    const ends = new Map(
      (await list(device)).map((each: { id: string; expiresAt: string }) => [each.id, each.expiresAt]),
    );
    expect(ends.get(old.id)).toBe(inSeconds(60));
    expect(ends.get(short.id)).toBe(inSeconds(10));
    expect(ends.get(fresh.id)).toBe(null);
    expect((await eventsOf(device))[0]).toEqual({ type: 'credential-issued', id: fresh.id });
    expect(await eventsOf(device)).toContainEqual({ type: 'credential-revoked', id: old.id });
    api.pass(59_999);
    expect([await opens(device, old.secret), await opens(device, short.secret)]).toEqual([true, false]);
    api.pass(1);
    expect([await opens(device, old.secret), await opens(device, fresh.secret)]).toEqual([false, true]);
  });

  it('rotates at once, and forgets what had expired when the next one is issued', async () => {
    const device = await newDevice();
    const old = (await issue(device)).body;
    const fresh = (await issue(device, { replacesAfter: 0 })).body;
    expect([await opens(device, old.secret), await opens(device, fresh.secret)]).toEqual([false, true]);
    const next = (await issue(device)).body;
    expect((await list(device)).map(({ id }: { id: string }) => id).sort()).toEqual(
      [fresh.id, next.id].sort(),
    );
  });

  it('allows eight at a time, and rotation goes on then', async () => {
    const device = await newDevice();
    for (let n = 0; n < 8; n += 1) expect((await issue(device)).status).toBe(201);
    for (const body of [{}, { replacesAfter: 60 }]) {
      const reply = await issue(device, body);
      expect(reply.status).toBe(422);
      expect(reply.body).toMatchObject({ code: 'invalid', detail: expect.stringContaining('at most 8') });
    }
    expect(await list(device)).toHaveLength(8);
    expect((await issue(device, { replacesAfter: 0 })).status).toBe(201);
  });

  it.each([
    ['wrong type', { expiresAt: 5 }],
    ['no instant', { expiresAt: 'tomorrow' }],
    ['a leap second, which no instant can hold', { expiresAt: '2026-12-31T23:59:60Z' }],
    ['negative', { replacesAfter: -1 }],
    ['too long', { replacesAfter: 31_536_001 }],
    ['a fraction', { replacesAfter: 0.5 }],
    ['unknown field', { hash: 'mine' }],
    ['unknown kind', { kind: 'certificate' }],
    ['an empty identity', { kind: 'psk', identity: '' }],
    ['an identity with a blank', { kind: 'psk', identity: 'my lamp' }],
    ['an identity too long', { kind: 'psk', identity: 'x'.repeat(129) }],
    ['a server password too short', { kind: 'dm', server: { secret: 'short' } }],
    ['an unknown field of the server', { kind: 'dm', server: { name: 'dms' } }],
    ['a secret too short', { secret: 'x'.repeat(15) }],
    ['a secret too long', { secret: 'x'.repeat(129) }],
    ['a secret with a blank', { secret: 'open sesame, please' }],
    ['a secret that is not ASCII', { secret: 'ä'.repeat(20) }],
    ['a secret with a line break', { secret: `${'x'.repeat(20)}\n` }],
    ['truncated', '{"expiresAt":'],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
    ['nothing', undefined],
  ])('refuses a body with a flaw: %s', async (_, body) => {
    const device = await newDevice();
    const reply = await api.call('POST', `/devices/${device}/credentials`, { body });
    expect(reply.status).toBe(400);
    expect(reply.body.code).toBe('request/malformed');
    expect(await list(device)).toEqual([]);
  });

  it('refuses an end that lies behind', async () => {
    const device = await newDevice();
    for (const expiresAt of [now(), '2020-01-01T00:00:00Z']) {
      const reply = await issue(device, { expiresAt });
      expect(reply.status).toBe(422);
      expect(reply.body.detail).toMatch(/^expiresAt: /);
    }
  });

  it('refuses a body that is too large', async () => {
    const reply = await issue(await newDevice(), { expiresAt: 'x'.repeat(2_000_000) });
    expect(reply.status).toBe(413);
  });
});

describe('DELETE /devices/:device/credentials/:credential', () => {
  it('revokes at once', async () => {
    const device = await newDevice();
    const { id, secret } = (await issue(device)).body;
    expect((await revoke(device, id)).status).toBe(204);
    expect(await opens(device, secret)).toBe(false);
    expect(await list(device)).toEqual([]);
    expect((await eventsOf(device))[0]).toEqual({ type: 'credential-revoked', id });
    const again = await revoke(device, id);
    expect(again.status).toBe(404);
    expect(again.body.code).toBe('not-found');
  });

  it("does not reach another device's", async () => {
    const [mine, other] = [await newDevice(), await newDevice()];
    const { id } = (await issue(other)).body;
    expect((await revoke(mine, id)).status).toBe(404);
    expect(await list(other)).toHaveLength(1);
  });
});

describe('who may', () => {
  it('names the permission that is missing', async () => {
    const device = await newDevice();
    const { id } = (await issue(device)).body;
    const path = `/devices/${device}/credentials`;
    const viewer = await newGuest(api, ['View Device']);
    expect((await api.call('GET', path, { as: viewer })).status).toBe(200);
    expect((await api.call('POST', path, { as: viewer, body: {} })).status).toBe(403);
    expect((await api.call('DELETE', `${path}/${id}`, { as: viewer })).status).toBe(403);
    const issuer = await newGuest(api, ['Create Device Credential']);
    expect((await api.call('GET', path, { as: issuer })).status).toBe(403);
    expect((await api.call('POST', path, { as: issuer, body: {} })).status).toBe(201);
    expect((await api.call('DELETE', `${path}/${id}`, { as: issuer })).status).toBe(204);
    expect((await api.call('GET', path, { as: null })).status).toBe(401);
  });

  it('shows another account nothing', async () => {
    const device = await newDevice();
    const { id } = (await issue(device)).body;
    const other = await newTenant(api, unique('OTHER'));
    const as = await newGuest(api, ['View Device', 'Create Device Credential'], other);
    const path = `/devices/${device}/credentials`;
    expect((await api.call('GET', path, { as })).status).toBe(404);
    expect((await api.call('POST', path, { as, body: {} })).status).toBe(404);
    expect((await api.call('DELETE', `${path}/${id}`, { as })).status).toBe(404);
    expect(await list(device)).toHaveLength(1);
  });

  it('does not let a device speak for an operator', async () => {
    const { secret } = (await issue(await newDevice())).body;
    expect((await api.call('GET', '/devices', { as: secret })).status).toBe(401);
  });
});
