import type { Account, Credential, Role, Token, User } from '../../src/app/account-records.ts';
import type { Delivery, Destination, Subscription } from '../../src/app/delivery-records.ts';
import type { Actor, EventBody, NewEvent } from '../../src/app/event-records.ts';
import type { Job } from '../../src/app/job-records.ts';
import type { LogEntry, SavedQuery, StoredCampaign, Transfers, WireDocument } from '../../src/app/records.ts';
import type { Campaign } from '../../src/domain/campaign.ts';
import type { Device } from '../../src/domain/device.ts';
import type { DeviceKey } from '../../src/domain/ids.ts';
import type { Package } from '../../src/domain/package.ts';
import { defaultPlan, type Plan } from '../../src/domain/plan.ts';
import { positions } from '../../src/domain/position.ts';
import { newProgress, type Progress } from '../../src/domain/rollout.ts';
import { DAY, HOUR, type Instant, MINUTE } from '../../src/domain/time.ts';
import { outcomes, queues, reasons, type Update } from '../../src/domain/update.ts';

/** The instant at which samples were made: 2026-03-01, 12:00 UTC. */
export const NOON: Instant = 1_772_366_400_000;

let made = 0;

/** A name that no other sample of this process has. */
export const unique = (word: string): string => {
  made += 1;
  return `${word}-${made}`;
};

export const sampleAccount = (given: Partial<Account> = {}): Account => ({
  id: unique('ACCOUNT'),
  name: 'Acme Freight',
  createdAt: NOON,
  approvalPolicy: 'none',
  settings: { 'ui.theme': 'dark' },
  deviceAccess: {
    gatewayTokens: [{ id: 'gateway-1', hash: 'c'.repeat(64), createdAt: NOON, expiresAt: null }],
    authorities: ['Acme Device CA'],
    registration: 'approval',
    poll: { usual: 600, least: 60, most: 1_800 },
  },
  freezes: [{ name: 'Harvest', from: NOON + DAY, to: NOON + 3 * DAY }],
  ...given,
});

export const sampleUser = (given: Partial<User> = {}): User => ({
  id: unique('user'),
  email: `${unique('ada')}@example.com`,
  name: 'Ada Osei',
  passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA',
  serverAdministrator: false,
  disabled: false,
  failures: 0,
  lockedUntil: 0,
  createdAt: NOON,
  ...given,
});

export const sampleRole = (given: Partial<Role> = {}): Role => ({
  id: unique('role'),
  name: unique('Operator'),
  permissions: ['View Campaign', 'Start Campaign'],
  builtIn: false,
  createdAt: NOON,
  ...given,
});

export const sampleToken = (given: Partial<Token> = {}): Token => ({
  id: unique('token'),
  hash: 'a'.repeat(64),
  kind: 'api',
  userId: 'nobody',
  accountId: null,
  name: 'nightly build',
  permissions: ['View Package', 'Create Package'],
  createdAt: NOON,
  expiresAt: NOON + 30 * DAY,
  lastUsedAt: 0,
  ...given,
});

export const sampleDevice = (given: Partial<Device> = {}): Device => ({
  id: unique('device'),
  name: 'Truck 7',
  make: 'Acme',
  model: 'TCU-2',
  protocol: 'ddi',
  timeZone: 'Europe/Berlin',
  tags: ['north', 'pilot'],
  versions: { bootloader: '0.9', firmware: '1.2.0' },
  attributes: { depot: 'Kiel', doors: 4, leased: true },
  standing: 'accepted',
  autoConfirm: null,
  attributesDue: true,
  createdAt: NOON,
  lastSeenAt: 0,
  ...given,
});

export const sampleCredential = (device: DeviceKey, given: Partial<Credential> = {}): Credential => ({
  id: unique('credential'),
  device,
  kind: 'token',
  identity: '',
  hash: 'b'.repeat(64),
  sealed: '',
  createdAt: NOON,
  expiresAt: null,
  ...given,
});

export const samplePackage = (given: Partial<Package> = {}): Package => ({
  id: unique('package'),
  name: 'tcu-firmware',
  version: '1.3.0',
  kind: 'firmware',
  make: 'Acme',
  model: 'TCU-2',
  fromVersion: '1.2.0',
  description: 'Fixes the door sensor',
  labels: { track: 'stable' },
  fileName: 'tcu-1.3.0.bin',
  contentType: 'application/octet-stream',
  digests: {
    sha256: 'c'.repeat(64),
    sha1: 'd'.repeat(40),
    md5: 'e'.repeat(32),
    size: 5_000_000_000,
  },
  archive: { form: 'opaque' },
  createdBy: 'user-ada',
  createdAt: NOON,
  ...given,
});

export const sampleQuery = (given: Partial<SavedQuery> = {}): SavedQuery => ({
  id: unique('query'),
  name: unique('Northern trucks'),
  description: 'Everything that sleeps in Kiel',
  expression: 'tag = north and depot = "Kiel"',
  createdBy: 'user-ada',
  createdAt: NOON,
  ...given,
});

export const samplePlan = (given: Partial<Plan> = {}): Plan => ({
  ...defaultPlan,
  name: 'Spring firmware',
  packages: ['package-spring'],
  ...given,
});

/** A plan in which nothing is as `defaultPlan` has it. */
export const fullPlan = (given: Partial<Plan> = {}): Plan => ({
  name: 'Spring firmware',
  description: 'All trucks, nights only',
  packages: ['package-base', 'package-maps', 'package-theme'],
  target: { by: 'query', expression: 'tag = north', list: null, reevaluateSeconds: 3600 },
  endAt: NOON + 90 * DAY,
  download: {
    notBefore: NOON + HOUR,
    spread: 45 * MINUTE,
    windows: [
      { days: [1, 2, 3, 4, 5], from: 1320, to: 300, zone: 'device' },
      { days: [6, 7], from: 0, to: 1440, zone: 'utc' },
    ],
  },
  install: {
    notBefore: NOON + DAY,
    windows: [{ days: [7], from: 120, to: 240, zone: 'device' }],
    spread: 2 * HOUR,
  },
  checkpoints: ['execution', 'activation'],
  concurrency: 250,
  retry: {
    attempts: 7,
    backOff: 90 * MINUTE,
    classes: { permanent: { attempts: 2, backOff: DAY }, busy: { attempts: 50, backOff: MINUTE } },
    coolDown: 12 * HOUR,
  },
  timeouts: { download: null, execution: 2 * HOUR, activation: 30 * MINUTE },
  endWhenComplete: true,
  freezes: [{ name: "New Year's Eve", from: NOON + 30 * DAY, to: NOON + 31 * DAY }],
  rollout: {
    by: 'waves',
    waves: [
      {
        name: 'pilot',
        size: { by: 'devices', devices: ['truck-1'] },
        success: 100,
        soak: 12 * HOUR,
        manual: true,
      },
      {
        name: 'north',
        size: { by: 'query', expression: 'tag = north' },
        success: 90,
        soak: HOUR,
        manual: false,
      },
      { name: 'some', size: { by: 'count', count: 500 }, success: 0, soak: 0, manual: false },
      { name: 'quarter', size: { by: 'percent', percent: 25 }, success: 95, soak: DAY, manual: false },
    ],
  },
  budgets: [{ attribute: 'depot', most: 4 }],
  stopRules: [
    {
      signal: 'any',
      scope: { by: 'attribute', attribute: 'depot' },
      minimum: 20,
      threshold: { percent: 5 },
      action: 'hold',
      rollBackTo: null,
    },
    {
      signal: 'rolled-back',
      scope: { by: 'campaign' },
      minimum: 1,
      threshold: { count: 3 },
      action: 'roll-back',
      rollBackTo: 'package-former',
    },
  ],
  priority: 70,
  order: 'first-in-first-out',
  downgrades: true,
  settings: { 'pulse.headless': 'true' },
  ...given,
});

type NotStarted = Extract<Campaign, { status: 'draft' | 'awaiting-approval' | 'approved' }>;

export const sampleCampaign = (given: Partial<NotStarted> = {}): Campaign => ({
  id: unique('campaign'),
  plan: samplePlan(),
  digest: 'f'.repeat(64),
  policy: 'none',
  approvals: [],
  createdBy: 'user-ada',
  createdAt: NOON,
  editedBy: 'user-ben',
  editedAt: NOON + MINUTE,
  status: 'draft',
  ...given,
});

const laterProgress: Progress = {
  wave: 2,
  since: NOON + HOUR,
  metAt: NOON + 2 * HOUR,
  sizes: [1, 40, 500],
  held: ['wave/1', 'attributes.depot/Kiel'],
  tripped: [{ rule: 0, scope: 'attributes.depot/Kiel', at: NOON + 3 * HOUR, closed: 20, hits: 1 }],
};

/** One campaign for each variant of each status. */
export const campaignsOfEveryStatus = (): readonly Campaign[] => {
  const common = (): Campaign => ({
    ...sampleCampaign(),
    policy: 'two-others',
    approvals: [
      { by: 'user-cem', at: NOON + 1 },
      { by: 'user-dee', at: NOON + 2 },
    ],
  });
  return [
    { ...common(), status: 'draft' },
    { ...common(), status: 'awaiting-approval' },
    { ...common(), status: 'approved' },
    { ...common(), status: 'scheduled', startAt: NOON + HOUR },
    { ...common(), status: 'running', startedAt: NOON + 3, progress: newProgress(NOON + 3) },
    { ...common(), status: 'paused', startedAt: NOON + 4, progress: laterProgress },
    { ...common(), status: 'stopped', startedAt: NOON + 5, stoppedAt: NOON + 6, progress: laterProgress },
    { ...common(), status: 'ended', startedAt: NOON, endedAt: NOON + 7, because: 'end-date' },
    { ...common(), status: 'ended', startedAt: NOON, endedAt: NOON + 8, because: 'complete' },
    { ...common(), status: 'ended', startedAt: NOON, endedAt: NOON + 9, because: 'operator' },
    { ...common(), status: 'cancelled', startedAt: NOON, cancelledAt: NOON + 10 },
    { ...common(), status: 'rejected', rejectedBy: 'user-cem', comment: 'Not on a Friday' },
    { ...common(), status: 'failed', startedAt: null, because: 'its package is gone' },
  ];
};

const journey = {
  position: 'download-running',
  since: NOON + 5,
  attempt: 3,
  slots: { download: { begin: NOON, end: NOON + HOUR }, activation: { begin: NOON + DAY, end: null } },
  packages: ['package-maps', 'package-base'],
  generation: 2,
  admission: { wave: 1, scopes: ['', 'wave/1', 'attributes.depot/Kiel'] },
} as const;

const open = { status: 'open', notBefore: NOON + 6, recall: null, queue: 'none' } as const;

/** Every position while open, every way to be recalled, every outcome with every reason once closed. */
export const updatesOfEveryKind = (): readonly Update[] => [
  ...positions.map((position): Update => ({ ...journey, ...open, position })),
  ...queues.map((queue): Update => ({ ...journey, ...open, queue })),
  ...outcomes
    .filter((outcome) => outcome !== 'succeeded')
    .flatMap((outcome) =>
      reasons.map(
        (reason): Update => ({ ...journey, ...open, recall: { outcome, reason, message: `${reason}!` } }),
      ),
    ),
  ...outcomes.flatMap((outcome) =>
    reasons.map(
      (reason): Update => ({
        ...journey,
        status: 'closed',
        outcome,
        reason,
        message: `${outcome}: ${reason}`,
      }),
    ),
  ),
];

export const sampleEntry = (given: Partial<LogEntry> = {}): LogEntry => ({
  at: NOON + 7,
  word: 'proceeding',
  result: 'none',
  code: null,
  progress: { done: 2, of: 5 },
  lines: ['Downloading', nastyTexts.join(' ').slice(0, 500)],
  ...given,
});

export const sampleTransfers = (given: Partial<Transfers> = {}): Transfers => ({
  generation: 1,
  packages: [
    { id: 'package-base', done: 1_000, of: 5_000_000_000 },
    { id: 'package-maps', done: 0, of: 12 },
  ],
  ...given,
});

export const sampleDocument = (given: Partial<WireDocument> = {}): WireDocument => ({
  kind: 'pulse/device-template',
  id: unique('document'),
  name: unique('Template'),
  body: { fields: [{ name: 'depot', type: 'text' }] },
  createdBy: 'user-ada',
  createdAt: NOON,
  ...given,
});

export const sampleDestination = (given: Partial<Destination> = {}): Destination => ({
  id: unique('destination'),
  name: unique('Operations'),
  description: 'Where the pager is',
  url: 'https://hooks.example.com/muster',
  headers: [{ name: 'X-Fleet', value: 'north' }],
  authentication: { kind: 'basic', username: 'muster', password: 'p"ss' },
  secrets: ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  olderSecretsUntil: NOON + HOUR,
  trust: '',
  order: 'none',
  timeout: 15_000,
  retry: { interval: 5_000, attempts: 100, within: 3 * DAY },
  disabled: null,
  failingSince: null,
  revision: 1,
  createdBy: 'user-ada',
  createdAt: NOON,
  ...given,
});

export const sampleSubscription = (
  destination: Pick<Destination, 'id'>,
  given: Partial<Subscription> = {},
): Subscription => ({
  id: unique('subscription'),
  destinationId: destination.id,
  campaign: null,
  campaignId: null,
  wire: 'muster',
  topic: 'events',
  only: [],
  path: '',
  headers: [],
  template: '',
  createdBy: 'user-ada',
  createdAt: NOON,
  ...given,
});

export const sampleDelivery = (
  subscription: Pick<Subscription, 'id' | 'destinationId'>,
  given: Partial<Delivery> = {},
): Delivery => ({
  id: unique('delivery'),
  destinationId: subscription.destinationId,
  subscriptionId: subscription.id,
  seq: 1,
  campaign: null,
  device: null,
  event: 'campaign-started',
  body: '{"type":"campaign-started"}',
  latestOnly: false,
  createdAt: NOON,
  dueAt: NOON,
  status: 'waiting',
  attempts: [],
  tries: 0,
  ...given,
});

export const sampleJob = (
  { key, id }: Pick<StoredCampaign, 'key' | 'id'>,
  given: Partial<Job> = {},
): Job => ({
  id: unique('job'),
  campaign: key,
  campaignId: id,
  work: { type: 'add-by-query', expression: 'tag = north', every: null },
  status: 'waiting',
  cursor: 0,
  done: 0,
  total: null,
  problem: '',
  createdBy: 'user-ada',
  createdAt: NOON,
  notBefore: 0,
  finishedAt: null,
  ...given,
});

export const ada: Actor = { kind: 'user', id: 'user-ada' };

export const sampleEvent = (
  body: EventBody = { type: 'account-changed' },
  given: Partial<NewEvent> = {},
): NewEvent => ({
  at: NOON,
  actor: ada,
  campaign: null,
  device: null,
  body,
  ...given,
});

/** Texts that break careless quoting, encoding or column widths. No NUL: no database text can hold it. */
export const nastyTexts: readonly string[] = [
  `O'Brien "the" \\ \`quoted\``,
  `'; drop table device; --`,
  '100% _under_ [a-z] * ? $1 :name @p #{x} {{y}}',
  'Zürich Ελλάδα 東京 العربية עברית',
  'e\u0301 is not \u00e9, nor \u202eleft is right',
  '👩‍🚒🇩🇪 𝒜 \u{10ffff}',
  'tab\tline\r\nbreak\u0001\u001f\u007f\u2028',
  ' surrounded by blanks ',
  '-0',
  'null',
  'x'.repeat(4096),
  '漢'.repeat(1365),
];
