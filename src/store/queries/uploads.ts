import type { UploadPiece } from '../../app/process-ports.ts';
import type { AccountKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { change, type Db, literal, prepared } from '../db.ts';
import type { UploadRow } from '../tables.ts';

export const insertUpload = (db: Db, row: UploadRow): Promise<number> =>
  change(db, db.q.insertInto('uploads').values(row));

export const findUpload = prepared((db: Db, account: AccountKey, id: string) =>
  db.q.selectFrom('uploads').selectAll().where('account', '=', account).where('id', '=', id),
);

export const uploadsUnderWay = prepared((db: Db, account: AccountKey) =>
  db.q
    .selectFrom('uploads')
    .selectAll()
    .where('account', '=', account)
    .where('package', 'is', null)
    .orderBy('touched_at')
    .orderBy('id'),
);

export const piecesOf = prepared((db: Db, account: AccountKey, id: string) =>
  db.q
    .selectFrom('upload_pieces')
    .select(['start', 'size', 'sha256', 'sha1', 'md5'])
    .where('account', '=', account)
    .where('upload', '=', id)
    .orderBy('start'),
);

export const findPieceOf = prepared((db: Db, sha256: string) =>
  db.q.selectFrom('upload_pieces').select('start').where('sha256', '=', sha256).limit(literal(1)),
);

/** 0 when it has received other bytes than those before the piece. */
export const advanceUpload = (
  db: Db,
  account: AccountKey,
  id: string,
  { start, size }: UploadPiece,
  at: Instant,
): Promise<number> =>
  change(
    db,
    db.q
      .updateTable('uploads')
      .set({ received: start + size, touched_at: at })
      .where('account', '=', account)
      .where('id', '=', id)
      .where('received', '=', start)
      .where('package', 'is', null),
  );

export const insertPiece = (
  db: Db,
  account: AccountKey,
  upload: string,
  piece: UploadPiece,
): Promise<number> => change(db, db.q.insertInto('upload_pieces').values({ account, upload, ...piece }));

export const finishUpload = (
  db: Db,
  account: AccountKey,
  id: string,
  made: string,
  at: Instant,
): Promise<number> =>
  change(
    db,
    db.q
      .updateTable('uploads')
      .set({ package: made, touched_at: at })
      .where('account', '=', account)
      .where('id', '=', id),
  );

export const deletePieces = (db: Db, account: AccountKey, id: string): Promise<number> =>
  change(db, db.q.deleteFrom('upload_pieces').where('account', '=', account).where('upload', '=', id));

export const deleteUpload = (db: Db, account: AccountKey, id: string): Promise<number> =>
  change(db, db.q.deleteFrom('uploads').where('account', '=', account).where('id', '=', id));

/** Of any account. */
export const uploadsBefore = prepared((db: Db, before: Instant) =>
  db.q.selectFrom('uploads').select(['account', 'id']).where('touched_at', '<', before),
);
