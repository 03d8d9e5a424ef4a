import { describe, expect, it } from 'vitest';
import type { StoredCampaign } from '../../app/records.ts';
import { createCampaign } from '../../domain/campaign.ts';
import { defaultPlan } from '../../domain/plan.ts';
import type { Position } from '../../domain/position.ts';
import { newProgress } from '../../domain/rollout.ts';
import { DAY, HOUR } from '../../domain/time.ts';
import { newUpdate, type Outcome, type Reason, type Update } from '../../domain/update.ts';
import type { ApiVersion } from '../../wire/thingspace/common.ts';
import { toClock, toDeviceWord } from './device-status.ts';

const now = Date.UTC(2022, 9, 6, 18, 5);
const { status: _, ...draft } = createCampaign(
  {
    ...{ id: 'c', digest: '', policy: 'none', createdBy: 'ada' },
    plan: { ...defaultPlan, endAt: now + DAY },
  },
  now,
);
const stored = { key: 1 as StoredCampaign['key'], version: 1 };
const running: StoredCampaign = {
  ...{ ...draft, ...stored, status: 'running' },
  ...{ startedAt: now, progress: newProgress(now) },
};
const scheduled: StoredCampaign = { ...draft, ...stored, status: 'scheduled', startAt: now + HOUR };
const over: StoredCampaign = {
  ...draft,
  ...stored,
  status: 'ended',
  startedAt: now,
  endedAt: now,
  because: 'end-date',
};
const aborted: StoredCampaign = { ...over, because: 'operator' };
const cancelled: StoredCampaign = {
  ...draft,
  ...stored,
  status: 'cancelled',
  startedAt: null,
  cancelledAt: now,
};

const at = (position: Position, given: Partial<Update> = {}): Update =>
  ({ ...newUpdate(now), position, ...given }) as Update;
const closed = (position: Position, outcome: Outcome, reason: Reason = 'unknown', message = ''): Update => {
  const { recall: _recall, notBefore: _notBefore, queue: _queue, ...journey } = newUpdate(now);
  return { ...journey, position, status: 'closed', outcome, reason, message };
};
const wordIn =
  (campaign: StoredCampaign) =>
  (version: ApiVersion, update: Update): string => {
    const { status, resultReason } = toDeviceWord(update, { campaign, version, now });
    return `${status}: ${resultReason}`;
  };
const word = wordIn(running);

describe('a device in a sentence of v3', () => {
  it('has times as they were published', () => {
    expect(toClock(now)).toBe('06 Oct 22 18:05 UTC');
  });

  it.each<[Position, Partial<Update>, string]>([
    ['pending', {}, 'NoDeviceDataFromNetwork: Try 1: nothing heard of the device'],
    ['inventoried', {}, 'ReceivedDeviceDataFromNetwork: Try 1: heard of the device at 06 Oct 22 18:05 UTC'],
    ['download-scheduled', {}, 'UpgradePending: Try 1: waits for its turn'],
    ['download-ready', { attempt: 2 }, 'UpgradePending: Try 2: waits for its turn'],
    [
      'inventoried',
      { attempt: 2, notBefore: now + HOUR } as Partial<Update>,
      'RequestToFotaServerFailed: Try 1 failed; try 2 is estimated at 06 Oct 22 19:05 UTC',
    ],
    [
      'download-running',
      {},
      'UpgradeScheduled: Try 1, begun at 06 Oct 22 18:05 UTC, to be completed by 07 Oct 22 18:05 UTC',
    ],
    [
      'execution-running',
      { attempt: 3 },
      'UpgradeScheduled: Try 3, begun at 06 Oct 22 18:05 UTC, to be completed by 07 Oct 22 18:05 UTC',
    ],
  ])('is told at %s %j as %j', (position, given, told) => {
    expect(word('v3', at(position, given))).toBe(told);
  });

  it('waits for the start, and for what comes before', () => {
    expect(wordIn(scheduled)('v3', at('pending'))).toBe(
      'UpgradePending: Waits for the start at 06 Oct 22 19:05 UTC',
    );
    expect(wordIn({ ...draft, ...stored, status: 'draft' })('v3', at('pending'))).toBe(
      'UpgradePending: Waits for the campaign to be scheduled',
    );
  });
});

describe('a device in other versions', () => {
  it('is accepted in v1 and pending in v2 until it is over', () => {
    expect(word('v1', at('execution-running'))).toBe('Device Accepted: success');
    expect(word('v2', at('execution-running'))).toBe('UpgradePending: Upgrade is in progress');
    expect(word('v2', at('pending'))).toBe('UpgradePending: Waits for the device');
  });
});

describe('a device whose update is over', () => {
  it.each<[Update, v2: string, v3: string]>([
    [
      closed('activation-complete', 'succeeded', 'none'),
      'UpgradeSuccess: DownloadInstallSucceeded',
      'UpgradeSuccess: Upgrade completed successfully',
    ],
    [
      closed('download-failed', 'failed', 'checksum-mismatch', 'HASH mismatch'),
      'UpgradeFailed: RovaClientDownloadFailed',
      'UpgradeFailed: Download failed: HASH mismatch',
    ],
    [
      closed('execution-failed', 'failed', 'install-failed'),
      'UpgradeFailed: RovaClientDownloadedInstallFailed',
      'UpgradeFailed: Downloaded, but the installation failed',
    ],
    [
      closed('reset', 'failed', 'install-failed', 'went back'),
      'UpgradeFailed: RovaClientDownloadedInstallFailed',
      'UpgradeFailed: Downloaded, but the installation failed: went back',
    ],
    [
      closed('download-running', 'timed-out', 'never-seen'),
      'UpgradeFailed: RovaClientDidNotReportStatus',
      'UpgradeFailed: Device did not report its status',
    ],
    [
      closed('download-running', 'timed-out', 'phase-timed-out'),
      'UpgradeFailed: RovaClientDidNotReportStatus',
      'UpgradeFailed: Device did not report its status',
    ],
    [
      closed('execution-failed', 'timed-out', 'phase-timed-out'),
      'UpgradeFailed: RovaClientDownloadNotInstalledYet',
      'UpgradeFailed: Downloaded, but not installed',
    ],
    [
      closed('pending', 'rejected', 'version-mismatch', 'it has another version'),
      'DeviceRejected: It has another version',
      'DeviceRejected: It has another version',
    ],
    [
      closed('download-running', 'rejected', 'device-rejected', 'no room'),
      'UpgradeFailed: No room',
      'UpgradeFailed: No room',
    ],
    [
      closed('pending', 'closed-by-operator', 'closed-by-operator', 'by hand'),
      'UpgradeFailed: By hand',
      'UpgradeFailed: By hand',
    ],
  ])('$position $outcome is told in v2 as $1', (update, v2, v3) => {
    expect([word('v2', update), word('v3', update)]).toEqual([v2, v3]);
  });

  it('is told with its campaign, where that was over first', () => {
    const late = closed('pending', 'timed-out', 'campaign-ended');
    expect(wordIn(over)('v2', late)).toBe('UpgradeFailed: Campaign ended before the device was updated');
    expect(wordIn(aborted)('v2', late)).toBe('CampaignAborted: Campaign was aborted');
    const stopped = closed('pending', 'cancelled', 'campaign-cancelled');
    expect(wordIn(cancelled)('v2', stopped)).toBe('CampaignCancelled: Campaign was cancelled');
    expect(wordIn(cancelled)('v1', stopped)).toBe('UpgradeFailed: Campaign was cancelled');
  });

  it('is rejected in the words of v1', () => {
    expect(word('v1', closed('pending', 'rejected', 'unsupported', 'no'))).toBe('Device Rejected: No');
  });
});
