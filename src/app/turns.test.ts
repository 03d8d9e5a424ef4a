import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../domain/time.ts';
import type { Leases } from './process-ports.ts';
import { createTurns } from './turns.ts';

const fakeLeases = () => {
  const held = new Map<string, { holder: string; until: number }>();
  let asked = 0;
  const leases: Leases = {
    take: async (name, holder, now, until) => {
      asked += 1;
      const lease = held.get(name);
      if (lease !== undefined && lease.holder !== holder && lease.until > now) return false;
      held.set(name, { holder, until });
      return true;
    },
    release: async (holder) => {
      for (const [name, lease] of [...held]) if (lease.holder === holder) held.delete(name);
    },
    anyHeld: async () => held.size > 0,
  };
  return { leases, asked: () => asked };
};

const two = () => {
  let now = 1_000_000;
  const { leases, asked } = fakeLeases();
  const [first, second] = ['first', 'second'].map((holder) =>
    createTurns({ leases, holder, clock: () => now }),
  );
  if (first === undefined || second === undefined) throw new Error('two processes');
  return {
    first,
    second,
    asked,
    pass: (milliseconds: number): void => {
      now += milliseconds;
    },
  };
};

describe('work that one of several processes does', () => {
  it('stays with whoever has it for as long as it asks', async () => {
    const { first, second, pass } = two();
    for (let time = 0; time < 30; time += 1) {
      expect(await first.mine('sweep', SECOND)).toBe(true);
      expect(await second.mine('sweep', SECOND)).toBe(false);
      pass(SECOND);
    }
  });

  it('costs a write when half of the lease is over, not each time', async () => {
    const { first, asked, pass } = two();
    for (let time = 0; time < 30; time += 1) {
      await first.mine('sweep', SECOND);
      pass(SECOND);
    }
    expect(asked()).toBeLessThanOrEqual(11);
  });

  it('goes to another soon after the one that had it has stopped asking, and does not come back', async () => {
    const { first, second, pass } = two();
    expect(await first.mine('sweep', SECOND)).toBe(true);
    pass(6 * SECOND);
    expect(await second.mine('sweep', SECOND)).toBe(true);
    expect(await first.mine('sweep', SECOND)).toBe(false);
  });

  it('goes to another at once when it was given up', async () => {
    const { first, second } = two();
    expect(await first.mine('sweep', MINUTE)).toBe(true);
    await first.end();
    expect(await second.mine('sweep', MINUTE)).toBe(true);
    expect(await first.mine('sweep', MINUTE)).toBe(false);
  });

  it('is shared by its name', async () => {
    const { first, second } = two();
    expect(await first.mine('sweep', SECOND)).toBe(true);
    expect(await second.mine('count', SECOND)).toBe(true);
  });
});
