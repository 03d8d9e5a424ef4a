import { expect, it } from 'vitest';
import { createCookies } from './cookie.ts';

const hello = { random: new Uint8Array(32).fill(7), sessionId: new Uint8Array(0), cookie: new Uint8Array(0) };

const setUp = () => {
  let now = 1_000_000_000;
  const cookies = createCookies(new Uint8Array(32).fill(1), () => now);
  const withCookie = { ...hello, cookie: cookies.cookieFor('192.0.2.1 5', hello) };
  const pass = (ms: number) => {
    now += ms;
  };
  return { cookies, withCookie, pass };
};

it('accepts its cookie from the same address for the same hello', () => {
  const { cookies, withCookie } = setUp();
  expect(cookies.isValid('192.0.2.1 5', withCookie)).toBe(true);
});

it('accepts it for a minute, and not for more than two', () => {
  const { cookies, withCookie, pass } = setUp();
  pass(60_000);
  expect(cookies.isValid('192.0.2.1 5', withCookie)).toBe(true);
  pass(60_001);
  expect(cookies.isValid('192.0.2.1 5', withCookie)).toBe(false);
});

it('accepts it from no other address or port, for no other hello, and under no other secret', () => {
  const { cookies, withCookie } = setUp();
  expect(cookies.isValid('192.0.2.1 6', withCookie)).toBe(false);
  expect(cookies.isValid('192.0.2.2 5', withCookie)).toBe(false);
  const other = { ...withCookie, random: new Uint8Array(32).fill(8) };
  expect(cookies.isValid('192.0.2.1 5', other)).toBe(false);
  const session = { ...withCookie, sessionId: Uint8Array.of(1) };
  expect(cookies.isValid('192.0.2.1 5', session)).toBe(false);
  const elsewhere = createCookies(new Uint8Array(32).fill(2), () => 1_000_000_000);
  expect(elsewhere.isValid('192.0.2.1 5', withCookie)).toBe(false);
});

it('accepts no cookie of another length', () => {
  const { cookies, withCookie } = setUp();
  expect(cookies.isValid('192.0.2.1 5', hello)).toBe(false);
  expect(cookies.isValid('192.0.2.1 5', { ...hello, cookie: withCookie.cookie.subarray(0, 15) })).toBe(false);
});
