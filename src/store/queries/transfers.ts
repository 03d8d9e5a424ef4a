import { sql } from 'kysely';
import type { Transfers } from '../../app/records.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { change, type Db, prepared, raw } from '../db.ts';
import { lookup } from '../lookup.ts';
import type { Place } from './logs.ts';

export const findTransfers = lookup(
  ['integer', 'integer'],
  (db: Db, account: AccountKey, campaign: CampaignKey, device: DeviceKey) =>
    db.q
      .selectFrom('transfers')
      .select(['generation', 'packages'])
      .where('account', '=', account)
      .where('campaign', '=', campaign)
      .where('device', '=', device),
);

/** What the listed devices told of their downloads. */
export const findTransfersOf = prepared(
  (db: Db, account: AccountKey, campaign: CampaignKey, devices: string) =>
    db.q
      .selectFrom('transfers')
      .select(['device', 'generation', 'packages'])
      .where('account', '=', account)
      .where('campaign', '=', campaign)
      .where('device', 'in', db.engine.integers(devices)),
);

/** Replaces what was told before and notes when; 0 when there is no update that it could be about. */
export const saveTransfers = async (
  db: Db,
  place: Place,
  at: Instant,
  { generation, packages }: Transfers,
): Promise<number> => {
  const heard = await change(
    db,
    db.q
      .updateTable('updates')
      .set({ heard_at: sql`case when updates.heard_at > ${at} then updates.heard_at else ${at} end` })
      .where('account', '=', place.account)
      .where('campaign', '=', place.campaign)
      .where('device', '=', place.device),
  );
  if (heard === 0) return 0;
  const { account, campaign, device } = place;
  return change(
    db,
    db.q
      .insertInto('transfers')
      .values({ account, campaign, device, generation, packages: JSON.stringify(packages) })
      .onConflict((conflict) =>
        conflict.columns(['account', 'campaign', 'device']).doUpdateSet({
          generation: sql`excluded.generation`,
          packages: sql`excluded.packages`,
        }),
      ),
  );
};

export const deleteTransfersOfCampaign = (
  db: Db,
  account: AccountKey,
  campaign: CampaignKey,
): Promise<number> =>
  change(db, db.q.deleteFrom('transfers').where('account', '=', account).where('campaign', '=', campaign));

/** Deletes what was told of these updates, which are gone. */
export const deleteTransfersOf = async (db: Db, places: readonly Place[]): Promise<void> => {
  if (places.length === 0) return;
  const columns = { account: 'integer', campaign: 'integer', device: 'integer' } as const;
  const rows = db.engine.rows<Place>(db.engine.listOf<Place>(places, columns), columns);
  await change(
    db,
    raw(
      db,
      sql`delete from transfers
        where (account, campaign, device) in (select account, campaign, device from ${rows} as r)`,
    ),
  );
};
