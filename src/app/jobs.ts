import { isFinal } from '../domain/campaign.ts';
import { answersRecall } from '../domain/device.ts';
import { unreachable } from '../domain/result.ts';
import { parseExpression } from '../domain/targeting.ts';
import { MINUTE } from '../domain/time.ts';
import type { Outcome } from '../domain/update.ts';
import { admitPiece } from './admit.ts';
import { isSameWork, joiningWork } from './campaign-change.ts';
import { endIfComplete } from './campaign-end.ts';
import { doneAt, type JobDeps, nextRound, pieceOf, progressOf, settle } from './job-piece.ts';
import type { Job, JobWork, StoredJob } from './job-records.ts';
import type { Hashing, Store } from './ports.ts';
import { rollBackPiece } from './roll-back.ts';
import { judgeAll } from './stop-rules.ts';
import { sizeAgain, sizePiece } from './waves.ts';

type Deps = JobDeps & {
  readonly hashing: Pick<Hashing, 'sha256'>;
  /** Whether this process is about to end, so that another one is to go on. */
  readonly isStopping?: () => boolean;
};

const LEASE = MINUTE;

/**
 * Claims the next job and does it to the end, piece by piece; each piece and the record of it are one
 * transaction, so a killed process goes on where it was. The lease is renewed after each piece: who was paused for longer
 * than it finds that another has the job, and leaves it. Answers whether there was a job.
 */
export const runNextJob = async (deps: Deps): Promise<boolean> => {
  const { store, clock, isStopping = () => false } = deps;
  const now = clock();
  let held = now + LEASE;
  const claimed = await store.jobs.claim(now, held);
  for (let job = claimed; job !== undefined; ) {
    await doPiece(deps, job);
    const until = clock() + LEASE;
    job = await store.jobs.renew(job, held, until);
    held = until;
    if (job === undefined || !isStopping()) continue;
    await store.jobs.release(job, held);
    return false;
  }
  if (claimed === undefined) return false;
  const job = await store.jobs.find(claimed.account, claimed.id);
  if (job?.status !== 'running') await finish(deps, claimed, job?.done ?? claimed.done);
  return true;
};

/** Devices may be done before the last of them was brought in; and those that came make their waves larger. */
const finish = async (
  deps: Deps,
  { account, campaign: key, work, done: before }: StoredJob,
  done: number,
): Promise<void> => {
  const campaign = await deps.store.campaigns.get(account, key);
  if (campaign === undefined) return;
  if (work.type === 'add-by-query') await sizeAgain(deps, account, campaign, done > before);
  if (work.type === 'retry' && done > before) {
    await judgeAll(deps, account, campaign);
    await sizeAgain(deps, account, campaign, true);
  }
  await endIfComplete(deps, account, campaign);
};

const doPiece = async (deps: Deps, job: StoredJob): Promise<void> => {
  const { store, clock } = deps;
  switch (job.work.type) {
    case 'add-by-query':
      return addPiece(deps, job, job.work);
    case 'close-open': {
      const { outcome, reason } = job.work;
      const message = reason === 'campaign-ended' ? 'the campaign ended' : 'the campaign was cancelled';
      const request = {
        ...pieceOf(deps, job),
        by: 'all',
        recall: answersRecall,
        outcome,
        reason,
        message,
      } as const;
      await store.updates.close(
        request,
        progressOf(job, job, ({ closed, recalled }) => closed + recalled, doneAt(clock)),
      );
      return;
    }
    case 'retry':
      return retryPiece(deps, job, job.work.outcomes);
    case 'size-waves':
      return sizePiece(deps, job, job.work.sizes);
    case 'roll-back':
      return rollBackPiece(deps, job, job.work);
    case 'admit':
      return admitPiece(deps, job, job.work);
    default:
      return unreachable(job.work);
  }
};

/** Whoever failed rests for as long as the plan says, then begins again. */
const retryPiece = async (deps: Deps, job: StoredJob, outcomes: readonly Outcome[]): Promise<void> => {
  const { store, clock } = deps;
  const campaign = await store.campaigns.get(job.account, job.campaign);
  if (campaign === undefined || isFinal(campaign.status)) {
    return settle(deps, job, { status: 'failed', problem: 'the campaign is over' });
  }
  const rest = campaign.plan.retry.coolDown;
  await store.updates.retry(
    { ...pieceOf(deps, job), outcomes, notBefore: 0, rest },
    progressOf(job, job, ({ restarted }) => restarted, doneAt(clock)),
  );
};

type Joining = Extract<JobWork, { readonly type: 'add-by-query' }>;

const addPiece = async (deps: Deps, job: StoredJob, work: Joining): Promise<void> => {
  const { store, clock } = deps;
  const parsed = parseExpression(work.expression);
  if (!parsed.ok) return settle(deps, job, { status: 'failed', problem: 'the query is not understood' });
  const where = parsed.value;
  const { every } = work;
  const fate = every === null ? 'goes-on' : await fateOf(store, job);
  if (every !== null && fate === 'waits') return settle(deps, job, nextRound(clock, every)());
  if (fate === 'is-over') return settle(deps, job, { status: 'done' });
  // Each round counts anew: devices come and go.
  const counted = job.cursor === 0 ? { ...job, total: await store.devices.count(job.account, where) } : job;
  const atEnd = every === null ? doneAt(clock) : nextRound(clock, every);
  await store.updates.add(
    { ...pieceOf(deps, job), by: 'query', where },
    progressOf(job, counted, ({ added }) => added, atEnd),
  );
};

/**
 * What becomes of a query that is evaluated over and over: it goes on for as long as its campaign is under way with
 * this target, and no later job does the same; while that is paused, the next round waits.
 */
const fateOf = async (store: Store, job: StoredJob): Promise<'goes-on' | 'waits' | 'is-over'> => {
  const campaign = await store.campaigns.get(job.account, job.campaign);
  if (campaign === undefined || !isSameWork(job.work, joiningWork(campaign.plan))) return 'is-over';
  if (campaign.status !== 'running' && campaign.status !== 'paused') return 'is-over';
  const jobs = await store.jobs.ofCampaign(job.account, job.campaign);
  const later = jobs.slice(jobs.findIndex(({ id }) => id === job.id) + 1);
  if (later.some((other) => isOpen(other) && isSameWork(job.work, other.work))) return 'is-over';
  const isNewRound = job.cursor === 0 && job.total !== null;
  return isNewRound && campaign.status === 'paused' ? 'waits' : 'goes-on';
};

const isOpen = ({ status }: Job): boolean => status === 'waiting' || status === 'running';
