import { refused } from '../../../domain/result.ts';
import type { CodecError, Decoded } from './codec-error.ts';

/**
 * Reads bytes front to back. Its first error is kept; from then on nothing is left and every read gives zero or
 * nothing, so that loops over what is left end.
 */
export type Reader = {
  readonly at: () => number;
  readonly left: () => number;
  readonly u8: () => number;
  /** Unsigned, big-endian, at most six bytes. */
  readonly uint: (bytes: number) => number;
  /** A view of the next bytes, not a copy. */
  readonly take: (bytes: number) => Uint8Array;
  /** Takes the next byte if it is this one; tells whether it was. */
  readonly skip: (byte: number) => boolean;
  readonly fail: (why: string) => void;
  readonly refuse: (error: CodecError) => void;
  readonly error: () => CodecError | undefined;
};

const NOTHING = new Uint8Array();

export const createReader = (bytes: Uint8Array, from = 0): Reader => {
  let position = 0;
  let error: CodecError | undefined;
  const refuse = (cause: CodecError): void => {
    error ??= cause;
    position = bytes.length;
  };
  const fail = (why: string): void => refuse({ code: 'malformed', at: from + position, why });
  const take = (count: number): Uint8Array => {
    if (count > bytes.length - position) {
      fail('the bytes end too early');
      return NOTHING;
    }
    position += count;
    return bytes.subarray(position - count, position);
  };
  const uint = (count: number): number => {
    const end = position + count;
    if (end > bytes.length) fail('the bytes end too early');
    let sum = 0;
    for (; position < end && position < bytes.length; position += 1) sum = sum * 256 + (bytes[position] ?? 0);
    return sum;
  };
  const skip = (byte: number): boolean => {
    const found = bytes[position] === byte;
    if (found) position += 1;
    return found;
  };
  return {
    skip,
    at: () => from + position,
    left: () => bytes.length - position,
    u8: () => uint(1),
    uint,
    take,
    fail,
    refuse,
    error: () => error,
  };
};

/** The value, unless the reader met an error while it was read. */
export const finish = <T>(reader: Reader, value: T): Decoded<T> => {
  const error = reader.error();
  return error === undefined ? { ok: true, value } : refused(error);
};
