import { failureClassOf } from './failure-class.ts';
import type { Outcome } from './outcome.ts';
import type { Plan, RetryPolicy, Tries } from './plan.ts';
import { DAY, type Instant } from './time.ts';
import type { Aftermath, OpenUpdate, Reason, Update } from './update.ts';

/** What stays wrong, or is not understood, is not tried again unless the plan says so. */
const once: Tries = { attempts: 1, backOff: 0 };

/** How often a device tries after a failure of this kind, all its failures counted. */
export const triesFor = ({ classes, attempts, backOff }: RetryPolicy, reason: Reason): Tries => {
  const failure = failureClassOf(reason);
  const usual = failure === 'permanent' || failure === 'unknown' ? once : { attempts, backOff };
  return classes[failure] ?? usual;
};

/** No pause grows beyond a day by doubling. */
const pauseAfter = ({ backOff }: Tries, attempt: number): number =>
  Math.max(backOff, Math.min(backOff * 2 ** (attempt - 1), DAY));

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
  const tries = triesFor(retry, failure.reason);
  if (update.attempt < tries.attempts) {
    return { do: 'retry', notBefore: now + pauseAfter(tries, update.attempt) };
  }
  return failure.resettable ? { do: 'reset' } : { do: 'close' };
};

/** After these a device rests before it begins again. */
export const restingOutcomes: readonly Outcome[] = ['failed', 'timed-out'];

/** From when a device whose update is closed may begin again in the campaign: it rests after a failure. */
export const mayBeginAgainAt = ({ retry }: Plan, update: Extract<Update, { status: 'closed' }>): Instant =>
  restingOutcomes.includes(update.outcome) ? update.since + retry.coolDown : update.since;
