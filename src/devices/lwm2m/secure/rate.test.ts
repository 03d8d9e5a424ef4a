import { expect, it } from 'vitest';
import { createRateLimit, prefixOf } from './rate.ts';

const setUp = () => {
  let now = 0;
  const limit = createRateLimit({ perSecond: 2, burst: 4 }, () => now, Uint8Array.of(1));
  return {
    limit,
    pass: (ms: number) => {
      now += ms;
    },
  };
};

it('lets a burst through, then so many a second', () => {
  const { limit, pass } = setUp();
  expect([1, 2, 3, 4, 5].map(() => limit.take('192.0.2'))).toEqual([true, true, true, true, false]);
  pass(1000);
  expect([1, 2, 3].map(() => limit.take('192.0.2'))).toEqual([true, true, false]);
});

it('counts each source for itself', () => {
  const { limit } = setUp();
  for (let count = 0; count < 5; count += 1) limit.take('192.0.2');
  expect(limit.take('198.51.100')).toBe(true);
});

it('lets nothing through while a dear one is paid off', () => {
  const { limit, pass } = setUp();
  limit.take('192.0.2', 8);
  pass(2000);
  expect(limit.take('192.0.2')).toBe(false);
  pass(1000);
  expect(limit.take('192.0.2')).toBe(true);
});

it.each([
  ['192.0.2.77', '192.0.2'],
  ['::ffff:192.0.2.77', '192.0.2'],
  ['2001:db8:1:2::9', '2001:db8:1'],
  ['2001:db8::9', '2001:db8:0'],
  ['::1', '0:0:0'],
  ['fe80::1', 'fe80:0:0'],
])('counts %s for the network %s', (address, prefix) => {
  expect(prefixOf(address)).toBe(prefix);
});
