import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '../../../../src/client/muster.ts';
import { compare } from '../../../../src/simulator/check.ts';
import { enrolFleet } from '../../../../src/simulator/enrol.ts';
import { type Fleet, startFleet } from '../../../../src/simulator/fleet.ts';
import { fleetImage } from '../../../../src/simulator/image.ts';
import { faultProfiles } from '../../../../src/simulator/profile.ts';
import { type FleetPlan, usualVersions } from '../../../../src/simulator/traits.ts';
import type { Place } from '../../place.ts';
import { at, type Deps, type Load, listAll, write } from '../load.ts';

/** Contacts of a device come within twelve seconds. */
const SPEED = 300;
const IMAGE = 30_000;
/** How long a campaign is given, in milliseconds, before it is ended as it is. */
const PATIENCE = 300_000;
const LOOK = 200;
/** For those that were asked to stop to say so. */
const SETTLING = 2_000;

export type FleetLoad = Load & {
  /** Holds what the server believes against what the devices did; nothing of the fleet is there any more. */
  readonly judge: () => Promise<void>;
};

/** Devices of every protocol that are updated by one campaign after the other. */
export const startFleetLoad = async (
  deps: Deps,
  place: Place,
  token: string,
  { devices, seed }: { readonly devices: number; readonly seed: number },
): Promise<FleetLoad> => {
  const { wire, ledger, prefix } = deps;
  const client = createClient({ url: place.url, token });
  const plan: FleetPlan = {
    ...{ seed, devices, prefix: `${prefix}-fleet-`, versions: usualVersions },
    mix: { ddi: 2, gateway: 4, lwm2m: 1, 'oma-dm': 3 },
    habits: { 'always-on': 0, interval: 1, night: 0, weekly: 0 },
    faults: { ...faultProfiles.usual, silence: 0 },
  };
  const enrolled = await enrolFleet(client, plan, { key: `kills ${seed}` });
  const fleet: Fleet = await startFleet({
    ...{ plan, enrolled, server: place.url, lwm2m: place.lwm2m, speed: SPEED },
    problem: (device, error) => ledger.flaw('wrong', `${device} is no good device: ${error}`),
  });

  const launch = async (name: string, version: string): Promise<string> => {
    const path = `/api/v1/packages?${new URLSearchParams({ name: 'fleet-os', version, kind: 'firmware' })}`;
    const headers = { 'idempotency-key': `package ${name}` };
    const pack = await write(deps, 'package', {
      method: 'POST',
      path,
      headers,
      body: fleetImage(version, IMAGE),
    });
    const body = {
      ...{ name, packages: [at(pack.body, 'id')] },
      target: { by: 'query', expression: `id contains "${plan.prefix}"`, reevaluateSeconds: 0 },
      retry: { attempts: 3, backOffSeconds: 1 },
    };
    const keyed = { 'idempotency-key': `campaign ${name}` };
    const made = await write(deps, 'campaign', {
      method: 'POST',
      path: '/api/v1/campaigns',
      headers: keyed,
      body,
    });
    return `/api/v1/campaigns/${at(made.body, 'id')}`;
  };

  const openIn = async (path: string): Promise<number> => {
    const { body } = await wire.insist({ method: 'GET', path: `${path}/counts` });
    const open = Object.values((at(body, 'open') ?? {}) as Readonly<Record<string, number>>);
    return at(body, 'total') === devices ? open.reduce((sum, count) => sum + count, 0) : devices;
  };

  let current: { readonly path: string; readonly deadline: number } | undefined;

  const begin = async (round: number): Promise<void> => {
    const path = await launch(`${prefix}-fleet-${round}`, `2.${round}.0`);
    const message = { method: 'POST', path: `${path}/start?confirm=true`, body: {} } as const;
    await write(deps, 'campaign command', message, [409]);
    current = { path, deadline: Date.now() + PATIENCE };
  };

  /** Looks at the campaign that is under way; one that is done, or takes too long, makes room for the next. */
  const look = async ({ path, deadline }: NonNullable<typeof current>): Promise<void> => {
    await sleep(LOOK);
    if (Date.now() < deadline && (await openIn(path)) > 0) return;
    await write(deps, 'campaign command', { method: 'POST', path: `${path}/end`, body: {} }, [409]);
    current = undefined;
  };

  /** One look for each round, so that nobody who rests waits for a whole campaign. */
  const campaign = (round: number): Promise<void> => (current === undefined ? begin(round) : look(current));

  return {
    actors: [campaign],
    audit: async () => undefined,
    judge: async () => {
      // Nobody kills the server any more: all have the time to end well.
      const deadline = Date.now() + PATIENCE;
      while (current !== undefined) await look({ ...current, deadline });
      await sleep(SETTLING);
      await fleet.stop();
      const truths = [...fleet.devices()];
      for (const { attempts } of truths)
        for (const { heard } of attempts) if (heard) ledger.note('update of a simulated device');
      const { differences } = await compare(client, { devices: truths });
      for (const difference of differences) {
        const truth = truths.find(({ device }) => device === difference.device);
        const path = `/api/v1/campaigns/${difference.campaign}/devices/${difference.device}/events`;
        const events = difference.campaign === null ? [] : await listAll(wire, path);
        ledger.flaw('wrong', JSON.stringify({ ...difference, truth, events: events.toReversed() }));
      }
    },
  };
};
