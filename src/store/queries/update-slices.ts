import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Slice, UpdateFilter } from '../../app/lists.ts';
import type { AccountKey, CampaignKey } from '../../domain/ids.ts';
import { all, type Db } from '../db.ts';
import { fromCountRows } from '../rows/update.ts';
import { type LongList, sliceOf, totalOf } from '../slices.ts';
import { keyedParts, namedParts, orderOf } from './alphabet.ts';
import { findCounts } from './counts.ts';
import { sortedDevices } from './device-slices.ts';
import { memberEnds } from './members.ts';
import { inOrderOf, stretchOf } from './stretches.ts';
import { conditions, type ListedRow, listed } from './updates.ts';

type Campaign = { readonly account: AccountKey; readonly campaign: CampaignKey };

const key = sql`updates.device`;
const members = sql`updates`;
/** In the order of devices: SQLite joins in the order in which it is told to cross; others know by themselves. */
const devicesFirst = sql`devices cross join updates`;

const listOf = (db: Db, { account, campaign }: Campaign, filter: UpdateFilter): LongList => {
  const mine = sql<SqlBool>`updates.account = ${account} and updates.campaign = ${campaign}`;
  const shown = sql.join<SqlBool>([mine, ...conditions(db.engine, filter)], sql` and `);
  return {
    byKey: async function* (which) {
      const order: RawBuilder<unknown> = sql`${key} ${which.descending ? sql`desc` : sql`asc`}`;
      const ends = await memberEnds(db, { account, campaign });
      for (const { condition, isLast } of keyedParts(db, key, ends, which)) {
        yield stretchOf(db, {
          key,
          tables: members,
          condition: sql`${condition} and ${shown}`,
          order,
          isLast,
        });
      }
    },
    byName: async function* (descending) {
      const order = orderOf('id', descending);
      for await (const part of namedParts(db, account, 'id', descending)) {
        const condition = sql<SqlBool>`${part.condition} and ${shown} and updates.device = devices.key`;
        yield stretchOf(db, { key, tables: devicesFirst, condition, order, isLast: part.isLast });
      }
    },
    sorted: (keys, slice) => sortedDevices(db, account, 'id', keys, slice),
  };
};

/** Updates of a campaign by the key or the id of their device, and how many there are. */
export const sliceUpdates = async (
  db: Db,
  account: AccountKey,
  campaign: CampaignKey,
  filter: UpdateFilter,
  slice: Slice,
): Promise<{ readonly rows: readonly ListedRow[]; readonly total: number }> => {
  const counts = fromCountRows(await findCounts(db, account, campaign));
  const list = listOf(db, { account, campaign }, filter);
  const { keys, total } = await sliceOf(list, slice, totalOf(counts, filter));
  if (keys.length === 0) return { rows: [], total };
  const query = listed(db)
    .where('updates.account', '=', account)
    .where('updates.campaign', '=', campaign)
    .where('updates.device', 'in', db.engine.integers(JSON.stringify(keys)));
  return { rows: inOrderOf(keys, await all(db, query), ({ device }) => device), total };
};
