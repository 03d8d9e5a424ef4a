import { type RawBuilder, sql } from 'kysely';
import type { StoredDevice } from '../../app/records.ts';
import type { Device } from '../../domain/device.ts';
import type { AccountKey, DeviceKey } from '../../domain/ids.ts';
import type { Expression } from '../../domain/targeting.ts';
import type { Instant } from '../../domain/time.ts';
import { all, atMost, change, type Db, first, prepared, preparedForRows, raw } from '../db.ts';
import { lookup } from '../lookup.ts';
import { toDeviceCells, toDeviceRow } from '../rows/fleet.ts';
import type { DeviceRow } from '../tables.ts';
import { addToCounts } from './counts.ts';
import { deleteCredentialsOf } from './credentials.ts';
import type { Span } from './members.ts';
import { allocate } from './sequences.ts';
import { deleteSessionsOf } from './sessions.ts';
import { addToTallies } from './tallies.ts';
import { deleteUpdatesOfDevice } from './updates.ts';
import { where } from './where.ts';

export const findDevice = lookup(['text'], (db: Db, account: AccountKey, id: string) =>
  db.q.selectFrom('devices').selectAll().where('account', '=', account).where('id', '=', id),
);

export const getDevice = lookup(['integer'], (db: Db, account: AccountKey, key: DeviceKey) =>
  db.q.selectFrom('devices').selectAll().where('account', '=', account).where('key', '=', key),
);

export const findDevices = (
  db: Db,
  account: AccountKey,
  ids: readonly string[],
): Promise<readonly DeviceRow[]> =>
  all(
    db,
    db.q
      .selectFrom('devices')
      .selectAll()
      .where('account', '=', account)
      .where('id', 'in', db.engine.texts(JSON.stringify(ids))),
  );

/** Those of a span of keys, by key. */
export const devicesIn = (
  db: Db,
  account: AccountKey,
  { from, to }: Span,
  expression: Expression,
  limit: number,
): Promise<readonly DeviceRow[]> =>
  all(
    db,
    db.q
      .selectFrom('devices')
      .selectAll()
      .where('account', '=', account)
      .where('key', '>=', from)
      .where('key', '<=', to)
      .where(where(db.engine, expression))
      .orderBy('key')
      .limit(atMost(limit)),
  );

export const countDevicesIn = async (
  db: Db,
  account: AccountKey,
  { from, to }: Span,
  expression: Expression,
): Promise<number> => {
  const query = db.q
    .selectFrom('devices')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .where('key', '>=', from)
    .where('key', '<=', to)
    .where(where(db.engine, expression));
  return (await first(db, query))?.count ?? 0;
};

export const insertDevice = async (db: Db, account: AccountKey, value: Device): Promise<number> => {
  const key = await allocate(db, account, 'devices');
  return change(db, db.q.insertInto('devices').values({ ...toDeviceRow(value), account, key, version: 1 }));
};

/** A device that made contact since it was read is not said to have been silent. */
const later = (seen: RawBuilder<unknown>): RawBuilder<number> =>
  sql`case when devices.last_seen_at > ${seen} then devices.last_seen_at else ${seen} end`;

export const updateDevice = (
  db: Db,
  account: AccountKey,
  was: StoredDevice,
  value: Device,
): Promise<number> =>
  change(
    db,
    db.q
      .updateTable('devices')
      .set({
        ...toDeviceRow(value),
        last_seen_at: later(sql`${value.lastSeenAt}`),
        version: was.version + 1,
      })
      .where('account', '=', account)
      .where('key', '=', was.key)
      .where('version', '=', was.version),
  );

/** Deletes a device with its updates and credentials, and takes them out of the counters. */
export const deleteDevice = async (db: Db, account: AccountKey, was: StoredDevice): Promise<number> => {
  const changed = await change(
    db,
    db.q
      .deleteFrom('devices')
      .where('account', '=', account)
      .where('key', '=', was.key)
      .where('version', '=', was.version),
  );
  if (changed === 0) return 0;
  const { counts, tallies } = await deleteUpdatesOfDevice(db, account, was.key);
  await addToCounts(db, counts);
  await addToTallies(db, tallies);
  await deleteCredentialsOf(db, account, was.key);
  await deleteSessionsOf(db, account, was.key);
  return changed;
};

const cellColumns = {
  id: 'text',
  name: 'text',
  folded: 'text',
  make: 'text',
  model: 'text',
  protocol: 'integer',
  time_zone: 'text',
  tags: 'json',
  versions: 'json',
  attributes: 'json',
  standing: 'integer',
  auto_confirm: 'json',
  attributes_due: 'integer',
  last_seen_at: 'bigint',
  created_at: 'bigint',
} as const;
const cellNames = Object.keys(cellColumns) as (keyof typeof cellColumns)[];
const columnList = sql.join(cellNames.map((name) => sql.ref(name)));
const cellList = sql.join(cellNames.map((name) => sql`r.${sql.ref(name)}`));
const assignments = sql.join(
  cellNames.map((name) => {
    const value = sql`r.${sql.ref(name)}`;
    return sql`${sql.ref(name)} = ${name === 'last_seen_at' ? later(value) : value}`;
  }),
);

const insertColumns = { k: 'integer', ...cellColumns } as const;
const insertListed = prepared((db: Db, account: AccountKey, list: string) =>
  raw(
    db,
    sql<{ id: string }>`insert into devices (account, key, version, ${columnList})
      select cast(${account} as integer), r.k, 1, ${cellList}
      from ${db.engine.rows(list, insertColumns)} as r where 1 = 1
      on conflict do nothing returning id`,
  ),
);

/** Inserts those whose id is free; gives their ids. No id may be named twice. */
export const insertDevices = async (
  db: Db,
  account: AccountKey,
  values: readonly Device[],
): Promise<readonly string[]> => {
  if (values.length === 0) return [];
  const start = await allocate(db, account, 'devices', values.length);
  const cells = values.map((value, index) => ({ k: start + index, ...toDeviceCells(value) }));
  const inserted = await insertListed(db, account, db.engine.listOf(cells, insertColumns));
  return inserted.map(({ id }) => id);
};

export type Replacement = { readonly was: StoredDevice; readonly value: Device };

const replaceColumns = { a: 'integer', k: 'integer', v: 'integer', ...cellColumns } as const;
type Replaced = ReturnType<typeof toDeviceCells> & {
  readonly a: number;
  readonly k: number;
  readonly v: number;
};
const replaceListed = preparedForRows<Replaced, { id: string }>(replaceColumns, (db, rows) =>
  raw(
    db,
    sql<{ id: string }>`update devices set version = devices.version + 1, ${assignments}
      from ${rows} as r
      where devices.account = r.a and devices.key = r.k and devices.version = r.v
      returning devices.id as id`,
  ),
);

/** Replaces those that are still as they were read; gives their ids. No device may be named twice. */
export const replaceDevices = async (
  db: Db,
  account: AccountKey,
  replacements: readonly Replacement[],
): Promise<readonly string[]> => {
  if (replacements.length === 0) return [];
  const cells = replacements.map(({ was, value }) => ({
    a: account,
    k: was.key,
    v: was.version,
    ...toDeviceCells(value),
  }));
  const replaced = await replaceListed(db, cells);
  return replaced.map(({ id }) => id);
};

const heldListed = prepared((db: Db, account: AccountKey, keys: string) =>
  raw(
    db,
    sql<{ key: number; version: number }>`select key, version from devices
      where account = ${account} and key in ${db.engine.integers(keys)} order by key
      ${db.engine.rowLocks ? sql`for no key update` : sql``}`,
  ),
);

/** How often these devices were written, by their keys; until this transaction ends nobody else writes them. */
export const holdDevices = async (
  db: Db,
  account: AccountKey,
  keys: readonly DeviceKey[],
): Promise<ReadonlyMap<number, number>> =>
  new Map((await heldListed(db, account, JSON.stringify(keys))).map(({ key, version }) => [key, version]));

type Seen = { readonly device: DeviceKey; readonly at: Instant };

const seenColumns = { device: 'integer', at: 'bigint' } as const;
const touchListed = prepared((db: Db, account: AccountKey, list: string) =>
  raw(
    db,
    sql`update devices set last_seen_at = r.at
      from (select device, max(at) as at from ${db.engine.rows(list, seenColumns)} as s group by device) as r
      where devices.account = ${account} and devices.key = r.device and devices.last_seen_at < r.at`,
  ),
);

export const touchDevices = async (db: Db, account: AccountKey, seen: readonly Seen[]): Promise<void> => {
  await touchListed(db, account, db.engine.listOf(seen, seenColumns));
};
