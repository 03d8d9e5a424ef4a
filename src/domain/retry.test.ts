import { describe, expect, it } from 'vitest';
import { defaultPlan } from './plan.ts';
import { afterFailure } from './retry.ts';
import { MINUTE } from './time.ts';
import { newUpdate, reasons } from './update.ts';

const plan = { ...defaultPlan, retry: { attempts: 3, backOff: MINUTE } };
const on = (attempt: number) => ({ ...newUpdate(0), attempt });

describe('what follows a failure', () => {
  it('is another attempt for what can pass, after a time that doubles', () => {
    const failure = { reason: 'connection-lost', resettable: true } as const;
    expect(afterFailure(plan, on(1), failure, 1_000)).toEqual({ do: 'retry', notBefore: 1_000 + MINUTE });
    expect(afterFailure(plan, on(2), failure, 1_000)).toEqual({ do: 'retry', notBefore: 1_000 + 2 * MINUTE });
  });

  it('is the reset or the end once the attempts are used up', () => {
    expect(afterFailure(plan, on(3), { reason: 'device-busy', resettable: true }, 0)).toEqual({
      do: 'reset',
    });
    expect(afterFailure(plan, on(3), { reason: 'device-busy', resettable: false }, 0)).toEqual({
      do: 'close',
    });
  });

  it('is never another attempt for what stays wrong', () => {
    const passing = [
      'download-failed',
      'checksum-mismatch',
      'connection-lost',
      'device-busy',
      'phase-timed-out',
    ];
    for (const reason of reasons.filter((candidate) => !passing.includes(candidate))) {
      expect(afterFailure(plan, on(1), { reason, resettable: false }, 0)).toEqual({ do: 'close' });
    }
  });
});
