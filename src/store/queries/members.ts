import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { AccountKey, CampaignKey } from '../../domain/ids.ts';
import { restingOutcomes } from '../../domain/retry.ts';
import { newUpdate, type Outcome } from '../../domain/update.ts';
import { all, atMost, bounded, change, type Db, first, raw } from '../db.ts';
import { outcomeIndex, type Standing, slotOf, toUpdateCells } from '../rows/update.ts';
import type { UpdateRow } from '../tables.ts';
import type { CountDelta } from './counts.ts';

type Campaign = { readonly account: AccountKey; readonly campaign: CampaignKey };

/** Keys `from` to `to`; the next piece begins after `next`. */
export type Span = { readonly from: number; readonly to: number; readonly next: number | null };

/** The first and the last key there is. */
export type Ends = { readonly first: number | null; readonly last: number | null };

// Keys are counted, so a span of keys is about as many rows, and its ends are found without going through it.
const spanOf = (ends: Ends | undefined, limit: number): Span | undefined => {
  if (ends === undefined || ends.first === null || ends.last === null) return undefined;
  const to = bounded(ends.first + limit - 1);
  return { from: ends.first, to, next: to >= ends.last ? null : to };
};

/** Between which keys an account's devices after a key lie. */
export const deviceEnds = (db: Db, account: AccountKey, after = 0): Promise<Ends | undefined> => {
  const ends = sql<Ends>`select
    (select min(key) from devices where account = ${account} and key > ${bounded(after)}) as first,
    (select max(key) from devices where account = ${account}) as last`;
  return first(db, raw(db, ends));
};

/** The next devices of an account. */
export const deviceSpan = async (
  db: Db,
  account: AccountKey,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<Span | undefined> => spanOf(await deviceEnds(db, account, after), limit);

/** Between which keys a campaign's members after a key lie. */
export const memberEnds = (db: Db, { account, campaign }: Campaign, after = 0): Promise<Ends | undefined> => {
  const ends = sql<Ends>`select
    (select min(device) from updates
      where account = ${account} and campaign = ${campaign} and device > ${bounded(after)}) as first,
    (select max(device) from updates where account = ${account} and campaign = ${campaign}) as last`;
  return first(db, raw(db, ends));
};

/** The next members of a campaign. */
export const memberSpan = async (
  db: Db,
  campaign: Campaign,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<Span | undefined> => spanOf(await memberEnds(db, campaign, after), limit);

const columns = [
  'position',
  'outcome',
  'reason',
  'attempt',
  'since',
  'not_before',
  'generation',
  'recall',
  'queue',
  'heard_at',
  'handed_at',
  'due_at',
  'logged',
  'message',
  'extras',
] as const;
const columnList = sql.join(columns.map((name) => sql.ref(name)));

/** What a new update has in the columns above. */
const fresh = (now: number, notBefore = 0): readonly RawBuilder<unknown>[] => {
  const update = newUpdate(now, 1, notBefore);
  const cells = { ...toUpdateCells(update), heard_at: now, handed_at: 0, logged: 0 };
  return columns.map((name) => (cells[name] === null ? sql`null` : sql.lit(cells[name])));
};

type Adding = Campaign & { readonly now: number };

/** A member by the key of its device. */
type Joined = { readonly device: number };

const insertion = ({ account, campaign, now }: Adding, which: RawBuilder<SqlBool>): RawBuilder<Joined> =>
  sql`insert into updates (account, campaign, device, version, ${columnList})
    select ${sql.lit(account)}, ${sql.lit(campaign)}, devices.key, 1, ${sql.join(fresh(now))} from devices
    where devices.account = ${account} and ${which}`;

/** Adds those that are no members yet; gives them. */
const insertNew = async (db: Db, about: Adding, which: RawBuilder<SqlBool>): Promise<readonly number[]> => {
  const some = sql<Joined>`${insertion(about, which)}
    order by devices.key on conflict do nothing returning device`;
  return (await all(db, raw(db, some))).map(({ device }) => device);
};

const membersOfSpan = (
  db: Db,
  { account, campaign }: Campaign,
  { from, to }: Span,
  limit: number,
): Promise<readonly Joined[]> => {
  const members = sql<Joined>`select device from updates
    where account = ${account} and campaign = ${campaign} and device between ${from} and ${to}
    order by device limit ${atMost(limit)}`;
  return all(db, raw(db, members));
};

/** How many joined, and which: `null` when they are more than were asked for. */
export type Arrivals = { readonly count: number; readonly devices: readonly number[] | null };

/**
 * Adds the devices of a span that a condition on `devices` holds for and that are no members; gives them where
 * they are not more than `tell`. Nobody else may be adding to the campaign: where a span has no members yet, none
 * is looked for row by row, which takes PostgreSQL half as long again, and the members that it has afterwards are
 * those who joined.
 */
export const addSpan = async (
  db: Db,
  about: Adding,
  span: Span,
  condition: RawBuilder<SqlBool>,
  tell: number,
): Promise<Arrivals> => {
  const { from, to } = span;
  const which = sql<SqlBool>`devices.key between ${from} and ${to} and ${condition}`;
  if ((await membersOfSpan(db, about, span, 1)).length > 0) {
    const devices = await insertNew(db, about, which);
    return { count: devices.length, devices: devices.length > tell ? null : devices };
  }
  const count = await change(db, raw(db, insertion(about, which)));
  if (count === 0 || count > tell) return { count, devices: count === 0 ? [] : null };
  const joined = await membersOfSpan(db, about, span, count);
  return { count, devices: joined.map(({ device }) => device) };
};

/** Adds devices by key; gives those that were no members. */
export const addMembers = (db: Db, about: Adding, devices: readonly number[]): Promise<readonly number[]> =>
  insertNew(db, about, sql`devices.key in ${db.engine.integers(JSON.stringify(devices))}`);

type Known = { readonly id: string; readonly key: number };

/** The keys of those of the ids that exist; on PostgreSQL they exist until this transaction ends. */
export const deviceKeys = (
  db: Db,
  account: AccountKey,
  ids: readonly string[],
): Promise<readonly Known[]> => {
  const query = db.q
    .selectFrom('devices')
    .select(['id', 'key'])
    .where('account', '=', account)
    .where('id', 'in', db.engine.texts(JSON.stringify(ids)));
  return all(db, db.engine.rowLocks ? query.forKeyShare() : query);
};

/** The ids of devices, by key. */
export const deviceIds = async (
  db: Db,
  account: AccountKey,
  keys: readonly number[],
): Promise<readonly string[]> => {
  if (keys.length === 0) return [];
  const query = db.q
    .selectFrom('devices')
    .select('id')
    .where('account', '=', account)
    .where('key', 'in', db.engine.integers(JSON.stringify(keys)))
    .orderBy('key');
  return (await all(db, query)).map(({ id }) => id);
};

/** A condition on `updates`: members of a campaign by device. */
export type Members = RawBuilder<SqlBool>;

export const membersIn = ({ account, campaign }: Campaign, { from, to }: Span): Members =>
  sql`updates.account = ${account} and updates.campaign = ${campaign} and updates.device between ${from} and ${to}`;

export const membersAre = (db: Db, { account, campaign }: Campaign, devices: readonly number[]): Members =>
  sql`updates.account = ${account} and updates.campaign = ${campaign}
    and updates.device in ${db.engine.integers(JSON.stringify(devices))}`;

export const OPEN: RawBuilder<SqlBool> = sql`updates.outcome = 0`;
export const CLOSED: RawBuilder<SqlBool> = sql`updates.outcome > 0`;

/** Members that ended so. */
export const endedAs = (outcomes: readonly Outcome[]): RawBuilder<SqlBool> =>
  outcomes.length === 0
    ? sql`1 = 0`
    : sql`updates.outcome in (${sql.join(outcomes.map((outcome) => sql.lit(outcomeIndex(outcome))))})`;

/** Keeps others from moving these members until this transaction ends; in one order, as all do. */
export const holdMembers = async (db: Db, members: Members): Promise<void> => {
  if (!db.engine.rowLocks) return;
  const held = sql`select count(*) as count from
    (select device from updates where ${members} order by device for no key update) as held`;
  await all(db, raw(db, held));
};

/** What the counters lose when these members, which are held, leave their places. */
export const countPlaces = async (
  db: Db,
  { account, campaign }: Campaign,
  members: Members,
  state: RawBuilder<SqlBool>,
): Promise<readonly CountDelta[]> => {
  const places = sql<Pick<UpdateRow, 'position' | 'outcome'> & { count: number }>`
    select position, outcome, count(*) as count
    from updates where ${members} and ${state} group by position, outcome`;
  const rows = await all(db, raw(db, places));
  return rows.map((row) => ({ account, campaign, slot: slotOf(row), count: -row.count }));
};

/** Where these members, which are held, are, of those that were let in. */
export const admittedMembers = (
  db: Db,
  members: Members,
  state: RawBuilder<SqlBool>,
): Promise<readonly Standing[]> => {
  const named = db.engine.contains(sql`cast(updates.extras as text)`, db.engine.text('"admission"'));
  const admitted = sql<Standing>`select position, outcome, reason, extras
    from updates where ${members} and ${state} and updates.extras is not null and ${named}`;
  return all(db, raw(db, admitted));
};

/** Not before an instant, nor sooner than so many milliseconds after a failure. */
export type Resting = { readonly notBefore: number; readonly rest: number };

const restedAt = ({ notBefore, rest }: Resting): RawBuilder<unknown> => {
  const rested = sql`updates.since + ${sql.lit(rest)}`;
  return sql`case when ${endedAs(restingOutcomes)} and ${rested} > ${sql.lit(notBefore)} then ${rested}
    else ${sql.lit(notBefore)} end`;
};

/** Begins again for closed members, but not before they may; gives their devices. */
export const restartMembers = async (
  db: Db,
  members: Members,
  now: number,
  resting: Resting,
): Promise<readonly number[]> => {
  const values = fresh(now, resting.notBefore);
  const assignments = columns.map((name, index) => {
    if (name === 'generation') return sql`generation = updates.generation + 1`;
    if (name === 'not_before' && resting.rest > 0) return sql`not_before = ${restedAt(resting)}`;
    return sql`${sql.ref(name)} = ${values[index]}`;
  });
  const restarted = sql<Joined>`update updates set ${sql.join(assignments)}, version = updates.version + 1
    where ${members} and ${CLOSED} returning device`;
  return (await all(db, raw(db, restarted))).map(({ device }) => device);
};

type Closing = Pick<UpdateRow, 'outcome' | 'reason' | 'message' | 'since'>;

/** Closes open members where they are; gives these as they are then. */
export const closeMembers = (db: Db, members: Members, closing: Closing): Promise<readonly Standing[]> => {
  const { since } = closing;
  const query = db.q
    .updateTable('updates')
    .set({
      ...{ ...closing, not_before: 0, recall: 0, queue: 0, due_at: null, version: sql`updates.version + 1` },
      heard_at: sql`case when updates.heard_at > ${since} then updates.heard_at else ${since} end`,
    })
    .where(sql<boolean>`${members} and ${OPEN}`)
    .returning(['position', 'outcome', 'reason', 'extras']);
  return all(db, query);
};
