import { describe, expect, it } from 'vitest';
import { NOBODY_ELIGIBLE } from '../../app/thingspace-campaign.ts';
import { type Campaign, createCampaign } from '../../domain/campaign.ts';
import { defaultPlan } from '../../domain/plan.ts';
import { newProgress } from '../../domain/rollout.ts';
import { DAY } from '../../domain/time.ts';
import { campaignWords, statusFilter, toCampaignWord, toUpgradeWord } from './status.ts';

const now = Date.UTC(2026, 10, 21);
const { status: _, ...draft } = createCampaign(
  { id: 'c', plan: defaultPlan, digest: '', policy: 'none', createdBy: 'ada' },
  now,
);
const progress = newProgress(now);
const started = { startedAt: now, progress };

const states: readonly (readonly [Campaign, word: string, v1: string])[] = [
  [{ ...draft, status: 'draft' }, 'CampaignRequestPending', 'RequestPending'],
  [{ ...draft, status: 'awaiting-approval' }, 'CampaignRequestPending', 'RequestPending'],
  [{ ...draft, status: 'approved' }, 'CampaignRequestQueued', 'Queued'],
  [{ ...draft, status: 'scheduled', startAt: now + DAY }, 'CampaignRequestQueued', 'Queued'],
  [{ ...draft, status: 'running', ...started }, 'CampaignScheduled', 'InProgress'],
  [{ ...draft, status: 'paused', ...started }, 'CampaignScheduled', 'InProgress'],
  [{ ...draft, status: 'stopped', ...started, stoppedAt: now }, 'CampaignAborted', 'Finished'],
  [
    { ...draft, status: 'ended', startedAt: now, endedAt: now, because: 'operator' },
    'CampaignAborted',
    'Finished',
  ],
  [
    { ...draft, status: 'ended', startedAt: now, endedAt: now, because: 'end-date' },
    'CampaignEnded',
    'Finished',
  ],
  [
    { ...draft, status: 'ended', startedAt: now, endedAt: now, because: 'complete' },
    'CampaignEnded',
    'Finished',
  ],
  [{ ...draft, status: 'cancelled', startedAt: null, cancelledAt: now }, 'CampaignCancelled', 'Cancelled'],
  [
    { ...draft, status: 'rejected', rejectedBy: 'bob', comment: '' },
    'CampaignRequestFailed',
    'RequestFailed',
  ],
  [
    { ...draft, status: 'failed', startedAt: null, because: NOBODY_ELIGIBLE },
    'CampaignRequestFailed',
    'RequestFailed',
  ],
  [{ ...draft, status: 'failed', startedAt: null, because: 'else' }, 'CampaignFailed', 'UpgradeFailed'],
];

describe('the status of a campaign', () => {
  it.each(states)('$0.status is $1, and in v1 $2', (campaign, word, v1) => {
    expect(toCampaignWord(campaign, 'v2', now)).toBe(word);
    expect(toCampaignWord(campaign, 'v3', now)).toBe(word);
    expect(toUpgradeWord(campaign, now)).toBe(v1);
  });

  it('is that of one that is prepared within a day of its start, in v3 alone', () => {
    const campaign: Campaign = { ...draft, status: 'scheduled', startAt: now + DAY - 1 };
    expect(toCampaignWord(campaign, 'v3', now)).toBe('CampaignPreScheduled');
    expect(toCampaignWord(campaign, 'v2', now)).toBe('CampaignRequestQueued');
    expect(toUpgradeWord(campaign, now)).toBe('Queued');
  });
});

describe('a filter by status', () => {
  it.each([
    ['CampaignRequestQueued', ['CampaignRequestQueued', 'CampaignPreScheduled']],
    ['CampaignQueued', ['CampaignRequestQueued', 'CampaignPreScheduled']],
    ['CampaignScheduled', ['CampaignPreScheduled', 'CampaignScheduled']],
    ['CampaignPreScheduled', ['CampaignPreScheduled']],
    ['CampaignEnded', ['CampaignEnded']],
    ['CampaignEnded, CampaignFailed', ['CampaignFailed', 'CampaignEnded']],
    [undefined, [...campaignWords]],
    ['', [...campaignWords]],
  ])('%j finds %j', (text, found) => {
    expect(campaignWords.filter(statusFilter(text))).toEqual(found);
  });

  it.each(['CampaignStarted', 'campaignended', 'CampaignEnded,'])('%j is none', (text) => {
    expect(() => statusFilter(text)).toThrow('Invalid campaign status');
  });
});
