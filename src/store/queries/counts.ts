import { sql } from 'kysely';
import type { AccountKey, CampaignKey } from '../../domain/ids.ts';
import { change, type Db, prepared } from '../db.ts';
import type { CampaignCountRow } from '../tables.ts';

export type CountDelta = CampaignCountRow;

export const findCounts = prepared((db: Db, account: AccountKey, campaign: CampaignKey) =>
  db.q
    .selectFrom('campaign_counts')
    .select(['slot', 'count'])
    .where('account', '=', account)
    .where('campaign', '=', campaign)
    .where('count', '<>', 0),
);

const summed = (deltas: readonly CountDelta[]): readonly CountDelta[] => {
  const sums = new Map<string, CountDelta>();
  for (const delta of deltas) {
    const place = `${delta.account}/${delta.campaign}/${delta.slot}`;
    sums.set(place, { ...delta, count: (sums.get(place)?.count ?? 0) + delta.count });
  }
  // In one order, so that two transactions cannot wait for each other.
  return [...sums.values()]
    .filter(({ count }) => count !== 0)
    .sort((a, b) => a.account - b.account || a.campaign - b.campaign || a.slot - b.slot);
};

/** Moves the counters of campaigns by what happened to their updates. */
export const addToCounts = async (db: Db, deltas: readonly CountDelta[]): Promise<void> => {
  const sums = summed(deltas);
  if (sums.length === 0) return;
  await addListed(db, db.engine.listOf(sums, columns));
};

const columns = { account: 'integer', campaign: 'integer', slot: 'integer', count: 'integer' } as const;

const addListed = prepared((db: Db, list: string) =>
  db.q
    .insertInto('campaign_counts')
    .columns(['account', 'campaign', 'slot', 'count'])
    .expression((eb) =>
      eb
        .selectFrom(db.engine.rows<CountDelta>(list, columns).as('r'))
        .select(['r.account', 'r.campaign', 'r.slot', 'r.count'])
        // SQLite reads `on conflict` as a join condition without a `where`.
        .where(sql<boolean>`1 = 1`),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['account', 'campaign', 'slot'])
        .doUpdateSet({ count: sql`campaign_counts.count + excluded.count` }),
    ),
);

export const deleteCounts = (db: Db, account: AccountKey, campaign: CampaignKey): Promise<number> =>
  change(
    db,
    db.q.deleteFrom('campaign_counts').where('account', '=', account).where('campaign', '=', campaign),
  );
