import type { Actor } from './event-records.ts';
import type { Job, StoredJob } from './job-records.ts';
import type { Clock, Ids, Store } from './ports.ts';
import type { Progress, Write } from './writes.ts';

export type JobDeps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

/** Devices per piece at most; a store that works in this process does fewer at once. */
const PIECE = 50_000;

const actorOf = (job: Job): Actor =>
  job.createdBy === 'server' ? { kind: 'server' } : { kind: 'user', id: job.createdBy };

/** What every piece of large work says of itself. */
export const pieceOf = ({ clock }: Pick<JobDeps, 'clock'>, job: StoredJob) => ({
  ...{ account: job.account, campaign: job.campaign, actor: actorOf(job), now: clock() },
  ...{ after: job.cursor, limit: PIECE },
});

/** What the last piece makes of a job. */
export type End = Pick<Job, 'status'> & Partial<Pick<Job, 'cursor' | 'notBefore' | 'finishedAt' | 'problem'>>;

export const doneAt = (clock: Clock) => (): End => ({ status: 'done', finishedAt: clock() });

export const nextRound = (clock: Clock, every: number) => (): End => ({
  status: 'waiting',
  cursor: 0,
  notBefore: clock() + every,
});

/** The record of a piece: more of the same, or the end. */
export const progressOf =
  <Done extends { readonly next: number | null }>(
    was: StoredJob,
    job: Job,
    countOf: (done: Done) => number,
    atEnd: () => End,
  ): Progress<Done> =>
  (done) => ({ was, value: advanced(job, done.next, countOf(done), atEnd) });

/** A job after a piece that did so many, and goes on from `next`. */
export const advanced = (job: Job, next: number | null, count: number, atEnd: () => End): Job => ({
  ...job,
  done: job.done + count,
  ...(next === null ? atEnd() : { cursor: next, status: 'running' }),
});

/** Records what became of a job without another piece, with whatever else is to be written then. */
export const settle = async (
  { store, clock }: Pick<JobDeps, 'store' | 'clock'>,
  job: StoredJob,
  end: End,
  others: readonly Write[] = [],
): Promise<void> => {
  const finishedAt = end.status === 'waiting' ? null : clock();
  const value: Job = { ...job, finishedAt, ...end };
  await store.commit({
    account: job.account,
    writes: [...others, { save: 'job', was: job, value }],
    events: [],
  });
};
