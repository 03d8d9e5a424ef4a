import { sql } from 'kysely';
import type { EventBody } from '../app/event-records.ts';
import type {
  AddedUpdates,
  AddUpdates,
  ClosedUpdates,
  CloseUpdates,
  JobProgress,
  Progress,
  RetriedUpdates,
  RetryUpdates,
} from '../app/writes.ts';
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
  admittedMembers,
  CLOSED,
  closeMembers,
  countPlaces,
  deviceIds,
  deviceKeys,
  deviceSpan,
  endedAs,
  holdMembers,
  type Members,
  memberSpan,
  membersAre,
  membersIn,
  OPEN,
  type Resting,
  restartMembers,
} from './queries/members.ts';
import { answering, recallMembers } from './queries/recalls.ts';
import { addToTallies } from './queries/tallies.ts';
import type { Losses } from './queries/updates.ts';
import { where } from './queries/where.ts';
import { indexOf } from './rows/codec.ts';
import { MOST_TOLD } from './rows/event.ts';
import { fromStanding, outcomeIndex, type Standing, slotOf, toUpdateCells } from './rows/update.ts';
import { tallyDeltas } from './tallies.ts';

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
    const { done, devices } =
      request.by === 'ids' ? await addByIds(db, request) : await addByQuery(db, request);
    if (progress !== undefined) await saveProgress(db, request, progress(done));
    if (done.added > 0) await note(db, request, { type: 'updates-added', count: done.added, devices });
    return done;
  });

/** Begins again for members of a campaign as `Store.updates.retry` says. */
export const retryUpdates = (
  database: Database,
  request: RetryUpdates,
  progress: Progress<RetriedUpdates> | undefined,
): Promise<RetriedUpdates> =>
  aside(database, async (db) => {
    await hold(db, request, false);
    const { done, devices } = await retry(db, request);
    if (progress !== undefined) await saveProgress(db, request, progress(done));
    if (done.restarted > 0)
      await note(db, request, { type: 'updates-added', count: done.restarted, devices });
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

/** What was done, and the ids of the devices that joined unless they are too many to be told. */
type Adding = { readonly done: AddedUpdates; readonly devices: readonly string[] | null };

const nobody = (given: Partial<AddedUpdates> = {}): Adding => ({
  done: { added: 0, unknown: [], next: null, ...given },
  devices: [],
});

const addByQuery = async (db: Db, request: By<AddUpdates, 'query'>): Promise<Adding> => {
  const span = await deviceSpan(db, request.account, piece(db, request));
  if (span === undefined) return nobody();
  const condition = where(db.engine, request.where);
  const { count: added, devices } = await addSpan(db, request, span, condition, MOST_TOLD);
  await addToCounts(db, [joined(request, added)]);
  return {
    done: { added, unknown: [], next: span.next },
    devices: devices === null ? null : await deviceIds(db, request.account, devices),
  };
};

const addByIds = async (db: Db, request: By<AddUpdates, 'ids'>): Promise<Adding> => {
  const ids = [...new Set(request.deviceIds)];
  const found = await deviceKeys(db, request.account, ids);
  const known = new Set(found.map(({ id }) => id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) return nobody({ unknown });
  const devices = found.map(({ key }) => key);
  const again = request.again
    ? await restart(db, request, membersAre(db, request, devices), {
        which: CLOSED,
        notBefore: 0,
        rest: request.rest ?? 0,
      })
    : nobodyAgain;
  const arrived = new Set([...again.devices, ...(await addMembers(db, request, devices))]);
  const added = arrived.size;
  await addToCounts(db, [...again.counts, joined(request, added)]);
  await addToTallies(db, again.tallies);
  const told = found.filter(({ key }) => arrived.has(key)).sort((a, b) => a.key - b.key);
  return {
    done: { added, unknown: [], next: null },
    devices: added > MOST_TOLD ? null : told.map(({ id }) => id),
  };
};

/** Which of the members that are held begin again, and not before when. */
type Again = Resting & { readonly which: Members };

/** Devices that begin again, and what counters and tallies lose: to be written once all updates are. */
type Restarted = Losses & { readonly devices: readonly number[] };
const nobodyAgain: Restarted = { devices: [], counts: [], tallies: [] };

/** All of the members are held, since one that is not could end between one statement and the next. */
const restart = async (
  db: Db,
  request: Bulk,
  members: Members,
  { which, ...resting }: Again,
): Promise<Restarted> => {
  await holdMembers(db, members);
  const counts = await countPlaces(db, request, members, which);
  const admitted = await admittedMembers(db, members, which);
  await deleteLogsOfMembers(db, request, sql`${members} and ${which}`);
  const devices = await restartMembers(db, sql`${members} and ${which}`, request.now, resting);
  const tallies = admitted.flatMap((row) => tallyDeltas(request, fromStanding(row), null));
  return { devices, counts, tallies };
};

type Retrying = { readonly done: RetriedUpdates; readonly devices: readonly string[] | null };

const retry = async (db: Db, request: RetryUpdates): Promise<Retrying> => {
  const span = await memberSpan(db, request, piece(db, request));
  if (span === undefined) return { done: { restarted: 0, next: null }, devices: [] };
  const { outcomes, notBefore, rest = 0 } = request;
  const again = await restart(db, request, membersIn(request, span), {
    ...{ which: endedAs(outcomes), notBefore, rest },
  });
  const { length } = again.devices;
  await addToCounts(db, [...again.counts, joined(request, length)]);
  await addToTallies(db, again.tallies);
  return {
    done: { restarted: length, next: span.next },
    devices: length > MOST_TOLD ? null : await deviceIds(db, request.account, again.devices),
  };
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

/** What the counters of a campaign gain by an update that was open and is closed now. */
const movesFrom =
  ({ account, campaign }: Bulk) =>
  ({ position, outcome }: Standing): readonly CountDelta[] => [
    { account, campaign, slot: position, count: -1 },
    { account, campaign, slot: slotOf({ position, outcome }), count: 1 },
  ];

const close = async (db: Db, request: CloseUpdates, members: Members): Promise<Ended> => {
  const { now } = request;
  const outcome = outcomeIndex(request.outcome);
  const why = { reason: indexOf(reasons, request.reason), message: request.message || null };
  const answer = answering(request.recall);
  await holdMembers(db, sql`${members} and ${OPEN}`);
  const ended = await closeMembers(db, sql`${members} and not (${answer})`, { ...why, outcome, since: now });
  await addToCounts(db, ended.flatMap(movesFrom(request)));
  await addToTallies(
    db,
    ended.flatMap((row) => tallyDeltas(request, fromStanding({ ...row, outcome: 0 }), fromStanding(row))),
  );
  if (request.recall.length === 0) return { closed: ended.length, recalled: 0 };
  const recalled = await recallMembers(db, sql`${members} and ${answer}`, { ...why, recall: outcome });
  return { closed: ended.length, recalled };
};
