import type { Counts } from '../../app/lists.ts';
import type { ListedUpdate, StoredOpenUpdate, StoredUpdate } from '../../app/records.ts';
import { type Position, positions } from '../../domain/position.ts';
import type { Admission } from '../../domain/tally.ts';
import {
  clockDue,
  newUpdate,
  type Outcome,
  outcomes,
  queues,
  type Recall,
  reasons,
  type Update,
} from '../../domain/update.ts';
import { MisfitError } from '../engine.ts';
import type { CampaignCountRow, UpdateRow } from '../tables.ts';
import { asKey, indexOf, parse, wordAt } from './codec.ts';

/** `admission` is left out where there is none. */
type Extras = Pick<Update, 'slots' | 'packages'> & { readonly admission?: Admission };
const NO_EXTRAS = { slots: {}, packages: null, admission: null };

/** The columns of an update beside its keys; the ones most updates leave empty are NULL. */
export type UpdateCells = Omit<
  UpdateRow,
  'account' | 'campaign' | 'device' | 'version' | 'extras' | 'heard_at' | 'handed_at' | 'logged'
> & {
  readonly extras: Extras | null;
};

/** 0 is open. */
export const outcomeIndex = (outcome: Outcome): number => indexOf(outcomes, outcome) + 1;

const extrasOf = ({ slots, packages, admission }: Update): Extras | null => {
  if (admission !== null) return { slots, packages, admission };
  return packages === null && Object.keys(slots).length === 0 ? null : { slots, packages };
};

/** The extras of a row, each as it is in the update. */
export const fromExtras = (extras: string | null): Pick<Update, 'slots' | 'packages' | 'admission'> =>
  extras === null ? NO_EXTRAS : { admission: null, ...parse<Extras>(extras) };

/** How it ended or, while it is open and recalled, is to end. */
const endOf = (update: Update): Pick<Recall, 'reason' | 'message'> | null =>
  update.status === 'open' ? update.recall : update;

export const toUpdateCells = (update: Update): UpdateCells => {
  const isOpen = update.status === 'open';
  const end = endOf(update);
  return {
    position: indexOf(positions, update.position),
    outcome: isOpen ? 0 : outcomeIndex(update.outcome),
    reason: end === null ? 0 : indexOf(reasons, end.reason),
    attempt: update.attempt,
    since: update.since,
    not_before: isOpen ? update.notBefore : 0,
    generation: update.generation,
    recall: isOpen && update.recall !== null ? outcomeIndex(update.recall.outcome) : 0,
    queue: isOpen ? indexOf(queues, update.queue) : 0,
    message: end === null || end.message === '' ? null : end.message,
    extras: extrasOf(update),
    due_at: clockDue(update),
  };
};

const journeyOf = (row: UpdateRow) => ({
  campaign: asKey<StoredUpdate['campaign']>(row.campaign),
  device: asKey<StoredUpdate['device']>(row.device),
  version: row.version,
  position: wordAt(positions, row.position),
  since: row.since,
  attempt: row.attempt,
  generation: row.generation,
  heardAt: row.heard_at,
  handedAt: row.handed_at,
  ...fromExtras(row.extras),
});

const recallOf = (row: UpdateRow): Recall | null => {
  if (row.recall === 0) return null;
  const outcome = wordAt(outcomes, row.recall - 1);
  if (outcome === 'succeeded') throw new MisfitError('an update is recalled to succeed');
  return { outcome, reason: wordAt(reasons, row.reason), message: row.message ?? '' };
};

export const fromUpdateRow = (row: UpdateRow): StoredUpdate => {
  if (row.outcome === 0) {
    const open = { notBefore: row.not_before, recall: recallOf(row), queue: wordAt(queues, row.queue) };
    return { ...journeyOf(row), ...open, status: 'open' };
  }
  return {
    ...journeyOf(row),
    status: 'closed',
    outcome: wordAt(outcomes, row.outcome - 1),
    reason: wordAt(reasons, row.reason),
    message: row.message ?? '',
  };
};

/** Of a row, what the counters and the tallies ask. */
export type Standing = Pick<UpdateRow, 'position' | 'outcome' | 'reason' | 'extras'>;

/** What the tallies ask of the update of a row; the rest of it is made up. */
export const fromStanding = ({ position, outcome, reason, extras }: Standing): Update => {
  const { admission } = fromExtras(extras);
  const open = { ...newUpdate(0), position: wordAt(positions, position), admission };
  if (outcome === 0) return open;
  const { notBefore: _, recall: __, queue: ___, ...journey } = open;
  const end = { outcome: wordAt(outcomes, outcome - 1), reason: wordAt(reasons, reason), message: '' };
  return { ...journey, ...end, status: 'closed' };
};

export const isOpen = (update: StoredUpdate): update is StoredOpenUpdate => update.status === 'open';

export const fromListedRow = (
  row: UpdateRow & { readonly device_id: string; readonly campaign_id: string },
): ListedUpdate => ({ ...fromUpdateRow(row), deviceId: row.device_id, campaignId: row.campaign_id });

/**
 * Counters of open updates have the slot of their position; those of closed ones are behind these, and in each
 * outcome's share of slots have that of the position in which they ended.
 */
export const CLOSED_SLOTS = 100;
const SHARE = 32;

export const slotOf = ({ position, outcome }: Pick<UpdateRow, 'position' | 'outcome'>): number =>
  outcome === 0 ? position : CLOSED_SLOTS + outcome * SHARE + position;

/** Counts by name, with more of one. */
const plus = <Name extends string>(
  counts: Partial<Record<Name, number>>,
  name: Name,
  count: number,
): void => {
  counts[name] = (counts[name] ?? 0) + count;
};

export const fromCountRows = (rows: readonly Pick<CampaignCountRow, 'slot' | 'count'>[]): Counts => {
  const open: Partial<Record<Position, number>> = {};
  const closed: Partial<Record<Outcome, number>> = {};
  const closedAt: Partial<Record<Position, number>> = {};
  for (const { slot, count } of rows) {
    if (count < 0) throw new MisfitError(`counter ${slot} is ${count}`);
    const place = slot - CLOSED_SLOTS;
    if (place < 0) {
      plus(open, wordAt(positions, slot), count);
      continue;
    }
    const outcome = wordAt(outcomes, Math.floor(place / SHARE) - 1);
    plus(closed, outcome, count);
    if (outcome !== 'removed') plus(closedAt, wordAt(positions, place % SHARE), count);
  }
  return { open, closed, closedAt };
};
