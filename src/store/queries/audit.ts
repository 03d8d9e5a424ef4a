import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import {
  type AuditHead,
  type AuditLink,
  type AuditNote,
  chainOf,
  emptyHead,
  type SettledNote,
} from '../../app/audit-entry.ts';
import type { Subject } from '../../app/records.ts';
import type { AccountKey } from '../../domain/ids.ts';
import { all, atMost, change, type Db, first } from '../db.ts';
import { nameNote } from '../rows/audit.ts';
import type { AuditRow } from '../tables.ts';

/** A note for the chain of an account. */
export type AccountNote = { readonly account: AccountKey; readonly note: AuditNote };

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

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
  const head = await holdHead(db, account);
  const id = await accountId(db, account);
  const settled: SettledNote[] = [];
  for (const note of notes) settled.push(await settle(db, account, id, note));
  const links = chainOf(head, id, settled, sha256);
  const last = links.at(-1);
  if (last === undefined) return;
  await insertLinks(db, account, links);
  await change(
    db,
    db.q.updateTable('audit_heads').set({ n: last.n, hash: last.hash }).where('account', '=', account),
  );
};

const holdHead = async (db: Db, account: AccountKey): Promise<AuditHead> => {
  const query = db.q
    .insertInto('audit_heads')
    .values({ account, ...emptyHead })
    .onConflict((conflict) => conflict.column('account').doUpdateSet({ n: sql`audit_heads.n` }))
    .returning(['n', 'hash']);
  return (await first(db, query)) ?? emptyHead;
};

const accountId = async (db: Db, account: AccountKey): Promise<string> =>
  (await first(db, db.q.selectFrom('accounts').select('id').where('key', '=', account)))?.id ?? '';

const idOf = async (
  db: Db,
  table: 'campaigns' | 'devices',
  account: AccountKey,
  subject: Subject<number>,
): Promise<string | null> => {
  if (subject === null) return null;
  if (typeof subject === 'object') return subject.inserted;
  const query = db.q
    .selectFrom(table)
    .select('id')
    .where('account', '=', account)
    .where('key', '=', subject);
  return (await first(db, query))?.id ?? null;
};

const settle = async (db: Db, account: AccountKey, id: string, note: AuditNote): Promise<SettledNote> =>
  nameNote(note, {
    account: id,
    campaign: await idOf(db, 'campaigns', account, note.campaign),
    device: await idOf(db, 'devices', account, note.device),
  });

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

const insertLinks = async (db: Db, account: AccountKey, links: readonly AuditLink[]): Promise<void> => {
  const list = db.engine.listOf(
    links.map((link): AuditRow => ({ ...link, account })),
    columns,
  );
  await change(
    db,
    db.q
      .insertInto('audit')
      .columns(names)
      .expression((eb) =>
        eb
          .selectFrom(db.engine.rows<AuditRow>(list, columns).as('r'))
          .select(names.map((name) => `r.${name}` as const)),
      ),
  );
};

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
