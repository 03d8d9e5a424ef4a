import { sql } from 'kysely';
import type { StoredEvent } from '../../app/event-records.ts';
import type { AccountKey } from '../../domain/ids.ts';
import { all, atMost, type Db, prepared, raw } from '../db.ts';
import { fromEventRow } from '../rows/event.ts';

const laterEvents = prepared((db: Db, account: AccountKey, after: number, limit: number) =>
  db.q
    .selectFrom('events')
    .selectAll()
    .where('account', '=', account)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(atMost(limit)),
);

/** In order, those after one. */
export const eventsSince = async (
  db: Db,
  account: AccountKey,
  after: number,
  limit: number,
): Promise<readonly StoredEvent[]> => (await laterEvents(db, account, after, limit)).map(fromEventRow);

/** The counters of all campaigns together, by slot. */
export const countsOfAll = prepared((db: Db) =>
  db.q
    .selectFrom('campaign_counts')
    .select(({ fn }) => ['slot' as const, fn.sum<number>('count').as('count')])
    .groupBy('slot'),
);

/*
 * Counts no rows, since a backlog may be long: from the first to the last of those that wait of an account. They leave in
 * order, and none is missing in between unless the account had no subscription for a while; then it is a little less.
 * Looks up one account after the other.
 */
export const outboxState = (
  db: Db,
): Promise<readonly { readonly depth: number | null; readonly oldest: number | null }[]> =>
  all(
    db,
    raw<{ readonly depth: number | null; readonly oldest: number | null }>(
      db,
      sql`with recursive owners(account) as (
          select min(account) from outbox
          union all
          select (select min(o.account) from outbox as o where o.account > owners.account) from owners
            where owners.account is not null
        ), spans as (
          select owners.account,
            (select min(o.seq) from outbox as o where o.account = owners.account) as low,
            (select max(o.seq) from outbox as o where o.account = owners.account) as high
          from owners where owners.account is not null
        )
        select sum(spans.high - spans.low + 1) as depth, min(events.at) as oldest
        from spans left join events on events.account = spans.account and events.seq = spans.low`,
    ),
  );
