import { sql } from 'kysely';
import { campaignStatuses, isFinal } from '../domain/campaign.ts';
import { DAY, type Instant } from '../domain/time.ts';
import { all, type Database, type Db, raw } from './db.ts';

/*
 * The history of events in pieces by time: `events_before` has what there was when partitions began, those that follow
 * each other from then on are named by the day they begin, and `events_rest` has what lies outside of all of them.
 */
type Partition = { readonly name: string; readonly from: Instant | null; readonly to: Instant };

/** Partitions are made so long before anything goes into them. */
const AHEAD = 3 * DAY;
/** A tenth of what is kept, so that little is kept longer than was asked for and no question asks many partitions. */
const SHARE = 10;
const LONGEST = 30 * DAY;
/** What still is needed of an old partition is moved with everybody locked out: so many rows at most. */
const MOST_MOVED = 20_000;
/** Any number that nobody else locks in the same database. */
const PARTITION_LOCK = 7_305_110_419;
const LOCK_NOT_AVAILABLE = '55P03';

const dayOf = (instant: Instant): Instant => Math.floor(instant / DAY) * DAY;
const nextDay = (instant: Instant): Instant => dayOf(instant) + DAY;

/**
 * Makes the partitions that are to come, and drops those that have nothing but what happened before `before`. Answers
 * before which instant single events are to be looked at: what lies in partitions goes with them.
 */
export const turnPartitions = async (database: Database, now: Instant, before: Instant): Promise<Instant> => {
  const span = Math.min(LONGEST, Math.ceil((now - before) / SHARE / DAY) * DAY);
  await alone(database, (db) => makeAhead(db, now, span));
  for (const old of (await partitionsOf(database.read)).filter(({ to }) => to <= before)) {
    await alone(database, (db) => dropOld(db, old));
  }
  const young = (await partitionsOf(database.read)).find(({ to }) => to > before);
  return Math.min(before, young?.from ?? before);
};

/** Nothing where another process is at it, or where the table was in use for too long: there is another time. */
const alone = async ({ write }: Database, work: (db: Db) => Promise<void>): Promise<void> => {
  try {
    await write(async (db) => {
      const [lock] = await all(
        db,
        raw<{ free: boolean }>(db, sql`select pg_try_advisory_xact_lock(${PARTITION_LOCK}) as free`),
      );
      if (lock?.free !== true) return;
      await run(db, `set local lock_timeout = '2s'`);
      await work(db);
    });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE)) throw error;
  }
};

const run = async (db: Db, statement: string): Promise<void> => {
  await db.run({ sql: statement, parameters: [] });
};

/** The oldest first; the very first has no beginning. */
const partitionsOf = (db: Db): Promise<readonly Partition[]> =>
  all(
    db,
    raw<Partition>(
      db,
      sql`select name, substring(bound from 'FROM [(]''(-?[0-9]+)''')::bigint as "from",
          substring(bound from 'TO [(]''(-?[0-9]+)''')::bigint as "to"
        from (select relname as name, pg_get_expr(relpartbound, pg_class.oid) as bound from pg_inherits
          join pg_class on pg_class.oid = inhrelid where inhparent = 'events'::regclass) as listed
        where bound <> 'DEFAULT' order by 3`,
    ),
  );

const makeAhead = async (db: Db, now: Instant, span: number): Promise<void> => {
  const last = (await partitionsOf(db)).at(-1)?.to ?? 0;
  for (let from = Math.max(last, dayOf(now)); from < now + AHEAD; ) {
    // What lies outside of all of them stays there: a partition begins after it.
    const stray = await latestStray(db, from, from + span);
    const start = stray === null ? from : nextDay(stray);
    if (start < from + span) {
      const name = `events_from_${new Date(start).toISOString().slice(0, 10).replaceAll('-', '')}`;
      await run(
        db,
        `create table ${name} partition of events for values from (${start}) to (${from + span})`,
      );
    }
    from += span;
  }
};

const latestStray = async (db: Db, from: Instant, to: Instant): Promise<Instant | null> => {
  const [found] = await all(
    db,
    raw<{ at: Instant | null }>(
      db,
      sql`select max(at) as at from events_rest where at >= ${from} and at < ${to}`,
    ),
  );
  return found?.at ?? null;
};

const unfinished = campaignStatuses.flatMap((status, index) => (isFinal(status) ? [] : [index]));

/** What has to stay although it is old: what campaigns that are not over, and those who follow events, need. */
const needed = sql`((account, seq) in (select account, seq from outbox)
  or (account, campaign) in (select account, key from campaigns
    where status in (${sql.join(unfinished.map((status) => sql.lit(status)))})))`;

/** With more than may be moved it stays, and its events are looked at one by one. */
const dropOld = async (db: Db, { name }: Partition): Promise<void> => {
  const isGone = !(await partitionsOf(db)).some((partition) => partition.name === name);
  if (isGone) return;
  const table = sql.table(name);
  const counting = sql<{ count: number }>`select count(*) as count from
    (select from ${table} where ${needed} limit ${MOST_MOVED + 1}) as found`;
  const [found] = await all(db, raw(db, counting));
  const count = found?.count ?? 0;
  if (count > MOST_MOVED) return;
  if (count > 0) {
    await run(db, `alter table events detach partition ${name}`);
    const moving = raw(db, sql`insert into events select * from ${table} where ${needed}`);
    await db.run(moving.compile());
  }
  await run(db, `drop table ${name}`);
};
