import { sql } from 'kysely';
import type { AccountKey, CampaignKey } from '../../domain/ids.ts';
import { type Position, positions, wasDelivered } from '../../domain/position.ts';
import type { Instant } from '../../domain/time.ts';
import { type Db, literal, prepared } from '../db.ts';
import { indexOf } from '../rows/codec.ts';
import type { UpdateRow } from '../tables.ts';

/** The first of the positions whose device was told to begin. */
export const DELIVERED = indexOf(positions, 'download-running');

const openAt = (
  db: Db,
  account: AccountKey,
  campaign: CampaignKey,
  position: number,
  before: Instant,
  limit: number,
) =>
  db.q
    .selectFrom('updates')
    .selectAll()
    .where('account', '=', account)
    .where('campaign', '=', campaign)
    .where('position', '=', position)
    .where(sql<boolean>`outcome = 0`)
    .where('heard_at', '<', before)
    .orderBy('heard_at')
    .orderBy('device')
    .limit(limit);

const openAtAny = prepared(
  (db: Db, account: AccountKey, campaign: CampaignKey, position: number, before: Instant, limit: number) =>
    openAt(db, account, campaign, position, before, limit),
);

/** Names the condition of the index. */
const openAtDelivered = prepared(
  (db: Db, account: AccountKey, campaign: CampaignKey, position: number, before: Instant, limit: number) =>
    openAt(db, account, campaign, position, before, limit).where(
      sql<boolean>`position >= ${literal(DELIVERED)}`,
    ),
);

/** The longest silent of each position first come from the index; here they become one list. */
export const silentUpdates = async (
  db: Db,
  account: AccountKey,
  campaign: CampaignKey,
  at: readonly Position[],
  before: Instant,
  limit: number,
): Promise<readonly UpdateRow[]> => {
  const found: UpdateRow[] = [];
  for (const position of new Set(at)) {
    const silent = wasDelivered(position) ? openAtDelivered : openAtAny;
    found.push(...(await silent(db, account, campaign, indexOf(positions, position), before, limit)));
  }
  return found.sort((a, b) => a.heard_at - b.heard_at || a.device - b.device).slice(0, limit);
};
