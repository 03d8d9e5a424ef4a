import type { StoredAccount } from '../app/account-records.ts';
import type { Store } from '../app/ports.ts';
import type { StoredCampaign, StoredPackage } from '../app/records.ts';
import { remember } from '../app/remember.ts';
import type { AccountKey, CampaignKey } from '../domain/ids.ts';
import { type Database, type Db, idPageOf, pageOf, persist } from './db.ts';
import type { Epochs } from './epochs.ts';
import { turnPartitions } from './event-partitions.ts';
import { saveManyDevices } from './import.ts';
import { countDevices, lookForDevices } from './look.ts';
import { accountsOfUser, findAccount, getAccount, listAccounts } from './queries/accounts.ts';
import { findHead, linksAfter, linksBefore } from './queries/audit.ts';
import { awaitedDevices } from './queries/awaited.ts';
import { devicesById } from './queries/by-device-id.ts';
import { countByStatus, countCampaigns, listCampaigns, sliceCampaigns } from './queries/campaign-lists.ts';
import { campaignsSending, findOwnPackage } from './queries/campaign-packages.ts';
import {
  campaignsWithOpenUpdates,
  dueCampaigns,
  findCampaign,
  getCampaign,
  targetingCampaigns,
} from './queries/campaigns.ts';
import { countDeviceKinds } from './queries/census.ts';
import { findCounts } from './queries/counts.ts';
import { findPreSharedKey, findWithCredentials, listCredentials } from './queries/credentials.ts';
import { sliceDevices } from './queries/device-slices.ts';
import { findDevice, findDevices, getDevice, touchDevices } from './queries/devices.ts';
import { eventsOfDevices, expireEvents, listOfDevices } from './queries/event-history.ts';
import { listEvents } from './queries/events.ts';
import { findIdempotency } from './queries/idempotency.ts';
import { claimJob, findJob, hasClaimableJob, jobsOfCampaign, releaseJob, renewJob } from './queries/jobs.ts';
import { deviceMarks } from './queries/marks.ts';
import { countsOfAll, eventsSince, outboxState } from './queries/overview.ts';
import {
  countPackages,
  findBytes,
  findPackage,
  findPackages,
  listPackages,
  slicePackages,
} from './queries/packages.ts';
import { findQuery, listQueries } from './queries/queries.ts';
import { countHolders, findRole, listRoles } from './queries/roles.ts';
import { findAttributeTallies, findTallies } from './queries/tallies.ts';
import { findToken, listTokens, touchToken } from './queries/tokens.ts';
import { findPieceOf } from './queries/uploads.ts';
import { countUsers, findMembership, findUser, findUserByEmail, listUsers } from './queries/users.ts';
import { fromAuditRow } from './rows/audit.ts';
import { fromCampaignRow, fromJobRow, fromStatusRows } from './rows/campaign.ts';
import { asKey } from './rows/codec.ts';
import { fromEventRow } from './rows/event.ts';
import { fromDeviceRow, fromPackageRow, fromQueryRow } from './rows/fleet.ts';
import {
  credentialIn,
  fromAccountRow,
  fromCredentialRow,
  fromIdempotencyRow,
  fromRoleIds,
  fromRoleRow,
  fromTokenRow,
  fromUserRow,
} from './rows/people.ts';
import { fromCountRows } from './rows/update.ts';
import type { CampaignRow } from './tables.ts';
import { fromTallyRows, wholeScopes } from './tallies.ts';
import type { UpdateMemory } from './update-memory.ts';
import { updateReader } from './update-reader.ts';

export const one = async <Row, Item>(
  rows: Promise<readonly Row[]>,
  itemOf: (row: Row) => Item,
): Promise<Item | undefined> => {
  const [row] = await rows;
  return row === undefined ? undefined : itemOf(row);
};

export const countOf = async (rows: Promise<readonly { readonly count: number }[]>): Promise<number> =>
  (await one(rows, ({ count }) => count)) ?? 0;

export const many = async <Row, Item>(
  rows: Promise<readonly Row[]>,
  itemOf: (row: Row) => Item,
): Promise<readonly Item[]> => (await rows).map(itemOf);

export const keyOf = ({ key }: { readonly key: number }): number => key;

const MOST_REMEMBERED = 500;
/** Packages that a device gets are few. */
const MOST_TOGETHER = 20;

const rememberedAccounts = (read: Db, epochs: Epochs): Pick<Store['accounts'], 'find' | 'get'> => {
  const recall = remember<StoredAccount | undefined>(() => epochs.of('identity'), {
    most: MOST_REMEMBERED,
    isKept: (account) => account !== undefined,
  });
  return {
    find: (id) => recall(`id ${id}`, () => one(findAccount(read, id), fromAccountRow)),
    get: (key) => recall(`key ${key}`, () => one(getAccount(read, key), fromAccountRow)),
  };
};

/** Who may do something. Every contact of a device asks for its account, so those are remembered. */
export const people = (
  { read, write }: Database,
  epochs: Epochs,
): Pick<Store, 'accounts' | 'users' | 'roles' | 'tokens' | 'idempotency'> => ({
  accounts: {
    ...rememberedAccounts(read, epochs),
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
export const fleet = (
  database: Database,
  epochs: Epochs,
): Pick<Store, 'devices' | 'packages' | 'queries'> => {
  const { read, lists } = database;
  const recall = remember<readonly StoredPackage[]>(() => epochs.of('packages'), {
    most: MOST_REMEMBERED,
    isKept: (packages) => packages.length <= MOST_TOGETHER,
  });
  return {
    devices: {
      find: (account, id) => one(findDevice(read, account, id), fromDeviceRow),
      get: (account, key) => one(getDevice(read, account, key), fromDeviceRow),
      findMany: (account, ids) => many(findDevices(read, account, ids), fromDeviceRow),
      list: async (account, where, page) =>
        pageOf(await lookForDevices(lists, account, where, page), page.limit, keyOf, fromDeviceRow),
      slice: async (account, where, slice) => {
        const { rows, total } = await sliceDevices(lists, account, where, slice);
        return { items: rows.map(fromDeviceRow), total };
      },
      marks: (account, where) => deviceMarks(lists, account, where),
      byId: async (account, where, page) =>
        idPageOf(await devicesById(lists, account, where, page), page.limit, fromDeviceRow),
      count: (account, where) => countDevices(lists, account, where),
      awaited: async (account, protocol, seenBefore, page) => {
        const rows = await awaitedDevices(read, account, protocol, seenBefore, page);
        const next = rows.length < page.limit ? null : (rows.at(-1)?.key ?? null);
        return { items: rows.filter(({ awaited }) => awaited === 1).map(fromDeviceRow), next };
      },
      census: (account, since) => countDeviceKinds(lists, account, since),
      saveMany: (account, rows, by) =>
        saveManyDevices(database, account, rows, by).finally(() => epochs.contacts.noteAccount(account)),
      withCredentials: async (account, id) => {
        const rows = await findWithCredentials(read, account, id);
        const [row] = rows;
        return row && { device: fromDeviceRow(row), credentials: rows.flatMap(credentialIn) };
      },
      credentials: (account, device) => many(listCredentials(read, account, device), fromCredentialRow),
      preSharedKey: async (identity) => {
        // Identities come from devices, and no column holds a NUL.
        if (identity.includes('\0')) return undefined;
        return one(findPreSharedKey(read, identity), (row) => ({
          account: asKey<AccountKey>(row.account),
          credential: fromCredentialRow(row),
        }));
      },
      touch: async (account, seen) => {
        if (seen.length > 0) await persist(database, (db) => touchDevices(db, account, seen));
      },
    },
    packages: {
      find: (account, id) => one(findPackage(read, account, id), fromPackageRow),
      findMany: (account, ids) =>
        recall(`${account} ${ids.join(' ')}`, () => many(findPackages(read, account, ids), fromPackageRow)),
      list: async (account, filter, page) =>
        pageOf(await listPackages(lists, account, filter, page), page.limit, keyOf, fromPackageRow),
      slice: async (account, filter, slice) => ({
        items: await many(slicePackages(lists, account, filter, slice), fromPackageRow),
        total: await countOf(countPackages(lists, account, filter)),
      }),
      usedBy: (account, id) => campaignsSending(read, account, id, 10),
      hasBytes: async (sha256) =>
        (await findBytes(read, sha256)).length > 0 || (await findPieceOf(read, sha256)).length > 0,
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

/** Campaigns and the journeys in them. Every contact of a device asks for its campaign, so those are remembered. */
export const catalogue = (
  database: Database,
  epochs: Epochs,
  memory: Pick<UpdateMemory, 'find'>,
): Pick<Store, 'campaigns' | 'updates' | 'jobs'> => {
  const { read, lists, write } = database;
  const recall = remember<StoredCampaign | undefined>(() => epochs.of('campaigns'), {
    most: MOST_REMEMBERED,
    isKept: (campaign) => campaign !== undefined,
  });
  const recallTargeting = remember<readonly StoredCampaign[]>(() => epochs.of('campaigns'), {
    most: MOST_REMEMBERED,
    isKept: () => true,
  });
  const get = (account: AccountKey, key: CampaignKey): Promise<StoredCampaign | undefined> =>
    recall(`${account} key ${key}`, () => one(getCampaign(read, account, key), fromCampaignRow));
  return {
    campaigns: {
      find: (account, id) =>
        recall(`${account} id ${id}`, () => one(findCampaign(read, account, id), fromCampaignRow)),
      get,
      list: async (account, filter, page) =>
        pageOf(await listCampaigns(lists, account, filter, page), page.limit, keyOf, fromCampaignRow),
      slice: async (account, filter, slice) => ({
        items: await many(sliceCampaigns(lists, account, filter, slice), fromCampaignRow),
        total: await countOf(countCampaigns(lists, account, filter)),
      }),
      countByStatus: async (account) => fromStatusRows(await countByStatus(lists, account)),
      hasOwnPackages: async (account, key) => (await findOwnPackage(read, account, key)).length > 0,
      counts: async (account, key) => fromCountRows(await findCounts(read, account, key)),
      tallies: async (account, key, scopes) =>
        fromTallyRows(scopes, await findTallies(read, account, key, scopes)),
      attributeTallies: async (account, key) => {
        const rows = await findAttributeTallies(read, account, key);
        return fromTallyRows(wholeScopes(rows), rows);
      },
      targeting: (account) =>
        recallTargeting(`${account}`, () => many(targetingCampaigns(read, account), fromCampaignRow)),
      due: (now, limit) => many(dueCampaigns(read, now, limit), fromAnyAccount),
      withOpenUpdates: () => many(campaignsWithOpenUpdates(read), fromAnyAccount),
    },
    updates: updateReader(database, get, epochs.contacts, memory),
    jobs: {
      find: (account, id) => one(findJob(read, account, id), fromJobRow),
      ofCampaign: (account, campaign) => many(jobsOfCampaign(read, account, campaign), fromJobRow),
      claim: async (now, leaseUntil) => {
        if (!(await hasClaimableJob(read, now))) return undefined;
        const row = await write((db) => claimJob(db, now, leaseUntil));
        return row === undefined ? undefined : fromJobRow(row);
      },
      renew: async (job, held, leaseUntil) => {
        const row = await write((db) => renewJob(db, job, held, leaseUntil));
        return row === undefined ? undefined : fromJobRow(row);
      },
      release: async (job, held) => {
        await write((db) => releaseJob(db, job, held));
      },
    },
  };
};

/** Whoever asks for one piece may ask for the next: where reading takes this thread, others have their turn between. */
const inTurn = async <Answer>(reading: Promise<Answer>): Promise<Answer> => {
  const answer = await reading;
  await new Promise(setImmediate);
  return answer;
};

/** What happened. */
export const journal = (database: Database): Pick<Store, 'events' | 'audit' | 'overview'> => {
  const { read, lists, write } = database;
  return {
    events: {
      list: (account, about, page) => inTurn(listEvents(lists, account, about, page)),
      since: (account, { after, limit }) => eventsSince(read, account, after, limit),
      ofDevices: (account, campaign, devices) =>
        inTurn(many(eventsOfDevices(lists, account, campaign, listOfDevices(devices)), fromEventRow)),
      expire: (account, before, page) => write((db) => expireEvents(db, account, before, page)),
      turn: async (now, before) =>
        read.engine.schema.partitions ? turnPartitions(database, now, before) : before,
    },
    audit: {
      head: (account) => findHead(read, account),
      after: (account, n, limit) => inTurn(many(linksAfter(lists, account, n, limit), fromAuditRow)),
      before: (account, n, limit) => inTurn(many(linksBefore(lists, account, n, limit), fromAuditRow)),
    },
    overview: async () => {
      const updates = fromCountRows(
        (await countsOfAll(read)).map(({ slot, count }) => ({ slot, count: Number(count) })),
      );
      const [outbox] = await outboxState(read);
      const oldest = outbox?.oldest ?? null;
      return {
        updates: { open: updates.open, closed: updates.closed },
        outbox: { depth: Number(outbox?.depth ?? 0), oldest: oldest === null ? null : Number(oldest) },
      };
    },
  };
};
