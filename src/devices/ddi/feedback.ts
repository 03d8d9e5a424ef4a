import type { DeviceReport } from '../../app/check-in.ts';
import { reasonIn } from '../../app/failure-words.ts';
import { cutLines, cutMessage } from '../../app/log-lines.ts';
import type { Member } from '../../app/member.ts';
import type { LogEntry } from '../../app/records.ts';
import { type Position, rank } from '../../domain/position.ts';
import type { Instant } from '../../domain/time.ts';
import type { Reason } from '../../domain/update.ts';
import type { Consent, Feedback } from './body.ts';
import { windowOf } from './offer.ts';

const note: DeviceReport = { type: 'note' };
const progress = (phase: 'download' | 'execution', step: 'running' | 'complete'): DeviceReport => ({
  type: 'progress',
  phase,
  step,
});

/** What a report on a deployment says of the update's steps (1.8). `before` is what the device said last. */
export const toReport = (feedback: Feedback, member: Member, before: readonly string[]): DeviceReport => {
  const { position } = member.update;
  if (feedback.execution === 'closed') return toResult(feedback, position, before);
  // Between two attempts nothing is under way; such words are late ones of the attempt before.
  if (rank(position) < rank('download-ready')) return note;
  switch (feedback.execution) {
    case 'download':
      return progress('download', 'running');
    case 'downloaded':
      return progress('download', 'complete');
    case 'proceeding':
    case 'scheduled':
    case 'resumed':
      if (rank(position) < rank('download-complete')) return progress('download', 'running');
      // Who waits for the window still talks of the download.
      return windowOf(member) === 'unavailable' ? note : progress('execution', 'running');
    case 'rejected':
    case 'canceled':
      return note;
    default:
      return feedback.execution satisfies never;
  }
};

const toResult = (feedback: Feedback, position: Position, before: readonly string[]): DeviceReport => {
  if (feedback.finished !== 'failure') return { type: 'progress', phase: 'activation', step: 'complete' };
  const told = { ...feedback, details: causesOf(feedback.details, before) };
  return { type: 'failure', reason: reasonOf(told, position), message: messageOf(told), undoes: false };
};

const trace = /^\[\w+\] ?:/;
const mistake = /^ERROR\b/;

/**
 * The lines that may tell why it failed. SWUpdate sends its log along in pieces, most of it trace: the errors
 * come with the last report or, as often, before it, and the last line is the same whatever went wrong.
 */
const causesOf = (details: readonly string[], before: readonly string[]): readonly string[] => {
  const mistakes = [...before, ...details].filter((line) => mistake.test(line));
  return mistakes.length > 0 ? mistakes : details.filter((line) => !trace.test(line));
};

/** What the answer to a cancellation says (1.9); some clients answer `canceled` where `closed` is meant. */
export const toCancelReport = (feedback: Feedback): DeviceReport => {
  const { execution, finished } = feedback;
  const stopped = execution === 'canceled' || (execution === 'closed' && finished !== 'failure');
  const refused = execution === 'rejected' || (execution === 'closed' && finished === 'failure');
  if (!stopped && !refused) return note;
  return { type: 'stop', answer: stopped ? 'stopped' : 'refused', message: messageOf(feedback) };
};

/** Failures have no codes on this wire, only words. */
const reasonOf = ({ details }: Feedback, position: Position): Reason => {
  const found = reasonIn(details.join('\n'));
  if (found !== undefined) return found;
  return rank(position) >= rank('execution-complete') ? 'activation-failed' : 'install-failed';
};

const messageOf = ({ details, code }: Feedback): string => {
  const last = details.findLast((line) => line.trim() !== '');
  if (last !== undefined) return cutMessage(last);
  return code === null ? 'the device gave no reason' : `the device reported status code ${code}`;
};

/** What was said, to be kept: at the server's time, since devices have none they can be held to. */
export const toWords = (feedback: Feedback, at: Instant): LogEntry => ({
  at,
  word: feedback.execution,
  result: feedback.finished,
  code: feedback.code,
  progress: feedback.progress,
  lines: cutLines(feedback.details),
});

export const toConsentWords = ({ agreed, code, details }: Consent, at: Instant): LogEntry => ({
  at,
  word: agreed ? 'confirmed' : 'denied',
  result: 'none',
  code,
  progress: null,
  lines: cutLines(details),
});
