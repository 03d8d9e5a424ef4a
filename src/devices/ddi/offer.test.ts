import { describe, expect, it } from 'vitest';
import { sleepText } from './offer.ts';

describe('the text of the time to sleep', () => {
  it.each([
    [0, '00:00:00'],
    [59, '00:00:59'],
    [60, '00:01:00'],
    [3_599, '00:59:59'],
    [86_399, '23:59:59'],
    [90_000, '23:59:59'],
  ])('%i seconds is %s', (seconds, text) => {
    expect(sleepText(seconds)).toBe(text);
  });
});
