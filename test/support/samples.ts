import type {
  Account,
  Actor,
  Credential,
  EventBody,
  Job,
  LogEntry,
  NewEvent,
  Role,
  SavedQuery,
  StoredCampaign,
  Token,
  User,
} from '../../src/app/records.ts';
import type { Campaign } from '../../src/domain/campaign.ts';
import type { Device } from '../../src/domain/device.ts';
import type { DeviceKey } from '../../src/domain/ids.ts';
import type { Package } from '../../src/domain/package.ts';
import { defaultPlan, type Plan } from '../../src/domain/plan.ts';
import { positions } from '../../src/domain/position.ts';
import { DAY, HOUR, type Instant, MINUTE } from '../../src/domain/time.ts';
import { outcomes, reasons, type Update } from '../../src/domain/update.ts';

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
  hash: 'b'.repeat(64),
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
  target: { by: 'query', expression: 'tag = north', reevaluateSeconds: 3600 },
  endAt: NOON + 90 * DAY,
  download: {
    notBefore: NOON + HOUR,
    windows: [
      { days: [1, 2, 3, 4, 5], from: 1320, to: 300, zone: 'device' },
      { days: [6, 7], from: 0, to: 1440, zone: 'utc' },
    ],
  },
  install: { notBefore: NOON + DAY, windows: [{ days: [7], from: 120, to: 240, zone: 'device' }] },
  checkpoints: ['execution', 'activation'],
  concurrency: 250,
  retry: { attempts: 7, backOff: 90 * MINUTE },
  timeouts: { download: null, execution: 2 * HOUR, activation: 30 * MINUTE },
  endWhenComplete: true,
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
    { ...common(), status: 'running', startedAt: NOON + 3 },
    { ...common(), status: 'paused', startedAt: NOON + 4 },
    { ...common(), status: 'stopped', startedAt: NOON + 5, stoppedAt: NOON + 6 },
    { ...common(), status: 'ended', endedAt: NOON + 7, because: 'end-date' },
    { ...common(), status: 'ended', endedAt: NOON + 8, because: 'complete' },
    { ...common(), status: 'ended', endedAt: NOON + 9, because: 'operator' },
    { ...common(), status: 'cancelled', cancelledAt: NOON + 10 },
    { ...common(), status: 'rejected', rejectedBy: 'user-cem', comment: 'Not on a Friday' },
    { ...common(), status: 'failed', because: 'its package is gone' },
  ];
};

const journey = {
  position: 'download-running',
  since: NOON + 5,
  attempt: 3,
  slots: { download: { begin: NOON, end: NOON + HOUR }, activation: { begin: NOON + DAY, end: null } },
  packages: ['package-maps', 'package-base'],
  generation: 2,
} as const;

const open = { status: 'open', notBefore: NOON + 6, recall: null } as const;

/** Every position while open, every way to be recalled, every outcome with every reason once closed. */
export const updatesOfEveryKind = (): readonly Update[] => [
  ...positions.map((position): Update => ({ ...journey, ...open, position })),
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

export const sampleJob = (
  { key, id }: Pick<StoredCampaign, 'key' | 'id'>,
  given: Partial<Job> = {},
): Job => ({
  id: unique('job'),
  campaign: key,
  campaignId: id,
  work: { type: 'add-by-query', expression: 'tag = north' },
  status: 'waiting',
  cursor: 0,
  done: 0,
  total: null,
  problem: '',
  createdBy: 'user-ada',
  createdAt: NOON,
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
