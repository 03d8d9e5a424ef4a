import type { StoredCredential } from '../app/account-records.ts';
import type { Store } from '../app/ports.ts';
import type { AccountKey, DeviceKey } from '../domain/ids.ts';
import { matches } from '../domain/targeting.ts';
import { createEpochs, type Epochs } from './epochs.ts';
import { audit } from './memory-audit.ts';
import { addUpdates, closeUpdates, retryUpdates, saveMany } from './memory-bulk.ts';
import { countDeviceKinds, countEnds, countZones } from './memory-census.ts';
import { fleetHistory } from './memory-fleet-history.ts';
import { eventsOfDevices, expireEvents, transfersOfDevices } from './memory-history.ts';
import { logOf } from './memory-logs.ts';
import { eventsSince, overviewOf } from './memory-overview.ts';
import { leases, uploads } from './memory-processes.ts';
import { push } from './memory-push.ts';
import {
  awaitedDevices,
  campaignsWithOpenUpdates,
  candidatesOf,
  claimJob,
  dueCampaigns,
  expire,
  leaseJob,
  listEvents,
  listUpdates,
  newestSuccess,
  openUpdatesOfDevice,
  showsCampaign,
  showsPackage,
  silentUpdates,
  targetingCampaigns,
  updatesAhead,
  updatesOfDevice,
  usersOf,
} from './memory-queries.ts';
import { expireSessions, protocolSessions } from './memory-sessions.ts';
import {
  countByStatus,
  devicesById,
  markDevices,
  markUpdates,
  sliceCampaigns,
  sliceDevices,
  slicePackages,
  sliceUpdates,
  updatesByDevice,
} from './memory-slices.ts';
import { countsOf, type Home, newHome, newState, pageOf, type State, updatesOf } from './memory-state.ts';
import { attributeTalliesOf, talliesOf } from './memory-tallies.ts';
import { dueUpdates, postponeUpdate, transfersOf } from './memory-updates.ts';
import { commit } from './memory-writes.ts';

/** The fake: same behaviour, in memory, gone with the process. Records it hands out are frozen. */
export const openMemory = (): Store => {
  const state = newState();
  const epochs = createEpochs(() => 0);
  const pieces = uploads();
  let open = true;
  const at = (account: AccountKey): Home => state.homes.get(account) ?? newHome(account);
  return {
    ping: async () => {
      if (!open) throw new Error('the store is closed');
    },
    now: async () => Date.now(),
    close: async () => {
      open = false;
    },
    commit: async (change) => {
      const committed = commit(state, change);
      epochs.note([change]);
      return committed;
    },
    replica: async () => undefined,
    identityEpoch: () => epochs.of('identity'),
    contactEpochs: epochs.contacts,
    overview: async () => overviewOf(state),
    ...people(state, at),
    ...fleet(state, at, epochs.contacts, pieces),
    ...work(state, at, epochs.contacts),
    ...push(state, at),
    ...audit(at),
    protocolSessions: protocolSessions(state),
    fleetHistory: fleetHistory(at),
    leases: leases(),
    uploads: pieces,
    expire: async (before, minutesBefore = before) => {
      expire(state, before, minutesBefore);
      expireSessions(state, before);
      epochs.noteAll();
    },
  };
};

type At = (account: AccountKey) => Home;

const credentialsOf = ({ credentials }: Home, device: DeviceKey): readonly StoredCredential[] =>
  credentials
    .entries()
    .map(({ record }) => record)
    .filter((credential) => credential.device === device);

const people = (state: State, at: At): Pick<Store, 'accounts' | 'users' | 'roles' | 'tokens'> => ({
  accounts: {
    find: async (id) => state.accounts.find(id)?.record,
    get: async (key) => state.accounts.get(key),
    list: async (page) => pageOf(state.accounts.entries(), page),
    ofUser: async (userId) => {
      const accounts = state.accounts.entries().map(({ record }) => record);
      return accounts.filter(({ key }) => at(key).memberships.has(userId));
    },
  },
  users: {
    find: async (id) => state.users.find(id)?.record,
    findByEmail: async (email) =>
      state.users.entries().find(({ record }) => record.email === email.toLowerCase())?.record,
    list: async (account, page) => {
      const { memberships } = at(account);
      const members = state.users.entries().flatMap(({ key, record }) => {
        const membership = memberships.get(record.id);
        return membership === undefined ? [] : [{ key, record: { ...record, roleIds: membership.roleIds } }];
      });
      return pageOf(members, page);
    },
    membership: async (account, userId) => at(account).memberships.get(userId),
    count: async () => state.users.entries().length,
  },
  roles: {
    find: async (account, id) => at(account).roles.find(id)?.record,
    list: async (account) =>
      at(account)
        .roles.entries()
        .map(({ record }) => record),
    holders: async (account, id) =>
      [...at(account).memberships.values()].filter(({ roleIds }) => roleIds.includes(id)).length,
  },
  tokens: {
    find: async (id) => state.tokens.find(id)?.record,
    list: async (userId) => {
      const tokens = state.tokens.entries().map(({ record }) => record);
      return tokens.filter((token) => token.userId === userId && token.kind === 'api');
    },
    touch: async (id, instant) =>
      state.tokens.amend(id, (token) => ({
        ...token,
        lastUsedAt: Math.max(token.lastUsedAt, instant),
      })),
  },
});

type Contacts = Epochs['contacts'];

const fleet = (
  state: State,
  at: At,
  contacts: Contacts,
  pieces: Pick<ReturnType<typeof uploads>, 'hasBytes'>,
): Pick<Store, 'devices' | 'packages' | 'queries'> => ({
  devices: {
    find: async (account, id) => at(account).devices.find(id)?.record,
    get: async (account, key) => at(account).devices.get(key),
    findMany: async (account, ids) => findMany(at(account).devices, ids),
    list: async (account, where, page) => {
      const devices = at(account).devices.entries();
      return pageOf(
        devices.filter(({ record }) => matches(where, record)),
        page,
      );
    },
    slice: async (account, ...which) => sliceDevices(at(account), ...which),
    marks: async (account, where) => markDevices(at(account), where),
    byId: async (account, ...which) => devicesById(at(account), ...which),
    count: async (account, where) =>
      at(account)
        .devices.entries()
        .filter(({ record }) => matches(where, record)).length,
    awaited: async (account, ...which) => awaitedDevices(at(account), ...which),
    census: async (account, since) => countDeviceKinds(at(account), since),
    saveMany: async (...request) => {
      contacts.noteAccount(request[0]);
      return saveMany(state, request);
    },
    withCredentials: async (account, id) => {
      const device = at(account).devices.find(id)?.record;
      return device && { device, credentials: credentialsOf(at(account), device.key) };
    },
    credentials: async (account, device) => credentialsOf(at(account), device),
    preSharedKey: async (identity) =>
      state.homes
        .values()
        .flatMap(({ account, credentials }) =>
          credentials.entries().map(({ record: credential }) => ({ account, credential })),
        )
        .find(({ credential }) => credential.kind === 'psk' && credential.identity === identity),
    touch: async (account, seen) => {
      const { devices } = at(account);
      for (const { device, at: instant } of seen) {
        devices.amend(devices.get(device)?.id ?? '', (found) => ({
          ...found,
          lastSeenAt: Math.max(found.lastSeenAt, instant),
        }));
      }
    },
  },
  packages: {
    find: async (account, id) => at(account).packages.find(id)?.record,
    findMany: async (account, ids) => findMany(at(account).packages, ids),
    list: async (account, filter, page) =>
      pageOf(at(account).packages.entries().filter(showsPackage(filter)), page),
    slice: async (account, ...which) => slicePackages(at(account), ...which),
    usedBy: async (account, id) => usersOf(at(account), id),
    hasBytes: async (sha256) =>
      pieces.hasBytes(sha256) ||
      state.homes
        .values()
        .some(({ packages }) => packages.entries().some(({ record }) => record.digests.sha256 === sha256)),
  },
  queries: {
    find: async (account, id) => at(account).queries.find(id)?.record,
    list: async (account, page) => pageOf(at(account).queries.entries(), page),
  },
});

const findMany = <Record>(
  rows: { readonly find: (id: string) => { readonly record: Record } | undefined },
  ids: readonly string[],
): readonly Record[] =>
  [...new Set(ids)].map((id) => rows.find(id)?.record).filter((record) => record !== undefined);

type Work = Pick<Store, 'campaigns' | 'updates' | 'events' | 'jobs' | 'idempotency'>;

const work = (state: State, at: At, contacts: Contacts): Work => ({
  campaigns: {
    find: async (account, id) => at(account).campaigns.find(id)?.record,
    get: async (account, key) => at(account).campaigns.get(key),
    list: async (account, filter, page) =>
      pageOf(at(account).campaigns.entries().filter(showsCampaign(filter)), page),
    slice: async (account, ...which) => sliceCampaigns(at(account), ...which),
    countByStatus: async (account) => countByStatus(at(account)),
    hasOwnPackages: async (account, key) =>
      updatesOf(at(account), key).some(({ packages }) => packages !== null && packages.length > 0),
    counts: async (account, key) => countsOf(at(account), key),
    tallies: async (account, key, scopes) => talliesOf(at(account), key, scopes),
    attributeTallies: async (account, key) => attributeTalliesOf(at(account), key),
    targeting: async (account) => targetingCampaigns(at(account)),
    due: async (now, limit) => dueCampaigns(state, now, limit),
    withOpenUpdates: async () => campaignsWithOpenUpdates(state),
  },
  updates: {
    find: async (account, campaign, device) => at(account).updates.get(campaign)?.get(device),
    list: async (account, campaign, filter, page) => listUpdates(at(account), campaign, filter, page),
    slice: async (account, ...which) => sliceUpdates(at(account), ...which),
    marks: async (account, ...which) => markUpdates(at(account), ...which),
    candidates: async (account, ...which) => candidatesOf(at(account), ...which),
    byDevice: async (account, ...which) => updatesByDevice(at(account), ...which),
    transfersOf: async (account, ...which) => transfersOfDevices(at(account), ...which),
    transfers: async (account, campaign, device) => transfersOf(at(account), campaign, device),
    due: async (now, limit) => dueUpdates(state, now, limit),
    postpone: async (account, update, until) => postponeUpdate(at(account), update, until),
    ofDevice: async (account, device, limit) => updatesOfDevice(at(account), device, limit),
    openOf: async (account, device) => openUpdatesOfDevice(at(account), device),
    newestSuccess: async (account, device) => newestSuccess(at(account), device),
    ends: async (account, ...which) => countEnds(at(account), ...which),
    zones: async (account, campaign) => countZones(at(account), campaign),
    log: async (account, campaign, device) => logOf(at(account), campaign, device),
    ahead: async (account, ...which) => updatesAhead(at(account), ...which),
    silent: async (account, ...which) => silentUpdates(at(account), ...which),
    add: async (request, progress) => {
      contacts.noteAccount(request.account);
      return addUpdates(state, request, progress);
    },
    retry: async (request, progress) => {
      contacts.noteAccount(request.account);
      return retryUpdates(state, request, progress);
    },
    close: async (request, progress) => {
      contacts.noteAccount(request.account);
      return closeUpdates(state, request, progress);
    },
  },
  events: {
    list: async (account, about, page) => listEvents(at(account), about, page),
    since: async (account, page) => eventsSince(at(account), page),
    ofDevices: async (account, ...which) => eventsOfDevices(at(account), ...which),
    expire: async (account, ...which) => expireEvents(at(account), ...which),
    turn: async (_, before) => before,
  },
  jobs: {
    find: async (account, id) => at(account).jobs.find(id)?.record,
    ofCampaign: async (account, campaign) => {
      const jobs = at(account).jobs.entries();
      return jobs.map(({ record }) => record).filter((job) => job.campaign === campaign);
    },
    claim: async (now, leaseUntil) => claimJob(state, now, leaseUntil),
    renew: async ({ account, id }, held, leaseUntil) => leaseJob(at(account), id, held, leaseUntil),
    release: async ({ account, id }, held) => void leaseJob(at(account), id, held, 0),
  },
  idempotency: {
    find: async (account, key) => {
      const found = at(account).idempotency.get(key);
      if (found === undefined) return undefined;
      const { at: _, ...first } = found;
      return first;
    },
  },
});
