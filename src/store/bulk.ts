import { sql } from 'kysely';
import type {
  AddedUpdates,
  AddUpdates,
  ClosedUpdates,
  CloseUpdates,
  JobProgress,
  Progress,
} from '../app/ports.ts';
import type { EventBody } from '../app/records.ts';
import { newUpdate, reasons } from '../domain/update.ts';
import { type Database, type Db, persist } from './db.ts';
import { holdCampaign } from './queries/campaigns.ts';
import { addToCounts, type CountDelta } from './queries/counts.ts';
import { appendEvents } from './queries/events.ts';
import { updateJob } from './queries/jobs.ts';
import { deleteLogsOfMembers } from './queries/logs.ts';
import {
  addMembers,
  addSpan,
  CLOSED,
  closeMembers,
  countPlaces,
  deviceKeys,
  deviceSpan,
  holdMembers,
  type Members,
  memberSpan,
  membersAre,
  membersIn,
  OPEN,
  restartMembers,
} from './queries/members.ts';
import { answering, recallMembers } from './queries/recalls.ts';
import { where } from './queries/where.ts';
import { indexOf } from './rows/codec.ts';
import { CLOSED_SLOTS, outcomeIndex, slotOf, toUpdateCells } from './rows/update.ts';

type By<Request, Kind> = Extract<Request, { readonly by: Kind }>;
type Bulk = Pick<AddUpdates, 'account' | 'campaign' | 'actor' | 'now'>;

/** Adds devices to a campaign as `Store.updates.add` says. */
export const addUpdates = (
  database: Database,
  request: AddUpdates,
  progress: Progress<AddedUpdates> | undefined,
): Promise<AddedUpdates> =>
  aside(database, async (db) => {
    await hold(db, request, true);
    const done = request.by === 'ids' ? await addByIds(db, request) : await addByQuery(db, request);
    if (progress !== undefined) await saveProgress(db, request, progress(done));
    if (done.added > 0) await note(db, request, { type: 'updates-added', count: done.added });
    return done;
  });

/** Closes updates of a campaign as `Store.updates.close` says. */
export const closeUpdates = (
  database: Database,
  request: CloseUpdates,
  progress: Progress<ClosedUpdates> | undefined,
): Promise<ClosedUpdates> =>
  aside(database, async (db) => {
    await hold(db, request, false);
    const done = request.by === 'ids' ? await closeByIds(db, request) : await closeAll(db, request);
    if (progress !== undefined) await saveProgress(db, request, progress(done));
    const { outcome, reason } = request;
    const { closed, recalled } = done;
    if (closed > 0) await note(db, request, { type: 'updates-closed', count: closed, outcome, reason });
    if (recalled > 0) await note(db, request, { type: 'updates-recalled', count: recalled, outcome, reason });
    return done;
  });

/** Whoever asked for one piece asks for the next: where that takes this thread, others have their turn between. */
const aside = async <Answer>(database: Database, work: (db: Db) => Promise<Answer>): Promise<Answer> => {
  const answer = await persist(database, work);
  await new Promise(setImmediate);
  return answer;
};

/** As many at once as the engine can look at without holding up everything else. */
const piece = (db: Db, { after, limit }: { readonly after: number; readonly limit: number }) => ({
  after,
  limit: Math.min(limit, db.engine.longestLook),
});

const hold = async (db: Db, { account, campaign }: Bulk, alone: boolean): Promise<void> => {
  if (!(await holdCampaign(db, account, campaign, alone))) throw new Error(`no campaign ${campaign}`);
};

const note = (db: Db, { account, campaign, actor, now }: Bulk, body: EventBody): Promise<void> =>
  appendEvents(db, [{ account, event: { at: now, actor, campaign, device: null, body } }]);

const saveProgress = async (db: Db, { account }: Bulk, { was, value }: JobProgress): Promise<void> => {
  if ((await updateJob(db, account, was, value)) === 0)
    throw new Error(`job ${was.id} was written meanwhile`);
};

const joined = ({ account, campaign, now }: Bulk, count: number): CountDelta => ({
  account,
  campaign,
  slot: slotOf(toUpdateCells(newUpdate(now))),
  count,
});

const addByQuery = async (db: Db, request: By<AddUpdates, 'query'>): Promise<AddedUpdates> => {
  const span = await deviceSpan(db, request.account, piece(db, request));
  if (span === undefined) return { added: 0, unknown: [], next: null };
  const added = await addSpan(db, request, span, where(db.engine, request.where));
  await addToCounts(db, [joined(request, added)]);
  return { added, unknown: [], next: span.next };
};

const addByIds = async (db: Db, request: By<AddUpdates, 'ids'>): Promise<AddedUpdates> => {
  const ids = [...new Set(request.deviceIds)];
  const found = await deviceKeys(db, request.account, ids);
  const known = new Set(found.map(({ id }) => id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) return { added: 0, unknown, next: null };
  const devices = found.map(({ key }) => key);
  const again = request.again ? await restart(db, request, membersAre(db, request, devices)) : 0;
  const added = again + (await addMembers(db, request, devices));
  await addToCounts(db, [joined(request, added)]);
  return { added, unknown: [], next: null };
};

const restart = async (db: Db, request: Bulk, members: Members): Promise<number> => {
  await holdMembers(db, members);
  const left = await countPlaces(db, request, members, CLOSED);
  await deleteLogsOfMembers(db, request, sql`${members} and ${CLOSED}`);
  const restarted = await restartMembers(db, members, request.now);
  await addToCounts(db, left);
  return restarted;
};

const closeByIds = async (db: Db, request: By<CloseUpdates, 'ids'>): Promise<ClosedUpdates> => {
  const found = await deviceKeys(db, request.account, [...new Set(request.deviceIds)]);
  const devices = found.map(({ key }) => key);
  return { ...(await close(db, request, membersAre(db, request, devices))), next: null };
};

const closeAll = async (db: Db, request: By<CloseUpdates, 'all'>): Promise<ClosedUpdates> => {
  const span = await memberSpan(db, request, piece(db, request));
  if (span === undefined) return { closed: 0, recalled: 0, next: null };
  return { ...(await close(db, request, membersIn(request, span))), next: span.next };
};

type Ended = Pick<ClosedUpdates, 'closed' | 'recalled'>;

const close = async (db: Db, request: CloseUpdates, members: Members): Promise<Ended> => {
  const { account, campaign, now } = request;
  const outcome = outcomeIndex(request.outcome);
  const why = { reason: indexOf(reasons, request.reason), message: request.message || null };
  const answer = answering(request.recall);
  await holdMembers(db, sql`${members} and ${OPEN}`);
  const left = await closeMembers(db, request, sql`${members} and not (${answer})`, {
    ...{ ...why, outcome, since: now },
  });
  await addToCounts(db, [...left, { account, campaign, slot: CLOSED_SLOTS + outcome, count: left.length }]);
  if (request.recall.length === 0) return { closed: left.length, recalled: 0 };
  const recalled = await recallMembers(db, sql`${members} and ${answer}`, { ...why, recall: outcome });
  return { closed: left.length, recalled };
};
