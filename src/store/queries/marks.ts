import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Marks, UpdateFilter } from '../../app/lists.ts';
import type { AccountKey, CampaignKey } from '../../domain/ids.ts';
import type { Expression } from '../../domain/targeting.ts';
import { all, type Db, literal, raw } from '../db.ts';
import { markEvery, marksFrom, spansBetween } from '../slices.ts';
import { deviceEnds, type Ends, memberEnds } from './members.ts';
import { conditions } from './updates.ts';
import { where } from './where.ts';

type List = {
  readonly ends: Ends | undefined;
  /** The column of keys, and the table it is from. */
  readonly key: RawBuilder<unknown>;
  readonly table: RawBuilder<unknown>;
  readonly condition: RawBuilder<SqlBool>;
};

type Counted = { readonly stretch: number; readonly count: number };

/** Others have their turn after so many milliseconds: not after each piece, since they may take long. */
const LONGEST_TURN = 10;

/** Counts what lies between marks, in pieces; between them others have their turn. */
const marksOf = async (db: Db, { ends, key, table, condition }: List): Promise<Marks> => {
  if (ends === undefined || ends.first === null || ends.last === null) return { total: 0, marks: [] };
  const [first, last] = [ends.first, ends.last];
  const every = markEvery({ first, last });
  const counts = new Map<number, number>();
  let begun = performance.now();
  for (const { from, to } of spansBetween({ first, last }, db.engine.longestLook, false)) {
    const stretch = sql`(${key} - ${literal(first)}) / ${literal(every)}`;
    const counted = sql<Counted>`select ${stretch} as stretch, count(*) as count from ${table}
      where ${condition} and ${key} between ${literal(from)} and ${literal(to)} group by ${stretch}`;
    for (const row of await all(db, raw(db, counted))) {
      counts.set(row.stretch, row.count + (counts.get(row.stretch) ?? 0));
    }
    if (performance.now() - begun < LONGEST_TURN) continue;
    await new Promise(setImmediate);
    begun = performance.now();
  }
  return marksFrom(counts, first, every);
};

/** Marks along the devices of an account that match, by key. */
export const deviceMarks = async (db: Db, account: AccountKey, expression: Expression): Promise<Marks> =>
  marksOf(db, {
    ends: await deviceEnds(db, account),
    key: sql`devices.key`,
    table: sql`devices`,
    condition: sql`devices.account = ${account} and ${where(db.engine, expression)}`,
  });

/** Marks along the members of a campaign that a filter lets through, by device key. */
export const updateMarks = async (
  db: Db,
  account: AccountKey,
  campaign: CampaignKey,
  filter: UpdateFilter,
): Promise<Marks> => {
  const mine = sql<SqlBool>`updates.account = ${account} and updates.campaign = ${campaign}`;
  return marksOf(db, {
    ends: await memberEnds(db, { account, campaign }),
    key: sql`updates.device`,
    table: sql`updates`,
    condition: sql.join<SqlBool>([mine, ...conditions(db.engine, filter)], sql` and `),
  });
};
