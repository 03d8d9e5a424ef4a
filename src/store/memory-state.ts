import type { Counts, Idempotency, Page, PageRequest } from '../app/ports.ts';
import type {
  Account,
  Credential,
  Job,
  Membership,
  NewEvent,
  Role,
  SavedQuery,
  Stored,
  StoredAccount,
  StoredCampaign,
  StoredCredential,
  StoredDevice,
  StoredEvent,
  StoredJob,
  StoredPackage,
  StoredQuery,
  StoredRole,
  StoredToken,
  StoredUpdate,
  StoredUser,
  Subject,
  Token,
  UpdateLog,
  User,
} from '../app/records.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { Device } from '../domain/device.ts';
import type { AccountKey, CampaignKey, DeviceKey, PackageKey, UserKey } from '../domain/ids.ts';
import type { Package } from '../domain/package.ts';
import { type Position, positions } from '../domain/position.ts';
import type { Instant } from '../domain/time.ts';
import { type Outcome, outcomes, type Update } from '../domain/update.ts';
import { copy, type Entry, put, type Table, type TableOptions, table, type Undo } from './memory-table.ts';

/** What one account owns. */
export type Home = {
  readonly account: AccountKey;
  readonly roles: Table<Role, StoredRole>;
  readonly memberships: Map<string, Membership>;
  readonly devices: Table<Device, StoredDevice>;
  readonly credentials: Table<Credential, StoredCredential>;
  readonly packages: Table<Package, StoredPackage>;
  readonly queries: Table<SavedQuery, StoredQuery>;
  readonly campaigns: Table<Campaign, StoredCampaign>;
  readonly jobs: Table<Job, StoredJob>;
  /** By job id. */
  readonly leases: Map<string, Instant>;
  readonly updates: Map<CampaignKey, Map<DeviceKey, StoredUpdate>>;
  /** By campaign and device key. */
  readonly logs: Map<string, UpdateLog>;
  readonly counters: Map<string, number>;
  /** By sequence number. */
  readonly events: Map<number, StoredEvent>;
  /** Sequence numbers not yet handed on, with the instant until which they are hidden. */
  readonly outbox: Map<number, Instant>;
  readonly idempotency: Map<string, Idempotency & { readonly at: Instant }>;
};

export type State = {
  readonly accounts: Table<Account, StoredAccount>;
  readonly users: Table<User, StoredUser>;
  readonly tokens: Table<Token, StoredToken>;
  readonly homes: Map<AccountKey, Home>;
};

// Here and below for packages, a number becomes a key.
const keyed = <Value extends object, Key extends number>(
  value: Value,
  key: number,
  version: number,
): Stored<Value, Key> => ({ ...value, key: key as Key, version });

const versionOf = ({ version }: { readonly version: number }): number => version;

const keyedTable = <Value extends { readonly id: string }, Key extends number>(
  options: Omit<TableOptions<Value, Stored<Value, Key>>, 'record' | 'versionOf'>,
): Table<Value, Stored<Value, Key>> => table({ ...options, record: keyed<Value, Key>, versionOf });

const versionedTable = <Value extends { readonly id: string }>(
  options: Omit<TableOptions<Value, Value & { readonly version: number }>, 'record' | 'versionOf'>,
): Table<Value, Value & { readonly version: number }> =>
  table<Value, Value & { readonly version: number }>({
    ...options,
    record: (value, _, version) => ({ ...value, version }),
    versionOf,
  });

/** What was seen of a device is not taken back by who read it before. */
const deviceRecord = (
  value: Device,
  key: number,
  version: number,
  before: StoredDevice | undefined,
): StoredDevice => {
  const lastSeenAt = Math.max(value.lastSeenAt, before?.lastSeenAt ?? 0);
  return keyed<Device, DeviceKey>({ ...value, lastSeenAt }, key, version);
};

const folded = (text: string): string => text.toLowerCase();

export const newState = (): State => ({
  accounts: keyedTable<Account, AccountKey>({ entity: 'account', fold: folded }),
  users: keyedTable<User, UserKey>({ entity: 'user', unique: ({ email }) => email }),
  tokens: versionedTable({ entity: 'token' }),
  homes: new Map(),
});

export const newHome = (account: AccountKey): Home => ({
  account,
  roles: versionedTable({ entity: 'role', unique: ({ name }) => folded(name) }),
  memberships: new Map(),
  devices: table({ entity: 'device', record: deviceRecord, versionOf }),
  credentials: versionedTable({ entity: 'credential' }),
  packages: table({
    entity: 'package',
    record: (value, key, revision) => ({ ...value, key: key as PackageKey, revision }),
    versionOf: ({ revision }) => revision,
  }),
  queries: versionedTable({ entity: 'query', unique: ({ name }) => folded(name) }),
  campaigns: keyedTable<Campaign, CampaignKey>({ entity: 'campaign' }),
  jobs: table<Job, StoredJob>({
    entity: 'job',
    record: (value, _, version) => ({ ...value, account, version }),
    versionOf,
  }),
  leases: new Map(),
  updates: new Map(),
  logs: new Map(),
  counters: new Map(),
  events: new Map(),
  outbox: new Map(),
  idempotency: new Map(),
});

const keyOf = <Key extends number>(
  table: { find(id: string): { readonly record: { readonly key: Key } } | undefined },
  subject: Subject<Key>,
): Key | null => {
  if (subject === null || typeof subject === 'number') return subject;
  return table.find(subject.inserted)?.record.key ?? null;
};

/** Appends an event and its outbox row; comes after the writes, which it may be about. */
export const append = (undo: Undo, home: Home, event: NewEvent): void => {
  const seq = home.events.size + 1;
  const campaign = keyOf(home.campaigns, event.campaign);
  const device = keyOf(home.devices, event.device);
  put(undo, home.events, seq, copy({ ...event, campaign, device, account: home.account, seq }));
  put(undo, home.outbox, seq, 0);
};

/** Makes of a record what its columns would keep: nothing beside its own fields. */
const plain = (update: Update): Update => {
  const { status, position, since, attempt, slots, packages, generation } = update;
  const journey = { position, since, attempt, slots, packages, generation };
  if (status === 'open') return { ...journey, status, notBefore: update.notBefore, recall: update.recall };
  const { outcome, reason, message } = update;
  return { ...journey, status, outcome, reason, message };
};

const placeOf = (update: Update): string =>
  update.status === 'open' ? `open ${update.position}` : `closed ${update.outcome}`;

const count = (undo: Undo, home: Home, campaign: CampaignKey, update: Update, by: 1 | -1): void => {
  const place = `${campaign} ${placeOf(update)}`;
  put(undo, home.counters, place, (home.counters.get(place) ?? 0) + by);
};

export const updatesOf = (home: Home, campaign: CampaignKey): readonly StoredUpdate[] =>
  [...(home.updates.get(campaign)?.values() ?? [])].sort((a, b) => a.device - b.device);

/** Puts an update in the place of the one that was there, and keeps the counters and what was heard last. */
export const putUpdate = (
  undo: Undo,
  home: Home,
  at: { readonly campaign: CampaignKey; readonly device: DeviceKey },
  value: Update,
  heard?: Instant,
): void => {
  const { campaign, device } = at;
  const members = home.updates.get(campaign) ?? new Map<DeviceKey, StoredUpdate>();
  home.updates.set(campaign, members);
  const before = members.get(device);
  if (before !== undefined) count(undo, home, campaign, before, -1);
  count(undo, home, campaign, value, 1);
  const version = (before?.version ?? 0) + 1;
  const heardAt = heard ?? Math.max(before?.heardAt ?? 0, value.since);
  put(undo, members, device, copy({ ...plain(value), campaign, device, version, heardAt }));
};

export const dropUpdate = (undo: Undo, home: Home, { campaign, device }: StoredUpdate): void => {
  const members = home.updates.get(campaign);
  const before = members?.get(device);
  if (members === undefined || before === undefined) return;
  count(undo, home, campaign, before, -1);
  members.delete(device);
  undo.push(() => members.set(device, before));
};

const numbers = <Name extends string>(
  names: readonly Name[],
  countOf: (name: Name) => number,
): Partial<Record<Name, number>> => {
  const found: Partial<Record<Name, number>> = {};
  for (const name of names) if (countOf(name) > 0) found[name] = countOf(name);
  return found;
};

export const countsOf = (home: Home, campaign: CampaignKey): Counts => ({
  open: numbers<Position>(positions, (name) => home.counters.get(`${campaign} open ${name}`) ?? 0),
  closed: numbers<Outcome>(outcomes, (name) => home.counters.get(`${campaign} closed ${name}`) ?? 0),
});

/** One page of entries that are in the order of their keys. */
export const pageOf = <Record>(
  entries: readonly Entry<Record>[],
  { after, limit }: PageRequest,
): Page<Record> => {
  const rest = entries.filter(({ key }) => key > after);
  const shown = rest.slice(0, limit);
  return {
    items: shown.map(({ record }) => record),
    next: rest.length > limit ? (shown.at(-1)?.key ?? after) : null,
  };
};
