import { createHash } from 'node:crypto';
import { type AuditLink, type AuditNote, chainOf, emptyHead } from '../app/audit-entry.ts';
import type { Subject } from '../app/event-records.ts';
import type { Store } from '../app/ports.ts';
import type { AccountKey } from '../domain/ids.ts';
import type { Home } from './memory-state.ts';
import { copy, put, type Undo } from './memory-table.ts';
import { nameNote } from './rows/audit.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const idOf = (
  rows: { readonly get: (key: number) => { readonly id: string } | undefined },
  subject: Subject<number>,
): string | null => {
  if (subject === null) return null;
  return typeof subject === 'object' ? subject.inserted : (rows.get(subject)?.id ?? null);
};

const linksOf = ({ audit }: Home): readonly AuditLink[] => [...audit.values()];

/** Appends to an account's chain. */
export const appendAudit = (undo: Undo, home: Home, note: AuditNote): void => {
  const ids = {
    account: home.id,
    campaign: idOf(home.campaigns, note.campaign),
    device: idOf(home.devices, note.device),
  };
  const head = home.audit.get(home.audit.size) ?? emptyHead;
  for (const link of chainOf(head, home.id, [nameNote(note, ids)], sha256)) {
    put(undo, home.audit, link.n, copy(link));
  }
};

/** The port's part of it. */
export const audit = (at: (account: AccountKey) => Home): Pick<Store, 'audit'> => ({
  audit: {
    head: async (account) => {
      const { n, hash } = linksOf(at(account)).at(-1) ?? emptyHead;
      return { n, hash };
    },
    after: async (account, n, limit) =>
      linksOf(at(account))
        .filter((link) => link.n > n)
        .slice(0, limit),
    before: async (account, n, limit) =>
      linksOf(at(account))
        .filter((link) => link.n < n)
        .reverse()
        .slice(0, limit),
  },
});
