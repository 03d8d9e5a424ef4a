import { hash } from 'node:crypto';
import { sql } from 'kysely';
import { type AuditHead, type AuditNote, chainOf, emptyHead } from '../../app/audit-entry.ts';
import type { Subject } from '../../app/event-records.ts';
import type { AccountKey } from '../../domain/ids.ts';
import { all, atMost, type Db, first, prepared } from '../db.ts';
import { nameNote } from '../rows/audit.ts';
import type { AuditRow } from '../tables.ts';

/** A note for the chain of an account. */
export type AccountNote = { readonly account: AccountKey; readonly note: AuditNote };

const sha256 = (text: string): string => hash('sha256', text, 'hex');

/**
 * Appends to the chains of accounts. Whoever comes next waits for the head of a chain until this transaction ends, so
 * that each link follows the one that was committed before it.
 */
export const appendAudit = async (db: Db, notes: readonly AccountNote[]): Promise<void> => {
  if (notes.length === 0) return;
  // In the order of accounts, so that two of these cannot wait for each other.
  const accounts = [...new Set(notes.map(({ account }) => account))].sort((a, b) => a - b);
  for (const account of accounts) {
    const own = notes.filter((one) => one.account === account).map(({ note }) => note);
    await appendChain(db, account, own);
  }
};

const appendChain = async (db: Db, account: AccountKey, notes: readonly AuditNote[]): Promise<void> => {
  const [head = emptyHead] = await holdHead(db, account);
  const [owner] = await accountId(db, account);
  const id = owner?.id ?? '';
  const campaigns = await namesOf(
    db,
    campaignIds,
    account,
    notes.map(({ campaign }) => campaign),
  );
  const devices = await namesOf(
    db,
    deviceIds,
    account,
    notes.map(({ device }) => device),
  );
  const settled = notes.map((note) =>
    nameNote(note, { account: id, campaign: campaigns(note.campaign), device: devices(note.device) }),
  );
  const links = chainOf(head, id, settled, sha256);
  const last = links.at(-1);
  if (last === undefined) return;
  await insertLinks(
    db,
    db.engine.listOf(
      links.map((link): AuditRow => ({ ...link, account })),
      columns,
    ),
  );
  await moveHead(db, account, last.n, last.hash);
};

const holdHead = prepared((db: Db, account: AccountKey) =>
  db.q
    .insertInto('audit_heads')
    .values({ account, ...emptyHead })
    .onConflict((conflict) => conflict.column('account').doUpdateSet({ n: sql`audit_heads.n` }))
    .returning(['n', 'hash']),
);

const moveHead = prepared((db: Db, account: AccountKey, n: number, hash: string) =>
  db.q.updateTable('audit_heads').set({ n, hash }).where('account', '=', account),
);

const accountId = prepared((db: Db, account: AccountKey) =>
  db.q.selectFrom('accounts').select('id').where('key', '=', account),
);

const idsIn = (table: 'campaigns' | 'devices') =>
  prepared((db: Db, account: AccountKey, keys: string) =>
    db.q
      .selectFrom(table)
      .select(['key', 'id'])
      .where('account', '=', account)
      .where('key', 'in', db.engine.integers(keys)),
  );
const campaignIds = idsIn('campaigns');
const deviceIds = idsIn('devices');

/** The ids of what notes are about, looked up at once; `null` for what is gone. */
const namesOf = async (
  db: Db,
  find: typeof campaignIds,
  account: AccountKey,
  subjects: readonly Subject<number>[],
): Promise<(subject: Subject<number>) => string | null> => {
  const keys = new Set(subjects.filter((subject) => typeof subject === 'number'));
  const rows = keys.size === 0 ? [] : await find(db, account, JSON.stringify([...keys]));
  const found = new Map<number, string>(rows.map(({ key, id }) => [key, id]));
  return (subject) => {
    if (subject === null) return null;
    return typeof subject === 'object' ? subject.inserted : (found.get(subject) ?? null);
  };
};

const columns = {
  n: 'bigint',
  at: 'bigint',
  account: 'integer',
  actor: 'text',
  action: 'text',
  object: 'text',
  campaign: 'text',
  device: 'text',
  hash: 'text',
  entry: 'text',
} as const;
const names = Object.keys(columns) as (keyof typeof columns)[];

const insertLinks = prepared((db: Db, list: string) =>
  db.q
    .insertInto('audit')
    .columns(names)
    .expression((eb) =>
      eb
        .selectFrom(db.engine.rows<AuditRow>(list, columns).as('r'))
        .select(names.map((name) => `r.${name}` as const)),
    ),
);

/** Where an account's chain ends. */
export const findHead = async (db: Db, account: AccountKey): Promise<AuditHead> =>
  (await first(db, db.q.selectFrom('audit_heads').select(['n', 'hash']).where('account', '=', account))) ??
  emptyHead;

/** In order: links after this number. */
export const linksAfter = (
  db: Db,
  account: AccountKey,
  n: number,
  limit: number,
): Promise<readonly AuditRow[]> =>
  all(
    db,
    db.q
      .selectFrom('audit')
      .selectAll()
      .where('account', '=', account)
      .where('n', '>', n)
      .orderBy('n')
      .limit(atMost(limit)),
  );

/** Newest first: links below this number. */
export const linksBefore = (
  db: Db,
  account: AccountKey,
  n: number,
  limit: number,
): Promise<readonly AuditRow[]> =>
  all(
    db,
    db.q
      .selectFrom('audit')
      .selectAll()
      .where('account', '=', account)
      .where('n', '<', n)
      .orderBy('n', 'desc')
      .limit(atMost(limit)),
  );
