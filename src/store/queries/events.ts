import { sql } from 'kysely';
import type { AuditedChange } from '../../app/audit-entry.ts';
import { isAudited, noteOf } from '../../app/audit-of-change.ts';
import type { NewEvent, StoredEvent, Subject } from '../../app/event-records.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../../domain/ids.ts';
import { all, atLast, atMost, type Db, first, preparedForRows, raw, together, type Work } from '../db.ts';
import { asKey } from '../rows/codec.ts';
import { type EventCells, fromEventRow, toEventCells } from '../rows/event.ts';
import { type AccountNote, appendAudit } from './audit.ts';
import { insertOutbox } from './outbox.ts';
import { allocateEvents } from './sequences.ts';

/** An event of a change that holds, with the account it belongs to and the keys of what it is about. */
export type Happening = {
  readonly account: AccountKey;
  readonly event: Pick<StoredEvent, 'at' | 'actor' | 'campaign' | 'device' | 'body'>;
  /** What the audit tells with it. */
  readonly changes?: readonly AuditedChange[] | undefined;
};

/** The key of a subject; `null` for none, and for one that nobody has inserted. */
export const keyOf = async <Key extends number>(
  db: Db,
  table: 'campaigns' | 'devices',
  account: AccountKey,
  subject: Subject<Key>,
): Promise<Key | null> => {
  if (subject === null || typeof subject === 'number') return subject;
  const query = db.q
    .selectFrom(table)
    .select('key')
    .where('account', '=', account)
    .where('id', '=', subject.inserted);
  const row = await first(db, query);
  return row === undefined ? null : asKey<Key>(row.key);
};

/** The event with the keys of what its change has inserted. */
export const settleEvent = async (
  db: Db,
  account: AccountKey,
  event: NewEvent,
  changes?: readonly AuditedChange[],
): Promise<Happening> => ({
  account,
  changes,
  event: {
    ...event,
    campaign: await keyOf(db, 'campaigns', account, event.campaign),
    device: await keyOf(db, 'devices', account, event.device),
  },
});

const tally = (happenings: readonly Happening[]): ReadonlyMap<number, number> => {
  const counts = new Map<number, number>();
  for (const { account } of happenings) counts.set(account, (counts.get(account) ?? 0) + 1);
  return counts;
};

/**
 * Appends events, the outbox rows of those that somebody may follow and what the audit tells of them, in the order
 * given. Comes last in a transaction, after `others` that do: from here on others of the account wait, which is what
 * makes sequence numbers follow the order of commit.
 */
export const appendEvents = async (
  db: Db,
  happenings: readonly Happening[],
  /** What the audit is told beside them. */
  notes: readonly AccountNote[] = [],
  others: readonly Work[] = [],
): Promise<void> => {
  const told = happenings.flatMap(({ account, event, changes }) =>
    isAudited(event) ? [{ account, note: noteOf(event, changes) }] : [],
  );
  const audit = [...told, ...notes];
  const works = [...others, ...appendingOf(db, happenings)];
  if (audit.length === 0) return atLast(db, ...works);
  await together(...works);
  await appendAudit(db, audit);
};

/** Each needs nothing of what those before it are answered, so that who waits for the account waits for no way between. */
const appendingOf = (db: Db, happenings: readonly Happening[]): readonly Work[] => {
  if (happenings.length === 0) return [];
  const counts = tally(happenings);
  const left = new Map(counts);
  const cells = happenings.map(({ account, event }) => {
    const back = left.get(account) ?? 0;
    left.set(account, back - 1);
    return toEventCells(event, account, back);
  });
  return [
    () => allocateEvents(db, counts),
    () => insertEvents(db, cells),
    // Subscriptions are saved with an event: one that is not seen here is committed after these events.
    () => insertOutbox(db, cells),
  ];
};

const eventColumns = {
  account: 'integer',
  back: 'bigint',
  at: 'bigint',
  actor_kind: 'integer',
  wire: 'integer',
  actor_id: 'text',
  campaign: 'integer',
  device: 'integer',
  body: 'json',
} as const;
const { account, back, ...keptColumns } = eventColumns;
const keptNames = Object.keys(keptColumns) as (keyof typeof keptColumns)[];

const insertEvents = preparedForRows<EventCells, unknown>(eventColumns, (db, rows) =>
  raw(
    db,
    sql`insert into events (account, seq, ${sql.join(keptNames.map((name) => sql.ref(name)))})
      select r.account, s.next - r.back, ${sql.join(keptNames.map((name) => sql.ref(`r.${name}`)))}
      from ${rows} as r join sequences as s on s.account = r.account and s.name = 'events'`,
  ),
);

/** Newest first. Without a device these are the campaign's own. */
export const listEvents = async (
  db: Db,
  account: AccountKey,
  about: { readonly campaign: CampaignKey | null; readonly device: DeviceKey | null },
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<readonly StoredEvent[]> => {
  const { campaign, device } = about;
  const ofAccount = db.q.selectFrom('events').selectAll().where('account', '=', account);
  const ofDevice =
    device === null && campaign === null ? ofAccount : ofAccount.where('device', '=', device ?? 0);
  const ofCampaign = campaign === null ? ofDevice : ofDevice.where('campaign', '=', campaign);
  const upTo = Math.min(before, Number.MAX_SAFE_INTEGER);
  return (await all(db, ofCampaign.where('seq', '<', upTo).orderBy('seq', 'desc').limit(atMost(limit)))).map(
    fromEventRow,
  );
};
