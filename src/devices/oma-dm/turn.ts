import type { DeviceReport } from '../../app/check-in.ts';
import type { LogEntry } from '../../app/records.ts';
import type { Instant } from '../../domain/time.ts';
import type { Outgoing } from './outgoing.ts';
import type { Profile } from './profile.ts';
import { advanced, isAt } from './progress.ts';
import type { Attempt, DmRecord, Facts, Operation, Tree } from './record.ts';
import { type Meaning, reasonOfStatus } from './result-map.ts';
import type { Action, Script, Work } from './script-types.ts';

/** What a turn of the conversation depends on. */
export type Ctx = {
  readonly record: DmRecord;
  readonly profile: Profile;
  readonly facts: Facts;
  /** The token of this session. */
  readonly session: string;
  readonly now: Instant;
};

/** What follows: what is asked of the device next, what is done outside, and where the conversation is then. */
export type Turn = {
  readonly script: Script;
  readonly commands: readonly Outgoing[];
  readonly actions: readonly Action[];
  readonly attempt: Attempt | null;
  /** What was found out, where something was. */
  readonly tree?: Tree;
  readonly facts?: Facts;
  /** All that we made on the device, where that has changed. */
  readonly made?: readonly string[];
};

/** After Exec a device may take so long before its State or Status shows it, in milliseconds. */
export const GRACE = 300_000;

type Words = Omit<LogEntry, 'at'>;

export const wordsOf = (
  word: string,
  result: Words['result'],
  code: number | null,
  lines: readonly string[],
) => ({ word, result, code, progress: null, lines }) satisfies Words;

/** Nothing more in this session. */
export const over = ({ record: { attempt } }: Ctx, actions: readonly Action[] = []): Turn => ({
  ...{ script: { at: 'over' }, commands: [], actions, attempt },
});

/** Asks anew what there is to do, after what was reported. */
export const askAgain = (attempt: Attempt | null, actions: readonly Action[]): Turn => ({
  ...{ script: { at: 'work' }, commands: [], attempt },
  actions: [...actions, { do: 'ask', attempt: attempt?.id ?? null }],
});

const reportOf = (attempt: string, said: DeviceReport, words: Words): Action => ({
  ...{ do: 'report', attempt, said, words },
});

/** Ends an attempt as failed; the retry policy says what follows. */
export const failWith = (
  ctx: Ctx,
  { attempt }: Pick<Work, 'attempt'>,
  reason: Extract<DeviceReport, { readonly type: 'failure' }>['reason'],
  message: string,
  code: number | null = null,
): Turn => ({
  ...over(ctx, [
    reportOf(
      attempt,
      { type: 'failure', reason, message, undoes: false },
      wordsOf('failed', 'failure', code, [message]),
    ),
  ]),
  attempt: ctx.record.attempt?.id === attempt ? null : ctx.record.attempt,
});

/** Whether a device did what it was asked, or will. */
export const isFine = (status: number | null): boolean => status !== null && status >= 200 && status < 300;

/** Ends an attempt whose command the device has refused. */
export const refusedBy = (
  ctx: Ctx,
  work: Work,
  what: string,
  status: number | null,
  operation: Operation,
): Turn =>
  failWith(
    ctx,
    work,
    reasonOfStatus(status, operation),
    `the device answered ${what} with status ${status ?? 'none'}`,
    status,
  );

/** What an outcome makes of an attempt, as reports: a success that is installed waits for its verification. */
export const settle = (meaning: Meaning, words: Words, id: string): Action => {
  switch (meaning.is) {
    case 'downloaded':
      return reportOf(id, { type: 'progress', phase: 'download', step: 'complete' }, words);
    case 'installed':
      return reportOf(id, { type: 'progress', phase: 'execution', step: 'complete' }, words);
    case 'deferred':
      return reportOf(id, { type: 'note' }, { ...words, result: 'none' });
    case 'cancelled':
      return reportOf(id, { type: 'rejection', message: meaning.message }, words);
    case 'failed':
      return reportOf(
        id,
        { type: 'failure', reason: meaning.reason, message: meaning.message, undoes: false },
        words,
      );
  }
};

/** Words alone, which change no step. */
export const noteOf = (attempt: string, words: Words): Action => reportOf(attempt, { type: 'note' }, words);

/** The device carries out an operation from now on, as far as we know: kept before it is told. */
export const launched = (
  work: Work,
  node: string,
  operation: Operation,
  now: Instant,
  stateBefore: number | null = null,
): Attempt => ({
  ...{ id: work.attempt, index: work.index, count: work.count, node, operation },
  ...{ isDone: false, refusal: '', sentAt: now, isTaken: false, stateBefore, succeededIn: '' },
});

/** The result counts without the version, or there is none to be had. */
export const isTrusted = ({ profile, facts }: Ctx): boolean => profile.trust || facts.firmware === null;

/** The device has acknowledged the command. */
export const taken = (ctx: Ctx, work: Pick<Work, 'attempt'>): Ctx => {
  const attempt = attemptFor(ctx, work);
  return attempt === null ? ctx : withAttempt(ctx, { ...attempt, isTaken: true });
};

export const withAttempt = (ctx: Ctx, attempt: Attempt): Ctx => ({
  ...ctx,
  record: { ...ctx.record, attempt },
});

/** The attempt that the device was told about, when it is this one. */
export const attemptFor = ({ record }: Ctx, work: Pick<Work, 'attempt'>): Attempt | null =>
  isAt(record.attempt, work.attempt) ? record.attempt : null;

/** A package is there: the next one follows, or all phases are done. */
export const succeed = (ctx: Ctx, work: Work, how: string): Turn => {
  const words = wordsOf('verified', 'success', null, [how]);
  const attempt = attemptFor(ctx, work);
  const isLast = work.index + 1 >= work.count;
  if (isLast && (work.count === 1 || work.due === 'activation')) {
    const said = { type: 'progress', phase: 'activation', step: 'complete' } as const;
    return askAgain(attempt === null ? ctx.record.attempt : null, [reportOf(work.attempt, said, words)]);
  }
  const operation = passed(work, attempt?.operation ?? null);
  const known = attempt ?? launched(work, '', operation, ctx.now);
  if (work.due === 'activation') {
    return askAgain({ ...known, index: work.index + 1 }, [noteOf(work.attempt, words)]);
  }
  const after = advanced({ ...known, operation }, ctx.session);
  const meaning = { is: operation === 'download' ? 'downloaded' : 'installed' } as const;
  const action = isLast ? settle(meaning, words, work.attempt) : noteOf(work.attempt, words);
  return askAgain(after, [action]);
};

/** The operation that a package needs no more which is there already. */
const passed = ({ due, together }: Work, operation: Operation | null): Operation => {
  if (due === 'execution') return 'update';
  return operation === 'all' || together ? 'all' : 'download';
};
