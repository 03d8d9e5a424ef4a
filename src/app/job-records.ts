import type { AccountKey, CampaignKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { Outcome } from '../domain/update.ts';
import type { Subject } from './event-records.ts';

/**
 * Work too large for one request, done in pieces that commit on their own. `cursor` is where the next piece
 * begins. `total` is `null` until counted.
 */
export type Job = {
  readonly id: string;
  readonly campaign: CampaignKey;
  readonly campaignId: string;
  readonly work: JobWork;
  readonly status: 'waiting' | 'running' | 'done' | 'failed';
  readonly cursor: number;
  readonly done: number;
  readonly total: number | null;
  readonly problem: string;
  readonly createdBy: string;
  readonly createdAt: Instant;
  /** While it waits: not to be begun before. */
  readonly notBefore: Instant;
  readonly finishedAt: Instant | null;
};

export type JobWork =
  /** Add every device that matches; with `every` (milliseconds), over and over for as long as the campaign runs. */
  | { readonly type: 'add-by-query'; readonly expression: string; readonly every: number | null }
  /** Begin again for all members whose update ended in one of these ways. */
  | { readonly type: 'retry'; readonly outcomes: readonly Outcome[] }
  /** Count the devices of each wave; `sizes` is what was counted so far. */
  | { readonly type: 'size-waves'; readonly sizes: readonly number[] }
  /**
   * Take out the devices that a request names, or decide which of them may take part; then the campaign waits for its
   * start, or fails where there is none. `null`: it was approved, and nothing else is left to decide.
   */
  | { readonly type: 'admit'; readonly request: string | null }
  /** Make the campaign of this id, which brings a package, and bring the devices that succeeded into it. */
  | { readonly type: 'roll-back'; readonly into: string; readonly package: string }
  /** Close every open update, because the campaign is over. */
  | {
      readonly type: 'close-open';
      readonly outcome: 'cancelled' | 'timed-out';
      readonly reason: 'campaign-cancelled' | 'campaign-ended';
    };

export type StoredJob = Job & { readonly account: AccountKey; readonly version: number };

/** A job as it is written: of a campaign that was there, or of one that the same change inserts before it. */
export type NewJob = Omit<Job, 'campaign'> & { readonly campaign: NonNullable<Subject<CampaignKey>> };
