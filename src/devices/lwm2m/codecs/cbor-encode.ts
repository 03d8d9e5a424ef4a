import { viewOf } from './bytes.ts';
import type { CborMap, CborValue } from './cbor.ts';

const wide = (first: number, argument: number | bigint): Uint8Array => {
  const bytes = new Uint8Array(9);
  bytes[0] = first | 27;
  viewOf(bytes).setBigUint64(1, BigInt(argument));
  return bytes;
};

/** An item's first bytes, as short as they can be. */
const head = (major: number, argument: number | bigint): Uint8Array => {
  const first = major << 5;
  if (argument > 0xffff_ffff) return wide(first, argument);
  const number = Number(argument);
  if (number < 24) return Uint8Array.of(first | number);
  if (number < 0x100) return Uint8Array.of(first | 24, number);
  if (number < 0x1_0000) return Uint8Array.of(first | 25, number >> 8, number & 0xff);
  return Uint8Array.of(first | 26, number >>> 24, (number >> 16) & 0xff, (number >> 8) & 0xff, number & 0xff);
};

const float = (value: number): Uint8Array => {
  const short = Object.is(Math.fround(value), value);
  const bytes = new Uint8Array(short ? 5 : 9);
  bytes[0] = short ? 0xfa : 0xfb;
  if (short) viewOf(bytes).setFloat32(1, value);
  else viewOf(bytes).setFloat64(1, value);
  return bytes;
};

const integer = (value: number | bigint): Uint8Array =>
  value >= 0 ? head(0, value) : head(1, -1n - BigInt(value));

const number = (value: number): Uint8Array =>
  Number.isSafeInteger(value) && !Object.is(value, -0) ? integer(value) : float(value);

const simple = (value: boolean | null | undefined): Uint8Array => {
  if (value === null || value === undefined) return Uint8Array.of(value === null ? 0xf6 : 0xf7);
  return Uint8Array.of(value ? 0xf5 : 0xf4);
};

const isMap = (value: readonly CborValue[] | CborMap): value is CborMap => value instanceof Map;

const nested = (value: readonly CborValue[] | CborMap): Uint8Array => {
  const parts = isMap(value) ? [...value].flat() : value;
  return Buffer.concat([
    head(isMap(value) ? 5 : 4, isMap(value) ? value.size : value.length),
    ...parts.map(encode),
  ]);
};

const string = (major: 2 | 3, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([head(major, bytes.length), bytes]);

const encode = (value: CborValue): Uint8Array => {
  if (typeof value === 'number') return number(value);
  if (typeof value === 'bigint') return integer(value);
  if (typeof value === 'string') return string(3, Buffer.from(value));
  if (value instanceof Uint8Array) return string(2, value);
  if (typeof value === 'object' && value !== null) return nested(value);
  return simple(value);
};

/** Bytes of an item: whole numbers as integers, others as floats of the shortest of two sizes that keeps them. */
export const encodeCbor = (value: CborValue): Uint8Array => encode(value);
