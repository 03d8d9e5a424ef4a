import type { Scalar } from '../../domain/targeting.ts';
import { HOUR, MINUTE, SECOND } from '../../domain/time.ts';
import type { Timing } from './coap/peer.ts';

/** How a device wants to be dealt with (D.6): its attributes `lwm2m.*`, else what suits its binding. */
export type DeviceProfile = {
  /** Size of blocks as an exponent, 0 to 6 for 16 to 1,024 bytes. */
  readonly szx: number;
  readonly timing: Timing;
  /** How long a device in queue mode listens after it was heard, in milliseconds (A1.6). */
  readonly awakeWindow: number;
  /** How often an awake device is looked at while an update of it is under way, in milliseconds. */
  readonly pollEvery: number;
  readonly prefer: 'pull' | 'push' | 'auto';
  /** Whether package URIs may begin with http: or coap:. */
  readonly clearText: boolean;
  /** How long an installation may take, in milliseconds. */
  readonly installTimeout: number;
  /** After a device has put an installation off, when it is asked again, in milliseconds. */
  readonly deferral: number;
  /** Whether a result of success counts although the version is still the old one. */
  readonly trustResult: boolean;
  /** Where the firmware version is read, below the root. */
  readonly versionPath: readonly number[];
  /** Which instance of object 5. */
  readonly instance: number;
  /** Whether object 5 is there although the registration does not list it. */
  readonly unlisted: boolean;
};

/** Names of the attributes, as docs/protocols/lwm2m.md lists them. */
const profileAttributes = [
  'lwm2m.szx',
  'lwm2m.ackTimeout',
  'lwm2m.awakeWindow',
  'lwm2m.pollEvery',
  'lwm2m.prefer',
  'lwm2m.clearText',
  'lwm2m.installTimeout',
  'lwm2m.deferral',
  'lwm2m.trustResult',
  'lwm2m.versionResource',
  'lwm2m.instance',
  'lwm2m.unlisted',
] as const;
export type ProfileAttribute = (typeof profileAttributes)[number];

export type ProfileDefaults = Pick<
  DeviceProfile,
  'awakeWindow' | 'pollEvery' | 'installTimeout' | 'clearText'
>;

/** Constants of RFC 7252 4.8. */
export const usualTiming: Timing = {
  ackTimeout: 2 * SECOND,
  ackRandomFactor: 1.5,
  maxRetransmit: 4,
  responseTimeout: 93 * SECOND,
};

export const usualDefaults: ProfileDefaults = {
  awakeWindow: 93 * SECOND,
  pollEvery: 60 * SECOND,
  installTimeout: 30 * MINUTE,
  clearText: true,
};

type Attributes = Readonly<Record<string, Scalar>>;

const inRange = (value: Scalar | undefined, least: number, most: number): number | undefined => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && number >= least && number <= most ? number : undefined;
};

const truth = (value: Scalar | undefined): boolean | undefined => {
  if (typeof value === 'boolean') return value;
  return value === 'true' || value === 'yes' ? true : value === 'false' || value === 'no' ? false : undefined;
};

const pathOf = (value: Scalar | undefined): readonly number[] | undefined => {
  const parts = typeof value === 'string' ? /^\/?(\d{1,5})\/(\d{1,5})\/(\d{1,5})$/.exec(value) : null;
  return parts === null ? undefined : parts.slice(1).map(Number);
};

const seconds = (value: Scalar | undefined, least: number, most: number): number | undefined => {
  const found = inRange(value, least, most);
  return found === undefined ? undefined : found * SECOND;
};

/** The profile that a device's attributes make; a value that cannot be is as none. Times in attributes are in seconds. */
export const profileOf = (
  attributes: Attributes,
  { queue, stream }: { readonly queue: boolean; readonly stream: boolean },
  defaults: ProfileDefaults = usualDefaults,
): DeviceProfile => {
  const of = (name: ProfileAttribute): Scalar | undefined =>
    Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  const szx = inRange(of('lwm2m.szx'), 0, 6);
  const prefer = of('lwm2m.prefer');
  const instance = inRange(of('lwm2m.instance'), 0, 65_534);
  return {
    // Queue mode is what cellular devices with small buffers do (A1.13).
    szx: szx === undefined ? (queue && !stream ? 5 : 6) : Math.floor(szx),
    timing: {
      ...usualTiming,
      ackTimeout: seconds(of('lwm2m.ackTimeout'), 0.1, 120) ?? usualTiming.ackTimeout,
    },
    awakeWindow: seconds(of('lwm2m.awakeWindow'), 1, 86_400) ?? defaults.awakeWindow,
    pollEvery: seconds(of('lwm2m.pollEvery'), 1, 86_400) ?? defaults.pollEvery,
    prefer: prefer === 'pull' || prefer === 'push' ? prefer : 'auto',
    clearText: truth(of('lwm2m.clearText')) ?? defaults.clearText,
    installTimeout: seconds(of('lwm2m.installTimeout'), 1, 604_800) ?? defaults.installTimeout,
    deferral: seconds(of('lwm2m.deferral'), 1, 604_800) ?? HOUR,
    trustResult: truth(of('lwm2m.trustResult')) ?? false,
    versionPath: pathOf(of('lwm2m.versionResource')) ?? [3, 0, 3],
    instance: instance === undefined ? 0 : Math.floor(instance),
    unlisted: truth(of('lwm2m.unlisted')) ?? false,
  };
};
