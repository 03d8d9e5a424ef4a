import { describe, expect, it } from 'vitest';
import { packNumbers, unpackNumbers } from './ticket-code.ts';

describe('packed numbers', () => {
  it.each([
    [[0], 1],
    [[127], 1],
    [[128], 2],
    [[1, 2, 3], 3],
    [[2_147_483_647, 4_102_444_800], 10],
    [[Number.MAX_SAFE_INTEGER], 8],
  ])('%j are %i bytes and the same again', (numbers, size) => {
    const bytes = packNumbers(numbers);
    expect(bytes).toHaveLength(size);
    expect(unpackNumbers(bytes, numbers.length)).toEqual(numbers);
  });

  it('are neither fewer nor more than asked for', () => {
    expect(unpackNumbers(packNumbers([1, 2]), 1)).toBeUndefined();
    expect(unpackNumbers(packNumbers([1, 2]), 3)).toBeUndefined();
    expect(unpackNumbers(new Uint8Array(), 1)).toBeUndefined();
  });

  it('end with a whole number, and are none beyond what is exact', () => {
    expect(unpackNumbers(Uint8Array.of(1, 128), 1)).toBeUndefined();
    expect(unpackNumbers(Uint8Array.of(1, 128), 2)).toBeUndefined();
    expect(unpackNumbers(new Uint8Array(9).fill(255), 1)).toBeUndefined();
    expect(unpackNumbers(Uint8Array.of(...Array(60).fill(255), 1), 1)).toBeUndefined();
  });
});
