import { sql } from 'kysely';
import type { PageRequest, Slice } from '../../app/lists.ts';
import type { StoredDocument, WireDocument } from '../../app/records.ts';
import type { AccountKey } from '../../domain/ids.ts';
import { all, atMost, bounded, change, type Db, prepared } from '../db.ts';
import { sliceOrder } from '../order.ts';
import type { DocumentRow } from '../push-tables.ts';
import { folded } from '../rows/codec.ts';
import { toDocumentRow } from '../rows/push.ts';
import { allocate } from './sequences.ts';

export const findDocument = prepared((db: Db, account: AccountKey, kind: string, id: string) =>
  db.q
    .selectFrom('documents')
    .selectAll()
    .where('account', '=', account)
    .where('kind', '=', kind)
    .where('id', '=', id),
);

const byFoldedName = prepared((db: Db, account: AccountKey, kind: string, name: string) =>
  db.q
    .selectFrom('documents')
    .selectAll()
    .where('account', '=', account)
    .where('kind', '=', kind)
    .where('folded', '=', name)
    // Names the condition of the index; without a name there is nothing to be found by.
    .where(sql<boolean>`folded <> ''`),
);

/** Without regard to case. */
export const findDocumentByName = (
  db: Db,
  account: AccountKey,
  kind: string,
  name: string,
): Promise<readonly DocumentRow[]> => byFoldedName(db, account, kind, folded(name));

const ofKind = (db: Db, account: AccountKey, kind: string) =>
  db.q.selectFrom('documents').where('account', '=', account).where('kind', '=', kind);

/** By key, one more than the limit. */
export const listDocuments = (
  db: Db,
  account: AccountKey,
  kind: string,
  { after, limit }: PageRequest,
): Promise<readonly DocumentRow[]> =>
  all(
    db,
    ofKind(db, account, kind)
      .selectAll()
      .where('key', '>', bounded(after))
      .orderBy('key')
      .limit(atMost(limit + 1)),
  );

export const countDocuments = (
  db: Db,
  account: AccountKey,
  kind: string,
): Promise<readonly { readonly count: number }[]> =>
  all(
    db,
    ofKind(db, account, kind).select((eb) => eb.fn.countAll<number>().as('count')),
  );

/** Sorted by key or name alone, since the rows are long. */
export const sliceDocuments = (
  db: Db,
  account: AccountKey,
  kind: string,
  slice: Slice,
): Promise<readonly DocumentRow[]> => {
  const keys = ofKind(db, account, kind)
    .select('key')
    .orderBy(sliceOrder(slice))
    .limit(atMost(slice.limit))
    .offset(atMost(slice.skip));
  return all(db, ofKind(db, account, kind).selectAll().where('key', 'in', keys).orderBy(sliceOrder(slice)));
};

export const insertDocument = async (db: Db, account: AccountKey, value: WireDocument): Promise<number> => {
  const key = await allocate(db, account, 'documents');
  return change(
    db,
    db.q.insertInto('documents').values({ ...toDocumentRow(value), account, key, version: 1 }),
  );
};

export const updateDocument = (
  db: Db,
  account: AccountKey,
  was: StoredDocument,
  value: WireDocument,
): Promise<number> =>
  change(
    db,
    db.q
      .updateTable('documents')
      .set({ ...toDocumentRow(value), version: was.version + 1 })
      .where('account', '=', account)
      .where('kind', '=', was.kind)
      .where('key', '=', was.key)
      .where('version', '=', was.version),
  );

export const deleteDocument = (db: Db, account: AccountKey, was: StoredDocument): Promise<number> =>
  change(
    db,
    db.q
      .deleteFrom('documents')
      .where('account', '=', account)
      .where('kind', '=', was.kind)
      .where('key', '=', was.key)
      .where('version', '=', was.version),
  );
