import Type, { type Static, type TSchema } from 'typebox';
import {
  Count,
  exact,
  Id,
  Instant,
  MARKS_AGE,
  Marks,
  nullable,
  offset,
  page,
  paging,
  Revision,
  word,
} from './common.ts';
import { routeTable } from './route.ts';

const protocols = ['ddi', 'gateway', 'lwm2m', 'oma-dm', 'custom'] as const;

// Half of a surrogate pair is no text: stores would refuse it or replace it silently.
const line = '^[^\\u0000-\\u001f\\ud800-\\udfff]*$';
const lines = '^[^\\u0000\\ud800-\\udfff]*$';

const Line = Type.String({ maxLength: 256, pattern: line });
const TimeZone = Type.String({ maxLength: 64, pattern: line, examples: ['Europe/Berlin'] });
const Protocol = word(protocols, { description: 'How the device is reached; `ddi` unless told otherwise.' });
export const Tags = Type.Array(Type.String({ minLength: 1, maxLength: 256, pattern: line }), {
  maxItems: 64,
});
const DeviceId = Type.String({
  minLength: 1,
  maxLength: 140,
  pattern: line,
  description: 'Letters, digits and `._:@+~-`; a UUID is made up when absent.',
  examples: ['356938035643809', 'gw-17'],
});

/** A JSON object with names that nobody knows beforehand. */
const named = <Value>(values: object, maxProperties: number) =>
  Type.Unsafe<Record<string, Value>>({
    type: 'object',
    propertyNames: {
      type: 'string',
      minLength: 1,
      maxLength: 256,
      pattern: `^(?!__proto__$)${line.slice(1)}`,
    },
    additionalProperties: values,
    maxProperties,
  });

type Scalar = string | number | boolean;
const scalars = ['string', 'number', 'boolean'];
const finite = { minimum: -Number.MAX_VALUE, maximum: Number.MAX_VALUE };
const scalar = { maxLength: 4096, pattern: lines, ...finite };
const version = { maxLength: 256, pattern: line };

const Versions = named<string>({ type: 'string', ...version }, 64);
const Attributes = named<Scalar>({ type: scalars, ...scalar }, 256);
const VersionsPatch = named<string | null>({ type: ['string', 'null'], ...version }, 64);
const AttributesPatch = named<Scalar | null>({ type: [...scalars, 'null'], ...scalar }, 256);

export const Device = exact({
  id: Type.String(),
  name: Type.String(),
  make: Type.String(),
  model: Type.String(),
  protocol: word(protocols),
  timeZone: Type.String(),
  tags: Type.Array(Type.String()),
  versions: Type.Unsafe<Record<string, string>>({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'What the device runs, by component; `firmware` is the one that a bare `version` means.',
  }),
  attributes: Type.Unsafe<Record<string, Scalar>>({
    type: 'object',
    additionalProperties: { type: scalars },
  }),
  standing: word(['accepted', 'waiting'], {
    description: 'A device that registered itself may have to be accepted before it gets anything.',
  }),
  autoConfirm: nullable(
    exact(
      { by: Type.String(), remark: Type.String(), at: Instant },
      { description: 'Who agreed to every update in advance; `null` when nobody did.' },
    ),
  ),
  attributesDue: Type.Boolean({
    description: 'It is asked for its attributes when it next makes contact.',
  }),
  lastSeenAt: nullable(Instant),
  createdAt: Instant,
  revision: Revision,
});
export type Device = Static<typeof Device>;

const NewDevice = exact({
  id: Type.Optional(DeviceId),
  name: Type.Optional(Line),
  make: Type.Optional(Line),
  model: Type.Optional(Line),
  protocol: Type.Optional(Protocol),
  timeZone: Type.Optional(TimeZone),
  tags: Type.Optional(Tags),
  versions: Type.Optional(Versions),
  attributes: Type.Optional(Attributes),
});

const clearable = <Schema extends TSchema>(schema: Schema) => Type.Optional(nullable(schema));

const patch = {
  name: clearable(Line),
  make: clearable(Line),
  model: clearable(Line),
  protocol: Type.Optional(Protocol),
  timeZone: clearable(TimeZone),
  tags: clearable(Tags),
  versions: Type.Optional(VersionsPatch),
  attributes: Type.Optional(AttributesPatch),
};

/** Absent leaves; `null` clears; inside `versions` and `attributes`, `null` removes the name. */
const DevicePatch = exact(patch);
export type DevicePatch = Static<typeof DevicePatch>;

/** One row of an import, whichever form it came in. */
export const ImportRow = exact({ id: Type.Optional(DeviceId), ...patch });
export type ImportRow = Static<typeof ImportRow>;

const ImportReport = exact({
  created: Count,
  changed: Count,
  unchanged: Count,
  failed: Count,
  errors: Type.Array(
    exact({
      row: Type.Integer({
        minimum: 1,
        description: 'JSON: the line. CSV: the row, not counting the header.',
      }),
      id: nullable(Type.String()),
      problem: Type.String(),
    }),
    { description: 'The first 1,000 of them.' },
  ),
  truncatedErrors: Type.Boolean(),
});
export type ImportReport = Static<typeof ImportReport>;

const filters = {
  where: Type.Optional(
    Type.String({
      maxLength: 8192,
      description: 'A device query, such as `model = "GW-2" and tag = "lab"`.',
    }),
  ),
  query: Type.Optional(
    Type.String({ minLength: 1, maxLength: 128, description: 'Id of a saved query, instead of `where`.' }),
  ),
};

const Fleet = exact({
  at: Instant,
  devices: Count,
  protocols: Type.Array(exact({ protocol: word(protocols), count: Count })),
  versions: Type.Array(exact({ version: Type.String(), count: Count }), {
    description: 'The newest first; empty text is of those that told none.',
  }),
  seen: Type.Array(exact({ from: nullable(Instant), to: nullable(Instant), count: Count }), {
    description: 'Last seen from `from` on and before `to`. `null` in `to` is now; in both it is never.',
  }),
});
export type Fleet = Static<typeof Fleet>;

const versionCounts = Type.Array(exact({ version: Type.String(), count: Count }), {
  description: 'The most frequent first; empty text is of those that told none.',
});

const FleetPoint = exact({
  at: Type.Unsafe<string>({
    ...Instant,
    description: 'The beginning of the hour in which they were counted.',
  }),
  devices: Count,
  versions: versionCounts,
  otherVersions: Type.Integer({ minimum: 0, description: 'Devices of all other versions.' }),
  protocols: Type.Array(exact({ protocol: word(protocols), count: Count })),
  seen: exact(
    { hour: Count, day: Count, week: Count, month: Count, earlier: Count, never: Count },
    { description: 'Last seen within an hour, else within a day, and so on.' },
  ),
});
export type FleetPoint = Static<typeof FleetPoint>;

const params = exact({ device: Id });
const tag = 'Devices';

export const deviceRoutes = routeTable({
  listDevices: {
    method: 'GET',
    path: '/devices',
    access: 'View Device',
    tag,
    summary: 'List the devices, all or those that match a query',
    query: exact({
      ...paging,
      offset,
      ...filters,
    }),
    status: 200,
    reply: page(Device),
  },
  getDeviceMarks: {
    method: 'GET',
    path: '/device-marks',
    access: 'View Device',
    tag,
    summary: 'Count the devices, all or those that match a query, with marks along their list',
    description: MARKS_AGE,
    query: exact(filters),
    status: 200,
    reply: Marks,
  },
  countDevices: {
    method: 'GET',
    path: '/device-count',
    access: 'View Device',
    tag,
    summary: 'Count the devices, all or those that match a query',
    query: exact(filters),
    status: 200,
    reply: exact({ count: Count }),
  },
  getFleet: {
    method: 'GET',
    path: '/fleet',
    access: 'View Device',
    tag,
    summary: 'Count all devices by protocol, by firmware version, and by when they were last seen',
    description: 'Of a very large fleet the counts may be some seconds old; `at` says how old.',
    status: 200,
    reply: Fleet,
  },
  getFleetHistory: {
    method: 'GET',
    path: '/fleet/history',
    access: 'View Device',
    tag,
    summary:
      'Read what the devices were over time, by firmware version, protocol and when they were last seen',
    description: [
      'Counted once an hour, and written where something has changed: each point holds until the next. Without `since` of',
      'the last 30 days. The first point may be older: it held when the stretch began. What is older than 30 days is kept',
      'once a day; of a long stretch at most some hundred points are answered.',
    ].join('\n'),
    query: exact({ since: Type.Optional(Instant), until: Type.Optional(Instant) }),
    status: 200,
    reply: exact({ points: Type.Array(FleetPoint) }),
  },
  createDevice: {
    method: 'POST',
    path: '/devices',
    access: 'Create Device',
    tag,
    summary: 'Register a device',
    body: NewDevice,
    status: 201,
    reply: Device,
    idempotent: true,
  },
  getDevice: {
    method: 'GET',
    path: '/devices/:device',
    access: 'View Device',
    tag,
    summary: 'Read a device',
    params,
    status: 200,
    reply: Device,
  },
  editDevice: {
    method: 'PATCH',
    path: '/devices/:device',
    access: 'Edit Device',
    tag,
    summary: 'Change what is known about a device',
    params,
    body: DevicePatch,
    status: 200,
    reply: Device,
    conditional: true,
  },
  deleteDevice: {
    method: 'DELETE',
    path: '/devices/:device',
    access: 'Delete Device',
    tag,
    summary: 'Forget a device, its credentials and its history in campaigns',
    description: 'Refused while one of its updates is open.',
    params,
    status: 204,
    conditional: true,
  },
  acceptDevice: {
    method: 'POST',
    path: '/devices/:device/accept',
    access: 'Edit Device',
    tag,
    summary: 'Accept a device that registered itself and waits',
    params,
    status: 200,
    reply: Device,
  },
  setDeviceAutoConfirm: {
    method: 'PUT',
    path: '/devices/:device/auto-confirm',
    access: 'Edit Device',
    tag,
    summary: 'Agree to every update of a device in advance, or no longer',
    description: 'No checkpoint holds a device while this is active.',
    params,
    body: exact({ active: Type.Boolean(), remark: Type.Optional(Line) }),
    status: 200,
    reply: Device,
  },
  askDeviceAttributes: {
    method: 'POST',
    path: '/devices/:device/ask-attributes',
    access: 'Edit Device',
    tag,
    summary: 'Ask a device for its attributes when it next makes contact',
    params,
    status: 200,
    reply: Device,
  },
  importDevices: {
    method: 'POST',
    path: '/devices/import',
    access: 'Create Device',
    tag,
    summary: 'Register and change many devices in one request',
    description: [
      'JSON: one object per line with the fields of a device, at most 64 KiB each.',
      'CSV: a header row, then one row per device; columns `id`, `name`, `make`, `model`, `protocol`,',
      '`timeZone`, `tags` (separated by `;`), `version.<component>` and `attribute.<name>`. An empty cell',
      'leaves what is there. In attribute columns `true` and `false` become booleans, and what is written as',
      'a JSON number becomes a number, unless it is a whole number too large to be kept exactly; all else',
      'is text. For other types send JSON.',
      'Each row stands alone: one that is wrong is reported and does not keep the others from being saved.',
      'Changing devices that exist needs the permission `Edit Device` too.',
    ].join('\n'),
    streams: ['application/x-ndjson', 'text/csv'],
    query: exact({
      mode: Type.Optional(
        word(['upsert', 'create'], {
          default: 'upsert',
          description: 'With `create`, a row for a device that exists is an error.',
        }),
      ),
      dryRun: Type.Optional(
        Type.Boolean({ default: false, description: 'Check and count only; nothing is written.' }),
      ),
    }),
    status: 200,
    reply: ImportReport,
  },
});
