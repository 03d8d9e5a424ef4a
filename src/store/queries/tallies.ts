import { sql } from 'kysely';
import type { AccountKey, CampaignKey } from '../../domain/ids.ts';
import { minuteScope } from '../../domain/tally.ts';
import { type Instant, MINUTE } from '../../domain/time.ts';
import { change, type Db, prepared, raw } from '../db.ts';
import { keptScope } from '../kept-scope.ts';
import type { TallyRow } from '../tables.ts';

/** By how much a tally of a scope moves. */
export type TallyDelta = TallyRow;

/** A tally of a scope. */
export type TallyPlace = Pick<TallyRow, 'account' | 'campaign' | 'scope' | 'tally'>;

/** Whether two are the same tally: equal texts. */
export const tallyName = ({ account, campaign, scope, tally }: TallyPlace): string =>
  `${account}/${campaign}/${tally}/${scope}`;

const compare = (a: TallyPlace, b: TallyPlace): number =>
  a.account - b.account ||
  a.campaign - b.campaign ||
  (a.scope === b.scope ? a.tally - b.tally : a.scope < b.scope ? -1 : 1);

const summed = (deltas: readonly TallyDelta[]): readonly TallyDelta[] => {
  const sums = new Map<string, TallyDelta>();
  for (const delta of deltas) {
    const name = tallyName(delta);
    sums.set(name, { ...delta, count: (sums.get(name)?.count ?? 0) + delta.count });
  }
  // In one order, so that two transactions cannot wait for each other.
  return [...sums.values()].filter(({ count }) => count !== 0).sort(compare);
};

/** Moves the tallies of campaigns by what happened to their updates. */
export const addToTallies = async (db: Db, deltas: readonly TallyDelta[]): Promise<void> => {
  const sums = summed(deltas);
  if (sums.length > 0) await addListed(db, db.engine.listOf(sums, columns));
};

const placeColumns = { account: 'integer', campaign: 'integer', scope: 'text', tally: 'integer' } as const;
const columns = { ...placeColumns, count: 'integer' } as const;

const addListed = prepared((db: Db, list: string) =>
  db.q
    .insertInto('tallies')
    .columns(['account', 'campaign', 'scope', 'tally', 'count'])
    .expression((eb) =>
      eb
        .selectFrom(db.engine.rows<TallyDelta>(list, columns).as('r'))
        .select(['r.account', 'r.campaign', 'r.scope', 'r.tally', 'r.count'])
        // SQLite reads `on conflict` as a join condition without a `where`.
        .where(sql<boolean>`1 = 1`),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['account', 'campaign', 'scope', 'tally'])
        .doUpdateSet({ count: sql`tallies.count + excluded.count` }),
    ),
);

const ofScopes = prepared((db: Db, account: AccountKey, campaign: CampaignKey, scopes: string) =>
  db.q
    .selectFrom('tallies')
    .select(['scope', 'tally', 'count'])
    .where('account', '=', account)
    .where('campaign', '=', campaign)
    .where('scope', 'in', db.engine.texts(scopes)),
);

/** The tallies of scopes. */
export const findTallies = (
  db: Db,
  account: AccountKey,
  campaign: CampaignKey,
  scopes: readonly string[],
): Promise<readonly Pick<TallyRow, 'scope' | 'tally' | 'count'>[]> =>
  ofScopes(db, account, campaign, JSON.stringify(scopes.map(keptScope)));

/** Those of values of attributes: between `attributes.` and what comes after it. */
export const findAttributeTallies = prepared((db: Db, account: AccountKey, campaign: CampaignKey) =>
  db.q
    .selectFrom('tallies')
    .select(['scope', 'tally', 'count'])
    .where('account', '=', account)
    .where('campaign', '=', campaign)
    .where(sql<boolean>`scope >= 'attributes.' and scope < 'attributes/'`),
);

const atPlaces = prepared((db: Db, list: string) =>
  raw(
    db,
    sql<TallyRow>`select t.account, t.campaign, t.scope, t.tally, t.count
      from ${db.engine.rows<TallyPlace>(list, placeColumns)} as r
      cross join tallies as t
      where t.account = r.account and t.campaign = r.campaign and t.scope = r.scope and t.tally = r.tally`,
  ),
);

/** How much these tallies are, by `tallyName`; those that never were more than 0 are missing. */
export const countTallies = async (
  db: Db,
  places: readonly TallyPlace[],
): Promise<ReadonlyMap<string, number>> => {
  if (places.length === 0) return new Map();
  const named = new Map(places.map((place) => [tallyName(place), place]));
  const rows = await atPlaces(db, db.engine.listOf<TallyPlace>([...named.values()], placeColumns));
  return new Map(rows.map((row) => [tallyName(row), row.count]));
};

export const deleteTallies = (db: Db, account: AccountKey, campaign: CampaignKey): Promise<number> =>
  change(db, db.q.deleteFrom('tallies').where('account', '=', account).where('campaign', '=', campaign));

/** From here to the year 2160 the numbers of minutes have eight digits, so that they are sorted as texts. */
const FIRST_MINUTE = 10_000_000;

/** Deletes what was counted in the minutes before that of an instant. The first two conditions are the index's. */
export const deleteMinutes = async (db: Db, before: Instant): Promise<void> => {
  const minute = Math.floor(before / MINUTE);
  if (minute < FIRST_MINUTE) return;
  const old = sql`delete from tallies
    where scope >= 'minute/' and scope < 'minute0' and scope < ${db.engine.text(minuteScope(minute))}`;
  await change(db, raw(db, old));
};
