import { createClient } from '../../../src/client/muster.ts';
import { randomFrom } from '../../../src/domain/random.ts';
import { fleetImage } from '../../../src/simulator/image.ts';
import { admin, type Place } from '../place.ts';
import type { Actor } from './actors.ts';
import type { Ledger } from './ledger.ts';
import { campaignLoad } from './load/campaigns.ts';
import { ddiLoad } from './load/ddi.ts';
import { deviceLoad } from './load/devices.ts';
import { startFleetLoad } from './load/fleet.ts';
import { pulseLoad } from './load/pulse.ts';
import { registrationLoad } from './load/registrations.ts';
import { prepareThingSpace, thingspaceLoad } from './load/thingspace.ts';
import { startWebhooks } from './load/webhooks.ts';
import { at, type Deps, type Load } from './load.ts';
import { openWire, type Wire, type WireOptions } from './wire.ts';

/** How many of each kind work at the same time. */
export type Sizes = {
  readonly operators: number;
  readonly reporters: number;
  readonly endpoints: number;
  readonly fleet: number;
};

/** Everybody who works with a server, over every dialect and protocol, and what they know. */
export type World = {
  readonly wire: Wire;
  readonly actors: readonly Actor[];
  readonly audit: () => Promise<void>;
  /** What can be told only when nobody writes any more; the number of messages that were pushed. */
  readonly judge: () => Promise<void>;
  readonly judgeWebhooks: () => Promise<number>;
  /** Registers a device once; the status of the answer, 0 where none came in time. */
  readonly tryToWrite: (id: string, signal: AbortSignal) => Promise<number>;
  readonly close: () => Promise<void>;
};

const signIn = async (url: string): Promise<string> => {
  const wire = openWire(url);
  const { body } = await wire.insist({ method: 'POST', path: '/api/v1/session', body: admin });
  await wire.close();
  return `${at(body, 'token')}`;
};

const newGatewayToken = async (url: string, token: string) => {
  const client = createClient({ url, token });
  const account = (await client.getSession({})).account.id;
  const { secret } = await client.createGatewayToken({ params: { account }, body: {} });
  return { account, gatewayToken: secret };
};

/** A campaign that runs as long as the load, with devices that report in it. */
const prepareReporters = async ({ wire, prefix }: Deps, count: number) => {
  const device = (number: number): string => `${prefix}-reporter-${number}`;
  const query = new URLSearchParams({ name: 'reported', version: '1', kind: 'firmware' });
  const image = fleetImage('1.0.0', 1_000);
  const pack = await wire.insist({ method: 'POST', path: `/api/v1/packages?${query}`, body: image });
  const body = { name: 'reported', packages: [at(pack.body, 'id')], target: { by: 'hand' } };
  const made = await wire.insist({ method: 'POST', path: '/api/v1/campaigns', body });
  const path = `/api/v1/campaigns/${at(made.body, 'id')}`;
  const devices = Array.from({ length: count }, (_, number) => device(number));
  for (const id of devices) await wire.insist({ method: 'POST', path: '/api/v1/devices', body: { id } });
  await wire.insist({ method: 'POST', path: `${path}/devices`, body: { devices } });
  await wire.insist({ method: 'POST', path: `${path}/start?confirm=true`, body: {} });
  return { campaign: `${at(made.body, 'id')}`, device };
};

const PREFIX = 'k';

/** Prepares a server that runs at a place for a load of every kind. */
export const openWorld = async (
  place: Place,
  ledger: Ledger,
  seed: number,
  { operators, reporters, endpoints, fleet: devices }: Sizes,
  options: WireOptions = {},
): Promise<World> => {
  const token = await signIn(place.url);
  const authorization = `Bearer ${token}`;
  const wire = openWire(place.url, { authorization }, options);
  const deps: Deps = { wire, ledger, random: randomFrom(seed), prefix: PREFIX };
  const webhooks = await startWebhooks(deps);
  const fleet = devices === 0 ? undefined : await startFleetLoad(deps, place, token, { devices, seed });
  const { account, gatewayToken } = await newGatewayToken(place.url, token);
  const reported = await prepareReporters(deps, reporters);
  await prepareThingSpace(deps);
  const registrations = registrationLoad(deps, place, endpoints);
  const loads: readonly Load[] = [
    deviceLoad(deps, operators),
    campaignLoad(deps, operators),
    pulseLoad(deps, operators),
    thingspaceLoad(deps, account, token, operators),
    ddiLoad(deps, { account, gatewayToken, ...reported }, reporters),
    registrations,
    ...(fleet === undefined ? [] : [fleet]),
  ];
  return {
    wire,
    actors: loads.flatMap(({ actors }) => actors),
    audit: async () => {
      for (const { audit } of loads) await audit();
    },
    judge: async () => fleet?.judge(),
    tryToWrite: async (id, signal) => {
      const headers = { authorization, 'content-type': 'application/json' };
      const body = JSON.stringify({ id });
      const sent = fetch(`${place.url}/api/v1/devices`, { method: 'POST', headers, body, signal });
      return sent.then(
        ({ status }) => status,
        () => 0,
      );
    },
    judgeWebhooks: webhooks.audit,
    close: async () => {
      registrations.stop();
      await webhooks.close();
      await wire.close();
    },
  };
};
