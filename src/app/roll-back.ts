import { type Campaign, createCampaign, decide, evolveAll } from '../domain/campaign.ts';
import { contentOf, defaultPlan, type Plan } from '../domain/plan.ts';
import { type Instant, MINUTE } from '../domain/time.ts';
import { event } from './change.ts';
import type { NewEvent } from './event-records.ts';
import { advanced, doneAt, type JobDeps, nextRound, settle } from './job-piece.ts';
import type { JobWork, StoredJob } from './job-records.ts';
import { newJob } from './new-job.ts';
import type { Hashing, Ids } from './ports.ts';
import type { StoredCampaign } from './records.ts';
import type { Change } from './writes.ts';

const by = { kind: 'server' } as const;

/** The work that follows when a stop rule has cancelled a campaign to bring its devices back, and the news of it. */
export const rollingBack = (
  { ids }: { readonly ids: Ids },
  campaign: StoredCampaign,
  events: readonly NewEvent[],
  now: Instant,
): Pick<Change, 'writes' | 'events'> => {
  const target = events
    .map(({ body }) =>
      body.type === 'campaign-rule-tripped' ? campaign.plan.stopRules[body.rule] : undefined,
    )
    .find((rule) => rule?.action === 'roll-back')?.rollBackTo;
  const wasCancelled = events.some(({ body }) => body.type === 'campaign-cancelled');
  if (target === undefined || target === null || !wasCancelled) return { writes: [], events: [] };
  const into = ids.uuid();
  const given = { id: ids.uuid(), campaign, createdBy: 'server', now };
  return {
    writes: [{ save: 'job', value: newJob(given, { type: 'roll-back', into, package: target }) }],
    events: [
      event({ type: 'campaign-rolled-back', into }, { actor: by, at: now }, { campaign: campaign.key }),
    ],
  };
};

type Deps = JobDeps & { readonly hashing: Pick<Hashing, 'sha256'> };
type Work = Extract<JobWork, { readonly type: 'roll-back' }>;

const PAGE = 1_000;
const succeeded = { positions: [], outcomes: ['succeeded'], open: false } as const;

/**
 * Makes the campaign that brings devices back, then takes in those that succeeded, a thousand at a time; over and over
 * while some still have to say how they ended.
 */
export const rollBackPiece = async (deps: Deps, job: StoredJob, work: Work): Promise<void> => {
  const { store, clock } = deps;
  const { account, campaign: from } = job;
  const into = await store.campaigns.find(account, work.into);
  if (into === undefined) return makeCampaign(deps, job, work);
  const page = { after: job.cursor, limit: PAGE };
  const { items, next } = await store.updates.list(account, from, succeeded, page);
  const { open } = await store.campaigns.counts(account, from);
  const someAreOpen = Object.values(open).some((count) => count > 0);
  const atEnd = someAreOpen ? nextRound(clock, MINUTE) : doneAt(clock);
  if (items.length === 0) return settle(deps, job, atEnd());
  await store.updates.add(
    {
      ...{ account, campaign: into.key, actor: by, now: clock(), by: 'ids', again: false },
      deviceIds: items.map(({ deviceId }) => deviceId),
    },
    ({ added }) => ({ was: job, value: advanced(job, next, added, atEnd) }),
  );
};

/** Under the account's own approval policy: where nobody has to approve, it runs at once. */
const makeCampaign = async (deps: Deps, job: StoredJob, work: Work): Promise<void> => {
  const { store, clock } = deps;
  const [owner, from, pack] = await Promise.all([
    store.accounts.get(job.account),
    store.campaigns.get(job.account, job.campaign),
    store.packages.find(job.account, work.package),
  ]);
  if (owner === undefined || from === undefined) return settle(deps, job, { status: 'done' });
  if (pack === undefined) {
    return settle(deps, job, {
      status: 'failed',
      problem: 'the package to go back to is not there any more',
    });
  }
  const now = clock();
  const plan = planBack(from.plan, pack.id);
  const digest = deps.hashing.sha256(contentOf(plan));
  const policy = owner.approvalPolicy;
  const made: Campaign = createCampaign({ id: work.into, plan, digest, policy, createdBy: 'server' }, now);
  const decided = decide(made, { type: 'start' }, now);
  const started = decided.ok ? decided.value : [];
  const about = { campaign: { inserted: made.id } };
  const events = [{ type: 'campaign-created', name: plan.name } as const, ...started];
  await store.commit({
    account: job.account,
    writes: [{ save: 'campaign', value: evolveAll(made, started, now) }],
    events: events.map((body) => event(body, { actor: by, at: now }, about)),
  });
};

/** In the same hours and with the same patience, to all of them at once, and to an older version if need be. */
const planBack = (plan: Plan, pack: string): Plan => ({
  ...defaultPlan,
  name: `Back from ${plan.name}`,
  packages: [pack],
  download: { ...plan.download, notBefore: null },
  install: { ...plan.install, notBefore: null },
  freezes: plan.freezes,
  checkpoints: plan.checkpoints,
  concurrency: plan.concurrency,
  budgets: plan.budgets,
  retry: plan.retry,
  timeouts: plan.timeouts,
  priority: plan.priority,
  downgrades: true,
  settings: plan.settings,
});
