import { checkDeviceId } from '../../domain/device.ts';
import { ok, type Result, refused } from '../../domain/result.ts';

/** How an endpoint names itself (reference A1.10). */
export type EndpointKind = 'imei' | 'esn' | 'meid' | 'uuid' | 'ops' | 'os' | 'other';

/** Whose endpoint it is. */
export type EndpointIdentity = {
  /** The device's id: the IMEI as it was given where there is one, as northbound interfaces name devices so. */
  readonly id: string;
  readonly kind: EndpointKind;
  /** The IMEI in fifteen digits; beside `id` where 14 (no check digit) or 16 (software version) were given. */
  readonly imei?: string;
  /** Its check digit is wrong: to be logged, not to be refused, since such devices exist. */
  readonly wrongCheckDigit?: true;
};

/** Parses the name of an endpoint; refused where no device can have an id of it. */
export const identifyEndpoint = (
  endpoint: string,
): Result<EndpointIdentity, { readonly message: string }> => {
  const name = endpoint.trim();
  const imei = imeiIn(name);
  if (imei !== undefined) return ok(identityOfImei(imei));
  const id = checkDeviceId(name);
  if (id.ok) return ok({ id: id.value, kind: kindOf(name) });
  return refused({ message: 'The endpoint name has characters that no device id has, or is too long.' });
};

/** The part up to where IMSI, telephone number or parameters follow, in digits and dashes. */
const imeiForms: readonly RegExp[] = [
  /^urn:imei:([\d-]+)$/i,
  /^urn:imei-(?:imsi|msisdn):(\d{14,16})-\+?\d{1,15}$/i,
  /^urn:gsma:imei:([\d-]+)(?:;.*)?$/i,
  /^(\d{15})$/,
];

const imeiIn = (name: string): string | undefined => {
  for (const form of imeiForms) {
    const digits = form.exec(name)?.[1]?.replaceAll('-', '');
    if (digits !== undefined && /^\d{14,16}$/.test(digits)) return digits;
  }
  return undefined;
};

const identityOfImei = (digits: string): EndpointIdentity => {
  const body = digits.slice(0, 14);
  const imei = digits.length === 15 ? digits : `${body}${checkDigit(body)}`;
  const wrong = imei.at(14) !== checkDigit(body);
  return { id: digits, kind: 'imei', imei, ...(wrong && { wrongCheckDigit: true }) };
};

/** The fifteenth digit by Luhn's formula (3GPP TS 23.003, annex B). */
const checkDigit = (body: string): string => {
  const sum = [...body]
    .map((digit, index) => Number(digit) * (index % 2 === 0 ? 1 : 2))
    .reduce((total, value) => total + (value > 9 ? value - 9 : value), 0);
  return String((10 - (sum % 10)) % 10);
};

const prefixes: readonly (readonly [RegExp, EndpointKind])[] = [
  [/^urn:esn:/i, 'esn'],
  [/^urn:meid:/i, 'meid'],
  [/^urn:uuid:/i, 'uuid'],
  [/^urn:dev:ops:/i, 'ops'],
  [/^urn:dev:os:/i, 'os'],
];

const kindOf = (name: string): EndpointKind => prefixes.find(([prefix]) => prefix.test(name))?.[1] ?? 'other';
