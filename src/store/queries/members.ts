import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { AccountKey, CampaignKey } from '../../domain/ids.ts';
import { newUpdate } from '../../domain/update.ts';
import { all, bounded, change, type Db, first, raw } from '../db.ts';
import { slotOf, toUpdateCells } from '../rows/update.ts';
import type { UpdateRow } from '../tables.ts';
import type { CountDelta } from './counts.ts';

type Campaign = { readonly account: AccountKey; readonly campaign: CampaignKey };

/** Keys `from` to `to`; the next piece begins after `next`. */
export type Span = { readonly from: number; readonly to: number; readonly next: number | null };

type Ends = { readonly first: number | null; readonly last: number | null };

// Keys are counted, so a span of keys is about as many rows, and its ends are found without going through it.
const spanOf = (ends: Ends | undefined, limit: number): Span | undefined => {
  if (ends === undefined || ends.first === null || ends.last === null) return undefined;
  const to = bounded(ends.first + limit - 1);
  return { from: ends.first, to, next: to >= ends.last ? null : to };
};

/** The next devices of an account. */
export const deviceSpan = async (
  db: Db,
  account: AccountKey,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<Span | undefined> => {
  const ends = sql<Ends>`select
    (select min(key) from devices where account = ${account} and key > ${bounded(after)}) as first,
    (select max(key) from devices where account = ${account}) as last`;
  return spanOf(await first(db, raw(db, ends)), limit);
};

/** The next members of a campaign. */
export const memberSpan = async (
  db: Db,
  { account, campaign }: Campaign,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<Span | undefined> => {
  const ends = sql<Ends>`select
    (select min(device) from updates
      where account = ${account} and campaign = ${campaign} and device > ${bounded(after)}) as first,
    (select max(device) from updates where account = ${account} and campaign = ${campaign}) as last`;
  return spanOf(await first(db, raw(db, ends)), limit);
};

const columns = [
  'position',
  'outcome',
  'reason',
  'attempt',
  'since',
  'not_before',
  'generation',
  'recall',
  'heard_at',
  'logged',
  'message',
  'extras',
] as const;
const columnList = sql.join(columns.map((name) => sql.ref(name)));

/** What a new update has in the columns above. */
const fresh = (now: number): readonly RawBuilder<unknown>[] => {
  const cells = { ...toUpdateCells(newUpdate(now)), heard_at: now, logged: 0 };
  return columns.map((name) => (cells[name] === null ? sql`null` : sql.lit(cells[name])));
};

const SKIPPED = sql`order by devices.key on conflict do nothing`;
const NONE = sql``;

const insertMembers = (
  db: Db,
  { account, campaign, now }: Campaign & { readonly now: number },
  which: RawBuilder<SqlBool>,
  repeats: RawBuilder<unknown>,
): Promise<number> =>
  change(
    db,
    raw(
      db,
      sql`insert into updates (account, campaign, device, version, ${columnList})
        select ${sql.lit(account)}, ${sql.lit(campaign)}, devices.key, 1, ${sql.join(fresh(now))} from devices
        where devices.account = ${account} and ${which} ${repeats}`,
    ),
  );

const hasMembers = async (db: Db, { account, campaign }: Campaign, { from, to }: Span): Promise<boolean> => {
  const any = sql`select 1 from updates
    where account = ${account} and campaign = ${campaign} and device between ${from} and ${to} limit 1`;
  return (await all(db, raw(db, any))).length > 0;
};

/**
 * Adds the devices of a span that a condition on `devices` holds for; gives how many were no members. Nobody else
 * may be adding to the campaign: where a span has no members yet, none is looked for row by row, which takes
 * PostgreSQL half as long again.
 */
export const addSpan = async (
  db: Db,
  about: Campaign & { readonly now: number },
  span: Span,
  condition: RawBuilder<SqlBool>,
): Promise<number> => {
  const { from, to } = span;
  const which = sql<SqlBool>`devices.key between ${from} and ${to} and ${condition}`;
  return insertMembers(db, about, which, (await hasMembers(db, about, span)) ? SKIPPED : NONE);
};

/** Adds devices by key; gives how many were no members. */
export const addMembers = (
  db: Db,
  about: Campaign & { readonly now: number },
  devices: readonly number[],
): Promise<number> =>
  insertMembers(db, about, sql`devices.key in ${db.engine.integers(JSON.stringify(devices))}`, SKIPPED);

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

/** A condition on `updates`: members of a campaign by device. */
export type Members = RawBuilder<SqlBool>;

export const membersIn = ({ account, campaign }: Campaign, { from, to }: Span): Members =>
  sql`updates.account = ${account} and updates.campaign = ${campaign} and updates.device between ${from} and ${to}`;

export const membersAre = (db: Db, { account, campaign }: Campaign, devices: readonly number[]): Members =>
  sql`updates.account = ${account} and updates.campaign = ${campaign}
    and updates.device in ${db.engine.integers(JSON.stringify(devices))}`;

export const OPEN: RawBuilder<SqlBool> = sql`updates.outcome = 0`;
export const CLOSED: RawBuilder<SqlBool> = sql`updates.outcome > 0`;

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

/** Begins again for closed members. */
export const restartMembers = (db: Db, members: Members, now: number): Promise<number> => {
  const values = fresh(now);
  const assignments = columns.map((name, index) =>
    name === 'generation'
      ? sql`generation = updates.generation + 1`
      : sql`${sql.ref(name)} = ${values[index]}`,
  );
  return change(
    db,
    raw(
      db,
      sql`update updates set ${sql.join(assignments)}, version = updates.version + 1
        where ${members} and ${CLOSED}`,
    ),
  );
};

type Closing = Pick<UpdateRow, 'outcome' | 'reason' | 'message' | 'since'>;

/** Closes open members where they are; gives what the counters lose. */
export const closeMembers = async (
  db: Db,
  { account, campaign }: Campaign,
  members: Members,
  closing: Closing,
): Promise<readonly CountDelta[]> => {
  const { since } = closing;
  const query = db.q
    .updateTable('updates')
    .set({
      ...{ ...closing, not_before: 0, recall: 0, version: sql`updates.version + 1` },
      heard_at: sql`case when updates.heard_at > ${since} then updates.heard_at else ${since} end`,
    })
    .where(sql<boolean>`${members} and ${OPEN}`)
    .returning('position');
  const rows = await all(db, query);
  return rows.map(({ position }) => ({ account, campaign, slot: position, count: -1 }));
};
