import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Instant } from '../../../domain/time.ts';
import type { HelloStart } from './hello.ts';

/** Makes and checks cookies without remembering any (RFC 6347 4.2.1). */
export type Cookies = {
  /** 16 bytes for who says hello from an address. */
  readonly cookieFor: (from: string, hello: HelloStart) => Uint8Array;
  /** Whether it is one made for the same hello from the same address, one to two minutes ago at most. */
  readonly isValid: (from: string, hello: HelloStart) => boolean;
};

const SLOT = 60_000;
const LENGTH = 16;

/** `secret` is made anew with each process: a hello that meets a restart begins again. */
export const createCookies = (secret: Uint8Array, clock: () => Instant): Cookies => {
  // The random has a fixed length, so that no two hellos give the same text.
  const made = (slot: number, from: string, { random, sessionId }: HelloStart): Uint8Array =>
    createHmac('sha256', secret)
      .update(`${slot} ${from}\n`)
      .update(random)
      .update(sessionId)
      .digest()
      .subarray(0, LENGTH);
  const slotNow = () => Math.floor(clock() / SLOT);
  return {
    cookieFor: (from, hello) => made(slotNow(), from, hello),
    isValid: (from, hello) => {
      if (hello.cookie.length !== LENGTH) return false;
      const now = slotNow();
      return [now, now - 1].some((slot) => timingSafeEqual(made(slot, from, hello), hello.cookie));
    },
  };
};
