/** Shares of devices, attempts or visits to which something happens, from 0 to 1. */
export type FaultOdds = {
  /** Of attempts: power is lost in the middle of the download. Half of those devices go on by Range, half begin anew. */
  readonly powerLoss: number;
  /** Of attempts: how they end badly. */
  readonly diskFull: number;
  readonly corrupt: number;
  readonly installFails: number;
  /** Of attempts: success is told, and the old version still runs. */
  readonly falseSuccess: number;
  /** Of attempts: the device is never heard of again. */
  readonly silence: number;
  /** Of reports: the same is told twice. */
  readonly duplicates: number;
  /** Of devices: their connections break off now and then. */
  readonly flapping: number;
  /** Of devices: their clocks are off by up to a year. */
  readonly clockSkew: number;
};

/** What goes wrong; by model and by version that is installed, so many times as often as is said above. */
export type Faults = FaultOdds & {
  readonly models: Readonly<Record<string, number>>;
  readonly versions: Readonly<Record<string, number>>;
};

const nothing: FaultOdds = {
  ...{ powerLoss: 0, diskFull: 0, corrupt: 0, installFails: 0, falseSuccess: 0 },
  ...{ silence: 0, duplicates: 0, flapping: 0, clockSkew: 0 },
};

/** Profiles by name: `usual` is a healthy fleet, `harsh` one that shows what a server bears. */
export const faultProfiles = {
  none: { ...nothing, models: {}, versions: {} },
  usual: {
    ...{ powerLoss: 0.03, diskFull: 0.01, corrupt: 0.01, installFails: 0.02, falseSuccess: 0.005 },
    ...{ silence: 0.005, duplicates: 0.02, flapping: 0.02, clockSkew: 0.05 },
    ...{ models: { 'GW-1': 2 }, versions: {} },
  },
  harsh: {
    ...{ powerLoss: 0.2, diskFull: 0.05, corrupt: 0.05, installFails: 0.08, falseSuccess: 0.04 },
    ...{ silence: 0.04, duplicates: 0.2, flapping: 0.2, clockSkew: 0.3 },
    ...{ models: { 'GW-1': 2 }, versions: {} },
  },
} as const satisfies Readonly<Record<string, Faults>>;
export type FaultProfile = keyof typeof faultProfiles;

export const protocolNames = ['ddi', 'gateway', 'lwm2m', 'oma-dm'] as const;
export type ProtocolName = (typeof protocolNames)[number];

/** How large a share of the devices speaks each protocol; weights that need not add up to anything. */
export type Mix = Readonly<Record<ProtocolName, number>>;

/** A problem in words, for whoever wrote the text that was read. */
export class ProfileError extends Error {}

const isWeight = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** Reads `ddi=8,gateway=2`; protocols that are not named have no devices. Throws `ProfileError`. */
export const readMix = (text: string): Mix => {
  const mix = { ddi: 0, gateway: 0, lwm2m: 0, 'oma-dm': 0 };
  for (const part of text.split(',')) {
    const [name = '', weight = '1'] = part.trim().split('=');
    const known = protocolNames.find((one) => one === name);
    if (known === undefined || !isWeight(Number(weight)))
      throw new ProfileError(
        `"${part}": expected a protocol and its weight, such as ddi=8 (${protocolNames.join(', ')})`,
      );
    mix[known] = Number(weight);
  }
  if (Object.values(mix).every((weight) => weight === 0)) throw new ProfileError('the mix has no devices');
  return mix;
};

const isFactors = (value: unknown): value is Readonly<Record<string, number>> =>
  typeof value === 'object' && value !== null && Object.values(value).every(isWeight);

const checked = (name: string, value: unknown): number | Readonly<Record<string, number>> => {
  if ((name === 'models' || name === 'versions') && isFactors(value)) return value;
  if (Object.hasOwn(nothing, name) && isWeight(value) && value <= 1) return value;
  throw new ProfileError(
    `"${name}": expected one of ${Object.keys(nothing).join(', ')} from 0 to 1, or models or versions with factors`,
  );
};

/** Reads faults from JSON: `{"base": "usual", "diskFull": 0.2, "versions": {"2.1.0": 4}}`. Throws `ProfileError`. */
export const readFaults = (json: string): Faults => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw new ProfileError('the faults are no JSON');
  }
  if (typeof parsed !== 'object' || parsed === null) throw new ProfileError('the faults are no JSON object');
  const { base = 'none', ...given } = parsed as Readonly<Record<string, unknown>>;
  if (!isFaultProfile(base))
    throw new ProfileError(`"${base}" is no profile (${Object.keys(faultProfiles).join(', ')})`);
  const changes = Object.entries(given).map(([name, value]) => [name, checked(name, value)] as const);
  return { ...faultProfiles[base], ...Object.fromEntries(changes) };
};

export const isFaultProfile = (name: unknown): name is FaultProfile =>
  typeof name === 'string' && Object.hasOwn(faultProfiles, name);
