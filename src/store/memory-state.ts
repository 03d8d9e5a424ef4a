import type {
  Account,
  Credential,
  Membership,
  Role,
  StoredAccount,
  StoredCredential,
  StoredRole,
  StoredToken,
  StoredUser,
  Token,
  User,
} from '../app/account-records.ts';
import type { AuditedChange, AuditLink } from '../app/audit-entry.ts';
import { isAudited, noteOf } from '../app/audit-of-change.ts';
import type { FleetPoint } from '../app/census-ports.ts';
import type {
  Destination,
  StoredDestination,
  StoredSubscription,
  Subscription,
} from '../app/delivery-records.ts';
import type { NewEvent, StoredEvent, Subject } from '../app/event-records.ts';
import type { Job, StoredJob } from '../app/job-records.ts';
import type { Counts, Page, PageRequest } from '../app/lists.ts';
import type { StoredProtocolSession } from '../app/protocol-ports.ts';
import type {
  SavedQuery,
  Stored,
  StoredCampaign,
  StoredDevice,
  StoredDocument,
  StoredPackage,
  StoredQuery,
  StoredUpdate,
  Transfers,
  UpdateLog,
  WireDocument,
} from '../app/records.ts';
import type { Idempotency } from '../app/writes.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { Device } from '../domain/device.ts';
import type { AccountKey, CampaignKey, DeviceKey, PackageKey, UserKey } from '../domain/ids.ts';
import type { Package } from '../domain/package.ts';
import { type Position, positions } from '../domain/position.ts';
import type { Instant } from '../domain/time.ts';
import { clockDue, type Outcome, outcomes, type Update } from '../domain/update.ts';
import { appendAudit } from './memory-audit.ts';
import { type Deliveries, newDeliveries } from './memory-deliveries.ts';
import {
  copy,
  type Entry,
  put,
  type Table,
  type TableOptions,
  table,
  take,
  type Undo,
} from './memory-table.ts';
import { moveTallies } from './memory-tallies.ts';
import { bareActor, wireOf } from './rows/event.ts';

/** What one account owns. */
export type Home = {
  readonly account: AccountKey;
  readonly id: string;
  readonly roles: Table<Role, StoredRole>;
  readonly memberships: Map<string, Membership>;
  readonly devices: Table<Device, StoredDevice>;
  readonly credentials: Table<Credential, StoredCredential>;
  readonly packages: Table<Package, StoredPackage>;
  readonly queries: Table<SavedQuery, StoredQuery>;
  readonly campaigns: Table<Campaign, StoredCampaign>;
  /** By kind. */
  readonly documents: Map<string, Table<WireDocument, StoredDocument>>;
  readonly destinations: Table<Destination, StoredDestination>;
  readonly subscriptions: Table<Subscription, StoredSubscription>;
  readonly deliveries: Deliveries;
  readonly jobs: Table<Job, StoredJob>;
  /** By job id. */
  readonly leases: Map<string, Instant>;
  readonly updates: Map<CampaignKey, Map<DeviceKey, StoredUpdate>>;
  /** By campaign and device key. */
  readonly logs: Map<string, UpdateLog>;
  /** By campaign and device key. */
  readonly transfers: Map<string, Transfers>;
  /** By campaign and device key: when an open update is looked at again. */
  readonly dues: Map<string, Instant>;
  readonly counters: Map<string, number>;
  /** By campaign key, tally and scope. */
  readonly tallies: Map<string, number>;
  /** By sequence number. */
  readonly events: Map<number, StoredEvent>;
  /** The sequence number of the last event, which may be forgotten. */
  readonly last: Map<'event', number>;
  /** By number. */
  readonly audit: Map<number, AuditLink>;
  /** Sequence numbers not yet handed on, with the instant until which they are hidden. */
  readonly outbox: Map<number, Instant>;
  readonly idempotency: Map<string, Idempotency & { readonly at: Instant }>;
  /** By instant. */
  readonly fleet: Map<Instant, FleetPoint>;
};

export type State = {
  readonly accounts: Table<Account, StoredAccount>;
  readonly users: Table<User, StoredUser>;
  readonly tokens: Table<Token, StoredToken>;
  readonly homes: Map<AccountKey, Home>;
  /** By kind, account and device key. */
  readonly sessions: Map<string, StoredProtocolSession>;
  /** Where a session of a kind and name was last; it may be gone or have another name by now. */
  readonly sessionNames: Map<string, string>;
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
  sessions: new Map(),
  sessionNames: new Map(),
});

export const newHome = (account: AccountKey, id = ''): Home => ({
  account,
  id,
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
  documents: new Map(),
  destinations: keyedTable<Destination, number>({
    entity: 'destination',
    unique: ({ name }) => folded(name),
  }),
  subscriptions: versionedTable({ entity: 'subscription' }),
  deliveries: newDeliveries(),
  jobs: table<Job, StoredJob>({
    entity: 'job',
    record: (value, _, version) => ({ ...value, account, version }),
    versionOf,
  }),
  leases: new Map(),
  updates: new Map(),
  logs: new Map(),
  transfers: new Map(),
  dues: new Map(),
  counters: new Map(),
  tallies: new Map(),
  events: new Map(),
  last: new Map(),
  audit: new Map(),
  outbox: new Map(),
  idempotency: new Map(),
  fleet: new Map(),
});

/** An account's documents of a kind. */
export const documentsOf = ({ documents }: Home, kind: string): Table<WireDocument, StoredDocument> => {
  const unique = ({ name }: WireDocument) => (name === '' ? undefined : folded(name));
  const found = documents.get(kind) ?? keyedTable<WireDocument, number>({ entity: 'document', unique });
  documents.set(kind, found);
  return found;
};

/** The key of a subject; `null` for none, and for one that nobody has inserted. */
export const keyOf = <Key extends number>(
  table: { find(id: string): { readonly record: { readonly key: Key } } | undefined },
  subject: Subject<Key>,
): Key | null => {
  if (subject === null || typeof subject === 'number') return subject;
  return table.find(subject.inserted)?.record.key ?? null;
};

/**
 * Appends an event, its outbox row if somebody may follow it and what the audit tells of it; comes after the writes,
 * which it may be about.
 */
export const append = (undo: Undo, home: Home, event: NewEvent, changes?: readonly AuditedChange[]): void => {
  const seq = (home.last.get('event') ?? 0) + 1;
  const [actor, wire] = [bareActor(event.actor), wireOf(event.actor)];
  const campaign = keyOf(home.campaigns, event.campaign);
  const device = keyOf(home.devices, event.device);
  const stored = { ...event, actor, campaign, device, account: home.account, seq };
  put(undo, home.events, seq, copy({ ...stored, ...(wire !== undefined && { wire }) }));
  put(undo, home.last, 'event', seq);
  if (home.subscriptions.entries().length > 0) put(undo, home.outbox, seq, 0);
  if (isAudited(event)) appendAudit(undo, home, noteOf(event, changes));
};

/** Makes of a record what its columns would keep: nothing beside its own fields. */
const plain = (update: Update): Update => {
  const { status, position, since, attempt, slots, packages, generation, admission } = update;
  const journey = { position, since, attempt, slots, packages, generation, admission };
  if (status === 'open') {
    const { notBefore, recall, queue } = update;
    return { ...journey, status, notBefore, recall, queue };
  }
  const { outcome, reason, message } = update;
  return { ...journey, status, outcome, reason, message };
};

const placeOf = (update: Update): string =>
  update.status === 'open' ? `open ${update.position}` : `closed ${update.outcome} ${update.position}`;

const count = (undo: Undo, home: Home, campaign: CampaignKey, update: Update, by: 1 | -1): void => {
  const place = `${campaign} ${placeOf(update)}`;
  put(undo, home.counters, place, (home.counters.get(place) ?? 0) + by);
};

export const updatesOf = (home: Home, campaign: CampaignKey): readonly StoredUpdate[] =>
  [...(home.updates.get(campaign)?.values() ?? [])].sort((a, b) => a.device - b.device);

type Place = { readonly campaign: CampaignKey; readonly device: DeviceKey };

/** Under which name an update's log and the like are found. */
export const placeName = ({ campaign, device }: Place): string => `${campaign} ${device}`;

/** Sets when an open update is looked at again. */
export const setDue = (undo: Undo, home: Home, place: Place, at: Instant | null): void => {
  if (at === null) take(undo, home.dues, placeName(place));
  else put(undo, home.dues, placeName(place), at);
};

/**
 * Puts an update in the place of the one that was there, and keeps the counters and what was heard last. `heard` is
 * given for a new journey only.
 */
export const putUpdate = (undo: Undo, home: Home, at: Place, value: Update, heard?: Instant): void => {
  const { campaign, device } = at;
  const members = home.updates.get(campaign) ?? new Map<DeviceKey, StoredUpdate>();
  home.updates.set(campaign, members);
  const before = members.get(device);
  if (before !== undefined) count(undo, home, campaign, before, -1);
  count(undo, home, campaign, value, 1);
  moveTallies(undo, home, campaign, before ?? null, value);
  const version = (before?.version ?? 0) + 1;
  const heardAt = heard ?? Math.max(before?.heardAt ?? 0, value.since);
  const handedAt = heard === undefined ? (before?.handedAt ?? 0) : 0;
  put(undo, members, device, copy({ ...plain(value), campaign, device, version, heardAt, handedAt }));
  setDue(undo, home, at, clockDue(value));
};

export const dropUpdate = (undo: Undo, home: Home, { campaign, device }: StoredUpdate): void => {
  const members = home.updates.get(campaign);
  const before = members?.get(device);
  if (members === undefined || before === undefined) return;
  count(undo, home, campaign, before, -1);
  moveTallies(undo, home, campaign, before, null);
  take(undo, members, device);
  take(undo, home.dues, placeName(before));
  take(undo, home.transfers, placeName(before));
};

const numbers = <Name extends string>(
  names: readonly Name[],
  countOf: (name: Name) => number,
): Partial<Record<Name, number>> => {
  const found: Partial<Record<Name, number>> = {};
  for (const name of names) if (countOf(name) > 0) found[name] = countOf(name);
  return found;
};

const sum = (counts: readonly number[]): number => counts.reduce((total, one) => total + one, 0);

export const countsOf = ({ counters }: Home, campaign: CampaignKey): Counts => {
  const ended = (outcome: Outcome, position: Position): number =>
    counters.get(`${campaign} closed ${outcome} ${position}`) ?? 0;
  const present = outcomes.filter((outcome) => outcome !== 'removed');
  return {
    open: numbers<Position>(positions, (name) => counters.get(`${campaign} open ${name}`) ?? 0),
    closed: numbers<Outcome>(outcomes, (name) => sum(positions.map((position) => ended(name, position)))),
    closedAt: numbers<Position>(positions, (name) => sum(present.map((outcome) => ended(outcome, name)))),
  };
};

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
