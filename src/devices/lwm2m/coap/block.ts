import { uint, uintOf } from './message.ts';

/** A Block1 or Block2 option (RFC 7959 2.2). `szx` is 0 to 6 for blocks of 16 to 1,024 bytes. */
export type Block = { readonly num: number; readonly more: boolean; readonly szx: number };

export const MAX_SZX = 6;
export const MAX_NUM = 2 ** 20 - 1;

export const sizeOf = (szx: number): number => 2 ** (szx + 4);

export const encodeBlock = ({ num, more, szx }: Block): Uint8Array => uint(num * 16 + (more ? 8 : 0) + szx);

/** `undefined` where it is longer than three bytes, or of the reserved size 7. */
export const decodeBlock = (value: Uint8Array): Block | undefined => {
  const number = value.length > 3 ? undefined : uintOf(value);
  if (number === undefined || (number & 7) > MAX_SZX) return undefined;
  return { num: number >> 4, more: (number & 8) !== 0, szx: number & 7 };
};
