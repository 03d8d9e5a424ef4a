/** How an update ended. The index is what the store keeps, 0 being "still open". Append only. */
export const outcomes = [
  'succeeded',
  'failed',
  'rejected',
  'cancelled',
  'timed-out',
  'removed',
  'closed-by-operator',
] as const;
export type Outcome = (typeof outcomes)[number];

/** Why, as a word that programs can act on. The index is what the store keeps. Append only. */
export const reasons = [
  'none',
  'unknown',
  'download-failed',
  'checksum-mismatch',
  'no-space',
  'wrong-package',
  'install-failed',
  'activation-failed',
  'connection-lost',
  'device-busy',
  'device-rejected',
  'unsupported',
  'version-mismatch',
  'phase-timed-out',
  'never-seen',
  'campaign-cancelled',
  'campaign-ended',
  'removed-from-campaign',
  'closed-by-operator',
] as const;
export type Reason = (typeof reasons)[number];

/** Whether an end tells that something went wrong: not when the campaign was over first, or somebody called it off. */
export const isFailure = (outcome: Outcome, reason: Reason): boolean =>
  (outcome === 'failed' || outcome === 'timed-out' || outcome === 'rejected') && reason !== 'campaign-ended';
