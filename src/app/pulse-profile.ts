import { type Device, type DevicePatch, limits } from '../domain/device.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Scalar } from '../domain/targeting.ts';

/** The attributes that hold what Pulse knows of a device and Muster does not. */
export const pulseAttributes = {
  /** Id of its template. */
  template: 'pulse.template',
  /** Id of what a Thing is connected to: a gateway, or another Thing. */
  parent: 'pulse.parent',
  /** `GATEWAY` or `THING`. */
  type: 'pulse.type',
  /** A state of enrolment. */
  enrolment: 'pulse.enrolment',
} as const;

/** What the names of attributes begin with that are Pulse's own, and those that are its system properties. */
const OWN = 'pulse.';
export const SYSTEM = 'system.';

export const deviceTypes = ['GATEWAY', 'THING'] as const;
export type DeviceType = (typeof deviceTypes)[number];

export const enrolments = ['REGISTERED', 'ENROLLED', 'UNENROLLED'] as const;
export type Enrolment = (typeof enrolments)[number];

/** A property as Pulse has it: all its values are texts. */
export type Property = { readonly name: string; readonly value: string };

type Profile = Pick<Device, 'attributes' | 'lastSeenAt'>;

const attributeOf = ({ attributes }: Pick<Device, 'attributes'>, name: string): Scalar | undefined =>
  Object.hasOwn(attributes, name) ? attributes[name] : undefined;

const textOf = (device: Pick<Device, 'attributes'>, name: string): string => {
  const value = attributeOf(device, name);
  return typeof value === 'string' ? value : '';
};

/** The id of a device's template; empty without one. */
export const templateOf = (device: Profile): string => textOf(device, pulseAttributes.template);

/** The id of what a Thing is connected to; empty for a gateway. */
export const parentOf = (device: Profile): string => textOf(device, pulseAttributes.parent);

/** Devices that were made elsewhere are gateways. */
export const deviceTypeOf = (device: Pick<Device, 'attributes'>): DeviceType =>
  textOf(device, pulseAttributes.type) === 'THING' ? 'THING' : 'GATEWAY';

/** Devices that were made elsewhere are enrolled once they were seen. */
export const enrolmentOf = (device: Profile): Enrolment => {
  const kept = enrolments.find((state) => state === textOf(device, pulseAttributes.enrolment));
  return kept ?? (device.lastSeenAt > 0 ? 'ENROLLED' : 'REGISTERED');
};

/** What the device tells of itself. */
export const systemPropertiesOf = ({ attributes }: Pick<Device, 'attributes'>): readonly Property[] =>
  Object.entries(attributes)
    .filter(([name]) => name.startsWith(SYSTEM))
    .map(([name, value]) => ({ name: name.slice(SYSTEM.length), value: `${value}` }));

/** What its keepers say of it: every attribute that is neither a system property nor one of Pulse's own. */
export const customPropertiesOf = ({ attributes }: Pick<Device, 'attributes'>): readonly Property[] =>
  Object.entries(attributes)
    .filter(([name]) => !isReserved(name))
    .map(([name, value]) => ({ name, value: `${value}` }));

const isReserved = (name: string): boolean => name.startsWith(SYSTEM) || name.startsWith(OWN);

type Attributes = NonNullable<DevicePatch['attributes']>;

/** A change of properties: named ones are taken away first, then others are set. */
export type PropertyChange = { readonly upsert: readonly Property[]; readonly remove: readonly string[] };

/** The attributes that a change of system properties sets, or with `null` takes away. */
export const systemPatch = (change: PropertyChange): Result<Attributes, Refusal> =>
  toPatch(change, (name) => `${SYSTEM}${name}`);

/** The same for custom properties, which cannot have the names of those that are not. */
export const customPatch = (change: PropertyChange): Result<Attributes, Refusal> => {
  const names = [...change.remove, ...change.upsert.map(({ name }) => name)];
  const reserved = names.find(isReserved);
  if (reserved === undefined) return toPatch(change, (name) => name);
  return invalid(`a name that begins with neither "${SYSTEM}" nor "${OWN}"`, reserved);
};

const toPatch = (
  { upsert, remove }: PropertyChange,
  attribute: (name: string) => string,
): Result<Attributes, Refusal> => {
  const names = [...remove, ...upsert.map(({ name }) => name)].map(attribute);
  const wrong = names.find((name) => name === attribute('') || name.length > limits.text);
  if (wrong !== undefined) return invalid(`a name of 1 to ${limits.text} characters`, wrong.slice(0, 80));
  const values = upsert.map(({ name, value }) => [attribute(name), value] as const);
  return ok(Object.fromEntries([...remove.map((name) => [attribute(name), null] as const), ...values]));
};

const invalid = (expected: string, got: string) =>
  refused<Refusal>({ code: 'invalid', field: 'name', expected, got: JSON.stringify(got) });
