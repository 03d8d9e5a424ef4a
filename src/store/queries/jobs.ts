import { sql } from 'kysely';
import type { Job, NewJob, StoredJob } from '../../app/job-records.ts';
import type { AccountKey, CampaignKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { change, type Db, first, literal, prepared } from '../db.ts';
import { toJobRow } from '../rows/campaign.ts';
import type { JobRow } from '../tables.ts';
import { keyOf } from './events.ts';
import { allocate } from './sequences.ts';

export const findJob = prepared((db: Db, account: AccountKey, id: string) =>
  db.q.selectFrom('jobs').selectAll().where('account', '=', account).where('id', '=', id),
);

export const jobsOfCampaign = prepared((db: Db, account: AccountKey, campaign: CampaignKey) =>
  db.q
    .selectFrom('jobs')
    .selectAll()
    .where('account', '=', account)
    .where('campaign', '=', campaign)
    .orderBy('key'),
);

/** A job that waits can be claimed once it may begin; one that runs, when its lease is over. */
const leaseOf = ({ status, notBefore }: Job) => (status === 'waiting' ? { lease: notBefore } : {});

/** The job with the key of its campaign, which the same change may have inserted. */
const settled = async (db: Db, account: AccountKey, job: NewJob): Promise<Job> => {
  const campaign = await keyOf(db, 'campaigns', account, job.campaign);
  if (campaign === null) throw new Error(`no campaign ${job.campaignId} for a job`);
  return { ...job, campaign };
};

export const insertJob = async (db: Db, account: AccountKey, given: NewJob): Promise<number> => {
  const value = await settled(db, account, given);
  const key = await allocate(db, account, 'jobs');
  return change(
    db,
    db.q
      .insertInto('jobs')
      .values({ ...toJobRow(value), account, key, lease: 0, ...leaseOf(value), version: 1 }),
  );
};

export const updateJob = async (
  db: Db,
  account: AccountKey,
  was: Pick<StoredJob, 'id' | 'version'>,
  given: NewJob,
): Promise<number> => {
  const value = await settled(db, account, given);
  return change(
    db,
    db.q
      .updateTable('jobs')
      .set({ ...toJobRow(value), ...leaseOf(value), version: was.version + 1 })
      .where('account', '=', account)
      .where('id', '=', was.id)
      .where('version', '=', was.version),
  );
};

// By when it could be begun, not by age: jobs that come round again and again would keep out those that are new.
const claimable = (db: Db, now: Instant) =>
  db.q
    .selectFrom('jobs')
    .select(['account', 'key'])
    // Written out, not bound: the partial index is found by it. 0 waits, 1 runs.
    .where(sql<boolean>`status < 2`)
    .where('lease', '<=', now)
    .orderBy(sql`case when not_before > created_at then not_before else created_at end`)
    .orderBy('account')
    .orderBy('key')
    .limit(literal(1));

/** Whether there is anything to claim: a read that spares most polls a write. */
export const hasClaimableJob = async (db: Db, now: Instant): Promise<boolean> =>
  (await first(db, claimable(db, now))) !== undefined;

/** Of the jobs that can be claimed the one that could be begun the longest ago, now running until the lease ends. */
export const claimJob = (db: Db, now: Instant, leaseUntil: Instant): Promise<JobRow | undefined> => {
  const free = claimable(db, now);
  const locked = db.engine.rowLocks ? free.forUpdate().skipLocked() : free;
  return first(
    db,
    db.q
      .updateTable('jobs')
      .set({ lease: leaseUntil, status: 1, version: sql`jobs.version + 1` })
      .where(({ eb, refTuple }) => eb(refTuple('account', 'key'), 'in', locked.$asTuple('account', 'key')))
      .returningAll(),
  );
};

const held = (account: AccountKey, id: string, lease: Instant) =>
  sql<boolean>`account = ${account} and id = ${id} and status = 1 and lease = ${lease}`;

/** Nothing where somebody else has claimed it since: each claim ends at another instant. */
export const renewJob = (
  db: Db,
  { account, id }: Pick<StoredJob, 'account' | 'id'>,
  lease: Instant,
  until: Instant,
): Promise<JobRow | undefined> =>
  first(
    db,
    db.q
      .updateTable('jobs')
      .set({ lease: until })
      .where(held(account, id, lease))
      .returningAll(),
  );

/** The same, so that anybody may claim it. */
export const releaseJob = (
  db: Db,
  { account, id }: Pick<StoredJob, 'account' | 'id'>,
  lease: Instant,
): Promise<number> =>
  change(
    db,
    db.q
      .updateTable('jobs')
      .set({ lease: 0 })
      .where(held(account, id, lease)),
  );

export const deleteJobsOf = (db: Db, account: AccountKey, campaign: CampaignKey): Promise<number> =>
  change(db, db.q.deleteFrom('jobs').where('account', '=', account).where('campaign', '=', campaign));
