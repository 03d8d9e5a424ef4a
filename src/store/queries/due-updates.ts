import { sql } from 'kysely';
import type { StoredUpdate } from '../../app/records.ts';
import { campaignStatuses } from '../../domain/campaign.ts';
import type { AccountKey, CampaignKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { atMost, change, type Db, literal, prepared, raw } from '../db.ts';
import { asKey, indexOf } from '../rows/codec.ts';
import type { UpdateRow } from '../tables.ts';
import { inOrder } from './logs.ts';

const RUNNING = literal(indexOf(campaignStatuses, 'running'));

type First = { readonly account: number; readonly campaign: number; readonly first: Instant };

/**
 * Running campaigns in which something is due, with when the first of it was. Each is asked for its first only:
 * what waits in campaigns that are paused is not gone through, however much it is.
 */
const campaignsWithDue = prepared((db: Db, now: Instant, limit: number) =>
  raw(
    db,
    sql<First>`select account, campaign, first from
      (select c.account, c.key as campaign, (select min(u.due_at) from updates as u
        where u.account = c.account and u.campaign = c.key and u.due_at is not null) as first
        from campaigns as c where c.status = ${RUNNING}) as running
      where first <= ${now} order by first, account, campaign limit ${atMost(limit)}`,
  ),
);

const dueIn = prepared((db: Db, account: AccountKey, campaign: CampaignKey, now: Instant, limit: number) =>
  db.q
    .selectFrom('updates')
    .selectAll()
    .where('account', '=', account)
    .where('campaign', '=', campaign)
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .orderBy('device')
    .limit(atMost(limit)),
);

const dueAtOf = ({ due_at }: UpdateRow): Instant => due_at ?? 0;

const longestFirst = (rows: readonly UpdateRow[]): readonly UpdateRow[] =>
  [...rows].sort(
    (a, b) =>
      dueAtOf(a) - dueAtOf(b) || a.account - b.account || a.campaign - b.campaign || a.device - b.device,
  );

/** Updates of running campaigns of any account whose time has come, the longest overdue first. */
export const dueUpdates = async (db: Db, now: Instant, limit: number): Promise<readonly UpdateRow[]> => {
  let due: readonly UpdateRow[] = [];
  for (const { account, campaign, first } of await campaignsWithDue(db, now, limit)) {
    const last = due[limit - 1];
    if (last !== undefined && dueAtOf(last) < first) break;
    const more = await dueIn(db, asKey(account), asKey(campaign), now, limit);
    due = longestFirst([...due, ...more]).slice(0, limit);
  }
  return due;
};

/** When an update that was read is to be looked at again. */
export type Postponement = {
  readonly account: AccountKey;
  readonly update: Pick<StoredUpdate, 'campaign' | 'device' | 'version'>;
  readonly until: Instant | null;
};

const columns = { a: 'integer', c: 'integer', d: 'integer', v: 'integer', until: 'bigint' } as const;
type Row = Readonly<Record<'a' | 'c' | 'd' | 'v', number>> & { readonly until: Instant | null };

/** Of several about the same update the latest. */
const rowsOf = (postponements: readonly Postponement[]): readonly Row[] => {
  const rows = new Map<string, Row>();
  for (const { account: a, update, until } of postponements) {
    const { campaign: c, device: d, version: v } = update;
    rows.set(`${a}/${c}/${d}/${v}`, { a, c, d, v, until });
  }
  return inOrder([...rows.values()]);
};

/** Sets when open updates are looked at again, those that nobody wrote since they were read. */
export const postponeUpdates = (db: Db, postponements: readonly Postponement[]): Promise<number> => {
  const rows = db.engine.rows<Row>(db.engine.listOf(rowsOf(postponements), columns), columns);
  return change(
    db,
    raw(
      db,
      sql`update updates set due_at = r.until from ${rows} as r
        where updates.account = r.a and updates.campaign = r.c and updates.device = r.d
          and updates.version = r.v and updates.outcome = 0`,
    ),
  );
};
