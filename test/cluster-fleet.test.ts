import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, fetch as fetchBy } from 'undici';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { compare } from '../src/simulator/check.ts';
import { enrolFleet } from '../src/simulator/enrol.ts';
import { type Fleet, startFleet } from '../src/simulator/fleet.ts';
import { fleetImage } from '../src/simulator/image.ts';
import { faultProfiles } from '../src/simulator/profile.ts';
import { type FleetPlan, usualVersions } from '../src/simulator/traits.ts';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';
import { signInToPulse } from './support/pulse-operator.ts';
import { type FleetServer, startFleetServer } from './support/simulated-fleet.ts';
import { signInToThingSpace } from './support/thingspace-operator.ts';

const server = inject('postgresUrl');
const WORKERS = 3;
const DEVICES = 90;

const plan: FleetPlan = {
  ...{ seed: 5, devices: DEVICES, prefix: 'sim-', versions: usualVersions },
  mix: { ddi: 4, gateway: 3, lwm2m: 1, 'oma-dm': 2 },
  habits: { 'always-on': 0, interval: 1, night: 0, weekly: 0 },
  faults: faultProfiles.harsh,
};
const admin = { email: 'admin@localhost', password: 'correct horse battery' };

describe.skipIf(server === undefined)('any of several workers', () => {
  let database: TestDatabase;
  let muster: FleetServer;
  let fleet: Fleet;
  // No connection is used twice, so that requests go to the workers in turns.
  const agent = new Agent({ pipelining: 0 });

  beforeAll(async () => {
    database = await createTestDatabase(server ?? '');
    vi.stubGlobal('fetch', (url: string, init: Parameters<typeof fetchBy>[1]) =>
      fetchBy(url, { ...init, dispatcher: agent }),
    );
    muster = await startFleetServer({ MUSTER_WORKERS: `${WORKERS}`, MUSTER_DATABASE_URL: database.url });
  }, 60_000);
  afterAll(async () => {
    await muster?.stop();
    vi.unstubAllGlobals();
    await agent.close();
    await database?.drop();
  });

  /** The workers that have counted something in a series of this name and these labels. */
  const workersOf = (text: string, series: string): readonly string[] => {
    const lines = text.matchAll(new RegExp(`^${series}.*worker="(\\d)"\\} [1-9]`, 'gm'));
    return [...new Set([...lines].map(([, worker]) => worker ?? ''))].toSorted();
  };
  const all = Array.from({ length: WORKERS }, (_, index) => `${index + 1}`);

  it('serves the devices of every protocol, and what they did is what is known of them', async () => {
    const { client } = muster;
    const enrolled = await enrolFleet(client, plan, { key: 'test' });
    const pack = await client.createPackage({
      query: { name: 'gateway-os', version: '2.0.0', kind: 'firmware' },
      bytes: { type: 'application/octet-stream', data: new Uint8Array(fleetImage('2.0.0', 50_000)) },
    });
    const { id: campaign } = await client.createCampaign({
      body: {
        ...{ name: 'harsh', packages: [pack.id] },
        target: { by: 'query', expression: 'make = "Acme"', reevaluateSeconds: 0 },
        retry: { attempts: 3, backOffSeconds: 1 },
        timeouts: { downloadSeconds: 60, executionSeconds: 60, activationSeconds: 60 },
      },
    });
    await client.startCampaign({ params: { campaign }, query: { confirm: true } });
    const problems: unknown[] = [];
    fleet = await startFleet({
      ...{ plan, enrolled, server: muster.server.url, lwm2m: muster.lwm2m, speed: 400 },
      problem: (device, error) => problems.push({ device, error }),
    });
    const isOver = (): boolean => {
      const { devices, attempts, outcomes } = fleet.totals();
      return devices === DEVICES && attempts >= DEVICES && outcomes['under-way'] < 6;
    };
    for (let look = 0, quiet = 0; look < 300 && quiet < 8; look += 1) {
      await sleep(250);
      quiet = isOver() ? quiet + 1 : 0;
    }
    if ((await client.getCampaign({ params: { campaign } })).status === 'running')
      await client.endCampaign({ params: { campaign } });
    await sleep(2_000);
    await fleet.stop();
    expect(problems).toEqual([]);
    const truths = [...fleet.devices()];
    expect(new Set(truths.map(({ protocol }) => protocol)).size).toBe(4);
    expect(fleet.totals().outcomes.succeeded).toBeGreaterThan(DEVICES / 3);
    expect((await compare(client, { devices: truths })).differences).toEqual([]);

    const text = await (await fetch(`${muster.server.url}/metrics`)).text();
    for (const protocol of ['ddi', 'gateway', 'oma-dm']) {
      expect(workersOf(text, `muster_polls_total\\{protocol="${protocol}"`), protocol).toEqual(all);
      expect(workersOf(text, `muster_reports_total\\{protocol="${protocol}"`), protocol).toEqual(all);
    }
  }, 150_000);

  it('answers the campaign APIs of the other vendors, whoever has signed somebody in', async () => {
    const { url } = muster.server;
    const pulse = await signInToPulse(url, admin);
    const { id } = await pulse.gateway('truck');
    for (let time = 0; time < WORKERS; time += 1) {
      expect(await pulse.call('GET', `/api/devices/${id}`)).toMatchObject({ id });
    }
    const { client } = muster;
    await client.createPackage({
      query: { name: 'app', version: '2', fromVersion: '1', kind: 'software', fileName: 'app.bin' },
      bytes: { type: 'application/octet-stream', data: new Uint8Array(10) },
    });
    await client.createDevice({ body: { id: '990000000000001', protocol: 'ddi' } });
    const thingspace = await signInToThingSpace(url, admin);
    const software = { name: 'app', version: '2', fromVersion: '1' };
    const launched = await thingspace.launch({ software, devices: ['990000000000001'] });
    expect(launched).not.toBe('');
    const text = await (await fetch(`${url}/metrics`)).text();
    const route = (path: string): string =>
      `muster_http_request_duration_seconds_count\\{.*route="${path}.*"`;
    expect(workersOf(text, route('/api/devices/')).length).toBe(WORKERS);
    expect(workersOf(text, route('/api/(?:ts|m2m|fota)/')).length).toBeGreaterThan(1);
  }, 60_000);
});
