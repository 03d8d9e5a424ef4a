import { type SqlBool, sql } from 'kysely';
import type { Store } from '../../app/ports.ts';
import { queues } from '../../domain/update.ts';
import { atMost, type Db, first, literal, raw } from '../db.ts';
import { indexOf } from '../rows/codec.ts';
import { where } from './where.ts';

/** How many wait for the same places since before an update; names the condition of the index. */
export const countAhead = async (
  db: Db,
  ...[account, campaign, { since, device }, which, limit]: Parameters<Store['updates']['ahead']>
): Promise<number> => {
  const waits = sql.join(which.waitsFor.map((queue) => literal(indexOf(queues, queue))));
  const fits = sql<SqlBool>`updates.account = ${account} and updates.campaign = ${campaign} and updates.queue > 0
    and updates.queue in (${waits}) and (updates.since, updates.device) < (${since}, ${device})
    and devices.last_seen_at >= ${which.seenAfter} and ${where(db.engine, which.where)}`;
  const ahead = sql<{ readonly count: number }>`select count(*) as count from (select 1 from updates
    join devices on devices.account = updates.account and devices.key = updates.device
    where ${fits} limit ${atMost(limit)}) as ahead`;
  const row = await first(db, raw(db, ahead));
  return Number(row?.count ?? 0);
};
