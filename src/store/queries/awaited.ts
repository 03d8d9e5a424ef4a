import { sql } from 'kysely';
import type { PageRequest } from '../../app/lists.ts';
import { campaignStatuses } from '../../domain/campaign.ts';
import { type Protocol, protocols } from '../../domain/device.ts';
import type { AccountKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { all, atMost, type Db, literal, raw } from '../db.ts';
import { indexOf } from '../rows/codec.ts';
import type { DeviceRow } from '../tables.ts';

const RUNNING = literal(indexOf(campaignStatuses, 'running'));

/**
 * So many devices of a protocol after a key, each with whether a running campaign waits for it; the rest of the account
 * is not looked at. The protocol is a literal, so that the condition of an index may name it.
 */
export const awaitedDevices = (
  db: Db,
  account: AccountKey,
  protocol: Protocol,
  seenBefore: Instant,
  { after, limit }: PageRequest,
): Promise<readonly (DeviceRow & { readonly awaited: number })[]> =>
  all(
    db,
    raw(
      db,
      sql<
        DeviceRow & { readonly awaited: number }
      >`select devices.*, case when devices.last_seen_at < ${seenBefore}
        and exists (select 1 from updates join campaigns
            on campaigns.account = updates.account and campaigns.key = updates.campaign
          where updates.account = devices.account and updates.device = devices.key
            and updates.outcome = 0 and campaigns.status = ${RUNNING})
        then 1 else 0 end as awaited
        from devices where account = ${account} and protocol = ${literal(indexOf(protocols, protocol))}
          and key > ${after} order by key limit ${atMost(limit)}`,
    ),
  );
