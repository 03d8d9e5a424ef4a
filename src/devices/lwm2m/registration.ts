import { ok, type Result, refused } from '../../domain/result.ts';
import { describeCodecError } from './codecs/codec-error.ts';
import { contentFormats } from './codecs/content-format.ts';
import { decodeLinks } from './codecs/link-format.ts';
import { type ObjectList, readObjectList } from './object-list.ts';

export const enablerVersions = ['1.0', '1.1', '1.2'] as const;
export type EnablerVersion = (typeof enablerVersions)[number];

/** What a device says of itself when it registers (reference A1.3). */
export type Registration = ObjectList & {
  /** Absent where the name is to follow from the security identity, which 1.0 does not know. */
  readonly endpoint: string | undefined;
  /** Seconds; 0 is for ever. */
  readonly lifetime: number;
  readonly version: EnablerVersion;
  /** Letters of its transports, such as `U` or `UT`; never `Q`. */
  readonly binding: string;
  /** It listens only for a while after it was last heard of. */
  readonly queue: boolean;
  /** The number that text messages reach it under. */
  readonly sms: string | undefined;
  /** Parameters that LwM2M does not know, as they came, `pid` among them. */
  readonly others: readonly string[];
};

/** What an update changes; absent stays as it is (reference A1.4). */
export type RegistrationUpdate = Partial<Pick<Registration, 'lifetime' | 'binding' | 'queue' | 'sms'>> & {
  readonly list?: ObjectList;
};

/** A CoAP code, with a sentence for the diagnostic payload and the log. */
export type RegistrationRefusal = {
  readonly code: '4.00' | '4.12' | '4.13' | '4.15';
  readonly message: string;
};

type Read<T> = Result<T, RegistrationRefusal>;

/** How much of a registration is taken; what is larger is refused. */
export const registrationLimits = {
  payload: 16_384,
  parameters: 32,
  parameterBytes: 255,
  otherBytes: 512,
} as const;

const DEFAULT_LIFETIME = 86_400;

const bad = (message: string): { readonly ok: false; readonly refusal: RegistrationRefusal } =>
  refused({ code: '4.00', message });

/** A request to the registration interface: its Uri-Query options, its format and its payload. */
export type RegistrationRequest = {
  readonly query: readonly string[];
  readonly contentFormat?: number | undefined;
  readonly payload: Uint8Array;
};

/** Reads `POST /rd` (Core 1.1.1 6.2.1; 1.0.2 5.3.1 and 8.2.3). */
export const readRegistration = (request: RegistrationRequest): Read<Registration> => {
  const parameters = readParameters(request.query);
  if (!parameters.ok) return parameters;
  const { known, others } = parameters.value;
  const version = readVersion(known.get('lwm2m'));
  if (!version.ok) return version;
  const endpoint = known.get('ep');
  if (endpoint === '' || (endpoint === undefined && version.value === '1.0')) {
    return bad('The endpoint name (ep) is missing.');
  }
  const lifetime = readLifetime(known.get('lt') ?? `${DEFAULT_LIFETIME}`);
  if (!lifetime.ok) return lifetime;
  const reach = readReach(known, version.value);
  if (!reach.ok) return reach;
  const list = readList(request);
  if (!list.ok) return list;
  const { binding = 'U', queue = false, sms } = reach.value;
  const said = { endpoint, lifetime: lifetime.value, version: version.value, binding, queue, sms, others };
  return ok({ ...said, ...list.value });
};

/** Reads `POST /rd/{id}` of a device that registered with this version; a payload is a new list of its objects. */
export const readRegistrationUpdate = (
  request: RegistrationRequest,
  version: EnablerVersion,
): Read<RegistrationUpdate> => {
  const parameters = readParameters(request.query);
  if (!parameters.ok) return parameters;
  const { known } = parameters.value;
  const text = known.get('lt');
  const lifetime = text === undefined ? ok(undefined) : readLifetime(text);
  if (!lifetime.ok) return lifetime;
  const reach = readReach(known, version);
  if (!reach.ok) return reach;
  const list = request.payload.length === 0 ? ok(undefined) : readList(request);
  if (!list.ok) return list;
  return ok({
    ...(lifetime.value !== undefined && { lifetime: lifetime.value }),
    ...reach.value,
    ...(list.value !== undefined && { list: list.value }),
  });
};

type Parameters = { readonly known: ReadonlyMap<string, string>; readonly others: readonly string[] };

const knownNames: readonly string[] = ['ep', 'lt', 'lwm2m', 'b', 'Q', 'sms'];

const readParameters = (query: readonly string[]): Read<Parameters> => {
  const tooLong = query.some((text) => Buffer.byteLength(text) > registrationLimits.parameterBytes);
  if (query.length > registrationLimits.parameters || tooLong) {
    return bad('There are too many parameters, or one is too long.');
  }
  const known = new Map<string, string>();
  const others: string[] = [];
  for (const text of query) {
    const [name = '', ...value] = text.split('=');
    if (!knownNames.includes(name)) others.push(text);
    else if (known.has(name)) return bad(`The parameter ${name} is there twice.`);
    else known.set(name, unquoted(value.join('=')));
  }
  if (Buffer.byteLength(others.join('')) > registrationLimits.otherBytes) {
    return bad(`Unknown parameters have more than ${registrationLimits.otherBytes} bytes.`);
  }
  return ok({ known, others });
};

const unquoted = (text: string): string => /^"(.*)"$/.exec(text)?.[1] ?? text;

const readVersion = (text = '1.0'): Read<EnablerVersion> => {
  const numbers = /^(\d+\.\d+)(\.\d+)?$/.exec(text);
  if (numbers === null) return bad('The enabler version (lwm2m) is no version.');
  const version = enablerVersions.find((known) => known === numbers[1]);
  if (version !== undefined) return ok(version);
  return refused({ code: '4.12', message: 'This server speaks LwM2M 1.0, 1.1 and 1.2.' });
};

const readLifetime = (text: string): Read<number> =>
  /^\d{1,10}$/.test(text) ? ok(Number(text)) : bad('The lifetime (lt) is no number of seconds.');

const BINDINGS_1_0 = ['U', 'UQ', 'S', 'SQ', 'US', 'UQS'];
const letters: Readonly<Record<Exclude<EnablerVersion, '1.0'>, string>> = { '1.1': 'UTSN', '1.2': 'UTSNMH' };

/** `Q` among the letters is how 1.0 says what later has a parameter of its own; later devices still say it so. */
const isBinding = (text: string, version: EnablerVersion): boolean => {
  if (version === '1.0') return BINDINGS_1_0.includes(text);
  const allowed = `${letters[version]}Q`;
  const said = [...text];
  const transports = said.filter((letter) => letter !== 'Q');
  return (
    transports.length > 0 &&
    new Set(said).size === said.length &&
    said.every((letter) => allowed.includes(letter))
  );
};

type Reach = Pick<RegistrationUpdate, 'binding' | 'queue' | 'sms'>;

const readReach = (known: ReadonlyMap<string, string>, version: EnablerVersion): Read<Reach> => {
  const binding = known.get('b');
  const sms = known.get('sms');
  if (binding !== undefined && !isBinding(binding, version)) {
    return bad(`The binding (b) is none of LwM2M ${version}.`);
  }
  const asleep = known.has('Q') || binding?.includes('Q') === true;
  // In 1.0 a binding without Q says that the device listens again.
  const awake = version === '1.0' && binding !== undefined;
  return ok({
    ...(binding !== undefined && { binding: binding.replace('Q', '') }),
    ...((asleep || awake) && { queue: asleep }),
    ...(sms !== undefined && { sms }),
  });
};

const readList = ({
  contentFormat = contentFormats.links,
  payload,
}: RegistrationRequest): Read<ObjectList> => {
  if (contentFormat !== contentFormats.links) {
    return refused({ code: '4.15', message: 'The objects have to be in link format (40).' });
  }
  if (payload.length > registrationLimits.payload) {
    return refused({
      code: '4.13',
      message: `The list of objects has more than ${registrationLimits.payload} bytes.`,
    });
  }
  const links = decodeLinks(payload);
  if (!links.ok) return bad(`The list of objects cannot be read: ${describeCodecError(links.refusal)}.`);
  return ok(readObjectList(links.value));
};
