import { answersRecall } from '../domain/device.ts';
import { parseExpression } from '../domain/targeting.ts';
import { MINUTE } from '../domain/time.ts';
import { endIfComplete } from './campaign-end.ts';
import type { Clock, Ids, Progress, Store } from './ports.ts';
import type { Actor, Job, StoredJob } from './records.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

/** Devices per piece at most; a store that works in this process does fewer at once. */
const PIECE = 50_000;
const LEASE = MINUTE;

/**
 * Claims the next job and does it to the end, piece by piece; each piece and the record of it are one
 * transaction, so a killed process goes on where it was. Answers whether there was a job.
 */
export const runNextJob = async (deps: Deps): Promise<boolean> => {
  const { store, clock } = deps;
  const now = clock();
  const claimed = await store.jobs.claim(now, now + LEASE);
  if (claimed === undefined) return false;
  let job: StoredJob | undefined = claimed;
  while (job !== undefined && job.status === 'running') {
    await doPiece(deps, job);
    job = await store.jobs.find(job.account, job.id);
  }
  await finish(deps, claimed);
  return true;
};

/** Devices may be done before the last of them was brought in. */
const finish = async (deps: Deps, { account, campaign: key }: StoredJob): Promise<void> => {
  const campaign = await deps.store.campaigns.get(account, key);
  if (campaign !== undefined) await endIfComplete(deps, account, campaign);
};

const actorOf = (job: Job): Actor =>
  job.createdBy === 'server' ? { kind: 'server' } : { kind: 'user', id: job.createdBy };

const doPiece = async (deps: Deps, job: StoredJob): Promise<void> => {
  const { store, clock } = deps;
  const bulk = { account: job.account, campaign: job.campaign, actor: actorOf(job), now: clock() };
  const piece = { ...bulk, after: job.cursor, limit: PIECE };
  switch (job.work.type) {
    case 'add-by-query': {
      const parsed = parseExpression(job.work.expression);
      if (!parsed.ok) return giveUp(deps, job, 'the query is not understood');
      const where = parsed.value;
      const counted =
        job.total === null ? { ...job, total: await store.devices.count(job.account, where) } : job;
      await store.updates.add(
        { ...piece, by: 'query', where },
        progressOf(job, counted, ({ added }) => added, clock),
      );
      return;
    }
    case 'close-open': {
      const { outcome, reason } = job.work;
      const message = reason === 'campaign-ended' ? 'the campaign ended' : 'the campaign was cancelled';
      const request = { ...piece, by: 'all', recall: answersRecall, outcome, reason, message } as const;
      await store.updates.close(
        request,
        progressOf(job, job, ({ closed, recalled }) => closed + recalled, clock),
      );
      return;
    }
  }
};

const progressOf =
  <Done extends { readonly next: number | null }>(
    was: StoredJob,
    job: Job,
    countOf: (done: Done) => number,
    clock: Clock,
  ): Progress<Done> =>
  (done) => ({
    was,
    value: {
      ...job,
      done: job.done + countOf(done),
      cursor: done.next ?? job.cursor,
      status: done.next === null ? 'done' : 'running',
      finishedAt: done.next === null ? clock() : null,
    },
  });

const giveUp = async ({ store, clock }: Deps, job: StoredJob, problem: string): Promise<void> => {
  const value: Job = { ...job, status: 'failed', problem, finishedAt: clock() };
  await store.commit({ account: job.account, writes: [{ save: 'job', was: job, value }], events: [] });
};
