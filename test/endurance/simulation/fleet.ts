import { draw } from '../../../src/simulator/draw.ts';
import type { Enrolled } from '../../../src/simulator/enrol.ts';
import { type Http, Unreachable } from '../../../src/simulator/http.ts';
import type { DeviceTruth } from '../../../src/simulator/ledger.ts';
import type { ProtocolName } from '../../../src/simulator/profile.ts';
import { ddiDevices } from '../../../src/simulator/protocols/ddi.ts';
import { gatewayDevices } from '../../../src/simulator/protocols/gateway.ts';
import type { DeviceOptions } from '../../../src/simulator/protocols/lwm2m/device.ts';
import { lwm2mDevices } from '../../../src/simulator/protocols/lwm2m.ts';
import type { Fetch } from '../../../src/simulator/protocols/oma-dm/download.ts';
import { omaDmDevices } from '../../../src/simulator/protocols/oma-dm.ts';
import { type FleetPlan, idOf, traitsOf } from '../../../src/simulator/traits.ts';
import type { Protocol, VirtualDevice, World } from '../../../src/simulator/world.ts';
import type { Agenda } from './agenda.ts';

const HOUR = 3_600_000;

export type SimulatedFleet = {
  /** Plans the first contact of every device. */
  readonly begin: () => void;
  readonly truths: () => readonly DeviceTruth[];
  /** How many attempts a device has made, by its id. */
  readonly attemptsOf: (id: string) => number;
};

export type FleetOptions = {
  readonly plan: FleetPlan;
  readonly enrolled: Enrolled;
  readonly server: string;
  readonly http: Http;
  /** HTTP of OMA-DM devices. */
  readonly fetch: Fetch;
  /** The network of LwM2M devices. */
  readonly lwm2m: Required<Pick<DeviceOptions, 'later' | 'open' | 'fetch'>>;
  readonly agenda: Agenda;
  /** The present instant of the simulated world. */
  readonly now: () => number;
  /** Between two contacts of a device that has nothing to do, in hours: the least and the most. */
  readonly rest: { readonly least: number; readonly most: number };
  readonly problem: (what: string) => void;
};

/** The devices of the simulator, which come when the agenda says so. */
export const createFleet = (options: FleetOptions): SimulatedFleet => {
  const { plan, enrolled, agenda, now, rest } = options;
  const traits = Array.from({ length: plan.devices }, (_, index) => traitsOf(plan, index));
  const traitsAt = (index: number) => traits[index] ?? traitsOf(plan, index);
  const world: World = {
    ...{ plan, now, clock: now, http: options.http, server: options.server, account: enrolled.account },
    realTime: (simulated) => simulated,
    idOf: ({ index }) => idOf(plan, index),
    traitsOf: ({ index }) => traitsAt(index),
    secretOf: ({ index }) => enrolled.secretOf(idOf(plan, index)),
    breaks: ({ index, contacts }) => traitsAt(index).flaps && draw(plan.seed, index, 'break', contacts) < 0.2,
    tellsVersions: enrolled.tellsVersions,
  };
  const protocols: Record<ProtocolName, Protocol> = {
    ddi: ddiDevices(world, enrolled.gatewayToken),
    gateway: gatewayDevices(world),
    'oma-dm': omaDmDevices(world, options.fetch),
    lwm2m: lwm2mDevices(world, { host: 'muster.example', port: 5_683 }, options.lwm2m),
  };
  const devices = traits.map(
    ({ version }, index): VirtualDevice => ({
      ...{ index, runs: version, told: version, contacts: 0 },
      ...{ attempts: undefined, job: undefined },
    }),
  );

  const resting = ({ index, contacts }: VirtualDevice): number =>
    HOUR * (rest.least + (rest.most - rest.least) * draw(plan.seed, index, 'rest', contacts));
  const afterTrouble = ({ index, contacts }: VirtualDevice): number =>
    5_000 + 600_000 * draw(plan.seed, index, 'trouble', contacts);

  const visit = async (device: VirtualDevice): Promise<void> => {
    device.contacts += 1;
    try {
      const next = await protocols[traitsAt(device.index).protocol].step(device);
      if (next === 'never') return;
      plans(device, next === 'habit' ? resting(device) : next);
    } catch (error) {
      if (!(error instanceof Unreachable)) options.problem(`${idOf(plan, device.index)}: ${String(error)}`);
      plans(device, afterTrouble(device));
    }
  };
  const plans = (device: VirtualDevice, within: number): void =>
    agenda.add(now() + within, async () => {
      const visited = visit(device);
      // An exchange of datagrams takes time of the simulated world.
      if (traitsAt(device.index).protocol !== 'lwm2m') await visited;
    });

  return {
    begin: () => {
      for (const device of devices) plans(device, rest.least * HOUR * draw(plan.seed, device.index, 'first'));
    },
    truths: () =>
      devices.map(({ index, runs, told, contacts, attempts = [] }) => {
        const { protocol, model, version } = traitsAt(index);
        return { device: idOf(plan, index), protocol, model, from: version, runs, told, contacts, attempts };
      }),
    attemptsOf: (id) => devices[Number(id.slice(plan.prefix.length))]?.attempts?.length ?? 0,
  };
};
