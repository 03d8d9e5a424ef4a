import { type CampaignCommand, dueAt } from '../domain/campaign.ts';
import { type Instant, MINUTE } from '../domain/time.ts';
import type { Caller } from './caller.ts';
import { commandAsServer } from './campaign-change.ts';
import type { Job } from './job-records.ts';
import type { Clock, Ids, Store } from './ports.ts';
import type { StoredCampaign } from './records.ts';
import { watchClock } from './steady-clock.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

const BATCH = 100;

/**
 * Ends a campaign that asks for it once every device in it is done: when it has devices, none of them is open,
 * and none is still being brought in. A query that is evaluated over and over brings in nobody while it waits for
 * its next round, so such a campaign ends with the first round after which all are done.
 */
export const endIfComplete = async (
  deps: Deps,
  account: Caller['account']['key'],
  campaign: StoredCampaign,
): Promise<void> => {
  if (!campaign.plan.endWhenComplete) return;
  const { open, closed } = await deps.store.campaigns.counts(account, campaign.key);
  if (isAny(open) || !isAny(closed)) return;
  const jobs = await deps.store.jobs.ofCampaign(account, campaign.key);
  const now = deps.clock();
  if (jobs.some((job) => isUnderWay(job, now))) return;
  await commandAsServer(deps, account, campaign, async () => [{ type: 'end', because: 'complete' }]);
};

const isUnderWay = ({ status, notBefore }: Job, now: Instant): boolean =>
  status === 'running' || (status === 'waiting' && notBefore <= now);

const isAny = (counts: Readonly<Record<string, number>>): boolean =>
  Object.values(counts).some((count) => count > 0);

/**
 * Starts the campaigns whose date has come, opens waves whose time it is, and ends those whose end has come. Answers how
 * many were due.
 */
export const runDueCampaigns = async (deps: Deps): Promise<number> => {
  const now = deps.clock();
  const due = await deps.store.campaigns.due(now, BATCH);
  for (const { account, campaign } of due) {
    await commandAsServer(deps, account, campaign, async (was) => dueCommands(was, deps.clock()));
  }
  return due.length;
};

/** How long a clock that has jumped is doubted: what the clock begins and ends cannot be taken back. */
const DOUBT = MINUTE;

/**
 * Does what is due where it is this one's turn, but not while the clock has just jumped. Answers whether there is likely
 * more.
 */
export const createSchedule = (
  deps: Deps,
  isMine: () => Promise<boolean> = async () => true,
): (() => Promise<boolean>) => {
  // Not after a start: whatever came due while no server ran is done at once.
  const steady = watchClock(deps.clock, Number.NEGATIVE_INFINITY);
  return async () => steady() >= DOUBT && (await isMine()) && (await runDueCampaigns(deps)) > 0;
};

const dueCommands = (campaign: StoredCampaign, now: Instant): readonly CampaignCommand[] => {
  const at = dueAt(campaign);
  if (at === null || at > now) return [];
  if (campaign.status === 'scheduled') return [{ type: 'start' }];
  const { endAt } = campaign.plan;
  if (endAt !== null && endAt <= now) return [{ type: 'end', because: 'end-date' }];
  return 'progress' in campaign ? [{ type: 'open-wave', wave: campaign.progress.wave + 1, by: 'clock' }] : [];
};
