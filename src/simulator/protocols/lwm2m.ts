import { createHash } from 'node:crypto';
import { type Ending, endingOf, fateOf } from '../fate.ts';
import { Unreachable } from '../http.ts';
import { versionIn } from '../image.ts';
import type { Attempt, FailureCause } from '../ledger.ts';
import {
  attemptNumber,
  beginAttempt,
  endAttempt,
  type Protocol,
  type VirtualDevice,
  type World,
} from '../world.ts';
import { createSimulatedDevice } from './lwm2m/device.ts';
import type { Inspection } from './lwm2m/image.ts';
import type { Fault } from './lwm2m/objects.ts';
import type { DeviceOptions, DeviceView, SimulatedDevice } from './lwm2m/types.ts';

const REBOOT = 30_000;
/** Timers of this machine are not shorter. */
const LEAST = 10;
/** After so many milliseconds of this machine the server has looked how an attempt ended. */
const LOOKED = 10_000;
/** Contacts in a row that a device may miss before it is switched off and on. */
const MOST_AWAY = 20;

/** What results of object 5 say of an attempt, in the simulator's own words. */
const causes: Readonly<Record<number, FailureCause>> = {
  2: 'disk-full',
  3: 'disk-full',
  4: 'connection-lost',
  5: 'corrupt',
  6: 'unexpected',
  7: 'unexpected',
  8: 'install-fails',
  9: 'unexpected',
};

/** A device with the socket that it has while it is simulated. */
type Kept = {
  readonly device: SimulatedDevice;
  seen: DeviceView | undefined;
  isStarted: boolean;
  away: number;
  /** The attempt that was over when it made contact last. */
  told: Attempt | undefined;
};

/**
 * Devices of LwM2M over plain UDP; each has a socket of its own, so that there can be some thousands of them. `means` are
 * another network and other timers than those of this machine.
 */
export const lwm2mDevices = (
  world: World,
  server: { readonly host: string; readonly port: number },
  means: Pick<DeviceOptions, 'later' | 'open' | 'fetch'> = {},
): Protocol => {
  const { plan, clock } = world;
  const all = new Set<SimulatedDevice>();

  const openAttempt = ({ attempts }: VirtualDevice): Attempt | undefined => {
    const last = attempts?.at(-1);
    return last?.outcome === 'under-way' ? last : undefined;
  };
  const current = (device: VirtualDevice): Attempt =>
    openAttempt(device) ?? beginAttempt(device, '', clock());

  /** How the present attempt at a version ends; from now on the device is as it takes to come to that. */
  const settle = (device: VirtualDevice, version: string): Ending => {
    const traits = world.traitsOf(device);
    const ending = endingOf(plan, device.index, traits, version, attemptNumber(device));
    const faults: readonly Fault[] =
      ending === 'install-fails' ? ['installer-fails'] : ending === 'false-success' ? ['old-version'] : [];
    (device.job as Kept).device.setFaults(ending === 'silent' ? ['never-returns'] : faults);
    return ending;
  };

  /** The image is there: what it is, and with that how the attempt will end. */
  const inspect = (device: VirtualDevice, image: Buffer): Inspection => {
    const version = versionIn(image) ?? '';
    const sha256 = createHash('sha256').update(image).digest('hex');
    const before = openAttempt(device);
    // What it had was taken from it for something else, of which it is told nothing.
    if (before?.sha256.some((digest) => digest !== sha256)) endAttempt(before, 'cancelled', clock());
    const attempt = current(device);
    Object.assign(attempt, { version, sha256: [sha256], bytes: attempt.bytes + image.length });
    const ending = settle(device, version);
    if (ending === 'disk-full') return { result: 2 };
    return ending === 'corrupt' ? { result: 5 } : { version };
  };

  /** It installs what it has; once more what it kept after it had failed. */
  const installs = (device: VirtualDevice): void => {
    const last = device.attempts?.at(-1);
    if (last === undefined || last.outcome === 'under-way') return;
    const { version, sha256 } = last;
    Object.assign(current(device), { version, sha256 });
    settle(device, version);
  };

  /** Faults of the next attempt, before any byte of it has come. */
  const prepare = (device: VirtualDevice, kept: Kept): void => {
    const fate = fateOf(plan, device.index, device.attempts?.length ?? 0);
    kept.device.setFaults([
      ...(fate.powerLoss === undefined ? [] : (['cut-download'] as const)),
      ...(fate.duplicates ? (['separate-responses'] as const) : []),
    ]);
  };

  const ended = (
    device: VirtualDevice,
    kept: Kept,
    outcome: Attempt['outcome'],
    why: FailureCause = 'none',
  ): void => {
    const attempt = openAttempt(device);
    if (attempt === undefined) return;
    endAttempt(attempt, outcome, clock(), why);
    if (outcome !== 'silent') prepare(device, kept);
  };

  const look = (device: VirtualDevice, kept: Kept, view: DeviceView): void => {
    const before = kept.seen;
    kept.seen = view;
    device.runs = view.version;
    if (before === undefined) return;
    if (view.registrations > before.registrations) device.told = view.version;
    const { state, result } = view;
    if (state === 1 && before.state === 0) current(device);
    if (state === 3 && before.state === 2) {
      installs(device);
      if (endsSilent(device)) ended(device, kept, 'silent');
    }
    // It comes back idle, and tells what became of it.
    if (result === 1 && before.registrations < view.registrations) {
      const attempt = openAttempt(device);
      const isTrue = attempt?.version === '' || attempt?.version === view.version;
      ended(device, kept, isTrue ? 'succeeded' : 'false-success');
    }
    const cause = causes[result];
    if (cause !== undefined && (result !== before.result || state !== before.state) && state !== 3)
      ended(device, kept, 'failed', cause);
    if (result === 10 && state === 0) ended(device, kept, 'cancelled');
  };

  const endsSilent = (device: VirtualDevice): boolean => {
    const attempt = openAttempt(device);
    if (attempt === undefined) return false;
    const traits = world.traitsOf(device);
    return endingOf(plan, device.index, traits, attempt.version, attemptNumber(device)) === 'silent';
  };

  const real = (milliseconds: number): number => Math.max(LEAST, world.realTime(milliseconds));

  const create = (device: VirtualDevice): Kept => {
    const { habit, installTime, make, model } = world.traitsOf(device);
    const kept: Kept = {
      device: createSimulatedDevice({
        ...means,
        ...{ server, endpoint: world.idOf(device), enabler: device.index % 2 === 0 ? '1.1' : '1.0' },
        ...{ firmware: device.runs, queue: habit.kind !== 'always-on', make, model },
        delivery: device.index % 3,
        inspect: (image) => inspect(device, image),
        times: {
          get install() {
            return real(installTime);
          },
          get reboot() {
            return real(REBOOT);
          },
        },
        look: (view) => look(device, kept, view),
      }),
      ...{ seen: undefined, isStarted: false, away: 0, told: undefined },
    };
    all.add(kept.device);
    device.job = kept;
    prepare(device, kept);
    return kept;
  };

  /** Of one contact the answers to the server may be lost, or come when it waits no more: the next one it has looked at. */
  const hear = ({ attempts }: VirtualDevice, kept: Kept): void => {
    const last = attempts?.at(-1);
    if (last === undefined || last.ended === null || clock() - last.ended <= LOOKED) return;
    if (kept.told === last) last.heard = true;
    kept.told = last;
  };

  const contact = async (device: VirtualDevice, kept: Kept): Promise<void> => {
    if (!kept.isStarted) {
      await kept.device.start();
      kept.isStarted = true;
      device.told = device.runs;
    } else if (kept.seen?.location === undefined) {
      kept.away += 1;
      // As a watchdog does where a boot leads nowhere.
      if (kept.away % MOST_AWAY === 0) kept.device.reboot();
    } else {
      kept.away = 0;
      if (world.breaks(device) && kept.seen.state === 0) return kept.device.reboot();
      const { code } = await kept.device.update();
      hear(device, kept);
      if (code === '4.04') kept.device.reboot();
    }
  };

  return {
    step: async (device) => {
      const kept = (device.job as Kept | undefined) ?? create(device);
      if (device.attempts?.at(-1)?.outcome === 'silent') {
        kept.device.stop();
        return 'never';
      }
      try {
        await contact(device, kept);
      } catch (error) {
        throw new Unreachable(error instanceof Error ? error.message : String(error));
      }
      return 'habit';
    },
    stop: async () => {
      for (const device of all) device.stop();
    },
  };
};
