import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must } from './contract/store/world.ts';
import type { DeviceOptions } from './support/lwm2m-device.ts';
import { type Lwm2mServer, startLwm2mServer } from './support/lwm2m-server.ts';
import { openDtlsTunnel, openTlsTunnel, type Tunnel, type TunnelKey } from './support/secure-tunnel.ts';

const schemes = ['coaps', 'coaps+tcp'] as const;
type Scheme = (typeof schemes)[number];

const opens = { coaps: openDtlsTunnel, 'coaps+tcp': openTlsTunnel } as const;
/** Of resource 8 of object 5. */
const protocols: Readonly<Record<Scheme, number>> = { coaps: 1, 'coaps+tcp': 5 };

let muster: Lwm2mServer;
const tunnels: Tunnel[] = [];

beforeAll(async () => {
  muster = await startLwm2mServer({
    MUSTER_LWM2M_COAPS: '127.0.0.1:0',
    MUSTER_LWM2M_COAPS_TCP: '127.0.0.1:0',
    MUSTER_LWM2M_BOOTSTRAP: 'plain',
  });
});
afterAll(async () => {
  for (const tunnel of tunnels) await tunnel.close();
  await muster?.stop();
});

const tunnelTo = async (scheme: Scheme, port: number, key: TunnelKey): Promise<number> => {
  const tunnel = await opens[scheme](port, key);
  tunnels.push(tunnel);
  return tunnel.port;
};

const portOf = (scheme: Scheme): number => must(muster.server.lwm2m.find(({ name }) => name === scheme)).port;

const issueKey = async (id: string): Promise<TunnelKey> => {
  const { identity, secret } = await muster.call('POST', `/devices/${id}/credentials`, { kind: 'psk' });
  return { identity: `${identity}`, key: Buffer.from(`${secret}`, 'hex') };
};

/** A device with this key behind a tunnel of its own, which downloads through another one, and what it fetched. */
const behind = async (scheme: Scheme, id: string, key: TunnelKey, options: Partial<DeviceOptions> = {}) => {
  const fetched: string[] = [];
  const device = await muster.simulate(id, {
    server: { host: '127.0.0.1', port: await tunnelTo(scheme, portOf(scheme), key) },
    protocols: [protocols[scheme]],
    route: async (uri) => {
      fetched.push(uri);
      const url = new URL(uri);
      return `coap://127.0.0.1:${await tunnelTo(scheme, Number(url.port), key)}${url.pathname}`;
    },
    ...options,
  });
  return { device, fetched };
};

describe.each(schemes)('over %s', (scheme) => {
  const id = (name: string): string => `${scheme.replace('+', '-')}-${name}`;

  it('a package is written to a device, which installs it', async () => {
    const device = id('push');
    await muster.device(device);
    const reached = await behind(scheme, device, await issueKey(device), { delivery: 1 });
    const campaign = await muster.campaign(
      await muster.image({ version: '2.1', size: 40_000 }, { name: device }),
      [device],
    );
    expect(await muster.ended(campaign, device)).toMatchObject({ outcome: 'succeeded' });
    expect(reached.device.view()).toMatchObject({ version: '2.1', executions: 1, registrations: 2 });
    expect((await muster.call('GET', `/devices/${device}`))['attributes']).toMatchObject({
      'lwm2m.transport': scheme,
    });
  });

  it('a device fetches its package from a second association, and is still reached on the first', async () => {
    const device = id('pull');
    await muster.device(device);
    const reached = await behind(scheme, device, await issueKey(device), { delivery: 0 });
    const campaign = await muster.campaign(
      await muster.image({ version: '2.2', size: 90_000 }, { name: device }),
      [device],
    );
    expect(await muster.ended(campaign, device)).toMatchObject({ outcome: 'succeeded' });
    expect(reached.fetched).toHaveLength(1);
    expect(reached.fetched[0]).toMatch(`${scheme}://127.0.0.1:${portOf(scheme)}/dl/`);
    expect(reached.device.view()).toMatchObject({ version: '2.2', registrations: 2 });
  });

  it('a device is given its newest key by bootstrap, and registers with that', async () => {
    const device = id('boot');
    await muster.device(device);
    const first = await issueKey(device);
    const newest = await issueKey(device);
    const { device: old } = await behind(scheme, device, first);
    const written = await old.bootstrap();
    expect([...written.keys()]).toContain('/0/1/0');
    expect(`${written.get('/0/1/0')}`).toBe(`${scheme}://127.0.0.1:${portOf(scheme)}`);
    const given = { identity: `${written.get('/0/1/3')}`, key: must(written.get('/0/1/5')) };
    expect(given).toEqual({ identity: newest.identity, key: newest.key });
    old.stop();
    const { device: young } = await behind(scheme, device, given, { delivery: 1 });
    const campaign = await muster.campaign(await muster.image({ version: '2.3' }, { name: device }), [
      device,
    ]);
    expect(await muster.ended(campaign, device)).toMatchObject({ outcome: 'succeeded' });
    expect(young.view().version).toBe('2.3');
  });
});
