import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CampaignKey } from '../../domain/ids.ts';
import { actionIdOf, isPresent, readActionId } from './action-id.ts';

const journey = fc.record({
  campaign: fc.integer({ min: 1, max: 31_249_998 }).map((key) => key as CampaignKey),
  generation: fc.integer({ min: 1, max: 1_000 }),
});

describe('an action id', () => {
  it('is read back as the journey that it was made for', () => {
    fc.assert(
      fc.property(journey, (given) => {
        const named = readActionId(actionIdOf(given));
        expect(named?.campaign).toBe(given.campaign);
        expect(named && isPresent(given, named)).toBe(true);
        expect(named && isPresent({ ...given, generation: given.generation + 1 }, named)).toBe(false);
      }),
    );
  });

  it('has ten digits, begins with 1, and without that is neither nothing nor another id', () => {
    fc.assert(
      fc.property(journey, (given) => {
        const id = actionIdOf(given);
        expect(id).toMatch(/^1\d{9}$/);
        expect(Number(id)).toBeLessThan(2 ** 31);
        expect(Number(id.slice(1))).toBeGreaterThan(0);
        expect(readActionId(id.slice(1))).toBeUndefined();
      }),
    );
  });

  it.each(['0', '1', '-1', '1000000000', '1000000031', '2000000000', '9999999999999999999', 'x', ''])(
    'is not %j',
    (text) => {
      expect(readActionId(text)).toBeUndefined();
    },
  );
});
