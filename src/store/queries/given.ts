import { sql } from 'kysely';
import { type Db, prepared, raw } from '../db.ts';

/** A campaign as rows name it. */
export type CampaignPlace = { readonly account: number; readonly key: number };

type Versioned = CampaignPlace & { readonly version: number };

const ofAccount = prepared((db: Db, account: number, keys: string) =>
  raw(
    db,
    sql<Versioned>`select account, key, version from campaigns
      where account = ${account} and key in ${db.engine.integers(keys)} order by key
      ${db.engine.rowLocks ? sql`for share` : sql``}`,
  ),
);

/** How often these campaigns were written; until this transaction ends nobody else writes them. */
export const versionsOf = async (db: Db, places: readonly CampaignPlace[]): Promise<readonly Versioned[]> => {
  const rows: Versioned[] = [];
  // One account after the other: rows are locked only where all of them lie together.
  const sorted = [...places].sort((a, b) => a.account - b.account);
  for (const [account, some] of Map.groupBy(sorted, (place) => place.account)) {
    rows.push(...(await ofAccount(db, account, JSON.stringify(some.map(({ key }) => key)))));
  }
  return rows;
};
