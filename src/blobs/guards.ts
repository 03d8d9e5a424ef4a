import type { Range } from '../app/blobs.ts';

const SHA256 = /^[0-9a-f]{64}$/;

export const isSha256 = (value: string): boolean => SHA256.test(value);

/** Throws unless the value is 64 lower-case hex digits: it is about to become part of a path. */
export const assertSha256 = (value: string): void => {
  if (!isSha256(value)) throw new TypeError('expected a SHA-256 as 64 lower-case hex digits');
};

/** Throws unless `0 <= start <= end`, both whole; `end` may be `Infinity`. */
export const assertRange = ({ start, end }: Range): void => {
  const whole =
    Number.isSafeInteger(start) && (Number.isSafeInteger(end) || end === Number.POSITIVE_INFINITY);
  if (!whole || start < 0 || end < start) {
    throw new RangeError(`expected 0 <= start <= end, got start ${start} and end ${end}`);
  }
};
