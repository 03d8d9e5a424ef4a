import { expect, it } from 'vitest';
import { readDecimal } from './decimal.ts';

it.each([
  ['0', 0],
  ['-3', -3],
  ['0012', 12],
  ['0.5', 0.5],
  ['123456789012345.123456789012345', 123_456_789_012_345.12],
])('reads %j as a number', (text, number) => {
  expect(readDecimal(text)).toBe(number);
});

it.each(['', ' 5', '5 ', '5\n', '+5', '5.', '.5', '1e3', '0x10', 'NaN', 'five', '1234567890123456', '٣'])(
  'takes %j for no number',
  (text) => {
    expect(readDecimal(text)).toBeUndefined();
  },
);
