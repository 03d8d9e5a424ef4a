import { describe, expect, it } from 'vitest';
import { BLOCK, headersOf, paddingOf, readHeader, sizeIn } from './tar-header.ts';

const GIB = 1024 ** 3;

describe('a header of a tar', () => {
  it('is read as it was written', () => {
    const header = headersOf({ name: 'folder/größe.json', size: 12_345 }, 1_795_000_000);
    expect(header).toHaveLength(BLOCK);
    expect(readHeader(header)).toEqual({ name: 'folder/größe.json', size: 12_345, type: 'file' });
  });

  it.each([8 * GIB - 1, 8 * GIB, 100 * GIB, 9_999_999_999_999])('tells a size of %i bytes', (size) => {
    const headers = headersOf({ name: 'large', size }, 0);
    expect(headers.length % BLOCK).toBe(0);
    const first = readHeader(headers.subarray(0, BLOCK));
    if (size < 8 * GIB) {
      expect(first).toEqual({ name: 'large', size, type: 'file' });
      return;
    }
    expect(first).toMatchObject({ type: 'extended' });
    expect(sizeIn(headers.subarray(BLOCK, 2 * BLOCK))).toBe(size);
    expect(readHeader(headers.subarray(2 * BLOCK))).toMatchObject({ name: 'large', type: 'file' });
    const record = headers.toString('utf8', BLOCK, 2 * BLOCK).replaceAll('\0', '');
    expect(record).toBe(`${record.length} size=${size}\n`);
  });

  it('is none once a bit of it was altered', () => {
    const header = headersOf({ name: 'a', size: 1 }, 0);
    for (const at of [0, 50, 130, 150, 156, 300, 511]) {
      const altered = Buffer.from(header);
      altered[at] = (altered[at] ?? 0) ^ 4;
      expect(readHeader(altered)).toBeUndefined();
    }
  });

  it('refuses names that do not fit', () => {
    expect(() => headersOf({ name: 'x'.repeat(101), size: 0 }, 0)).toThrow(RangeError);
  });

  it('is the end when it has only zeros', () => {
    expect(readHeader(Buffer.alloc(BLOCK))).toBe('end');
  });

  it('is padded up to a whole block', () => {
    expect([0, 1, 511, 512, 513].map(paddingOf)).toEqual([0, 511, 1, 0, 511]);
  });
});
