import type { Plan } from './plan.ts';
import type { Instant } from './time.ts';
import type { Aftermath, OpenUpdate, Reason } from './update.ts';

/** Failures that another attempt can cure. What is wrong with the package or the device stays wrong. */
const passing: readonly Reason[] = [
  'download-failed',
  'checksum-mismatch',
  'connection-lost',
  'device-busy',
  'phase-timed-out',
];

/**
 * What follows a failure under the plan's retry policy: another attempt after a back-off that doubles each
 * time, the package's own reset where the device can run it, or the end.
 */
export const afterFailure = (
  { retry }: Plan,
  update: OpenUpdate,
  failure: { readonly reason: Reason; readonly resettable: boolean },
  now: Instant,
): Aftermath => {
  const another = passing.includes(failure.reason) && update.attempt < retry.attempts;
  if (another) return { do: 'retry', notBefore: now + retry.backOff * 2 ** (update.attempt - 1) };
  return failure.resettable ? { do: 'reset' } : { do: 'close' };
};
