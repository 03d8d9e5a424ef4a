import type { Instant } from '../domain/time.ts';
import type { JobWork, NewJob } from './job-records.ts';
import type { StoredCampaign } from './records.ts';

/** A job that nobody has begun. */
export const newJob = (
  given: {
    readonly id: string;
    /** With its key, or without one when the same change inserts it. */
    readonly campaign: Pick<StoredCampaign, 'id'> & Partial<Pick<StoredCampaign, 'key'>>;
    readonly createdBy: string;
    readonly now: Instant;
  },
  work: JobWork,
): NewJob => ({
  id: given.id,
  campaign: given.campaign.key ?? { inserted: given.campaign.id },
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
