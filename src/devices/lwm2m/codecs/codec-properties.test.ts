import { decode as oracleDecode, encode as oracleEncode } from 'cbor2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CborValue, decodeCbor } from './cbor.ts';
import { encodeCbor } from './cbor-encode.ts';
import { type Content, decodeContent, encodeContent } from './content.ts';
import { contentFormats } from './content-format.ts';
import { decodeLinks, encodeLinks } from './link-format.ts';
import { decodeTlv, encodeTlv, type TlvEntry } from './tlv.ts';
import { asBoolean, asBytes, asFloat, asInteger, asLink, asText, type Value, type Written } from './value.ts';

const hex = (text: string): Uint8Array => Buffer.from(text, 'hex');
const id = fc.oneof(fc.nat(300), fc.nat(65_534));
const bytes = fc.uint8Array({ maxLength: 300 });

describe('TLV', () => {
  const leaf = (kind: 'resource' | 'resource-instance') =>
    fc.record({ kind: fc.constant(kind), id, value: bytes });
  const multiple = fc.record({
    kind: fc.constant('multiple' as const),
    id,
    entries: fc.array(leaf('resource-instance'), { maxLength: 4 }),
  });
  const instance = fc.record({
    kind: fc.constant('instance' as const),
    id,
    entries: fc.array(fc.oneof(leaf('resource'), multiple), { maxLength: 4 }),
  });
  const entry: fc.Arbitrary<TlvEntry> = fc.oneof(
    leaf('resource'),
    leaf('resource-instance'),
    multiple,
    instance,
  );

  it('is read as it was written', () => {
    const plain = (entries: readonly TlvEntry[]): unknown =>
      entries.map((one) =>
        'value' in one
          ? { ...one, value: Buffer.from(one.value).toString('hex') }
          : { ...one, entries: plain(one.entries) },
      );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
        const decoded = decodeTlv(encodeTlv(entries));
        expect(decoded.ok && plain(decoded.value)).toEqual(plain(entries));
      }),
    );
  });

  it('of 300 and of 70,000 bytes has its length in two and three bytes', () => {
    const of = (length: number): Uint8Array =>
      encodeTlv([{ kind: 'resource', id: 0, value: new Uint8Array(length) }]).subarray(0, 5);
    expect(of(300)).toEqual(Buffer.from(hex('d000012c00')));
    expect(of(70_000)).toEqual(Buffer.from(hex('d800011170')));
  });

  it.each([
    ['c8', 'truncated before the id'],
    ['c30331', 'truncated in a value'],
    ['880203c10000', 'a resource inside a multiple one'],
    ['0303080000', 'an instance inside an instance'],
  ])('%s is refused: %s', (text) => {
    expect(decodeTlv(hex(text))).toMatchObject({ refusal: { code: 'malformed' } });
  });

  it('has bounds', () => {
    expect(decodeTlv(new Uint8Array(65_537))).toMatchObject({ refusal: { code: 'too-large' } });
    expect(decodeTlv(Buffer.alloc(2 * 4097, hex('c000')))).toMatchObject({
      refusal: { code: 'too-large', what: 'TLV entries' },
    });
  });
});

describe('CBOR', () => {
  const scalar: fc.Arbitrary<CborValue> = fc.oneof<fc.Arbitrary<CborValue>[]>(
    fc.maxSafeInteger(),
    fc.double(),
    fc.float(),
    fc.string({ unit: 'binary' }),
    fc.boolean(),
    fc.constantFrom(null, undefined),
    bytes,
  );
  const list = fc.array(scalar, { maxLength: 5 });
  const map = (value: fc.Arbitrary<CborValue>) =>
    fc
      .array(fc.tuple(fc.oneof(fc.integer({ min: -10, max: 300 }), fc.string()), value), { maxLength: 5 })
      .map((pairs) => new Map(pairs));
  const value: fc.Arbitrary<CborValue> = fc.oneof<fc.Arbitrary<CborValue>[]>(
    scalar,
    list,
    map(scalar),
    map(list),
    fc.array(map(scalar), { maxLength: 4 }),
  );

  const plain = (of: unknown): unknown => {
    if (of instanceof Uint8Array) return { hex: Buffer.from(of).toString('hex') };
    if (Array.isArray(of)) return of.map(plain);
    return of instanceof Map ? new Map([...of].map(([key, inner]) => [key, plain(inner)])) : of;
  };

  const read = (encoded: Uint8Array): unknown => {
    const decoded = decodeCbor(encoded);
    return decoded.ok ? plain(decoded.value) : decoded.refusal;
  };

  it('is read as it was written', () => {
    fc.assert(
      fc.property(value, (of) => {
        expect(read(encodeCbor(of))).toEqual(plain(of));
      }),
    );
  });

  it('is read as another encoder wrote it, and another decoder reads ours', () => {
    fc.assert(
      fc.property(value, (of) => {
        expect(read(oracleEncode(of))).toEqual(plain(of));
        expect(plain(oracleDecode(encodeCbor(of), { preferMap: true }))).toEqual(plain(of));
      }),
    );
  });

  it('is accepted only where another decoder reads the same', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), (random) => {
        const decoded = decodeCbor(random);
        if (!decoded.ok || random[0] === 0xc1 || random[0] === 0xd9) return;
        expect(plain(oracleDecode(random, { preferMap: true }))).toEqual(plain(decoded.value));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['f93c00', 1],
    ['f90001', 2 ** -24],
    ['f9fc00', Number.NEGATIVE_INFINITY],
    ['1b7fffffffffffffff', 9_223_372_036_854_775_807n],
    ['3bffffffffffffffff', -18_446_744_073_709_551_616n],
    ['9f01029fffff', [1, 2, []]],
    ['bf006131ff', new Map([[0, '1']])],
    ['7f61616162ff', 'ab'],
  ])('%s is %s', (text, expected) => {
    expect(read(hex(text))).toEqual(expected);
  });

  it.each([
    ['', 'malformed'],
    ['1c', 'malformed'],
    ['9f01', 'malformed'],
    ['61ff', 'malformed'],
    ['ff', 'malformed'],
    ['0000', 'malformed'],
    ['c249010000000000000000', 'malformed'],
    ['a200010002', 'malformed'],
    ['a14000', 'malformed'],
    ['1f', 'malformed'],
    ['1b000000000000', 'malformed'],
    ['fb00000000000000', 'malformed'],
    ['fa000000', 'malformed'],
    ['5b0000000100000000', 'malformed'],
    ['7f4161ff', 'malformed'],
    ['9bffffffffffffffff', 'malformed'],
    ['8181818181', 'too-large'],
  ])('%s is %s', (text, code) => {
    expect(decodeCbor(hex(text))).toMatchObject({ refusal: { code } });
  });

  it('has a bound for what it holds, however it says how much that is', () => {
    const zeros = (head: string, tail = '') => Buffer.concat([hex(head), Buffer.alloc(5000), hex(tail)]);
    for (const encoded of [zeros('991388'), zeros('9f', 'ff')]) {
      expect(decodeCbor(encoded)).toMatchObject({ refusal: { code: 'too-large', what: 'CBOR items' } });
    }
    expect(decodeCbor(Buffer.concat([hex('5f'), Buffer.alloc(5000, 0x40), hex('ff')]))).toMatchObject({
      refusal: { code: 'too-large' },
    });
  });
});

describe('link format', () => {
  const target = fc.string({ unit: 'grapheme' }).filter((text) => !/[<>]/.test(text));
  const name = fc.constantFrom('rt', 'ct', 'ver', 'title', 'x-y', 'ü');
  const attribute = fc.tuple(name, fc.string({ unit: 'grapheme' }));

  it('is read as it was written', () => {
    const link = fc.record({ target, attributes: fc.array(attribute, { maxLength: 3 }) });
    fc.assert(
      fc.property(fc.array(link, { maxLength: 5 }), (links) => {
        expect(decodeLinks(encodeLinks(links))).toEqual({ ok: true, value: links });
      }),
    );
  });

  it.each(['<', '<a', 'a>', '<a>b', '<a>;=1', '<a>;b="', '<a>;b="c"d', ',', '<a>,,<b>', '<a><b>'])(
    '%s is refused',
    (text) => {
      expect(decodeLinks(Buffer.from(text))).toMatchObject({ refusal: { code: 'malformed' } });
    },
  );

  it('of too many links is refused', () => {
    expect(decodeLinks(Buffer.from('<a>,'.repeat(2049)))).toMatchObject({ refusal: { code: 'too-large' } });
  });
});

// Text does not tell -0 from 0, and no resource means it.
const finite = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((number) => (number === 0 ? 0 : number));

describe('what is written to a device', () => {
  const written: fc.Arbitrary<Written> = fc.oneof(
    fc.record({ kind: fc.constant('integer' as const), number: fc.maxSafeInteger() }),
    fc.record({
      kind: fc.constant('float' as const),
      number: finite,
    }),
    fc.record({ kind: fc.constant('boolean' as const), boolean: fc.boolean() }),
    fc.record({ kind: fc.constant('text' as const), text: fc.string({ unit: 'grapheme' }) }),
    fc.record({ kind: fc.constant('opaque' as const), bytes }),
    fc.record({ kind: fc.constant('link' as const), object: fc.nat(65_535), instance: fc.nat(65_535) }),
  );

  const same = (value: Written, found: Value | undefined): void => {
    if (found === undefined) throw new Error('nothing was found');
    if (value.kind === 'integer') expect(asInteger(found)).toBe(value.number);
    else if (value.kind === 'float') expect(asFloat(found)).toEqual(value.number);
    else if (value.kind === 'boolean') expect(asBoolean(found)).toBe(value.boolean);
    else if (value.kind === 'text') expect(asText(found)).toBe(value.text);
    else if (value.kind === 'opaque')
      expect(Buffer.from(asBytes(found) ?? [])).toEqual(Buffer.from(value.bytes));
    else expect(asLink(found)).toEqual({ object: value.object, instance: value.instance });
  };

  it.each([contentFormats.tlv, contentFormats.senmlCbor])('in format %i is read back', (format) => {
    const resources = fc.uniqueArray(fc.tuple(fc.nat(99), written), { selector: ([one]) => one });
    fc.assert(
      fc.property(resources, (all) => {
        const entries = all.map(([resource, value]) => ({ path: `/5/0/${resource}`, value }));
        const encoded = encodeContent(format, '/5/0', entries);
        const decoded = encoded.ok ? decodeContent(format, encoded.value, '/5/0') : encoded;
        const content: Content = decoded.ok ? decoded.value : new Map();
        for (const { path, value } of entries) same(value, content.get(path));
        expect(content.size).toBe(entries.length);
      }),
    );
  });

  it('as text is read back', () => {
    fc.assert(
      fc.property(written, (value) => {
        const encoded = encodeContent(0, '/5/0/1', [{ path: '/5/0/1', value }]);
        const decoded = encoded.ok ? decodeContent(0, encoded.value, '/5/0/1') : encoded;
        same(value, decoded.ok ? decoded.value.get('/5/0/1') : undefined);
      }),
    );
  });
});
