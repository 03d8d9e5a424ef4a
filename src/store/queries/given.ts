import { sql } from 'kysely';
import { type Db, prepared, raw } from '../db.ts';

/** A campaign as rows name it. */
export type CampaignPlace = { readonly account: number; readonly key: number };

const columns = { account: 'integer', key: 'integer' } as const;

const ofPlaces = prepared((db: Db, list: string) =>
  raw(
    db,
    sql<CampaignPlace & { readonly version: number }>`select c.account, c.key, c.version
      from ${db.engine.rows<CampaignPlace>(list, columns)} as r
      cross join campaigns as c
      where c.account = r.account and c.key = r.key
      ${db.engine.rowLocks ? sql`for share of c` : sql``}`,
  ),
);

/** How often these campaigns were written; until this transaction ends nobody else writes them. */
export const versionsOf = (db: Db, places: readonly CampaignPlace[]) => {
  const sorted = [...places].sort((a, b) => a.account - b.account || a.key - b.key);
  return ofPlaces(db, db.engine.listOf<CampaignPlace>(sorted, columns));
};
