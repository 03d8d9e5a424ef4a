import type { Idempotency } from '../../app/writes.ts';
import type { AccountKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { change, type Db, prepared } from '../db.ts';

export const findIdempotency = prepared((db: Db, account: AccountKey, key: string) =>
  db.q.selectFrom('idempotency').selectAll().where('account', '=', account).where('key', '=', key),
);

/** 0 when the key is there already, which on PostgreSQL waits for whoever is just writing it. */
export const insertIdempotency = (
  db: Db,
  account: AccountKey,
  { key, digest, entity, id }: Idempotency,
  at: Instant,
): Promise<number> =>
  change(
    db,
    db.q
      .insertInto('idempotency')
      .values({ account, key, digest, entity, id, at })
      .onConflict((conflict) => conflict.doNothing()),
  );

export const deleteOldIdempotency = (db: Db, before: Instant): Promise<number> =>
  change(db, db.q.deleteFrom('idempotency').where('at', '<', before));
