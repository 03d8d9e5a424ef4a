import type { Instant } from '../domain/time.ts';
import type { Job, JobWork, StoredCampaign } from './records.ts';

/** A job that nobody has begun. */
export const newJob = (
  given: {
    readonly id: string;
    readonly campaign: Pick<StoredCampaign, 'key' | 'id'>;
    readonly createdBy: string;
    readonly now: Instant;
  },
  work: JobWork,
): Job => ({
  id: given.id,
  campaign: given.campaign.key,
  campaignId: given.campaign.id,
  work,
  status: 'waiting',
  cursor: 0,
  done: 0,
  total: null,
  problem: '',
  createdBy: given.createdBy,
  createdAt: given.now,
  notBefore: 0,
  finishedAt: null,
});
