import { changesOf } from '../app/audit-of-change.ts';
import type { Change, Committed, Write } from '../app/writes.ts';
import type { AccountKey } from '../domain/ids.ts';
import { apart, type Database, type Db, persist, Refused, together, type Work } from './db.ts';
import { type Resting, stillGiven } from './given.ts';
import type { Settled } from './group.ts';
import { replacingOf, stillHeld } from './held-devices.ts';
import { isWithinLimits, type Limited, saveWithinLimits } from './limits.ts';
import { insertAccount } from './queries/accounts.ts';
import type { AccountNote } from './queries/audit.ts';
import { appendEvents, type Happening, settleEvent } from './queries/events.ts';
import { type Handed, noteHanded } from './queries/handed.ts';
import { findIdempotency, insertIdempotency } from './queries/idempotency.ts';
import { hearUpdates, type Line, nameOf, totalsOf, writingOf } from './queries/logs.ts';
import { type Saved, transitionPlace } from './queries/updates.ts';
import { type Report, reportOf } from './report.ts';
import { asKey } from './rows/codec.ts';
import { fromIdempotencyRow } from './rows/people.ts';
import { applyWrite } from './writes.ts';

/**
 * Commits a group in one transaction. When what one change says makes the engine fail, the group is halved
 * until that one is alone; when the database fails, all of them do.
 */
export const commitGroup = async (
  database: Pick<Database, 'read' | 'write'>,
  changes: readonly Change[],
): Promise<readonly Settled[]> => {
  try {
    const answers = await persist(database, (db) => applyGroup(db, changes));
    return answers.map((committed) => ({ committed }));
  } catch (error) {
    if (changes.length === 1 || database.read.engine.failureOf(error) !== 'bad-data') {
      return changes.map(() => ({ error }));
    }
    const half = changes.length >> 1;
    const former = await commitGroup(database, changes.slice(0, half));
    return [...former, ...(await commitGroup(database, changes.slice(half)))];
  }
};

type Answer =
  | { readonly committed: Extract<Committed, { ok: false }> }
  | { readonly committed: Extract<Committed, { ok: true }>; readonly account: AccountKey };

const changedMeanwhile: Answer = { committed: { ok: false, why: 'changed-meanwhile' } };

const applyGroup = async (db: Db, changes: readonly Change[]): Promise<readonly Committed[]> => {
  const reported = await applyReports(db, changes);
  const answers = new Map(reported.answers);
  const alone = changes.filter((change) => !answers.has(change));
  if (alone.length > 0) await together(...reported.finish);
  for (const change of alone) answers.set(change, await applyAlone(db, change));
  const happenings = await happeningsOf(db, changes, answers);
  const finish = alone.length > 0 ? [] : reported.finish;
  await appendEvents(db, happenings, notesOf(changes, answers), finish);
  return changes.map((change) => (answers.get(change) ?? changedMeanwhile).committed);
};

const happeningsOf = async (
  db: Db,
  changes: readonly Change[],
  answers: ReadonlyMap<Change, Answer>,
): Promise<readonly Happening[]> => {
  const happenings: Happening[] = [];
  for (const change of changes) {
    const answer = answers.get(change);
    if (answer === undefined || !('account' in answer)) continue;
    const told = changesOf(change);
    for (const event of change.events)
      happenings.push(await settleEvent(db, answer.account, event, told.get(event)));
  }
  return happenings;
};

/** What changes that hold tell the audit themselves. */
const notesOf = (changes: readonly Change[], answers: ReadonlyMap<Change, Answer>): readonly AccountNote[] =>
  changes.flatMap((change) => {
    const answer = answers.get(change);
    if (answer === undefined || !('account' in answer)) return [];
    return (change.audit ?? []).map((note) => ({ account: answer.account, note }));
  });

type Reported = {
  readonly answers: ReadonlyMap<Change, Answer>;
  readonly finish: readonly Work[];
};

/**
 * Applies all reports of devices in a few statements, whatever their number. What they add to counters and logs is left to
 * `finish`: nothing waits for it, and who holds a counter keeps others of the campaign waiting.
 */
const applyReports = async (db: Db, changes: readonly Change[]): Promise<Reported> => {
  const answers = new Map<Change, Answer>();
  const first = new Map<string, Limited & Resting & Pick<Report, 'device'>>();
  const tried: [Change, Report][] = [];
  for (const change of changes) {
    const report = reportOf(change);
    if (report === undefined) continue;
    const { transition } = report;
    if (transition === null) {
      tried.push([change, report]);
      continue;
    }
    const earlier = first.get(transitionPlace(transition));
    if (earlier === undefined) {
      first.set(transitionPlace(transition), { ...report, transition });
      tried.push([change, report]);
    } else if (earlier.transition.was.version === transition.was.version) {
      // Of two that read the same, one has written before the other, or neither read what is there.
      answers.set(change, changedMeanwhile);
    }
  }
  const reports = tried.map(([, report]) => report);
  // Counters come last: who holds one of them waits for no update.
  const heard = totalsOf(await hearUpdates(db, reports.flatMap(wordsAlone)));
  await noteHanded(db, reports.flatMap(handedOf));
  const given = await stillGiven(db, await stillHeld(db, [...first.values()]));
  const { saved, counting } = await saveWithinLimits(db, given);
  const holding = new Set(reports.filter((report) => isHolding(report, heard, saved)));
  for (const [change, report] of tried) {
    const { account } = report;
    answers.set(change, holding.has(report) ? { committed: { ok: true }, account } : changedMeanwhile);
  }
  const replacing = replacingOf(db, [...holding]);
  const logging = writingOf(db, [...holding].flatMap(linesOf), totalsAfter(heard, saved));
  return { answers, finish: [...counting, ...replacing, ...logging] };
};

/** Whether its update was there as it needs it. */
const isHolding = (
  { transition, line }: Report,
  heard: ReadonlyMap<string, number>,
  saved: Saved,
): boolean => (transition === null ? line === null || heard.has(nameOf(line)) : saved.has(transition));

/** How many entries the log of each update has had. */
const totalsAfter = (heard: ReadonlyMap<string, number>, saved: Saved): ReadonlyMap<string, number> => {
  const totals = new Map(heard);
  for (const [transition, logged] of saved) totals.set(transitionPlace(transition), logged);
  return totals;
};

const linesOf = ({ line }: Report): readonly Line[] => (line === null ? [] : [line]);

const wordsAlone = (report: Report): readonly Line[] => (report.transition === null ? linesOf(report) : []);

const handedOf = ({ handed }: Report): readonly Handed[] => (handed === null ? [] : [handed]);

type Refusal = Extract<Committed, { ok: false }>;

const applyAlone = async (db: Db, change: Change): Promise<Answer> => {
  try {
    return { committed: { ok: true }, account: await apart(db, () => applyChange(db, change)) };
  } catch (error) {
    if (error instanceof Refused) return { committed: error.why as Refusal };
    throw error;
  }
};

const applyChange = async (db: Db, change: Change): Promise<AccountKey> => {
  if (change.account === null) return applyFounding(db, change);
  await claimIdempotency(db, change.account, change);
  for (const write of change.writes) await applyOrRefuse(db, change.account, write);
  await keepLimits(db, change.account, change);
  return change.account;
};

/** A change that inserts its account first. */
const applyFounding = async (db: Db, change: Change): Promise<AccountKey> => {
  const [first, ...rest] = change.writes;
  if (first === undefined || !('save' in first) || first.save !== 'account' || first.was !== undefined) {
    throw new Error('a change without an account inserts one first');
  }
  const { value } = first;
  const account = asKey<AccountKey>(await orTaken(db, first, () => insertAccount(db, value)));
  await claimIdempotency(db, account, change);
  for (const write of rest) await applyOrRefuse(db, account, write);
  await keepLimits(db, account, change);
  return account;
};

const refuse = (why: Refusal): never => {
  throw new Refused<Refusal>(why);
};

const claimIdempotency = async (
  db: Db,
  account: AccountKey,
  { idempotency, events }: Change,
): Promise<void> => {
  if (idempotency === undefined) return;
  const claimed = await insertIdempotency(db, account, idempotency, events[0]?.at ?? 0);
  if (claimed > 0) return;
  const [first] = await findIdempotency(db, account, idempotency.key);
  if (first === undefined) throw new Error('an idempotency key is there and is not');
  refuse({ ok: false, why: 'repeated', first: fromIdempotencyRow(first) });
};

const applyOrRefuse = async (db: Db, account: AccountKey, write: Write): Promise<void> => {
  const applied = await orTaken(db, write, () => applyWrite(db, account, write));
  if (!applied) refuse({ ok: false, why: 'changed-meanwhile' });
};

const keepLimits = async (
  db: Db,
  account: AccountKey,
  { limits = [], given = [] }: Change,
): Promise<void> => {
  if ((await stillGiven(db, [{ account, given }])).length === 0)
    refuse({ ok: false, why: 'changed-meanwhile' });
  if (limits.length > 0 && !(await isWithinLimits(db, account, limits))) {
    refuse({ ok: false, why: 'changed-meanwhile' });
  }
};

/** Turns a taken id, name or address into a refusal. */
const orTaken = async <Answer>(db: Db, write: Write, work: () => Promise<Answer>): Promise<Answer> => {
  try {
    return await work();
  } catch (error) {
    if (db.engine.failureOf(error) !== 'duplicate' || !('save' in write)) throw error;
    if (write.save === 'membership' || write.save === 'update' || write.save === 'transfers') throw error;
    return refuse({ ok: false, why: 'already-exists', entity: write.save, id: write.value.id });
  }
};
