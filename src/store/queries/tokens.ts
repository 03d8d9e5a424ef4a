import type { StoredToken, Token } from '../../app/account-records.ts';
import type { Instant } from '../../domain/time.ts';
import { change, type Db, literal, prepared } from '../db.ts';
import { API_TOKEN, toTokenRow } from '../rows/people.ts';

export const findToken = prepared((db: Db, id: string) =>
  db.q.selectFrom('tokens').selectAll().where('id', '=', id),
);

/** API tokens, oldest first. */
export const listTokens = prepared((db: Db, userId: string) =>
  db.q
    .selectFrom('tokens')
    .selectAll()
    .where('user_id', '=', userId)
    .where('kind', '=', literal(API_TOKEN))
    .orderBy('created_at')
    .orderBy('id'),
);

export const touchToken = (db: Db, id: string, at: Instant): Promise<number> =>
  change(
    db,
    db.q.updateTable('tokens').set({ last_used_at: at }).where('id', '=', id).where('last_used_at', '<', at),
  );

export const insertToken = (db: Db, value: Token): Promise<number> =>
  change(db, db.q.insertInto('tokens').values({ ...toTokenRow(value), version: 1 }));

export const updateToken = (db: Db, was: StoredToken, value: Token): Promise<number> =>
  change(
    db,
    db.q
      .updateTable('tokens')
      .set({ ...toTokenRow(value), version: was.version + 1 })
      .where('id', '=', was.id)
      .where('version', '=', was.version),
  );

export const deleteToken = (db: Db, was: StoredToken): Promise<number> =>
  change(db, db.q.deleteFrom('tokens').where('id', '=', was.id).where('version', '=', was.version));

export const deleteTokensOf = (db: Db, userId: string): Promise<number> =>
  change(db, db.q.deleteFrom('tokens').where('user_id', '=', userId));

export const deleteExpiredTokens = (db: Db, before: Instant): Promise<number> =>
  change(db, db.q.deleteFrom('tokens').where('expires_at', '<', before));
