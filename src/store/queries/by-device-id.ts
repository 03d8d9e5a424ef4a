import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { IdPageRequest } from '../../app/lists.ts';
import type { AccountKey, CampaignKey } from '../../domain/ids.ts';
import type { Expression } from '../../domain/targeting.ts';
import { all, atMost, type Db, first, raw } from '../db.ts';
import { fromCountRows } from '../rows/update.ts';
import { MOST_SORTED, totalOf } from '../slices.ts';
import type { DeviceRow } from '../tables.ts';
import { findCounts } from './counts.ts';
import { inOrderOf, stretchOf } from './stretches.ts';
import { type ListedRow, listed } from './updates.ts';
import { where } from './where.ts';

type Campaign = { readonly account: AccountKey; readonly campaign: CampaignKey };

/** Rows that lie one by one all over a table take longer to look at than those that lie together. */
const SCATTERED = 5;

/** The id so many devices further; `undefined` when there are not as many. */
const idAfter = async (db: Db, account: AccountKey, after: string): Promise<string | undefined> => {
  const length = db.engine.longestLook / SCATTERED;
  if (!Number.isFinite(length)) return undefined;
  const next = sql<{ id: string }>`select id from devices
    where account = ${account} and id > ${after} order by id limit 1 offset ${atMost(length - 1)}`;
  return (await first(db, raw(db, next)))?.id;
};

/** An account's devices after an id, in the order of ids, in parts that are short enough for one look. */
async function* idParts(db: Db, account: AccountKey, start: string): AsyncGenerator<RawBuilder<SqlBool>> {
  for (let after: string | undefined = start; after !== undefined; ) {
    const last: string | undefined = await idAfter(db, account, after);
    const upTo = last === undefined ? sql`` : sql`and devices.id <= ${last}`;
    yield sql<SqlBool>`devices.account = ${account} and devices.id > ${after} ${upTo}`;
    if (last !== undefined) await new Promise(setImmediate);
    after = last;
  }
}

/** Devices that match by id, one more than the limit. */
export const devicesById = async (
  db: Db,
  account: AccountKey,
  expression: Expression,
  { after, limit }: IdPageRequest,
): Promise<readonly DeviceRow[]> => {
  const found: DeviceRow[] = [];
  for await (const part of idParts(db, account, after)) {
    const query = db.q
      .selectFrom('devices')
      .selectAll()
      .where(sql<boolean>`${part} and ${where(db.engine, expression)}`)
      .orderBy('devices.id')
      .limit(atMost(limit + 1 - found.length));
    found.push(...(await all(db, query)));
    if (found.length > limit) break;
  }
  return found;
};

const key = sql`updates.device`;
const order = sql`devices.id`;
/** SQLite joins in the order in which it is told to cross; others know by themselves. */
const devicesFirst = sql`devices cross join updates`;
const updatesFirst = sql`updates cross join devices`;

/** The devices of members after an id, by that: few are sorted, of many the order of the index is followed. */
const memberKeys = async (
  db: Db,
  { account, campaign }: Campaign,
  { after, limit }: IdPageRequest,
): Promise<readonly number[]> => {
  const mine = sql<SqlBool>`updates.account = ${account} and updates.campaign = ${campaign}
    and devices.account = updates.account and devices.key = updates.device`;
  const total = totalOf(fromCountRows(await findCounts(db, account, campaign)), {
    positions: [],
    outcomes: [],
    open: null,
  });
  if (total !== undefined && total <= MOST_SORTED) {
    const condition = sql<SqlBool>`${mine} and devices.id > ${after}`;
    return stretchOf(db, { key, tables: updatesFirst, condition, order, isLast: true }).keys(0, limit);
  }
  const found: number[] = [];
  for await (const part of idParts(db, account, after)) {
    const condition = sql<SqlBool>`${part} and ${mine}`;
    const stretch = stretchOf(db, { key, tables: devicesFirst, condition, order, isLast: false });
    found.push(...(await stretch.keys(0, limit - found.length)));
    if (found.length >= limit) break;
  }
  return found;
};

/** Members of a campaign by the id of their device, one more than the limit. */
export const updatesByDevice = async (
  db: Db,
  { account, campaign }: Campaign,
  { after, limit }: IdPageRequest,
): Promise<readonly ListedRow[]> => {
  const keys = await memberKeys(db, { account, campaign }, { after, limit: limit + 1 });
  if (keys.length === 0) return [];
  const query = listed(db)
    .where('updates.account', '=', account)
    .where('updates.campaign', '=', campaign)
    .where('updates.device', 'in', db.engine.integers(JSON.stringify(keys)));
  return inOrderOf(keys, await all(db, query), ({ device }) => device);
};
