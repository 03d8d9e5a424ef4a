import { sql } from 'kysely';
import type { PackageFilter, PageRequest, Slice } from '../../app/lists.ts';
import type { StoredPackage } from '../../app/records.ts';
import type { AccountKey } from '../../domain/ids.ts';
import { type Package, packageKinds } from '../../domain/package.ts';
import { all, atMost, bounded, change, type Db, prepared } from '../db.ts';
import { lookup } from '../lookup.ts';
import { sliceOrder } from '../order.ts';
import { folded, indexOf } from '../rows/codec.ts';
import { toPackageRow } from '../rows/fleet.ts';
import type { PackageRow } from '../tables.ts';
import { allocate } from './sequences.ts';

export const findPackage = lookup(['text'], (db: Db, account: AccountKey, id: string) =>
  db.q.selectFrom('packages').selectAll().where('account', '=', account).where('id', '=', id),
);

const findListed = lookup(['text'], (db: Db, account: AccountKey, ids: string) =>
  db.q
    .selectFrom('packages')
    .selectAll()
    .where('account', '=', account)
    .where('id', 'in', db.engine.texts(ids)),
);

export const findPackages = (
  db: Db,
  account: AccountKey,
  ids: readonly string[],
): Promise<readonly PackageRow[]> => findListed(db, account, JSON.stringify(ids));

/** The packages of an account that a filter lets through. */
const shown = (db: Db, account: AccountKey, { text, kind, make, model }: PackageFilter) =>
  db.q
    .selectFrom('packages')
    .where('account', '=', account)
    .where((eb) =>
      eb.and([
        ...(text === '' ? [] : [db.engine.contains(sql`folded`, db.engine.text(folded(text)))]),
        ...(kind === null ? [] : [eb('kind', '=', indexOf(packageKinds, kind))]),
        ...(make === '' ? [] : [eb('make', '=', make)]),
        ...(model === '' ? [] : [eb('model', '=', model)]),
      ]),
    );

/** By key, one more than the limit. */
export const listPackages = (
  db: Db,
  account: AccountKey,
  filter: PackageFilter,
  { after, limit }: PageRequest,
): Promise<readonly PackageRow[]> =>
  all(
    db,
    shown(db, account, filter)
      .selectAll()
      .where('key', '>', bounded(after))
      .orderBy('key')
      .limit(atMost(limit + 1)),
  );

/** How many the filter lets through. */
export const countPackages = (
  db: Db,
  account: AccountKey,
  filter: PackageFilter,
): Promise<readonly { readonly count: number }[]> =>
  all(
    db,
    shown(db, account, filter).select((eb) => eb.fn.countAll<number>().as('count')),
  );

/** Sorted by key or name alone, since the rows are long. */
export const slicePackages = (
  db: Db,
  account: AccountKey,
  filter: PackageFilter,
  slice: Slice,
): Promise<readonly PackageRow[]> => {
  const keys = shown(db, account, filter)
    .select('key')
    .orderBy(sliceOrder(slice))
    .limit(atMost(slice.limit))
    .offset(atMost(slice.skip));
  return all(
    db,
    db.q
      .selectFrom('packages')
      .selectAll()
      .where('account', '=', account)
      .where('key', 'in', keys)
      .orderBy(sliceOrder(slice)),
  );
};

export const findBytes = prepared((db: Db, sha256: string) =>
  db.q.selectFrom('packages').select('key').where('sha256', '=', sha256).limit(sql.lit(1)),
);

export const insertPackage = async (db: Db, account: AccountKey, value: Package): Promise<number> => {
  const key = await allocate(db, account, 'packages');
  return change(
    db,
    db.q.insertInto('packages').values({ ...toPackageRow(value), account, key, revision: 1 }),
  );
};

export const updatePackage = (
  db: Db,
  account: AccountKey,
  was: StoredPackage,
  value: Package,
): Promise<number> =>
  change(
    db,
    db.q
      .updateTable('packages')
      .set({ ...toPackageRow(value), revision: was.revision + 1 })
      .where('account', '=', account)
      .where('key', '=', was.key)
      .where('revision', '=', was.revision),
  );

export const deletePackage = (db: Db, account: AccountKey, was: StoredPackage): Promise<number> =>
  change(
    db,
    db.q
      .deleteFrom('packages')
      .where('account', '=', account)
      .where('key', '=', was.key)
      .where('revision', '=', was.revision),
  );
