import type { StoredCampaign, StoredUpdate } from '../../app/records.ts';
import { wasAborted, wasStarted } from '../../app/thingspace-campaigns.ts';
import { isFinal } from '../../domain/campaign.ts';
import { phaseOf, wasDelivered } from '../../domain/position.ts';
import type { Instant } from '../../domain/time.ts';
import type { OpenUpdate, Update } from '../../domain/update.ts';
import type { ApiVersion } from '../../wire/thingspace/common.ts';

/** A device in a campaign in a word and a sentence (reference 3.6). */
export type DeviceWord = { readonly status: string; readonly resultReason: string };

type Closed = Extract<Update, { readonly status: 'closed' }>;
type In = { readonly campaign: StoredCampaign; readonly version: ApiVersion; readonly now: Instant };

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const two = (value: number): string => `${value}`.padStart(2, '0');

/** As sentences of v3 have times: `06 Oct 22 18:05 UTC`. */
export const toClock = (at: Instant): string => {
  const date = new Date(at);
  const day = `${two(date.getUTCDate())} ${months[date.getUTCMonth()]} ${two(date.getUTCFullYear() % 100)}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())} UTC`;
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const failures = {
  silent: 'RovaClientDidNotReportStatus',
  download: 'RovaClientDownloadFailed',
  notInstalled: 'RovaClientDownloadNotInstalledYet',
  install: 'RovaClientDownloadedInstallFailed',
} as const;

type Failure = keyof typeof failures;

const sentences: Readonly<Record<Failure, string>> = {
  silent: 'Device did not report its status',
  download: 'Download failed',
  notInstalled: 'Downloaded, but not installed',
  install: 'Downloaded, but the installation failed',
};

const failureOf = ({ outcome, position, reason }: Closed): Failure => {
  const phase = phaseOf(position);
  const isDownloading = phase === undefined || phase.phase === 'download';
  if (outcome === 'timed-out') {
    if (reason === 'never-seen' || !wasDelivered(position)) return 'silent';
    return isDownloading && phase?.step !== 'complete' ? 'silent' : 'notInstalled';
  }
  if (phase === undefined) return 'install';
  return isDownloading ? 'download' : 'install';
};

const failed = (update: Closed, { version }: In): DeviceWord => {
  const failure = failureOf(update);
  if (version === 'v2') return { status: 'UpgradeFailed', resultReason: failures[failure] };
  const said = update.message === '' ? '' : `: ${update.message}`;
  return { status: 'UpgradeFailed', resultReason: `${sentences[failure]}${said}` };
};

const success = (version: ApiVersion): string =>
  version === 'v2' ? 'DownloadInstallSucceeded' : 'Upgrade completed successfully';

const rejected = (resultReason: string, version: ApiVersion): DeviceWord => ({
  status: version === 'v1' ? 'Device Rejected' : 'DeviceRejected',
  resultReason,
});

/** A device that was asked for and that nobody knows. */
export const unknownDevice = (version: ApiVersion): DeviceWord => rejected('Device not found', version);

const cancelled = ({ campaign, version }: In): DeviceWord => {
  const isAborted = wasAborted(campaign) || wasStarted(campaign);
  const resultReason = isAborted ? 'Campaign was aborted' : 'Campaign was cancelled';
  if (version === 'v1') return { status: 'UpgradeFailed', resultReason };
  return { status: isAborted ? 'CampaignAborted' : 'CampaignCancelled', resultReason };
};

const ended = (around: In): DeviceWord =>
  wasAborted(around.campaign)
    ? cancelled(around)
    : { status: 'UpgradeFailed', resultReason: 'Campaign ended before the device was updated' };

const closedWord = (update: Closed, around: In): DeviceWord => {
  const { outcome, reason, message, position } = update;
  switch (outcome) {
    case 'succeeded':
      return { status: 'UpgradeSuccess', resultReason: success(around.version) };
    case 'rejected':
      return wasDelivered(position)
        ? { status: 'UpgradeFailed', resultReason: capital(message || 'The device rejected the update') }
        : rejected(capital(message || 'Device is not eligible'), around.version);
    case 'cancelled':
      return reason === 'campaign-cancelled'
        ? cancelled(around)
        : { status: 'UpgradeFailed', resultReason: capital(message) };
    case 'timed-out':
      return reason === 'campaign-ended' ? ended(around) : failed(update, around);
    case 'failed':
      return failed(update, around);
    case 'removed':
    case 'closed-by-operator':
      return { status: 'UpgradeFailed', resultReason: capital(message || 'Ended by an operator') };
    default:
      return outcome satisfies never;
  }
};

/** Where an open update is, in a sentence. */
const waitsFor = (update: OpenUpdate, { campaign, now }: In): string => {
  if (campaign.status === 'scheduled') return `Waits for the start at ${toClock(campaign.startAt)}`;
  if (isFinal(campaign.status)) return 'Is asked to stop';
  if (!wasStarted(campaign)) return 'Waits for the campaign to be scheduled';
  if (update.notBefore > now) return `Try ${update.attempt} begins at ${toClock(update.notBefore)}`;
  return wasDelivered(update.position) ? 'Upgrade is in progress' : 'Waits for the device';
};

/** v3 tells how far a device that runs has come, with the number of its try and times (reference 3.6). */
const openWordV3 = (update: OpenUpdate, around: In): DeviceWord => {
  const { position, attempt, since, notBefore } = update;
  if (around.campaign.status !== 'running') {
    const status = wasDelivered(position) ? 'UpgradeScheduled' : 'UpgradePending';
    return { status, resultReason: waitsFor(update, around) };
  }
  if (notBefore > around.now) {
    const resultReason = `Try ${attempt - 1} failed; try ${attempt} is estimated at ${toClock(notBefore)}`;
    return { status: 'RequestToFotaServerFailed', resultReason };
  }
  if (wasDelivered(position)) {
    const { endAt } = around.campaign.plan;
    const completion = endAt === null ? '' : `, to be completed by ${toClock(endAt)}`;
    return {
      status: 'UpgradeScheduled',
      resultReason: `Try ${attempt}, begun at ${toClock(since)}${completion}`,
    };
  }
  if (position === 'pending') {
    return { status: 'NoDeviceDataFromNetwork', resultReason: `Try ${attempt}: nothing heard of the device` };
  }
  if (position === 'inventoried') {
    const resultReason = `Try ${attempt}: heard of the device at ${toClock(since)}`;
    return { status: 'ReceivedDeviceDataFromNetwork', resultReason };
  }
  return { status: 'UpgradePending', resultReason: `Try ${attempt}: waits for its turn` };
};

const openWord = (update: OpenUpdate, around: In): DeviceWord => {
  if (around.version === 'v3') return openWordV3(update, around);
  if (around.version === 'v1') return { status: 'Device Accepted', resultReason: 'success' };
  return { status: 'UpgradePending', resultReason: waitsFor(update, around) };
};

/** A device's status and reason in its campaign, whatever protocol it speaks. */
export const toDeviceWord = (update: Update, around: In): DeviceWord =>
  update.status === 'open' ? openWord(update, around) : closedWord(update, around);

/** The times of a device in v3: of its last change, of its last try, and of the next one. */
export const timesOf = (update: StoredUpdate, now: Instant) => {
  const { since, attempt, position, heardAt } = update;
  const wasTried = attempt > 1 || wasDelivered(position);
  const next = update.status === 'open' && update.notBefore > now ? update.notBefore : undefined;
  return {
    updatedTime: Math.max(since, heardAt),
    recentAttemptTime: wasTried ? since : undefined,
    nextAttemptTime: next,
  };
};
