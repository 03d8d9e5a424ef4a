import { sql } from 'kysely';
import { type CampaignStatus, campaignStatuses, isFinal } from '../../domain/campaign.ts';
import type { AccountKey, CampaignKey } from '../../domain/ids.ts';
import type { Update } from '../../domain/update.ts';
import { all, atMost, change, type Db, literal, prepared } from '../db.ts';
import type { CampaignPackageRow } from '../tables.ts';

const PLAN = 0;
const DEVICE = 1;

const insertUses = async (db: Db, uses: readonly CampaignPackageRow[]): Promise<void> => {
  if (uses.length === 0) return;
  await insertListed(db, db.engine.listOf(uses, columns));
};

const columns = { account: 'integer', package: 'text', campaign: 'integer', source: 'integer' } as const;

const insertListed = prepared((db: Db, list: string) =>
  db.q
    .insertInto('campaign_packages')
    .columns(['account', 'package', 'campaign', 'source'])
    .expression((eb) =>
      eb
        .selectFrom(db.engine.rows<CampaignPackageRow>(list, columns).as('r'))
        .select(['r.account', 'r.package', 'r.campaign', 'r.source'])
        .where(sql<boolean>`1 = 1`),
    )
    .onConflict((conflict) => conflict.doNothing()),
);

/** Makes the plan's packages those that the campaign is known to send. */
export const replacePlanPackages = async (
  db: Db,
  account: AccountKey,
  campaign: CampaignKey,
  packages: readonly string[],
): Promise<void> => {
  await change(
    db,
    db.q
      .deleteFrom('campaign_packages')
      .where('account', '=', account)
      .where('campaign', '=', campaign)
      .where('source', '=', PLAN),
  );
  await insertUses(
    db,
    packages.map((id) => ({ account, package: id, campaign, source: PLAN })),
  );
};

/** One of the packages that single devices of a campaign were given. */
export const findOwnPackage = prepared((db: Db, account: AccountKey, campaign: CampaignKey) =>
  db.q
    .selectFrom('campaign_packages')
    .select('package')
    .where('account', '=', account)
    .where('campaign', '=', campaign)
    .where('source', '=', literal(DEVICE))
    .limit(literal(1)),
);

type Given = {
  readonly account: AccountKey;
  readonly was: Update & { readonly campaign: CampaignKey };
  readonly value: Update;
};

/** Notes the packages that single devices were given. */
export const addDevicePackages = (db: Db, given: readonly Given[]): Promise<void> => {
  const uses = new Map<string, CampaignPackageRow>();
  for (const { account, was, value } of given) {
    if (value.packages === null || value.packages === was.packages) continue;
    for (const id of value.packages) {
      const use = { account, package: id, campaign: was.campaign, source: DEVICE };
      uses.set(JSON.stringify([account, id, was.campaign]), use);
    }
  }
  return insertUses(db, [...uses.values()]);
};

const maySend = (status: CampaignStatus): boolean => status !== 'stopped' && !isFinal(status);
const sending = campaignStatuses.flatMap((status, index) => (maySend(status) ? [literal(index)] : []));

/** Ids of campaigns that may still send the package, by plan or to an open update on its own. */
export const campaignsSending = async (
  db: Db,
  account: AccountKey,
  id: string,
  limit: number,
): Promise<readonly string[]> => {
  const named = db.engine.contains(sql`cast(u.extras as text)`, db.engine.text(JSON.stringify(id)));
  const rows = await all(
    db,
    db.q
      .selectFrom('campaign_packages as p')
      .innerJoin('campaigns as c', (join) =>
        join.onRef('c.account', '=', 'p.account').onRef('c.key', '=', 'p.campaign'),
      )
      .select('c.id')
      .where('p.account', '=', account)
      .where('p.package', '=', id)
      .where(sql<boolean>`c.status in (${sql.join(sending)})`)
      .where((eb) =>
        eb.or([
          eb('p.source', '=', PLAN),
          eb.exists(
            eb
              .selectFrom('updates as u')
              .select('u.device')
              .whereRef('u.account', '=', 'p.account')
              .whereRef('u.campaign', '=', 'p.campaign')
              .where(sql<boolean>`u.outcome = 0`)
              .where('u.extras', 'is not', null)
              .where(named),
          ),
        ]),
      )
      .groupBy(['c.key', 'c.id'])
      .orderBy('c.key')
      .limit(atMost(limit)),
  );
  return rows.map((row) => row.id);
};

export const deleteCampaignPackages = (db: Db, account: AccountKey, campaign: CampaignKey): Promise<number> =>
  change(
    db,
    db.q.deleteFrom('campaign_packages').where('account', '=', account).where('campaign', '=', campaign),
  );
