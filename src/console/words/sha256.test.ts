import { createHash, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { newSha256 } from './sha256.ts';

const expected = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

it.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1_000, 100_003])(
  'is the SHA-256 of %i bytes, however they are cut',
  (size) => {
    const bytes = randomBytes(size);
    for (const piece of [1, 7, 64, 4_096, size + 1]) {
      const hash = newSha256();
      for (let from = 0; from < size; from += piece) hash.update(bytes.subarray(from, from + piece));
      expect(hash.finish()).toBe(expected(bytes));
    }
  },
);
