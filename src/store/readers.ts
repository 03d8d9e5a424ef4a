import type { Store } from '../app/ports.ts';
import type { StoredCampaign } from '../app/records.ts';
import { remember } from '../app/remember.ts';
import type { AccountKey } from '../domain/ids.ts';
import { addUpdates, closeUpdates } from './bulk.ts';
import { type Database, pageOf } from './db.ts';
import type { Epochs } from './epochs.ts';
import { saveManyDevices } from './import.ts';
import { countDevices, lookForDevices } from './look.ts';
import { accountsOfUser, findAccount, getAccount, listAccounts } from './queries/accounts.ts';
import { campaignsSending } from './queries/campaign-packages.ts';
import {
  campaignsWithOpenUpdates,
  dueCampaigns,
  findCampaign,
  getCampaign,
  listCampaigns,
} from './queries/campaigns.ts';
import { findCounts } from './queries/counts.ts';
import { listCredentials } from './queries/credentials.ts';
import { findDevice, findDevices, getDevice, touchDevices } from './queries/devices.ts';
import {
  claimEvents,
  clearOutbox,
  deleteOutbox,
  hasEvents,
  hasUnclaimed,
  listEvents,
} from './queries/events.ts';
import { findIdempotency } from './queries/idempotency.ts';
import { claimJob, findJob, hasClaimableJob, jobsOfCampaign } from './queries/jobs.ts';
import { findLog } from './queries/logs.ts';
import { findBytes, findPackage, findPackages, listPackages } from './queries/packages.ts';
import { findQuery, listQueries } from './queries/queries.ts';
import { countHolders, findRole, listRoles } from './queries/roles.ts';
import { silentUpdates } from './queries/silence.ts';
import { findToken, listTokens, touchToken } from './queries/tokens.ts';
import {
  closedUpdatesOfDevice,
  findUpdate,
  listUpdates,
  openUpdates,
  openUpdatesOfDevice,
} from './queries/updates.ts';
import { countUsers, findMembership, findUser, findUserByEmail, listUsers } from './queries/users.ts';
import { fromCampaignRow, fromJobRow } from './rows/campaign.ts';
import { asKey } from './rows/codec.ts';
import { fromDeviceRow, fromPackageRow, fromQueryRow } from './rows/fleet.ts';
import { fromLoggedRows } from './rows/log.ts';
import {
  fromAccountRow,
  fromCredentialRow,
  fromIdempotencyRow,
  fromRoleIds,
  fromRoleRow,
  fromTokenRow,
  fromUserRow,
} from './rows/people.ts';
import { fromCountRows, fromListedRow, fromUpdateRow, isOpen } from './rows/update.ts';
import type { CampaignRow } from './tables.ts';

const one = async <Row, Item>(
  rows: Promise<readonly Row[]>,
  itemOf: (row: Row) => Item,
): Promise<Item | undefined> => {
  const [row] = await rows;
  return row === undefined ? undefined : itemOf(row);
};

const countOf = async (rows: Promise<readonly { readonly count: number }[]>): Promise<number> =>
  (await one(rows, ({ count }) => count)) ?? 0;

const many = async <Row, Item>(
  rows: Promise<readonly Row[]>,
  itemOf: (row: Row) => Item,
): Promise<readonly Item[]> => (await rows).map(itemOf);

const keyOf = ({ key }: { readonly key: number }): number => key;

/** Who may do something. */
export const people = ({
  read,
  write,
}: Database): Pick<Store, 'accounts' | 'users' | 'roles' | 'tokens' | 'idempotency'> => ({
  accounts: {
    find: (id) => one(findAccount(read, id), fromAccountRow),
    get: (key) => one(getAccount(read, key), fromAccountRow),
    list: async (page) => pageOf(await listAccounts(read, page), page.limit, keyOf, fromAccountRow),
    ofUser: (userId) => many(accountsOfUser(read, userId), fromAccountRow),
  },
  users: {
    find: (id) => one(findUser(read, id), fromUserRow),
    findByEmail: (email) => one(findUserByEmail(read, email.toLowerCase()), fromUserRow),
    list: async (account, page) =>
      pageOf(await listUsers(read, account, page), page.limit, keyOf, (row) => ({
        ...fromUserRow(row),
        roleIds: fromRoleIds(row.role_ids),
      })),
    membership: (account, userId) =>
      one(findMembership(read, account, userId), (row) => ({ userId, roleIds: fromRoleIds(row.role_ids) })),
    count: () => countOf(countUsers(read)),
  },
  roles: {
    find: (account, id) => one(findRole(read, account, id), fromRoleRow),
    list: (account) => many(listRoles(read, account), fromRoleRow),
    holders: (account, id) => countOf(countHolders(read, account, id)),
  },
  tokens: {
    find: (id) => one(findToken(read, id), fromTokenRow),
    list: (userId) => many(listTokens(read, userId), fromTokenRow),
    touch: async (id, at) => {
      await write((db) => touchToken(db, id, at));
    },
  },
  idempotency: {
    find: (account, key) => one(findIdempotency(read, account, key), fromIdempotencyRow),
  },
});

/** What can be updated, and by what. */
export const fleet = (database: Database): Pick<Store, 'devices' | 'packages' | 'queries'> => {
  const { read, write } = database;
  return {
    devices: {
      find: (account, id) => one(findDevice(read, account, id), fromDeviceRow),
      get: (account, key) => one(getDevice(read, account, key), fromDeviceRow),
      findMany: (account, ids) => many(findDevices(read, account, ids), fromDeviceRow),
      list: async (account, where, page) =>
        pageOf(await lookForDevices(read, account, where, page), page.limit, keyOf, fromDeviceRow),
      count: (account, where) => countDevices(read, account, where),
      saveMany: (...request) => saveManyDevices(database, ...request),
      credentials: (account, device) => many(listCredentials(read, account, device), fromCredentialRow),
      touch: async (account, seen) => {
        if (seen.length > 0) await write((db) => touchDevices(db, account, seen));
      },
    },
    packages: {
      find: (account, id) => one(findPackage(read, account, id), fromPackageRow),
      findMany: (account, ids) => many(findPackages(read, account, ids), fromPackageRow),
      list: async (account, filter, page) =>
        pageOf(await listPackages(read, account, filter, page), page.limit, keyOf, fromPackageRow),
      usedBy: (account, id) => campaignsSending(read, account, id, 10),
      hasBytes: async (sha256) => (await findBytes(read, sha256)).length > 0,
    },
    queries: {
      find: (account, id) => one(findQuery(read, account, id), fromQueryRow),
      list: async (account, page) =>
        pageOf(await listQueries(read, account, page), page.limit, keyOf, fromQueryRow),
    },
  };
};

const fromAnyAccount = (row: CampaignRow) => ({
  account: asKey<AccountKey>(row.account),
  campaign: fromCampaignRow(row),
});

const MOST_REMEMBERED = 500;

/** Campaigns and the journeys in them. Every contact of a device asks for its campaign, so those are remembered. */
export const catalogue = (
  database: Database,
  epochs: Epochs,
): Pick<Store, 'campaigns' | 'updates' | 'jobs'> => {
  const { read, write } = database;
  const recall = remember<StoredCampaign | undefined>(() => epochs.of('campaigns'), {
    most: MOST_REMEMBERED,
    isKept: (campaign) => campaign !== undefined,
  });
  return {
    campaigns: {
      find: (account, id) =>
        recall(`${account} id ${id}`, () => one(findCampaign(read, account, id), fromCampaignRow)),
      get: (account, key) =>
        recall(`${account} key ${key}`, () => one(getCampaign(read, account, key), fromCampaignRow)),
      list: async (account, filter, page) =>
        pageOf(await listCampaigns(read, account, filter, page), page.limit, keyOf, fromCampaignRow),
      counts: async (account, key) => fromCountRows(await findCounts(read, account, key)),
      due: (now, limit) => many(dueCampaigns(read, now, limit), fromAnyAccount),
      withOpenUpdates: () => many(campaignsWithOpenUpdates(read), fromAnyAccount),
    },
    updates: {
      find: (account, campaign, device) => one(findUpdate(read, account, campaign, device), fromUpdateRow),
      list: async (account, campaign, filter, page) => {
        const rows = await listUpdates(read, account, campaign, filter, page);
        return pageOf(rows, page.limit, ({ device }) => device, fromListedRow);
      },
      ofDevice: async (account, device, limit) => {
        const open = await openUpdatesOfDevice(read, account, device, limit);
        const rest = limit - open.length;
        const closed = rest > 0 ? await closedUpdatesOfDevice(read, account, device, rest) : [];
        return [...open, ...closed].map(fromListedRow);
      },
      openOf: async (account, device) =>
        (await many(openUpdates(read, account, device), fromUpdateRow)).filter(isOpen),
      log: async (account, campaign, device) =>
        fromLoggedRows(await findLog(read, account, campaign, device)),
      silent: (account, campaign, positions, before, limit) =>
        many(silentUpdates(read, account, campaign, positions, before, limit), fromUpdateRow),
      add: (request, progress) => addUpdates(database, request, progress),
      close: (request, progress) => closeUpdates(database, request, progress),
    },
    jobs: {
      find: (account, id) => one(findJob(read, account, id), fromJobRow),
      ofCampaign: (account, campaign) => many(jobsOfCampaign(read, account, campaign), fromJobRow),
      claim: async (now, leaseUntil) => {
        if (!(await hasClaimableJob(read, now))) return undefined;
        const row = await write((db) => claimJob(db, now, leaseUntil));
        return row === undefined ? undefined : fromJobRow(row);
      },
    },
  };
};

/** What happened. */
export const journal = ({ read, write }: Database): Pick<Store, 'events' | 'outbox'> => ({
  events: { list: (account, about, page) => listEvents(read, account, about, page) },
  outbox: {
    claim: async (now, leaseUntil, limit) =>
      (await hasUnclaimed(read, now)) ? write((db) => claimEvents(db, now, leaseUntil, limit)) : [],
    clear: async () => {
      if (await hasEvents(read)) await write(clearOutbox);
    },
    done: async (events) => {
      if (events.length > 0) await write((db) => deleteOutbox(db, events));
    },
  },
});
