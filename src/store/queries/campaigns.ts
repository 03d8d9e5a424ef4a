import { sql } from 'kysely';
import type { StoredCampaign } from '../../app/records.ts';
import { type Campaign, type CampaignStatus, campaignStatuses } from '../../domain/campaign.ts';
import type { AccountKey, CampaignKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { all, atMost, change, type Db, literal, prepared } from '../db.ts';
import { lookup } from '../lookup.ts';
import { toCampaignRow } from '../rows/campaign.ts';
import { asKey, indexOf } from '../rows/codec.ts';
import { CLOSED_SLOTS } from '../rows/update.ts';
import { deleteCampaignPackages, replacePlanPackages } from './campaign-packages.ts';
import { deleteCounts } from './counts.ts';
import { deleteJobsOf } from './jobs.ts';
import { allocate } from './sequences.ts';
import { DELIVERED } from './silence.ts';
import { deleteTallies } from './tallies.ts';
import { deleteUpdatesOfCampaign } from './updates.ts';

export const findCampaign = lookup(['text'], (db: Db, account: AccountKey, id: string) =>
  db.q.selectFrom('campaigns').selectAll().where('account', '=', account).where('id', '=', id),
);

export const getCampaign = lookup(['integer'], (db: Db, account: AccountKey, key: CampaignKey) =>
  db.q.selectFrom('campaigns').selectAll().where('account', '=', account).where('key', '=', key),
);

/** Whether it is there, and will be until this transaction ends; `alone` keeps out others who hold it so. */
export const holdCampaign = async (
  db: Db,
  account: AccountKey,
  key: CampaignKey,
  alone: boolean,
): Promise<boolean> => {
  const query = db.q
    .selectFrom('campaigns')
    .select('key')
    .where('account', '=', account)
    .where('key', '=', key);
  const held = alone ? query.forNoKeyUpdate() : query.forKeyShare();
  return (await all(db, db.engine.rowLocks ? held : query)).length > 0;
};

/** Of any account, the longest overdue first. */
export const dueCampaigns = prepared((db: Db, now: Instant, limit: number) =>
  db.q
    .selectFrom('campaigns')
    .selectAll()
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .orderBy('account')
    .orderBy('key')
    .limit(atMost(limit)),
);

/** Those that a device comes into when it begins to match their query, by key. */
export const targetingCampaigns = prepared((db: Db, account: AccountKey) =>
  db.q
    .selectFrom('campaigns')
    .selectAll()
    .where('account', '=', account)
    .where(sql<boolean>`targeting = 1`)
    .orderBy('key'),
);

const statusesIn = (...statuses: readonly CampaignStatus[]) =>
  sql.join(statuses.map((status) => literal(indexOf(campaignStatuses, status))));

/** Of any account: under way, stopped, or over while some devices have yet to say that they stopped. */
export const campaignsWithOpenUpdates = prepared((db: Db) =>
  db.q
    .selectFrom('campaigns')
    .selectAll()
    .where(
      sql<boolean>`(status in (${statusesIn('running', 'paused', 'stopped')})
        or status in (${statusesIn('ended', 'cancelled', 'failed')})
          and exists (select 1 from campaign_counts as n
            where n.account = campaigns.account and n.campaign = campaigns.key
              and n.slot >= ${literal(DELIVERED)} and n.slot < ${literal(CLOSED_SLOTS)} and n.count > 0))`,
    )
    .orderBy('account')
    .orderBy('key'),
);

export const insertCampaign = async (db: Db, account: AccountKey, value: Campaign): Promise<CampaignKey> => {
  const key = asKey<CampaignKey>(await allocate(db, account, 'campaigns'));
  await change(
    db,
    db.q.insertInto('campaigns').values({ ...toCampaignRow(value), account, key, version: 1 }),
  );
  await replacePlanPackages(db, account, key, value.plan.packages);
  return key;
};

export const updateCampaign = async (
  db: Db,
  account: AccountKey,
  was: StoredCampaign,
  value: Campaign,
): Promise<number> => {
  const changed = await change(
    db,
    db.q
      .updateTable('campaigns')
      .set({ ...toCampaignRow(value), version: was.version + 1 })
      .where('account', '=', account)
      .where('key', '=', was.key)
      .where('version', '=', was.version),
  );
  if (changed > 0 && JSON.stringify(was.plan.packages) !== JSON.stringify(value.plan.packages)) {
    await replacePlanPackages(db, account, was.key, value.plan.packages);
  }
  return changed;
};

/** Deletes a campaign with its updates, counters and jobs. Its history stays. */
export const deleteCampaign = async (db: Db, account: AccountKey, was: StoredCampaign): Promise<number> => {
  const changed = await change(
    db,
    db.q
      .deleteFrom('campaigns')
      .where('account', '=', account)
      .where('key', '=', was.key)
      .where('version', '=', was.version),
  );
  if (changed === 0) return 0;
  await deleteUpdatesOfCampaign(db, account, was.key);
  await deleteCounts(db, account, was.key);
  await deleteTallies(db, account, was.key);
  await deleteCampaignPackages(db, account, was.key);
  await deleteJobsOf(db, account, was.key);
  return changed;
};
