import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { CampaignFilter, PageRequest, Slice } from '../../app/lists.ts';
import { approvalPolicies, campaignStatuses } from '../../domain/campaign.ts';
import type { AccountKey } from '../../domain/ids.ts';
import { all, atMost, bounded, type Db, literal, prepared } from '../db.ts';
import { sliceOrder } from '../order.ts';
import { folded, indexOf } from '../rows/codec.ts';
import type { CampaignRow } from '../tables.ts';

type Condition = RawBuilder<SqlBool>;

const within = (db: Db, column: RawBuilder<unknown>, text: string): readonly Condition[] =>
  text === '' ? [] : [db.engine.contains(column, db.engine.text(folded(text)))];

const among = (
  db: Db,
  ids: readonly string[],
  condition: (listed: RawBuilder<string>) => Condition,
): readonly Condition[] => (ids.length === 0 ? [] : [condition(db.engine.texts(JSON.stringify(ids)))]);

const SCHEDULED = literal(indexOf(campaignStatuses, 'scheduled'));
const NO_APPROVAL = literal(indexOf(approvalPolicies, 'none'));

const scheduledOnly = (under: CampaignFilter['scheduledUnder']): readonly Condition[] => {
  if (under === undefined) return [];
  const policy = under === 'no-approval' ? sql`policy = ${NO_APPROVAL}` : sql`policy <> ${NO_APPROVAL}`;
  return [sql`(status <> ${SCHEDULED} or ${policy})`];
};

/** The campaigns of an account that a filter lets through. */
const shown = (
  db: Db,
  account: AccountKey,
  { text, description, ids, statuses, scheduledUnder, packageIds, createdFrom }: CampaignFilter,
) => {
  const places = statuses.map((status) => literal(indexOf(campaignStatuses, status)));
  const conditions: readonly Condition[] = [
    ...within(db, sql`folded`, text),
    ...within(db, sql`description_folded`, description),
    ...among(db, ids, (listed) => sql`id in ${listed}`),
    ...(places.length === 0 ? [] : [sql<SqlBool>`status in (${sql.join(places)})`]),
    ...scheduledOnly(scheduledUnder),
    ...among(
      db,
      packageIds,
      (listed) => sql`key in (select p.campaign from campaign_packages as p
        where p.account = ${account} and p.package in ${listed} and p.source = 0)`,
    ),
    ...(createdFrom === 0 ? [] : [sql<SqlBool>`created_at >= ${createdFrom}`]),
  ];
  return db.q
    .selectFrom('campaigns')
    .where('account', '=', account)
    .where((eb) => eb.and(conditions));
};

/** By key, one more than the limit. */
export const listCampaigns = (
  db: Db,
  account: AccountKey,
  filter: CampaignFilter,
  { after, limit }: PageRequest,
): Promise<readonly CampaignRow[]> =>
  all(
    db,
    shown(db, account, filter)
      .selectAll()
      .where('key', '>', bounded(after))
      .orderBy('key')
      .limit(atMost(limit + 1)),
  );

/** How many the filter lets through. */
export const countCampaigns = (
  db: Db,
  account: AccountKey,
  filter: CampaignFilter,
): Promise<readonly { readonly count: number }[]> =>
  all(
    db,
    shown(db, account, filter).select((eb) => eb.fn.countAll<number>().as('count')),
  );

/** Sorted without the plans, which are long. */
export const sliceCampaigns = (
  db: Db,
  account: AccountKey,
  filter: CampaignFilter,
  slice: Slice,
): Promise<readonly CampaignRow[]> => {
  const keys = shown(db, account, filter)
    .select('key')
    .orderBy(sliceOrder(slice))
    .limit(atMost(slice.limit))
    .offset(atMost(slice.skip));
  return all(
    db,
    db.q
      .selectFrom('campaigns')
      .selectAll()
      .where('account', '=', account)
      .where('key', 'in', keys)
      .orderBy(sliceOrder(slice)),
  );
};

/** Each status that any campaign has; all are named, since the index begins with them. */
export const countByStatus = prepared((db: Db, account: AccountKey) =>
  db.q
    .selectFrom('campaigns')
    .select((eb) => ['status', eb.fn.countAll<number>().as('count')])
    .where(sql<boolean>`status in (${sql.join(campaignStatuses.map((_, index) => literal(index)))})`)
    .where('account', '=', account)
    .groupBy('status'),
);
