import { gather } from '../app/gather.ts';
import type { Store } from '../app/ports.ts';
import type { StoredCampaign } from '../app/records.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../domain/ids.ts';
import { addUpdates, closeUpdates, retryUpdates } from './bulk.ts';
import { type Database, type Db, idPageOf, pageOf, persist } from './db.ts';
import type { Epochs } from './epochs.ts';
import { updatesByDevice } from './queries/by-device-id.ts';
import { candidates } from './queries/candidates.ts';
import { countEnds, countZones } from './queries/census.ts';
import { dueUpdates, type Postponement, postponeUpdates } from './queries/due-updates.ts';
import { findLog } from './queries/logs.ts';
import { updateMarks } from './queries/marks.ts';
import { countAhead } from './queries/queue.ts';
import { silentUpdates } from './queries/silence.ts';
import { findTransfers, findTransfersOf } from './queries/transfers.ts';
import { sliceUpdates } from './queries/update-slices.ts';
import {
  closedUpdatesOfDevice,
  findUpdate,
  listUpdates,
  newestSuccess,
  openUpdates,
  openUpdatesOfDevice,
} from './queries/updates.ts';
import { fromCandidateRows } from './rows/candidate.ts';
import { asKey } from './rows/codec.ts';
import { fromLoggedRows } from './rows/log.ts';
import { fromTransfersRow } from './rows/transfers.ts';
import { fromListedRow, fromUpdateRow, isOpen } from './rows/update.ts';
import type { UpdateMemory } from './update-memory.ts';

type Updates = Store['updates'];
type Due = Awaited<ReturnType<Updates['due']>>;
type Bulk = Parameters<Updates['add' | 'retry' | 'close']>[0];
type GetCampaign = (account: AccountKey, key: CampaignKey) => Promise<StoredCampaign | undefined>;

/** Journeys of devices in campaigns. */
export const updateReader = (
  database: Database,
  getCampaign: GetCampaign,
  contacts: Epochs['contacts'],
  memory: Pick<UpdateMemory, 'find'>,
): Updates => {
  const { read, lists } = database;
  /** Tells of each transaction that it may concern any device of the account, before anybody goes on. */
  const noting = ({ account }: Bulk): Database => ({
    ...database,
    write: (work) => database.write(work).finally(() => contacts.noteAccount(account)),
  });
  // Those that one turn of the event loop puts off share a flush.
  const postpone = gather<Postponement>(
    async (given) => {
      await persist(database, (db) => postponeUpdates(db, given));
    },
    () => new Promise((resolve) => setImmediate(resolve)),
  );
  return {
    find: (account, campaign, device) =>
      memory.find(account, campaign, device, async () => {
        const [row] = await findUpdate(read, account, campaign, device);
        return row && fromUpdateRow(row);
      }),
    list: async (account, campaign, filter, page) => {
      const rows = await listUpdates(lists, account, campaign, filter, page);
      return pageOf(rows, page.limit, ({ device }) => device, fromListedRow);
    },
    slice: async (account, campaign, filter, slice) => {
      const { rows, total } = await sliceUpdates(lists, account, campaign, filter, slice);
      return { items: rows.map(fromListedRow), total };
    },
    marks: (account, campaign, filter) => updateMarks(lists, account, campaign, filter),
    candidates: async (account, campaign, page) => {
      const rows = await candidates(lists, account, campaign, page);
      const items = fromCandidateRows(rows.slice(0, page.limit));
      return { items, next: rows.length > page.limit ? (rows.at(-2)?.device ?? null) : null };
    },
    byDevice: async (account, campaign, page) =>
      idPageOf(await updatesByDevice(lists, { account, campaign }, page), page.limit, fromListedRow),
    ahead: (...which) => countAhead(read, ...which),
    transfersOf: async (account, campaign, devices) => {
      const rows = await findTransfersOf(lists, account, campaign, JSON.stringify(devices));
      return new Map(rows.map((row) => [asKey<DeviceKey>(row.device), fromTransfersRow(row)]));
    },
    transfers: async (account, campaign, device) => {
      const [row] = await findTransfers(read, account, campaign, device);
      return row && fromTransfersRow(row);
    },
    due: (now, limit) => findDue(read, getCampaign, now, limit),
    postpone: (account, update, until) => postpone({ account, update, until }),
    ofDevice: async (account, device, limit) => {
      const open = await openUpdatesOfDevice(read, account, device, limit);
      const rest = limit - open.length;
      const closed = rest > 0 ? await closedUpdatesOfDevice(read, account, device, rest) : [];
      return [...open, ...closed].map(fromListedRow);
    },
    openOf: async (account, device) =>
      (await openUpdates(read, account, device)).map(fromUpdateRow).filter(isOpen),
    newestSuccess: async (account, device) => {
      const [row] = await newestSuccess(read, account, device);
      return row && fromUpdateRow(row);
    },
    ends: (account, campaign, every) => countEnds(lists, account, campaign, every),
    zones: (account, campaign) => countZones(lists, account, campaign),
    log: async (account, campaign, device) => fromLoggedRows(await findLog(read, account, campaign, device)),
    silent: async (account, campaign, positions, before, limit) =>
      (await silentUpdates(read, account, campaign, positions, before, limit)).map(fromUpdateRow),
    add: (request, progress) => addUpdates(noting(request), request, progress),
    retry: (request, progress) => retryUpdates(noting(request), request, progress),
    close: (request, progress) => closeUpdates(noting(request), request, progress),
  };
};

const findDue = async (read: Db, getCampaign: GetCampaign, now: number, limit: number): Promise<Due> => {
  const due: Due[number][] = [];
  const campaigns = new Map<string, StoredCampaign | undefined>();
  for (const row of await dueUpdates(read, now, limit)) {
    const account = asKey<AccountKey>(row.account);
    const update = fromUpdateRow(row);
    const name = `${account} ${update.campaign}`;
    if (!campaigns.has(name)) campaigns.set(name, await getCampaign(account, update.campaign));
    const campaign = campaigns.get(name);
    if (campaign?.status === 'running' && isOpen(update)) due.push({ account, campaign, update });
  }
  return due;
};
