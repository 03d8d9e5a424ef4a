import type { Reason } from './outcome.ts';

/**
 * What kind of failure it was: one that stays, one that passes, a device that has no time now, bytes that arrived
 * wrong, or one of which nothing more is known.
 */
export const failureClasses = ['permanent', 'transient', 'busy', 'data', 'unknown'] as const;
export type FailureClass = (typeof failureClasses)[number];

const classes = {
  none: 'unknown',
  unknown: 'unknown',
  'download-failed': 'transient',
  'checksum-mismatch': 'data',
  'no-space': 'permanent',
  'wrong-package': 'permanent',
  'install-failed': 'unknown',
  'activation-failed': 'unknown',
  'connection-lost': 'transient',
  'device-busy': 'busy',
  'device-rejected': 'permanent',
  unsupported: 'permanent',
  'version-mismatch': 'permanent',
  'phase-timed-out': 'transient',
  'never-seen': 'transient',
  'campaign-cancelled': 'permanent',
  'campaign-ended': 'permanent',
  'removed-from-campaign': 'permanent',
  'closed-by-operator': 'permanent',
} as const satisfies Record<Reason, FailureClass>;

/** The class of a reason: the only such table. */
export const failureClassOf = (reason: Reason): FailureClass => classes[reason];
