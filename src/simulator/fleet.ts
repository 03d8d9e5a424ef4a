import { draw } from './draw.ts';
import type { Enrolled } from './enrol.ts';
import { firstContact, nextContact } from './habit.ts';
import { openHttp, Unreachable } from './http.ts';
import { type DeviceTruth, type Totals, totalsOf } from './ledger.ts';
import type { ProtocolName } from './profile.ts';
import { ddiDevices } from './protocols/ddi.ts';
import { gatewayDevices } from './protocols/gateway.ts';
import { omaDmDevices } from './protocols/oma-dm.ts';
import { type FleetPlan, idOf, type Traits, traitsOf } from './traits.ts';
import { createWheel } from './wheel.ts';
import type { Protocol, VirtualDevice, World } from './world.ts';

export type FleetOptions = {
  readonly plan: FleetPlan;
  /** Where the server is, without a slash at the end. */
  readonly server: string;
  readonly enrolled: Pick<Enrolled, 'account' | 'gatewayToken' | 'secretOf' | 'tellsVersions'>;
  /** Where LwM2M devices find it; such devices stay away where there is none. */
  readonly lwm2m?: { readonly host: string; readonly port: number };
  /** How many times as fast as here time goes in the simulated world. */
  readonly speed: number;
  /** Devices that make contact at the same time. */
  readonly abreast?: number;
  /** Is told of what should not happen: not of servers that are away. */
  readonly problem?: (device: string, error: unknown) => void;
};

/** A fleet that makes contact until it is stopped. */
export type Fleet = {
  readonly totals: () => Totals;
  /** Devices that made contact, as they are now. */
  readonly devices: () => Iterable<DeviceTruth>;
  /** Contacts that failed since the server was away or broke off. */
  readonly troubles: () => number;
  /** From now on time goes so many times as fast. What is waited for already comes when it would have come. */
  readonly setSpeed: (speed: number) => void;
  /** Lets what is under way come to an end, and everything go. */
  readonly stop: () => Promise<void>;
};

const TICK = 10;
const ABREAST = 256;
const AFTER_TROUBLE = { least: 5_000, most: 60_000 };
/** How long a simulation waits for contacts under way when it stops. */
const PATIENCE = 5_000;

const openProtocols = async (
  world: World,
  { enrolled, lwm2m }: FleetOptions,
): Promise<Readonly<Partial<Record<ProtocolName, Protocol>>>> => {
  const http = {
    ddi: ddiDevices(world, enrolled.gatewayToken),
    gateway: gatewayDevices(world),
    'oma-dm': omaDmDevices(world),
  };
  if (lwm2m === undefined) return http;
  // CoAP is loaded only where somebody speaks it.
  const { lwm2mDevices } = await import('./protocols/lwm2m.ts');
  return { ...http, lwm2m: lwm2mDevices(world, lwm2m) };
};

type Pace = {
  readonly now: () => number;
  readonly speed: () => number;
  readonly setSpeed: (speed: number) => void;
};

/** The time of the simulated world, which never jumps. */
const paceOf = (first: number): Pace => {
  let [here, there, speed] = [Date.now(), Date.now(), first];
  const now = (): number => there + (Date.now() - here) * speed;
  return {
    now,
    speed: () => speed,
    setSpeed: (next) => {
      [there, here, speed] = [now(), Date.now(), next];
    },
  };
};

const worldOf = ({ plan, server, enrolled, abreast = ABREAST }: FleetOptions, pace: Pace): World => {
  const clock = (): number => Date.now();
  const traits = (device: VirtualDevice): Traits => traitsOf(plan, device.index);
  return {
    ...{ plan, server, clock, traitsOf: traits, account: enrolled.account, now: pace.now },
    http: openHttp(abreast),
    realTime: (simulated) => simulated / pace.speed(),
    idOf: ({ index }) => idOf(plan, index),
    secretOf: ({ index }) => enrolled.secretOf(idOf(plan, index)),
    breaks: (device) => traits(device).flaps && draw(plan.seed, device.index, 'break', device.contacts) < 0.2,
    tellsVersions: enrolled.tellsVersions,
  };
};

const truthOf = (
  plan: FleetPlan,
  { index, runs, told, contacts, attempts = [] }: VirtualDevice,
): DeviceTruth => {
  const { protocol, model, version } = traitsOf(plan, index);
  return { device: idOf(plan, index), protocol, model, from: version, runs, told, contacts, attempts };
};

/** Starts a fleet whose devices the server knows. Each comes by its own habits, the same in each run of the same seed. */
export const startFleet = async (options: FleetOptions): Promise<Fleet> => {
  const { plan, abreast = ABREAST } = options;
  const pace = paceOf(options.speed);
  const world = worldOf(options, pace);
  const protocols = await openProtocols(world, options);
  const devices: VirtualDevice[] = [];
  const wheel = createWheel(plan.devices, TICK, Date.now());
  const ready: number[] = [];
  let [taken, running, troubles, stopped] = [0, 0, 0, false];
  let idle = (): void => undefined;

  const within = (index: number, simulated: number): void =>
    wheel.set(index, Date.now() + world.realTime(simulated));

  for (let index = 0; index < plan.devices; index += 1) {
    const { version, habit, timeZone, protocol } = traitsOf(plan, index);
    devices.push({ index, runs: version, told: version, contacts: 0, attempts: undefined, job: undefined });
    if (protocols[protocol] !== undefined)
      within(index, firstContact(habit, timeZone, world.now(), draw(plan.seed, index, 'first')));
  }

  const plannedAfter = (device: VirtualDevice): number => {
    const { habit, timeZone } = world.traitsOf(device);
    return nextContact(habit, timeZone, world.now(), draw(plan.seed, device.index, 'next', device.contacts));
  };

  const afterTrouble = (device: VirtualDevice): number => {
    const { least, most } = AFTER_TROUBLE;
    return least + (most - least) * draw(plan.seed, device.index, 'trouble', device.contacts);
  };

  const visit = async (device: VirtualDevice): Promise<void> => {
    const { index } = device;
    device.contacts += 1;
    try {
      const next = await protocols[world.traitsOf(device).protocol]?.step(device);
      if (next === undefined || next === 'never') return;
      within(index, next === 'habit' ? plannedAfter(device) : next);
    } catch (error) {
      if (error instanceof Unreachable) troubles += 1;
      else options.problem?.(idOf(plan, index), error);
      within(index, afterTrouble(device));
    }
  };

  const work = (): void => {
    while (!stopped && running < abreast && taken < ready.length) {
      const device = devices[ready[taken] ?? 0];
      taken += 1;
      if (device === undefined) continue;
      running += 1;
      void visit(device).finally(() => {
        running -= 1;
        if (running === 0) idle();
        work();
      });
    }
    if (taken > 10_000 && taken * 2 > ready.length) taken -= ready.splice(0, taken).length;
  };

  const timer = setInterval(() => {
    wheel.due(Date.now(), (index) => ready.push(index));
    work();
  }, TICK);

  const truths = function* (): Generator<DeviceTruth> {
    for (const device of devices) if (device.contacts > 0) yield truthOf(plan, device);
  };

  return {
    totals: () => totalsOf(truths()),
    devices: truths,
    troubles: () => troubles,
    setSpeed: pace.setSpeed,
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      if (running > 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const patience = setTimeout(resolve, PATIENCE);
        idle = resolve;
        await promise;
        clearTimeout(patience);
      }
      await Promise.all(Object.values(protocols).map((protocol) => protocol.stop()));
      await world.http.close();
    },
  };
};
