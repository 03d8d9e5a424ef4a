import { sql } from 'kysely';
import type { PageRequest } from '../../app/lists.ts';
import type { Store } from '../../app/ports.ts';
import { campaignStatuses, isFinal } from '../../domain/campaign.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { all, atMost, change, type Db, prepared } from '../db.ts';

/** What happened to the listed devices in a campaign: by device, in order. */
export const eventsOfDevices = prepared(
  (db: Db, account: AccountKey, campaign: CampaignKey, devices: string) =>
    db.q
      .selectFrom('events')
      .selectAll()
      .where('account', '=', account)
      .where('device', 'in', db.engine.integers(devices))
      .where('campaign', '=', campaign)
      .orderBy('device')
      .orderBy('seq'),
);

/** The same list for the function above. */
export const listOfDevices = (devices: readonly DeviceKey[]): string => JSON.stringify(devices);

const unfinished = campaignStatuses.flatMap((status, index) => (isFinal(status) ? [] : [index]));

/** Deletes what is old enough of the next events of an account as `Store.events.expire` says. */
export const expireEvents = async (
  db: Db,
  account: AccountKey,
  before: Instant,
  { after, limit }: PageRequest,
): ReturnType<Store['events']['expire']> => {
  const looked = await all(
    db,
    db.q
      .selectFrom('events')
      .select(['seq', 'at'])
      .where('account', '=', account)
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(atMost(limit)),
  );
  const last = looked.at(-1);
  if (last === undefined || looked.every(({ at }) => at >= before)) return { deleted: 0, next: null };
  const deleted = await change(
    db,
    db.q
      .deleteFrom('events')
      .where('account', '=', account)
      .where('seq', '>', after)
      .where('seq', '<=', last.seq)
      .where('at', '<', before)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('outbox')
              .select('outbox.seq')
              .whereRef('outbox.account', '=', 'events.account')
              .whereRef('outbox.seq', '=', 'events.seq'),
          ),
        ),
      )
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('campaigns')
              .select('campaigns.key')
              .whereRef('campaigns.account', '=', 'events.account')
              .whereRef('campaigns.key', '=', 'events.campaign')
              .where(
                'campaigns.status',
                'in',
                sql<number>`(${sql.join(unfinished.map((one) => sql.lit(one)))})`,
              ),
          ),
        ),
      ),
  );
  return { deleted, next: looked.length < limit ? null : last.seq };
};
