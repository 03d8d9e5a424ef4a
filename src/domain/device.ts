import { hasOneTime, type Plan } from './plan.ts';
import type { Refusal, RefusalOf } from './refusal.ts';
import { ok, type Result, refused } from './result.ts';
import type { DeviceFacts, Scalar } from './targeting.ts';
import type { Instant } from './time.ts';

/** The protocol belongs to the device. `custom` devices are reported on through the Muster API. */
export const protocols = ['ddi', 'gateway', 'lwm2m', 'oma-dm', 'custom'] as const;
export type Protocol = (typeof protocols)[number];

/** Whether a device that registered itself may have updates. The index is what the store keeps: append only. */
export const standings = ['accepted', 'waiting'] as const;

/** What the server and the device's keepers have settled, beside what the device is. */
export type DeviceState = {
  /** A device that registered itself may have to wait for an operator before it gets anything. */
  readonly standing: (typeof standings)[number];
  /** Its keeper agreed to every update in advance. */
  readonly autoConfirm: { readonly by: string; readonly remark: string; readonly at: Instant } | null;
  /** What is known of it may be out of date: it is asked for its attributes when it next makes contact. */
  readonly attributesDue: boolean;
};

/** One updatable thing. Text that nobody told us is empty; `lastSeenAt` is 0 before the first contact. */
export type Device = DeviceFacts & DeviceState & { readonly protocol: Protocol };

/** Protocols whose devices answer when they are asked to stop; of the others an update just ends. */
export const answersRecall: readonly Protocol[] = ['ddi', 'lwm2m'];

/**
 * Whether a device takes all phases of an update in one go. One of OMA-DM does as its attribute `dm.steps` says, which
 * its sessions find out: not where that is `two`, and where it is `either` only if the plan has one time for all phases.
 * One of DDI does, unless its attribute `ddi.steps` is `two`: its client is known to wait between download and install,
 * and does so where the plan has a time for each.
 */
export const takesAllAtOnce = (
  { protocol, attributes }: Pick<Device, 'protocol' | 'attributes'>,
  plan: Plan,
  slots: Parameters<typeof hasOneTime>[1],
): boolean => {
  if (protocol === 'ddi') return attributes['ddi.steps'] !== 'two' || hasOneTime(plan, slots);
  if (protocol !== 'oma-dm') return false;
  const steps = attributes['dm.steps'];
  return steps === 'either' ? hasOneTime(plan, slots) : steps !== 'two';
};

/** What can be said about a device by an operator, an import or the device itself. */
export type DeviceProfile = Omit<Device, 'id' | 'createdAt' | 'lastSeenAt' | keyof DeviceState>;

/** Absent leaves as it is; inside `attributes` and `versions`, `null` removes a name. */
export type DevicePatch = {
  readonly [Field in 'name' | 'make' | 'model' | 'timeZone']?: string | undefined;
} & {
  readonly protocol?: Protocol | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly versions?: Readonly<Record<string, string | null>> | undefined;
  readonly attributes?: Readonly<Record<string, Scalar | null>> | undefined;
};

export const limits = { attributes: 256, tags: 64, versions: 64, text: 256, value: 4096 } as const;

const emptyProfile: DeviceProfile = {
  name: '',
  make: '',
  model: '',
  protocol: 'ddi',
  timeZone: 'UTC',
  tags: [],
  versions: {},
  attributes: {},
};

const newState: DeviceState = { standing: 'accepted', autoConfirm: null, attributesDue: true };

/** `urn:imei:` and `urn:uuid:` prefixes name the same device as the bare value. */
export const normaliseDeviceId = (id: string): string => id.trim().replace(/^urn:(imei|uuid):/i, '');

const invalid = (field: string, expected: string, got: string): RefusalOf<'invalid'> => ({
  code: 'invalid',
  field,
  expected,
  got,
});

const deviceIdPattern = /^[A-Za-z0-9][A-Za-z0-9._:@+~-]{0,127}$/;

/** A device id is 1 to 128 letters, digits and `._:@+~-`: it stands in URLs and file names unescaped. */
export const checkDeviceId = (id: string): Result<string, RefusalOf<'invalid'>> => {
  const normal = normaliseDeviceId(id);
  if (deviceIdPattern.test(normal)) return ok(normal);
  return refused(
    invalid('id', '1 to 128 letters, digits or ._:@+~- beginning with a letter or digit', JSON.stringify(id)),
  );
};

const zonesSeen = new Map<string, boolean>();

/** `Temporal` would take offsets and whole time stamps for zones too; those are no names. */
const zoneName = /^[A-Za-z][A-Za-z0-9_+/-]*$/;

/** Whether this runtime knows the IANA zone; remembered, because asking costs 50 microseconds. */
export const isTimeZone = (zone: string): boolean => {
  const known = zonesSeen.get(zone);
  if (known !== undefined) return known;
  let valid = zoneName.test(zone);
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
  } catch {
    valid = false;
  }
  if (zonesSeen.size < 10_000) zonesSeen.set(zone, valid);
  return valid;
};

const changes = <T>(
  before: Readonly<Record<string, T>>,
  patch: Readonly<Record<string, T | null>>,
): boolean =>
  Object.entries(patch).some(([name, value]) =>
    Object.hasOwn(before, name) ? before[name] !== value : value !== null,
  );

const merge = <T>(
  before: Readonly<Record<string, T>>,
  patch: Readonly<Record<string, T | null>> | undefined,
): Readonly<Record<string, T>> => {
  if (patch === undefined || !changes(before, patch)) return before;
  const merged = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, value);
  }
  return Object.fromEntries([...merged].sort(([a], [b]) => (a < b ? -1 : 1)));
};

const checkProfile = (profile: DeviceProfile): RefusalOf<'invalid'> | undefined => {
  if (!isTimeZone(profile.timeZone)) {
    return invalid('timeZone', 'an IANA time zone such as Europe/Berlin', JSON.stringify(profile.timeZone));
  }
  for (const field of ['attributes', 'versions'] as const) {
    const count = Object.keys(profile[field]).length;
    if (count > limits[field]) return invalid(field, `at most ${limits[field]} entries`, `${count}`);
  }
  if (profile.tags.length > limits.tags) {
    return invalid('tags', `at most ${limits.tags} entries`, `${profile.tags.length}`);
  }
  return longText(profile);
};

const longText = (profile: DeviceProfile): RefusalOf<'invalid'> | undefined => {
  const { name, make, model, tags, versions, attributes } = profile;
  const texts = { name, make, model, tags, versions: Object.entries(versions).flat() };
  for (const [field, values] of Object.entries({ ...texts, attributes: Object.keys(attributes) })) {
    const longest = Math.max(0, ...[values].flat().map(({ length }) => length));
    if (longest > limits.text)
      return invalid(field, `texts of at most ${limits.text} characters`, `${longest}`);
  }
  const longest = Math.max(0, ...Object.values(attributes).map((value) => `${value}`.length));
  if (longest <= limits.value) return undefined;
  return invalid('attributes', `values of at most ${limits.value} characters`, `${longest}`);
};

/** A new device from what was said about it. */
export const registerDevice = (
  id: string,
  patch: DevicePatch,
  now: Instant,
  standing: DeviceState['standing'] = 'accepted',
): Result<Device, Refusal> => {
  const checked = checkDeviceId(id);
  if (!checked.ok) return checked;
  return patchDevice(
    { ...emptyProfile, ...newState, standing, id: checked.value, createdAt: now, lastSeenAt: 0 },
    patch,
  );
};

/** The device after a patch; the same object when the patch changes nothing. */
export const patchDevice = (device: Device, patch: DevicePatch): Result<Device, RefusalOf<'invalid'>> => {
  const next: Device = {
    ...device,
    name: patch.name ?? device.name,
    make: patch.make ?? device.make,
    model: patch.model ?? device.model,
    timeZone: patch.timeZone ?? device.timeZone,
    protocol: patch.protocol ?? device.protocol,
    tags: patch.tags === undefined ? device.tags : [...new Set(patch.tags)].sort(),
    versions: merge(device.versions, patch.versions),
    attributes: merge(device.attributes, patch.attributes),
  };
  const problem = checkProfile(next);
  if (problem !== undefined) return refused(problem);
  return ok(JSON.stringify(next) === JSON.stringify(device) ? device : next);
};
