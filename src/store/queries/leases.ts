import { sql } from 'kysely';
import type { Instant } from '../../domain/time.ts';
import { change, type Db, literal, prepared } from '../db.ts';

export const findLease = prepared((db: Db, name: string) =>
  db.q.selectFrom('leases').select(['holder', 'until']).where('name', '=', name),
);

/** 0 when somebody else holds it. */
export const takeLease = (
  db: Db,
  name: string,
  holder: string,
  now: Instant,
  until: Instant,
): Promise<number> =>
  change(
    db,
    db.q
      .insertInto('leases')
      .values({ name, holder, until })
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet({ holder, until })
          .where((eb) => eb.or([eb('leases.holder', '=', holder), eb('leases.until', '<=', now)])),
      ),
  );

export const deleteLeasesOf = (db: Db, holder: string): Promise<number> =>
  change(db, db.q.deleteFrom('leases').where('holder', '=', holder));

/** Those that nobody holds any more. */
export const deleteOldLeases = (db: Db, before: Instant): Promise<number> =>
  change(db, db.q.deleteFrom('leases').where('until', '<', before));

export const findHeldLease = prepared((db: Db, prefix: string, end: string, now: Instant) =>
  db.q
    .selectFrom('leases')
    .select('name')
    .where('name', '>=', prefix)
    .where('name', '<', end)
    .where(sql<boolean>`until > ${now}`)
    .limit(literal(1)),
);
