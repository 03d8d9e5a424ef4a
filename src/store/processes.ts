import type { Leases, StoredUpload, UploadStore } from '../app/process-ports.ts';
import type { AccountKey } from '../domain/ids.ts';
import { type Database, type Db, persist } from './db.ts';
import { deleteLeasesOf, findHeldLease, findLease, takeLease } from './queries/leases.ts';
import {
  advanceUpload,
  deletePieces,
  deleteUpload,
  findUpload,
  finishUpload,
  insertPiece,
  insertUpload,
  piecesOf,
  uploadsBefore,
  uploadsUnderWay,
} from './queries/uploads.ts';
import { many, one } from './readers.ts';
import { asKey } from './rows/codec.ts';
import type { UploadRow } from './tables.ts';

/** After every name that begins with the prefix. */
const endOf = (prefix: string): string => `${prefix}\u{10ffff}`;

/** Who of several processes does what. */
export const leases = (database: Database): Leases => ({
  take: async (name, holder, now, until) => {
    // A look spares most of those that others hold a write.
    const [held] = await findLease(database.read, name);
    if (held !== undefined && held.holder !== holder && held.until > now) return false;
    return (await persist(database, (db) => takeLease(db, name, holder, now, until))) > 0;
  },
  release: async (holder) => {
    await persist(database, (db) => deleteLeasesOf(db, holder));
  },
  anyHeld: async (prefix, now) => (await findHeldLease(database.read, prefix, endOf(prefix), now)).length > 0,
});

const fromRow = ({ account, touched_at, package: made, ...row }: UploadRow): StoredUpload => ({
  ...row,
  account: asKey<AccountKey>(account),
  touchedAt: touched_at,
  made,
});

const drop = async (db: Db, account: AccountKey, id: string): Promise<void> => {
  await deletePieces(db, account, id);
  await deleteUpload(db, account, id);
};

/** Uploads in pieces. */
export const uploads = (database: Database): UploadStore => ({
  begin: async ({ touchedAt, ...upload }) => {
    const row = { ...upload, received: 0, touched_at: touchedAt, package: null };
    await persist(database, (db) => insertUpload(db, row));
  },
  find: (account, id) => one(findUpload(database.read, account, id), fromRow),
  underWay: (account) => many(uploadsUnderWay(database.read, account), fromRow),
  pieces: (account, id) => many(piecesOf(database.read, account, id), (row) => row),
  append: (account, id, piece, at) =>
    persist(database, async (db) => {
      if ((await advanceUpload(db, account, id, piece, at)) === 0) return false;
      await insertPiece(db, account, id, piece);
      return true;
    }),
  finish: async (account, id, made, at) => {
    await persist(database, async (db) => {
      await finishUpload(db, account, id, made, at);
      await deletePieces(db, account, id);
    });
  },
  drop: async (account, id) => {
    await persist(database, (db) => drop(db, account, id));
  },
  expire: async (before) => {
    for (const { account, id } of await uploadsBefore(database.read, before)) {
      await persist(database, (db) => drop(db, asKey(account), id));
    }
  },
});
