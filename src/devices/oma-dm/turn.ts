import type { DeviceReport } from '../../app/check-in.ts';
import type { LogEntry } from '../../app/records.ts';
import type { Instant } from '../../domain/time.ts';
import type { Outgoing } from './outgoing.ts';
import type { Profile } from './profile.ts';
import type { Attempt, DmRecord, Facts, Operation, Tree } from './record.ts';
import type { Meaning } from './result-map.ts';
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
};

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
  actions: [...actions, { do: 'ask' }],
});

export const reportOf = (attempt: string, said: DeviceReport, words: Words): Action => ({
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

/** The attempt after an outcome: gone when it ended, remembered when it is to be verified. */
export const afterOutcome = (attempt: Attempt | null, id: string, meaning: Meaning, session: string) => {
  if (attempt === null || attempt.id !== id) return attempt;
  if (meaning.is === 'failed' || meaning.is === 'cancelled') return null;
  return meaning.is === 'installed' ? { ...attempt, succeededIn: session } : attempt;
};

/** The device carries out an operation from now on, as far as we know: kept before it is told. */
export const launched = (work: Work, node: string, operation: Operation, now: Instant): Attempt => ({
  ...{ id: work.attempt, node, operation, sentAt: now, succeededIn: '' },
});

/** The result counts without the version, or there is none to be had. */
export const isTrusted = ({ profile, facts }: Ctx): boolean => profile.trust || facts.firmware === null;

/** The attempt that the device was told about, when it is this one. */
export const attemptFor = ({ record }: Ctx, work: Work): Attempt | null =>
  record.attempt !== null && record.attempt.id === work.attempt ? record.attempt : null;

/** It is installed: all phases are done, and what was made for it may go. */
export const succeed = (ctx: Ctx, work: Work, how: string): Turn => ({
  ...askAgain(null, [
    reportOf(
      work.attempt,
      { type: 'progress', phase: 'activation', step: 'complete' },
      wordsOf('verified', 'success', null, [how]),
    ),
  ]),
  attempt: ctx.record.attempt?.id === work.attempt ? null : ctx.record.attempt,
});
