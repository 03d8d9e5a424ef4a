import { describe, expect, it } from 'vitest';
import { failureClasses, failureClassOf } from './failure-class.ts';
import { defaultPlan, type RetryPolicy } from './plan.ts';
import { afterFailure, mayBeginAgainAt } from './retry.ts';
import { DAY, HOUR, MINUTE } from './time.ts';
import { newUpdate, type OpenUpdate, type Reason, reasons, type Update } from './update.ts';

const policy = (given: Partial<RetryPolicy> = {}) => ({
  ...defaultPlan,
  retry: { ...defaultPlan.retry, attempts: 3, backOff: MINUTE, ...given },
});
const on = (attempt: number): OpenUpdate => ({ ...newUpdate(0), attempt });
const following = (plan: ReturnType<typeof policy>, attempt: number, reason: Reason) =>
  afterFailure(plan, on(attempt), { reason, resettable: false }, 1_000);
const retryAfter = (pause: number) => ({ do: 'retry', notBefore: 1_000 + pause }) as const;
const close = { do: 'close' } as const;

describe('what follows a failure', () => {
  it('is another attempt for what can pass, after a time that doubles', () => {
    expect(following(policy(), 1, 'connection-lost')).toEqual(retryAfter(MINUTE));
    expect(following(policy(), 2, 'connection-lost')).toEqual(retryAfter(2 * MINUTE));
  });

  it('is the reset or the end once the attempts are used up', () => {
    const failure = { reason: 'device-busy', resettable: true } as const;
    expect(afterFailure(policy(), on(3), failure, 0)).toEqual({ do: 'reset' });
    expect(afterFailure(policy(), on(3), { ...failure, resettable: false }, 0)).toEqual(close);
  });

  it('is never another attempt for what stays wrong, nor for what nobody understands', () => {
    const passing = ['transient', 'busy', 'data'];
    for (const reason of reasons) {
      const again = passing.includes(failureClassOf(reason));
      expect(following(policy(), 1, reason)).toEqual(again ? retryAfter(MINUTE) : close);
    }
  });

  it('waits no longer than a day by doubling, but as long as it was told to', () => {
    expect(following(policy({ attempts: 100 }), 99, 'device-busy')).toEqual(retryAfter(DAY));
    expect(following(policy({ attempts: 100, backOff: 3 * DAY }), 4, 'device-busy')).toEqual(
      retryAfter(3 * DAY),
    );
  });
});

type Thread = readonly [
  thread: string,
  Partial<RetryPolicy>,
  attempt: number,
  Reason,
  ReturnType<typeof following>,
];

/** Threads of users of other products, of their group "retry policy is wrong in both directions". */
const threads: readonly Thread[] = [
  ['hawkbit 3251: at most so many retries', { attempts: 5 }, 4, 'connection-lost', retryAfter(8 * MINUTE)],
  ['hawkbit 3251: and no more', { attempts: 5 }, 5, 'connection-lost', close],
  [
    'hawkbit 3251: another delay by the kind of failure',
    { classes: { busy: { attempts: 9, backOff: HOUR } } },
    1,
    'device-busy',
    retryAfter(HOUR),
  ],
  ['thingsboard 10191: power lost during the download', {}, 1, 'connection-lost', retryAfter(MINUTE)],
  ['thingsboard 5674: a phase that never ends', {}, 1, 'phase-timed-out', retryAfter(MINUTE)],
  ['iot-hub-device-update 630: exactly one try', { attempts: 1 }, 1, 'connection-lost', close],
  ['rauc-hawkbit-updater 158: a missing file', { attempts: 3 }, 3, 'download-failed', close],
  [
    'rauc-hawkbit-updater 223: no second download over a metered link',
    { classes: { data: { attempts: 1, backOff: 0 } } },
    1,
    'checksum-mismatch',
    close,
  ],
  ['iot-reference-esp32 120: the same job again and again', { attempts: 100 }, 1, 'version-mismatch', close],
  ['iot-hub-device-update 150: a failure told late', {}, 1, 'unknown', close],
  [
    'a failure of which nothing is known, tried again because the plan says so',
    { classes: { unknown: { attempts: 2, backOff: HOUR } } },
    1,
    'install-failed',
    retryAfter(HOUR),
  ],
  [
    'a full disk that somebody clears, because the plan says so',
    { classes: { permanent: { attempts: 2, backOff: DAY } } },
    1,
    'no-space',
    retryAfter(DAY),
  ],
];

describe('the retry policy', () => {
  it.each(threads)('settles %s', (_, given, attempt, reason, expected) => {
    expect(following(policy(given), attempt, reason)).toEqual(expected);
  });

  it.each(failureClasses)('of the class %s is its own where it has one', (failure) => {
    const reason = reasons.find((one) => failureClassOf(one) === failure) ?? 'none';
    const classes = { [failure]: { attempts: 2, backOff: 7 } };
    expect(following(policy({ attempts: 1, classes }), 1, reason)).toEqual(retryAfter(7));
    expect(following(policy({ attempts: 9, classes }), 2, reason)).toEqual(close);
  });

  it('with one attempt everywhere is exactly once, whatever fails', () => {
    const classes = { permanent: { attempts: 1, backOff: 0 }, unknown: { attempts: 1, backOff: 0 } };
    for (const reason of reasons)
      expect(following(policy({ attempts: 1, classes }), 1, reason)).toEqual(close);
  });

  it('lets a device rest after it failed for good, and no other one', () => {
    const { notBefore: _, recall: __, queue: ___, ...journey } = newUpdate(500);
    const closed = (outcome: Extract<Update, { status: 'closed' }>['outcome']) =>
      ({ ...journey, status: 'closed', outcome, reason: 'unknown', message: '' }) as const;
    const plan = policy({ coolDown: HOUR });
    expect(mayBeginAgainAt(plan, closed('failed'))).toBe(500 + HOUR);
    expect(mayBeginAgainAt(plan, closed('timed-out'))).toBe(500 + HOUR);
    expect(mayBeginAgainAt(plan, closed('cancelled'))).toBe(500);
  });
});
