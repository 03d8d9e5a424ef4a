import Type, { type Static } from 'typebox';
import { phases } from './campaigns.ts';
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
  Text,
  word,
} from './common.ts';
import { routeTable } from './route.ts';

export const outcomes = [
  'succeeded',
  'failed',
  'rejected',
  'cancelled',
  'timed-out',
  'removed',
  'closed-by-operator',
] as const;
const failures = [
  'unknown',
  'download-failed',
  'checksum-mismatch',
  'no-space',
  'wrong-package',
  'install-failed',
  'activation-failed',
  'connection-lost',
  'device-busy',
  'unsupported',
  'version-mismatch',
] as const;

/** Why an update ended, whoever ended it. */
export const reasons = [
  'none',
  ...failures,
  'device-rejected',
  'phase-timed-out',
  'never-seen',
  'campaign-cancelled',
  'campaign-ended',
  'removed-from-campaign',
  'closed-by-operator',
] as const;

const Slot = exact({ begin: Instant, end: nullable(Instant) });

export const Update = exact({
  campaign: Type.String(),
  device: Type.String(),
  position: Type.String({
    description: 'pending, inventoried, <phase>-<step>, resetting, reset, reset-failed',
  }),
  since: Instant,
  generation: Type.Integer({
    description: 'How many times the device began in this campaign, this journey counted.',
  }),
  attempt: Type.Integer(),
  notBefore: nullable(Instant),
  outcome: nullable(word(outcomes)),
  reason: nullable(Type.String()),
  message: nullable(Type.String()),
  recalled: nullable(
    exact(
      { outcome: word(outcomes), reason: Type.String(), message: Type.String() },
      { description: 'How it is to end when the device says that it stopped; `null` unless it is asked to.' },
    ),
  ),
  heardAt: Type.Unsafe<string>({
    ...Instant,
    description: 'When the device last said something about it, or it last moved.',
  }),
  slots: exact({
    download: Type.Optional(Slot),
    execution: Type.Optional(Slot),
    activation: Type.Optional(Slot),
  }),
  packages: nullable(
    Type.Array(Type.String(), { description: "Its own packages in place of the campaign's." }),
  ),
  revision: Revision,
});
export type Update = Static<typeof Update>;

export const LogEntry = exact({
  n: Type.Integer({
    minimum: 1,
    description: 'Which one it was; where numbers are missing, it is left out.',
  }),
  at: Instant,
  word: Type.String({ description: "The protocol's own word, such as `proceeding`." }),
  result: word(['none', 'success', 'failure']),
  code: nullable(Type.Integer()),
  progress: nullable(exact({ done: Type.Number(), of: Type.Number() })),
  lines: Type.Array(Type.String()),
});

const UpdateLog = exact({
  total: Count,
  entries: Type.Array(LogEntry, { description: 'The first and the latest of them, oldest first.' }),
});
export type UpdateLog = Static<typeof UpdateLog>;

export const Job = exact({
  id: Type.String(),
  campaign: Type.String(),
  work: word(['add-by-query', 'close-open', 'retry', 'size-waves', 'roll-back', 'admit']),
  status: word(['waiting', 'running', 'done', 'failed']),
  done: Count,
  total: nullable(Count),
  problem: nullable(Type.String()),
  createdBy: Type.String(),
  createdAt: Instant,
  finishedAt: nullable(Instant),
});
export type Job = Static<typeof Job>;

/** A hundred thousand ids of full length with their quotes. */
const DEVICE_IDS_LIMIT = 16 * 1024 * 1024;
const DeviceIds = Type.Array(Id, { minItems: 1, maxItems: 100_000 });

const Report = Type.Union([
  exact({ phase: word(phases), step: word(['running', 'complete']) }),
  exact({ failure: word(failures), message: Type.Optional(Text) }),
  exact({ rejected: Type.Literal(true), message: Type.Optional(Text) }),
  exact({ reset: word(['complete', 'failed']) }),
]);
export type Report = Static<typeof Report>;

const Assignment = exact({
  campaign: nullable(Type.String()),
  due: nullable(word(phases)),
  position: nullable(Type.String()),
  until: nullable(Instant),
  packages: Type.Array(
    exact({
      id: Type.String(),
      name: Type.String(),
      version: Type.String(),
      kind: Type.String(),
      size: Count,
      sha256: Type.String(),
      url: Type.String(),
    }),
  ),
});
export type Assignment = Static<typeof Assignment>;

const params = exact({ campaign: Id });
const member = exact({ campaign: Id, device: Id });
const device = exact({ device: Id });
const tag = 'Campaign devices';
const base = '/campaigns/:campaign/devices';

const filters = {
  position: Type.Optional(Type.Array(Type.String({ maxLength: 32 }), { maxItems: 32 })),
  outcome: Type.Optional(Type.Array(word(outcomes), { maxItems: 7 })),
  open: Type.Optional(Type.Boolean()),
  reason: Type.Optional(
    Type.Array(word(reasons), { maxItems: 19, description: 'Those that ended for one of these.' }),
  ),
  wave: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 99, description: 'Those that were let in under this wave, from 0.' }),
  ),
};

export const memberRoutes = routeTable({
  listCampaignDevices: {
    method: 'GET',
    path: base,
    access: 'View Campaign',
    tag,
    summary: 'List the devices of a campaign',
    params,
    query: exact({
      ...paging,
      offset,
      ...filters,
    }),
    status: 200,
    reply: page(Update),
  },
  getCampaignDeviceMarks: {
    method: 'GET',
    path: '/campaigns/:campaign/device-marks',
    access: 'View Campaign',
    tag,
    summary: 'Count the devices of a campaign, all or some, with marks along their list',
    description: MARKS_AGE,
    params,
    query: exact(filters),
    status: 200,
    reply: Marks,
  },
  addCampaignDevices: {
    method: 'POST',
    path: base,
    access: 'Edit Campaign',
    tag,
    summary: 'Add devices by id, all or none; those whose update is over begin again',
    params,
    body: exact({ devices: DeviceIds }),
    bodyLimit: DEVICE_IDS_LIMIT,
    status: 200,
    reply: exact({ added: Count }),
  },
  addCampaignDevicesByQuery: {
    method: 'POST',
    path: `${base}/query`,
    access: 'Edit Campaign',
    tag,
    summary: 'Add every device that matches, as a job',
    params,
    body: Type.Union([
      exact({ expression: Type.String({ maxLength: 8192 }) }),
      exact({ query: Type.String({ maxLength: 128, description: 'Id of a saved query.' }) }),
    ]),
    status: 202,
    reply: Job,
  },
  removeCampaignDevices: {
    method: 'POST',
    path: `${base}/remove`,
    access: 'Edit Campaign',
    tag,
    summary: 'Take devices out; ids that are not in are ignored',
    params,
    body: exact({ devices: DeviceIds }),
    bodyLimit: DEVICE_IDS_LIMIT,
    status: 200,
    reply: exact({ removed: Count }),
  },
  getCampaignDevice: {
    method: 'GET',
    path: `${base}/:device`,
    access: 'View Campaign',
    tag,
    summary: 'Read how far one device is',
    params: member,
    status: 200,
    reply: Update,
  },
  getCampaignDeviceLog: {
    method: 'GET',
    path: `${base}/:device/log`,
    access: 'View Campaign',
    tag,
    summary: 'Read what one device said about its update, in its own words',
    params: member,
    status: 200,
    reply: UpdateLog,
  },
  recallCampaignDevice: {
    method: 'POST',
    path: `${base}/:device/recall`,
    access: 'Edit Campaign',
    tag,
    summary: 'Ask one device to stop',
    description: [
      'The update ends when the device says that it stopped; it may refuse, or finish before. It ends at once',
      'when the device was not told to begin, or its protocol gives no answer to being asked.',
    ].join('\n'),
    params: member,
    body: exact({ message: Type.Optional(Text) }),
    status: 200,
    reply: Update,
  },
  closeCampaignDevice: {
    method: 'POST',
    path: `${base}/:device/close`,
    access: 'Edit Campaign',
    tag,
    summary: "End one device's update as it stands, without asking the device",
    params: member,
    body: exact({ message: Type.Optional(Text) }),
    status: 200,
    reply: Update,
  },
  setDeviceSlot: {
    method: 'PUT',
    path: `${base}/:device/slots/:phase`,
    access: 'Schedule Campaign',
    tag,
    summary: 'Fix when a phase of one device may run; at a checkpoint this is the go',
    params: exact({ campaign: Id, device: Id, phase: word(phases) }),
    body: exact({ begin: Type.Optional(Instant), end: Type.Optional(nullable(Instant)) }),
    status: 200,
    reply: Update,
  },
  setDevicePackages: {
    method: 'PUT',
    path: `${base}/:device/packages`,
    access: 'Edit Campaign',
    tag,
    summary: 'Give one device packages of its own; null takes them away',
    params: member,
    body: exact({ packages: nullable(Type.Array(Id, { minItems: 1, maxItems: 100, uniqueItems: true })) }),
    status: 200,
    reply: Update,
  },
  reportUpdate: {
    method: 'POST',
    path: `${base}/:device/reports`,
    access: 'Report Update',
    tag,
    summary: 'Report for a device; repeats change nothing',
    params: member,
    body: Report,
    status: 200,
    reply: Update,
  },
  checkIn: {
    method: 'POST',
    path: '/devices/:device/check-in',
    access: 'Report Update',
    tag: 'Devices',
    summary: 'Make contact for a device: what is it to do now?',
    params: device,
    status: 200,
    reply: Assignment,
  },
  listDeviceUpdates: {
    method: 'GET',
    path: '/devices/:device/updates',
    access: 'View Campaign',
    tag: 'Devices',
    summary: "List a device's updates, open ones first",
    params: device,
    status: 200,
    reply: exact({ items: Type.Array(Update) }),
  },
  getJob: {
    method: 'GET',
    path: '/jobs/:job',
    access: 'View Campaign',
    tag: 'Jobs',
    summary: 'Read how far a piece of large work is',
    params: exact({ job: Id }),
    status: 200,
    reply: Job,
  },
  listCampaignJobs: {
    method: 'GET',
    path: '/campaigns/:campaign/jobs',
    access: 'View Campaign',
    tag: 'Jobs',
    summary: 'List the large work of a campaign',
    params,
    status: 200,
    reply: exact({ items: Type.Array(Job) }),
  },
});
