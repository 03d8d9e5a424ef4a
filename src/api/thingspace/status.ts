import { NOBODY_ELIGIBLE } from '../../app/thingspace-campaign.ts';
import { wasAborted } from '../../app/thingspace-campaigns.ts';
import type { Campaign, CampaignStatus } from '../../domain/campaign.ts';
import { DAY, type Instant } from '../../domain/time.ts';
import type { ApiVersion } from '../../wire/thingspace/common.ts';
import { BadRequest } from './errors.ts';

/** Statuses of v2 and v3; only v3 has `CampaignPreScheduled` (reference 3.1). */
export const campaignWords = [
  'CampaignRequestPending',
  'CampaignRequestFailed',
  'CampaignRequestQueued',
  'CampaignPreScheduled',
  'CampaignFailed',
  'CampaignScheduled',
  'CampaignCancelled',
  'CampaignAborted',
  'CampaignEnded',
] as const;
export type CampaignWord = (typeof campaignWords)[number];

/** A campaign of v3 that starts within this is prepared, as far as its callers can tell. */
const PREPARED = DAY;

const words: Readonly<Record<CampaignStatus, CampaignWord>> = {
  draft: 'CampaignRequestPending',
  'awaiting-approval': 'CampaignRequestPending',
  approved: 'CampaignRequestQueued',
  scheduled: 'CampaignRequestQueued',
  running: 'CampaignScheduled',
  paused: 'CampaignScheduled',
  stopped: 'CampaignAborted',
  ended: 'CampaignEnded',
  cancelled: 'CampaignCancelled',
  rejected: 'CampaignRequestFailed',
  failed: 'CampaignFailed',
};

/** The status of a campaign in v2 and v3. */
export const toCampaignWord = (campaign: Campaign, version: ApiVersion, now: Instant): CampaignWord => {
  if (wasAborted(campaign)) return 'CampaignAborted';
  if (campaign.status === 'failed' && campaign.because === NOBODY_ELIGIBLE) return 'CampaignRequestFailed';
  const isPrepared = campaign.status === 'scheduled' && campaign.startAt - now < PREPARED;
  return version === 'v3' && isPrepared ? 'CampaignPreScheduled' : words[campaign.status];
};

/** Statuses of v1; it has none for what was cancelled. */
export const upgradeWords = [
  'RequestPending',
  'Queued',
  'RequestFailed',
  'InProgress',
  'Finished',
  'UpgradeFailed',
] as const;
export type UpgradeWord = (typeof upgradeWords)[number];

const upgradeWordOf = {
  CampaignRequestPending: 'RequestPending',
  CampaignRequestFailed: 'RequestFailed',
  CampaignRequestQueued: 'Queued',
  CampaignPreScheduled: 'Queued',
  CampaignFailed: 'UpgradeFailed',
  CampaignScheduled: 'InProgress',
  CampaignCancelled: 'Cancelled',
  CampaignAborted: 'Finished',
  CampaignEnded: 'Finished',
} as const satisfies Record<CampaignWord, UpgradeWord | 'Cancelled'>;

/** The status of a campaign in v1. `Cancelled` is ours, and in no list. */
export const toUpgradeWord = (campaign: Campaign, now: Instant): UpgradeWord | 'Cancelled' =>
  upgradeWordOf[toCampaignWord(campaign, 'v1', now)];

/** What a filter finds beside its own word: what is prepared is queued and scheduled too (reference 3.1). */
const finds = (word: string, is: CampaignWord): boolean => {
  if (word === is) return true;
  if (word === 'CampaignQueued') return is === 'CampaignRequestQueued' || is === 'CampaignPreScheduled';
  if (is !== 'CampaignPreScheduled') return false;
  return word === 'CampaignRequestQueued' || word === 'CampaignScheduled';
};

const isWord = (word: string): boolean =>
  word === 'CampaignQueued' || campaignWords.some((known) => known === word);

/** Reads a filter: one word, several with commas between them, or none for all. Throws `BadRequest` for others. */
export const statusFilter = (text: string | undefined): ((is: CampaignWord) => boolean) => {
  const asked = (text ?? '').split(',').map((word) => word.trim());
  if (asked.length === 1 && asked[0] === '') return () => true;
  if (!asked.every(isWord)) throw new BadRequest('Invalid campaign status');
  return (is) => asked.some((word) => finds(word, is));
};
