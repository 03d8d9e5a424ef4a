import { describe, expect, it } from 'vitest';
import { NOON, sampleDestination } from '../../test/support/samples.ts';
import type { Destination, StoredDestination } from './delivery-records.ts';
import { healthAfter } from './destination-health.ts';

const DAY = 86_400_000;
const stored = (given: Partial<Destination> = {}): StoredDestination => ({
  ...{ ...sampleDestination(given), key: 1, version: 4 },
});

describe('a destination', () => {
  it('that takes what it is sent stays as it is', () => {
    const well = stored();
    expect(healthAfter(well, 'delivered', NOON)).toBe(well);
  });

  it('is noted as failing from its first failure on', () => {
    const failing = healthAfter(stored(), 'failed', NOON);
    expect(failing).toMatchObject({ failingSince: NOON, disabled: null });
    expect(healthAfter(failing, 'failed', NOON + DAY)).toBe(failing);
  });

  it('is well again after one success', () => {
    expect(healthAfter(stored({ failingSince: NOON }), 'delivered', NOON + 5).failingSince).toBeNull();
  });

  it('is disabled when nothing succeeded for as long as it is retried', () => {
    const failing = stored({ failingSince: NOON });
    expect(healthAfter(failing, 'failed', NOON + 3 * DAY - 1)).toBe(failing);
    expect(healthAfter(failing, 'failed', NOON + 3 * DAY).disabled).toEqual({
      at: NOON + 3 * DAY,
      because: 'every attempt has failed since 2026-03-01T12:00:00.000Z',
    });
  });

  it('is disabled at once when it says that it is gone', () => {
    expect(healthAfter(stored(), 'gone', NOON).disabled).toEqual({
      at: NOON,
      because: 'it answered 410 Gone',
    });
  });

  it('that is disabled stays so for the reason it was', () => {
    const disabled = stored({ disabled: { at: NOON, because: 'disabled by hand' } });
    expect(healthAfter(disabled, 'failed', NOON + 9 * DAY)).toBe(disabled);
    expect(healthAfter(disabled, 'gone', NOON + 9 * DAY)).toBe(disabled);
    expect(healthAfter(disabled, 'delivered', NOON + 9 * DAY)).toBe(disabled);
  });
});
