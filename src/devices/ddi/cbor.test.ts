import { decode, encode } from 'cbor2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyError } from './body.ts';
import { parseCbor, toCbor } from './cbor.ts';

const hex = (text: string): Uint8Array => Buffer.from(text, 'hex');

/** What JSON makes of it: there is one zero, and no member that is undefined. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('CBOR', () => {
  it('is written so that another codec reads the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(asJson(decode(toCbor(value)))).toEqual(asJson(value));
      }),
    );
  });

  it('is read as another codec writes it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(asJson(parseCbor(encode(value)))).toEqual(asJson(value));
      }),
    );
  });

  // RFC 8949, appendix A.
  it.each([
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['3903e7', -1000],
    ['f93c00', 1],
    ['f90001', 2 ** -24],
    ['f9c400', -4],
    ['fa47c35000', 100_000],
    ['fb3ff199999999999a', 1.1],
    ['f7', null],
    ['c11a514b67b0', 1_363_896_240],
    ['7f657374726561646d696e67ff', 'streaming'],
    ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
    ['a201020304', { 1: 2, 3: 4 }],
    ['bf61610161629f0203ffff', { a: 1, b: [2, 3] }],
    ['a1695f5f70726f746f5f5f01', JSON.parse('{"__proto__":1}')],
  ])('reads %s', (bytes, value) => {
    expect(parseCbor(hex(bytes))).toEqual(value);
  });

  it.each([
    ['nothing at all', ''],
    ['a text that ends too early', '6261'],
    ['a list that claims to be endless', '9bffffffffffffffff'],
    ['a list without an end', '9f01'],
    ['bytes', '4101'],
    ['a reserved length', '1c'],
    ['a number without a length', '1f'],
    ['a value that JSON has not', 'f0'],
    ['a break on its own', 'ff'],
    ['more than one item', '0101'],
    ['a list deeper than any document', `${'81'.repeat(200)}01`],
  ])('refuses %s', (_, bytes) => {
    expect(() => parseCbor(hex(bytes))).toThrow(BodyError);
  });

  it('refuses what it cannot read, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          parseCbor(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(BodyError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
