import { sql } from 'kysely';
import type { AccountKey } from '../../domain/ids.ts';
import { DAY, type Instant } from '../../domain/time.ts';
import { change, type Db, literal, prepared, raw } from '../db.ts';
import type { FleetPointRow } from '../tables.ts';

/** 0 when there is one of that instant. */
export const insertPoint = (db: Db, row: FleetPointRow): Promise<number> =>
  change(
    db,
    db.q
      .insertInto('fleet_history')
      .values(row)
      .onConflict((conflict) => conflict.doNothing()),
  );

export const listPoints = prepared((db: Db, account: AccountKey, since: Instant, until: Instant) =>
  raw(
    db,
    sql<FleetPointRow>`select account, at, body from fleet_history
      where account = ${account} and at < ${until} and at >= coalesce(
        (select max(at) from fleet_history where account = ${account} and at <= ${since}), ${since})
      order by at`,
  ),
);

const day = literal(DAY);

/** Deletes those before an instant that have a later one on their day. */
export const deleteAllButLastOfDay = (db: Db, account: AccountKey, before: Instant): Promise<number> =>
  change(
    db,
    raw(
      db,
      sql`delete from fleet_history where account = ${account} and at < ${before} and exists (
        select 1 from fleet_history as later where later.account = ${account}
          and later.at > fleet_history.at and later.at < (fleet_history.at / ${day} + 1) * ${day})`,
    ),
  );
