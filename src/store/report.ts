import type { Change, Write } from '../app/writes.ts';
import type { AccountKey } from '../domain/ids.ts';
import type { Given } from './given.ts';
import type { Limits } from './limits.ts';
import type { Replacement } from './queries/devices.ts';
import type { Handed } from './queries/handed.ts';
import type { Line } from './queries/logs.ts';
import type { Transition } from './queries/updates.ts';

/**
 * What devices say of their updates, by far the most there is: a transition, an entry of the log, or both; or that
 * they were handed out once more what is due, with an entry or without.
 */
export type Report = {
  readonly account: AccountKey;
  readonly transition: Transition | null;
  readonly line: Line | null;
  readonly handed: Handed | null;
  /** The device as it is to be once the transition is written. */
  readonly device: Replacement | null;
  readonly limits: Limits;
  readonly given: Given;
};

type Save = Extract<Write, { save: 'update' }>;
type Append = Extract<Write, { append: 'log' }>;
type Note = Extract<Write, { note: 'handed' }>;
type Replace = Extract<Write, { save: 'device' }> & Replacement;

const isSave = (write: Write): write is Save => 'save' in write && write.save === 'update';
const isAppend = (write: Write): write is Append => 'append' in write;
const isReplace = (write: Write): write is Replace =>
  'save' in write && write.save === 'device' && write.was !== undefined;
const isNote = (write: Write): write is Note => 'note' in write;

/** The report that is all a change writes, if it is one. */
export const reportOf = (change: Change): Report | undefined => {
  const { account, writes, idempotency, limits = [], given = [] } = change;
  if (account === null || idempotency !== undefined || writes.length > 3) return undefined;
  let save: Save | undefined;
  let append: Append | undefined;
  let note: Note | undefined;
  let device: Replace | undefined;
  for (const write of writes) {
    if (save === undefined && isSave(write)) save = write;
    else if (append === undefined && isAppend(write)) append = write;
    else if (note === undefined && isNote(write)) note = write;
    else if (device === undefined && isReplace(write)) device = write;
    else return undefined;
  }
  const about = save?.was ?? append ?? note;
  if (about === undefined || !isOf(about, append) || !isOf(about, note)) return undefined;
  // Conditions are looked at where transitions are written.
  if (save === undefined && limits.length + given.length > 0) return undefined;
  // A device is looked at there too.
  if (device !== undefined && device.was.key !== save?.was.device) return undefined;
  // Notes are written before transitions, and a transition may fail.
  if (save !== undefined && note !== undefined) return undefined;
  const line = append === undefined ? null : lineOf(account, append);
  const transition = save === undefined ? null : transitionOf(account, save, line);
  const handed = note === undefined ? null : handedOf(account, note);
  return { account, transition, line, limits, given, handed, device: device ?? null };
};

type Part = Pick<Note, 'campaign' | 'device'>;

const isOf = ({ campaign, device }: Part, part: Part | undefined): boolean =>
  part === undefined || (part.campaign === campaign && part.device === device);

const transitionOf = (account: AccountKey, { was, value }: Save, line: Line | null): Transition => ({
  ...{ account, was, value, entry: line?.entry ?? null },
});

const handedOf = (account: AccountKey, { campaign, device, at }: Note): Handed => ({
  ...{ account, campaign, device, at },
});

const lineOf = (account: AccountKey, { campaign, device, entry }: Append): Line => ({
  ...{ account, campaign, device, entry },
});
