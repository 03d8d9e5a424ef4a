import type { Counts } from '../../app/ports.ts';
import type { ListedUpdate, StoredOpenUpdate, StoredUpdate } from '../../app/records.ts';
import { type Position, positions } from '../../domain/position.ts';
import { type Outcome, outcomes, type Recall, reasons, type Update } from '../../domain/update.ts';
import { MisfitError } from '../engine.ts';
import type { CampaignCountRow, UpdateRow } from '../tables.ts';
import { asKey, indexOf, parse, wordAt } from './codec.ts';

type Extras = Pick<Update, 'slots' | 'packages'>;
const NO_EXTRAS: Extras = { slots: {}, packages: null };

/** The columns of an update beside its keys; the ones most updates leave empty are NULL. */
export type UpdateCells = Omit<
  UpdateRow,
  'account' | 'campaign' | 'device' | 'version' | 'extras' | 'heard_at' | 'logged'
> & {
  readonly extras: Extras | null;
};

/** 0 is open. */
export const outcomeIndex = (outcome: Outcome): number => indexOf(outcomes, outcome) + 1;

const extrasOf = ({ slots, packages }: Update): Extras | null =>
  packages === null && Object.keys(slots).length === 0 ? null : { slots, packages };

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
    message: end === null || end.message === '' ? null : end.message,
    extras: extrasOf(update),
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
  ...(row.extras === null ? NO_EXTRAS : parse<Extras>(row.extras)),
});

const recallOf = (row: UpdateRow): Recall | null => {
  if (row.recall === 0) return null;
  const outcome = wordAt(outcomes, row.recall - 1);
  if (outcome === 'succeeded') throw new MisfitError('an update is recalled to succeed');
  return { outcome, reason: wordAt(reasons, row.reason), message: row.message ?? '' };
};

export const fromUpdateRow = (row: UpdateRow): StoredUpdate => {
  if (row.outcome === 0) {
    return { ...journeyOf(row), status: 'open', notBefore: row.not_before, recall: recallOf(row) };
  }
  return {
    ...journeyOf(row),
    status: 'closed',
    outcome: wordAt(outcomes, row.outcome - 1),
    reason: wordAt(reasons, row.reason),
    message: row.message ?? '',
  };
};

export const isOpen = (update: StoredUpdate): update is StoredOpenUpdate => update.status === 'open';

export const fromListedRow = (
  row: UpdateRow & { readonly device_id: string; readonly campaign_id: string },
): ListedUpdate => ({ ...fromUpdateRow(row), deviceId: row.device_id, campaignId: row.campaign_id });

/** Counters of open updates have the slot of their position, those of closed ones this and their outcome. */
export const CLOSED_SLOTS = 100;

export const slotOf = ({ position, outcome }: Pick<UpdateRow, 'position' | 'outcome'>): number =>
  outcome === 0 ? position : CLOSED_SLOTS + outcome;

export const fromCountRows = (rows: readonly Pick<CampaignCountRow, 'slot' | 'count'>[]): Counts => {
  const open: Partial<Record<Position, number>> = {};
  const closed: Partial<Record<Outcome, number>> = {};
  for (const { slot, count } of rows) {
    if (count < 0) throw new MisfitError(`counter ${slot} is ${count}`);
    if (slot > CLOSED_SLOTS) closed[wordAt(outcomes, slot - CLOSED_SLOTS - 1)] = count;
    else open[wordAt(positions, slot)] = count;
  }
  return { open, closed };
};
