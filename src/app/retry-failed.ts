import { isFinal } from '../domain/campaign.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { type Caller, signatureOf } from './caller.ts';
import { getCampaign } from './campaigns.ts';
import type { StoredJob } from './job-records.ts';
import { newJob } from './new-job.ts';
import type { Clock, Ids, Store } from './ports.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

/** A device that said no meant it. */
const outcomes = ['failed', 'timed-out'] as const;

/**
 * Has every device of a campaign begin again whose update failed or timed out, once it has rested for as long as the
 * plan says: in the background, the job tells how far it is. While such a job waits, that one is it.
 */
export const retryFailed = async (
  deps: Deps,
  caller: Caller,
  campaignId: string,
): Promise<Result<StoredJob, Refusal>> => {
  const { store, clock, ids } = deps;
  const account = caller.account.key;
  const found = await getCampaign(deps, caller, campaignId);
  if (!found.ok) return found;
  const campaign = found.value;
  if (isFinal(campaign.status)) {
    return refused({ code: 'campaign/wrong-state', action: 'retry failed devices', status: campaign.status });
  }
  const jobs = await store.jobs.ofCampaign(account, campaign.key);
  const waiting = jobs.find(({ status, work }) => status === 'waiting' && work.type === 'retry');
  if (waiting !== undefined) return ok(waiting);
  const given = { id: ids.uuid(), campaign, createdBy: signatureOf(caller.actor), now: clock() };
  const value = newJob(given, { type: 'retry', outcomes });
  await store.commit({ account, writes: [{ save: 'job', value }], events: [] });
  const job = await store.jobs.find(account, value.id);
  return job === undefined ? refused({ code: 'not-found', entity: 'job', id: value.id }) : ok(job);
};
