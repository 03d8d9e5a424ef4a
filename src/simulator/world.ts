import type { Http } from './http.ts';
import type { Attempt } from './ledger.ts';
import type { FleetPlan, Traits } from './traits.ts';

/** A device of the fleet while it is simulated; there is little of it, since there may be very many. */
export type VirtualDevice = {
  readonly index: number;
  /** The version that it really runs, and the one that the server was told; empty for none. */
  runs: string;
  told: string;
  contacts: number;
  /** `undefined` until the first one. */
  attempts: Attempt[] | undefined;
  /** What it is in the middle of, as its protocol keeps it. */
  job: unknown;
};

/** What every protocol has of the simulated world. Times in it are milliseconds, and go so many times as fast as here. */
export type World = {
  readonly plan: FleetPlan;
  readonly http: Http;
  readonly server: string;
  readonly account: string;
  /** Milliseconds of this machine that a span of the simulated world takes at its present speed. */
  readonly realTime: (simulated: number) => number;
  /** The present instant of the simulated world. */
  readonly now: () => number;
  /** The present instant of this machine. */
  readonly clock: () => number;
  readonly idOf: (device: VirtualDevice) => string;
  readonly traitsOf: (device: VirtualDevice) => Traits;
  /** What a device proves itself with. */
  readonly secretOf: (device: VirtualDevice) => string;
  /** Whether the connection of its present contact breaks off; another answer at each contact. */
  readonly breaks: (device: VirtualDevice) => boolean;
  /** Whether the server takes the attribute `firmware` for the version (`ddi.version.firmware` of the account). */
  readonly tellsVersions: boolean;
};

/** When a device goes on: in so many milliseconds of the simulated world, as it usually does, or never. */
export type Next = number | 'habit' | 'never';

/** One protocol, for all devices that speak it. */
export type Protocol = {
  /** The device makes contact, or goes on with what it is in the middle of. Throws `Unreachable` to be tried again. */
  readonly step: (device: VirtualDevice) => Promise<Next>;
  readonly stop: () => Promise<void>;
};

/** Begins an attempt of a device. */
export const beginAttempt = (device: VirtualDevice, call: string, at: number): Attempt => {
  const attempt: Attempt = {
    ...{ call, sha256: [], version: '', begun: at, ended: null, bytes: 0 },
    ...{ outcome: 'under-way', why: 'none', heard: false },
  };
  device.attempts = [...(device.attempts ?? []), attempt];
  return attempt;
};

/** Ends an attempt, in truth; whether the server has heard of it is another matter. */
export const endAttempt = (
  attempt: Attempt,
  outcome: Attempt['outcome'],
  at: number,
  why: Attempt['why'] = 'none',
): void => {
  Object.assign(attempt, { outcome, why, ended: at });
};

/** The number of the present attempt, from 0, by which its fate is drawn. */
export const attemptNumber = ({ attempts }: VirtualDevice): number =>
  Math.max(0, (attempts?.length ?? 0) - 1);
