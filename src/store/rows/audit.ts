import type { AuditLink, AuditNote, SettledNote } from '../../app/audit-entry.ts';
import type { AuditRow } from '../tables.ts';

/** The ids of what a note is about, as far as it is still there. */
export type NotedIds = {
  readonly account: string;
  readonly campaign: string | null;
  readonly device: string | null;
};

/** What was just dropped is known by its last state. */
const droppedId = ({ changes }: AuditNote, kind: 'campaign' | 'device'): string | null =>
  changes.find((change) => change.kind === kind)?.id ?? null;

/** A note with the ids of what it is about. */
export const nameNote = (note: AuditNote, ids: NotedIds): SettledNote => {
  const campaign = ids.campaign ?? (note.campaign === null ? null : droppedId(note, 'campaign'));
  const device = ids.device ?? (note.device === null ? null : droppedId(note, 'device'));
  const { kind } = note.object;
  const about = kind === 'campaign' ? campaign : kind === 'account' ? ids.account : (device ?? campaign);
  const id = note.object.id ?? about ?? '';
  const changes = note.changes.map((change) => (change.kind === 'update' ? { ...change, id } : change));
  return { ...note, object: { kind, id }, campaign, device, changes };
};

export const fromAuditRow = ({ account: _, ...link }: AuditRow): AuditLink => link;
