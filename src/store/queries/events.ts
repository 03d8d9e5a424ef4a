import type { AuditedChange } from '../../app/audit-entry.ts';
import { isAudited, noteOf } from '../../app/audit-of-change.ts';
import type { NewEvent, StoredEvent, Subject } from '../../app/event-records.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../../domain/ids.ts';
import { all, atMost, type Db, first, preparedForRows, together } from '../db.ts';
import { asKey } from '../rows/codec.ts';
import { type EventCells, fromEventRow, toEventCells } from '../rows/event.ts';
import { type AccountNote, appendAudit } from './audit.ts';
import { insertOutbox } from './outbox.ts';
import { allocateEvents } from './sequences.ts';
import { followedAmong } from './subscriptions.ts';

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
 * given. Comes last in a transaction: from here on others of the account wait, which is what makes sequence numbers
 * follow the order of commit.
 */
export const appendEvents = async (
  db: Db,
  happenings: readonly Happening[],
  /** What the audit is told beside them. */
  notes: readonly AccountNote[] = [],
): Promise<void> => {
  if (happenings.length > 0) await appendAll(db, happenings);
  const audited = happenings.filter(({ event }) => isAudited(event));
  await appendAudit(db, [
    ...audited.map(({ account, event, changes }) => ({ account, note: noteOf(event, changes) })),
    ...notes,
  ]);
};

const appendAll = async (db: Db, happenings: readonly Happening[]): Promise<void> => {
  const next = new Map(await allocateEvents(db, tally(happenings)));
  const cells = happenings.map(({ account, event }) => {
    const seq = next.get(account) ?? 0;
    next.set(account, seq + 1);
    return toEventCells(event, account, seq);
  });
  await together(
    () => insertEvents(db, cells),
    async () => {
      // Subscriptions are saved with an event: one that is not seen here is committed after these events.
      const followed = await followedAmong(db, [...next.keys()]);
      const told = cells.filter(({ account }) => followed.has(account));
      if (told.length > 0) await insertOutbox(db, told);
    },
  );
};

const eventColumns = {
  account: 'integer',
  seq: 'bigint',
  at: 'bigint',
  actor_kind: 'integer',
  wire: 'integer',
  actor_id: 'text',
  campaign: 'integer',
  device: 'integer',
  body: 'json',
} as const;
const eventNames = Object.keys(eventColumns) as (keyof typeof eventColumns)[];

const insertEvents = preparedForRows<EventCells, unknown>(eventColumns, (db, rows) =>
  db.q
    .insertInto('events')
    .columns(eventNames)
    .expression((eb) => eb.selectFrom(rows.as('r')).select(eventNames.map((name) => `r.${name}` as const))),
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
