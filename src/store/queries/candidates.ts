import { sql } from 'kysely';
import type { PageRequest } from '../../app/lists.ts';
import type { AccountKey, CampaignKey } from '../../domain/ids.ts';
import { atMost, bounded, built, type Db, literal, raw } from '../db.ts';
import type { CandidateRow } from '../rows/candidate.ts';
import { outcomeIndex } from '../rows/update.ts';

/** In the order of members: SQLite joins in the order in which it is told to cross; others know by themselves. */
const candidatesAfter = built(
  (db: Db, account: AccountKey, campaign: CampaignKey, after: number, limit: number) =>
    raw(
      db,
      sql<CandidateRow>`select u.device, u.outcome, u.extras, d.id, d.name, d.make, d.model, d.protocol, d.standing,
          d.time_zone, d.tags, d.versions, d.attributes, d.last_seen_at, d.created_at
        from updates as u cross join devices as d
        where u.account = ${account} and u.campaign = ${campaign} and u.device > ${after}
          and u.outcome <> ${literal(outcomeIndex('removed'))}
          and d.account = u.account and d.key = u.device
        order by u.device limit ${atMost(limit)}`,
    ),
);

/** Members of a campaign that were not taken out, with their devices; one more than the limit. */
export const candidates = (
  db: Db,
  account: AccountKey,
  campaign: CampaignKey,
  { after, limit }: PageRequest,
): Promise<readonly CandidateRow[]> => candidatesAfter(db, account, campaign, bounded(after), limit + 1);
