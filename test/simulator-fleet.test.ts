import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compare } from '../src/simulator/check.ts';
import { type Enrolled, enrolFleet } from '../src/simulator/enrol.ts';
import { type Fleet, startFleet } from '../src/simulator/fleet.ts';
import { fleetImage } from '../src/simulator/image.ts';
import { type DeviceTruth, type LedgerHead, writeLedger } from '../src/simulator/ledger.ts';
import { faultProfiles } from '../src/simulator/profile.ts';
import { type FleetPlan, usualVersions } from '../src/simulator/traits.ts';
import { type FleetServer, startFleetServer } from './support/simulated-fleet.ts';

const DEVICES = 520;
/** Contacts of a device come within six seconds. */
const SPEED = 600;

const plan: FleetPlan = {
  ...{ seed: 3, devices: DEVICES, prefix: 'sim-', versions: usualVersions },
  mix: { ddi: 5, gateway: 3, lwm2m: 1, 'oma-dm': 1 },
  habits: { 'always-on': 0, interval: 1, night: 0, weekly: 0 },
  faults: faultProfiles.harsh,
};

const cli = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));

let muster: FleetServer;
let enrolled: Enrolled;
let fleet: Fleet;
let campaign: string;
let truths: readonly DeviceTruth[];

const launch = async (): Promise<string> => {
  const { client } = muster;
  const data = new Uint8Array(fleetImage('2.0.0', 50_000));
  const pack = await client.createPackage({
    query: { name: 'gateway-os', version: '2.0.0', kind: 'firmware' },
    bytes: { type: 'application/octet-stream', data },
  });
  const made = await client.createCampaign({
    body: {
      ...{ name: 'harsh', packages: [pack.id] },
      target: { by: 'query', expression: 'make = "Acme"', reevaluateSeconds: 0 },
      retry: { attempts: 3, backOffSeconds: 1 },
      timeouts: { downloadSeconds: 20, executionSeconds: 20, activationSeconds: 20 },
    },
  });
  await client.startCampaign({ params: { campaign: made.id }, query: { confirm: true } });
  return made.id;
};

/** Those of LwM2M are told nothing more of a campaign that is over, not even that they are through. */
const inTheMiddle = (): number =>
  [...fleet.devices()].filter(
    ({ protocol, attempts }) => protocol === 'lwm2m' && attempts.at(-1)?.outcome === 'under-way',
  ).length;

/** Until all were there and next to nothing is under way any more: some wait for commands that were lost. */
const settled = async (): Promise<void> => {
  let quiet = 0;
  for (let look = 0; look < 160 && quiet < 6; look += 1) {
    await sleep(250);
    const { devices, attempts, outcomes } = fleet.totals();
    const isOn = devices === DEVICES && attempts >= DEVICES;
    quiet = isOn && outcomes['under-way'] < 6 && inTheMiddle() === 0 ? quiet + 1 : 0;
  }
};

beforeAll(async () => {
  muster = await startFleetServer();
  enrolled = await enrolFleet(muster.client, plan, { key: 'test' });
  campaign = await launch();
  fleet = await startFleet({
    ...{ plan, enrolled, server: muster.server.url, lwm2m: muster.lwm2m, speed: SPEED },
    problem: (device, error) => {
      throw new Error(`${device} is no good device`, { cause: error });
    },
  });
  await settled();
  const { status } = await muster.client.getCampaign({ params: { campaign } });
  if (status === 'running') await muster.client.endCampaign({ params: { campaign } });
  // Those that were asked to stop say so.
  await sleep(1_000);
  await fleet.stop();
  truths = [...fleet.devices()];
}, 90_000);
afterAll(async () => {
  await muster?.stop();
});

describe('a fleet of every protocol with which much goes wrong', () => {
  it('went through everything that can happen', () => {
    expect(new Set(truths.map(({ protocol }) => protocol))).toEqual(
      new Set(['ddi', 'gateway', 'lwm2m', 'oma-dm']),
    );
    const { outcomes, attempts, versions } = fleet.totals();
    expect(truths).toHaveLength(DEVICES);
    expect(attempts).toBeGreaterThan(DEVICES);
    for (const outcome of ['succeeded', 'false-success', 'failed', 'silent'] as const)
      expect(outcomes[outcome], outcome).toBeGreaterThan(5);
    expect(versions['2.0.0']).toBeGreaterThan(DEVICES / 2);
    const whys = new Set(truths.flatMap((truth) => truth.attempts.map(({ why }) => why)));
    expect([...whys]).toEqual(
      expect.arrayContaining(['none', 'disk-full', 'corrupt', 'install-fails', 'connection-lost']),
    );
  });

  it('is known to the server as it was: no difference in outcomes, attempts, versions or counts', async () => {
    const compared = await compare(muster.client, { devices: truths });
    expect(compared.differences).toEqual([]);
    expect(compared).toMatchObject({ devices: DEVICES, updates: DEVICES });
  });

  it('is checked by a command, which tells each difference and ends with 8', async () => {
    const head: LedgerHead = {
      ...{ ledger: 'muster-simulator-1', server: muster.server.url, account: enrolled.account },
      ...{ seed: plan.seed, devices: DEVICES, speed: SPEED, startedAt: '', endedAt: '' },
    };
    const [honest, forged] = ['ledger.jsonl', 'forged.jsonl'].map((name) => join(muster.directory, name));
    const lie = truths.find(({ attempts }) => attempts.at(-1)?.outcome === 'succeeded');
    await writeLedger(honest ?? '', head, truths);
    await writeLedger(
      forged ?? '',
      head,
      truths.map((truth) => (truth === lie ? { ...truth, told: '9.9.9', attempts: [] } : truth)),
    );
    const { PATH } = process.env;
    const check = async (ledger: string | undefined) => {
      const child = spawn(process.execPath, [cli, 'simulate', 'check', '--ledger', ledger ?? ''], {
        env: {
          ...(PATH && { PATH }),
          MUSTER_URL: muster.server.url,
          MUSTER_TOKEN: muster.token,
          HOME: muster.directory,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const text = child.stdout.setEncoding('utf8').toArray();
      const [code] = await once(child, 'close');
      return { code, text: (await text).join('') };
    };
    expect(await check(honest)).toMatchObject({ code: 0, text: expect.stringContaining('0 differences') });
    const caught = await check(forged);
    expect(caught.code).toBe(8);
    expect(caught.text).toContain('2 differences');
    expect(caught.text).toContain(`${lie?.device}  outcome succeeded; expected`);
    expect(caught.text).toContain('it told 9.9.9');
  });
});
