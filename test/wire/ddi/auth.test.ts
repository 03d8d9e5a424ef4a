import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deviceOf, type Fleet, startFleet, type TestDevice } from './fleet.ts';

const PROXY = '10.1.2.3';

let fleet: Fleet;
let device: TestDevice;
beforeEach(async () => {
  fleet = await startFleet({ MUSTER_TRUSTED_PROXIES: '10.1.0.0/16,192.0.2.7,2001:db8::/32' });
  await fleet.access({ authorities: ['CN=Fleet CA', 'abc123'] });
  device = await fleet.device('dev-1');
});
afterEach(() => fleet.api.close());

const behind = async (headers: Readonly<Record<string, string>>, peer = PROXY, who = device) =>
  (await who.ask('GET', '', { auth: null, headers, peer })).status;

const modern = { 'x-controller-id': 'dev-1', 'x-authority': 'nobody,; abc123' };
const numbered = { 'x-controller-id': 'dev-1', 'x-authority-0': 'nobody', 'x-authority-1': 'ABC123' };
const older = {
  'x-ssl-client-cn': 'dev-1',
  'x-ssl-issuer-hash-1': 'nobody',
  'x-ssl-issuer-hash-2': 'abc123',
};

describe('getting in', () => {
  it('H1: with the own token of a device', async () => {
    expect((await device.ask('GET')).status).toBe(200);
  });

  it('H2: with a gateway token, for any known device', async () => {
    const auth = `GatewayToken ${await fleet.gatewayToken()}`;
    expect((await device.ask('GET', '', { auth })).status).toBe(200);
    expect((await deviceOf(fleet.api, 'stranger', '').ask('GET', '', { auth })).status).toBe(401);
  });

  it.each([[modern], [numbered], [{ ...modern, 'x-authority': 'cn=fleet ca' }]])(
    'H3: with what a trusted proxy says since 1.0: %j',
    async (headers) => {
      expect(await behind(headers)).toBe(200);
    },
  );

  it.each([[older], [{ 'x-ssl-client-cn': 'dev-1', 'x-ssl-issuer-hash-0': 'abc123' }]])(
    'H4: with what a trusted proxy said before 1.0: %j',
    async (headers) => {
      expect(await behind(headers)).toBe(200);
    },
  );

  it.each([
    [{ ...modern, 'x-authority': 'other' }],
    [{ 'x-controller-id': 'dev-1' }],
    [{ 'x-authority': 'abc123' }],
    // The scan ends at the first gap.
    [{ 'x-ssl-client-cn': 'dev-1', 'x-ssl-issuer-hash-1': 'other', 'x-ssl-issuer-hash-3': 'abc123' }],
  ])('H4: but not with %j', async (headers) => {
    expect(await behind(headers)).toBe(401);
  });

  it('H4: registers a device behind a trusted proxy where the account allows it', async () => {
    await fleet.access({ registration: 'open' });
    const stranger = deviceOf(fleet.api, 'stranger', '');
    expect(await behind({ ...modern, 'x-controller-id': 'stranger' }, PROXY, stranger)).toBe(200);
  });

  it.each([
    ['127.0.0.1', 401],
    ['10.2.0.1', 401],
    ['192.0.2.8', 401],
    ['10.1.255.255', 200],
    ['::ffff:10.1.2.3', 200],
    ['192.0.2.7', 200],
    ['2001:db8::1', 200],
    ['2001:db9::1', 401],
  ])('H5: with the word of the peer %s is %i', async (peer, status) => {
    expect(await behind(modern, peer)).toBe(status);
    expect(await behind(older, peer)).toBe(status);
    expect(await behind({ ...modern, 'x-forwarded-for': PROXY }, peer)).toBe(status);
  });

  it('H6: is 401 when the certificate is of another device', async () => {
    await fleet.device('dev-2');
    expect(await behind({ ...modern, 'x-controller-id': 'dev-2' })).toBe(401);
    expect(await behind({ ...older, 'x-ssl-client-cn': 'dev-2' })).toBe(401);
  });

  it('H7: is 401 with the token of another device, and with that of another account', async () => {
    const other = await fleet.device('dev-2');
    expect((await device.ask('GET', '', { auth: `TargetToken ${other.token}` })).status).toBe(401);
    expect((await device.ask('GET', '', { auth: `GatewayToken ${device.token}` })).status).toBe(401);
    expect((await device.ask('GET', '', { tenant: 'OTHER' })).status).toBe(401);
  });

  it('H8: with the old token beside the new one for as long as it was given', async () => {
    const body = { replacesAfter: 60 };
    const issued = await fleet.api.call('POST', '/devices/dev-1/credentials', { body });
    const renewed = `TargetToken ${issued.body.secret}`;
    expect((await device.ask('GET')).status).toBe(200);
    expect((await device.ask('GET', '', { auth: renewed })).status).toBe(200);
    fleet.api.pass(61_000);
    expect((await device.ask('GET')).status).toBe(401);
    expect((await device.ask('GET', '', { auth: renewed })).status).toBe(200);
  });

  it('H8: with the old gateway token beside the new one', async () => {
    const first = `GatewayToken ${await fleet.gatewayToken()}`;
    const path = '/accounts/DEFAULT/gateway-tokens';
    await fleet.api.call('POST', path, { body: { replacesAfterSeconds: 60 } });
    expect((await device.ask('GET', '', { auth: first })).status).toBe(200);
    fleet.api.pass(61_000);
    expect((await device.ask('GET', '', { auth: first })).status).toBe(401);
  });

  it('with the word of a proxy and a token, when either is right', async () => {
    const wrong = { ...modern, 'x-controller-id': 'dev-2' };
    expect((await device.ask('GET', '', { headers: wrong, peer: PROXY })).status).toBe(200);
    const auth = 'TargetToken wrong';
    expect((await device.ask('GET', '', { auth, headers: modern, peer: PROXY })).status).toBe(200);
  });

  it('for every resource, and 401 for each without a proof', async () => {
    const { ddiRoutes } = await import('../../../src/wire/ddi/routes.ts');
    for (const { method, path } of Object.values(ddiRoutes)) {
      const real = path.replaceAll(/:\w+/g, '1000000033');
      expect((await device.ask(method, real, { auth: null })).status, real).toBe(401);
      expect((await device.ask(method, real)).status, real).not.toBe(401);
    }
  });
});
