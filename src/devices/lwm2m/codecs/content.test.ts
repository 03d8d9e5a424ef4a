import { describe, expect, it } from 'vitest';
import {
  booleanAt,
  bytesAt,
  type Content,
  decodeContent,
  floatAt,
  integerAt,
  integersAt,
  linkAt,
  textAt,
} from './content.ts';
import { contentFormats } from './content-format.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replace(/[^0-9a-f]/gi, ''), 'hex');
const utf8 = (text: string): Uint8Array => Buffer.from(text);

const read = (format: number | undefined, payload: Uint8Array, path: string, root = ''): Content => {
  const content = decodeContent(format, payload, path, root);
  if (!content.ok) throw new Error(JSON.stringify(content.refusal));
  return content.value;
};

const { tlv, text, opaque, cbor, senmlJson, senmlCbor, omaJson, oldTlv, oldOmaJson } = contentFormats;

const anjay = hex('c001 c10300 c10500 88080c 410000 410101 410202 410303 c10902');
const wakaama = hex('c10301 c10500 c8060b 6c776d326d636c69656e74 c307312e30 8608 410000 410101 c10901');

describe('TLV of whole instances', () => {
  it('is read as Anjay 2.15 answers for its firmware object', () => {
    const content = read(tlv, anjay, '/5/0');
    expect(textAt(content, '/5/0/1')).toBe('');
    expect(integerAt(content, '/5/0/3')).toBe(0);
    expect(integerAt(content, '/5/0/5')).toBe(0);
    expect(integersAt(content, '/5/0/8')).toEqual([0, 1, 2, 3]);
    expect(integerAt(content, '/5/0/9')).toBe(2);
  });

  it('is read as Wakaama answers for its firmware object, and refused when cut short', () => {
    const content = read(tlv, wakaama, '/5/0');
    expect(textAt(content, '/5/0/6')).toBe('lwm2mclient');
    expect(textAt(content, '/5/0/7')).toBe('1.0');
    expect(integersAt(content, '/5/0/8')).toEqual([0, 1]);
    expect(decodeContent(tlv, wakaama.subarray(0, -2), '/5/0')).toMatchObject({
      refusal: { code: 'malformed' },
    });
  });

  it('is read wrapped in its instance, as a read of the object answers', () => {
    const wrapped = Buffer.concat([hex(`0800${anjay.length.toString(16)}`), anjay]);
    expect(integerAt(read(tlv, wrapped, '/5'), '/5/0/9')).toBe(2);
    expect(integerAt(read(tlv, wrapped, '/5/0'), '/5/0/9')).toBe(2);
  });

  it('means instance 0 where an object is answered without instances', () => {
    expect(integerAt(read(tlv, anjay, '/5'), '/5/0/9')).toBe(2);
  });

  it('cannot be told for the root', () => {
    expect(decodeContent(tlv, anjay, '/')).toMatchObject({ refusal: { code: 'malformed' } });
  });

  it('is read under its number from before there was a registered one', () => {
    expect(integerAt(read(oldTlv, anjay, '/5/0'), '/5/0/9')).toBe(2);
  });
});

describe('TLV of a single resource', () => {
  it('is read as Wakaama answers for a version, without being asked for TLV', () => {
    expect(textAt(read(tlv, hex('c303312e30'), '/3/0/3'), '/3/0/3')).toBe('1.0');
  });

  it('is read with a length of its own byte', () => {
    const manufacturer = Buffer.concat([hex('c80014'), utf8('Open Mobile Alliance')]);
    expect(textAt(read(tlv, manufacturer, '/3/0/0'), '/3/0/0')).toBe('Open Mobile Alliance');
  });

  it('is read as a multiple resource, wrapped or not', () => {
    const bare = hex('410000 410101');
    expect(integersAt(read(tlv, bare, '/5/0/8'), '/5/0/8')).toEqual([0, 1]);
    expect(integersAt(read(tlv, Buffer.concat([hex('8608'), bare]), '/5/0/8'), '/5/0/8')).toEqual([0, 1]);
  });

  it.each([
    ['7f', 127],
    ['ff', -1],
    ['ff38', -200],
    ['00010000', 65_536],
    ['0000000100000000', 4_294_967_296],
    ['7fffffffffffffff', undefined],
    ['000001', undefined],
    ['', undefined],
  ])('with bytes %s is the integer %s', (bytes, integer) => {
    const payload = Buffer.concat([Uint8Array.of(0xc8, 3, bytes.length / 2), hex(bytes)]);
    expect(integerAt(read(tlv, payload, '/5/0/3'), '/5/0/3')).toBe(integer);
  });

  it('gives booleans, floats, links and bytes', () => {
    expect(booleanAt(read(tlv, hex('c10e01'), '/5/0/14'), '/5/0/14')).toBe(true);
    expect(booleanAt(read(tlv, hex('c10e02'), '/5/0/14'), '/5/0/14')).toBeUndefined();
    expect(floatAt(read(tlv, hex('c4003fc00000'), '/9/0/0'), '/9/0/0')).toBe(1.5);
    expect(linkAt(read(tlv, hex('c40000050001'), '/9/0/0'), '/9/0/0')).toEqual({ object: 5, instance: 1 });
    expect(bytesAt(read(tlv, hex('c200abcd'), '/9/0/0'), '/9/0/0')).toEqual(hex('abcd'));
  });
});

describe('text', () => {
  it('is a state, a version, a flag, a link and base64', () => {
    expect(integerAt(read(text, utf8('2'), '/5/0/3'), '/5/0/3')).toBe(2);
    expect(textAt(read(text, utf8('1.0'), '/3/0/3'), '/3/0/3')).toBe('1.0');
    expect(booleanAt(read(text, utf8('1'), '/9/0/12'), '/9/0/12')).toBe(true);
    expect(linkAt(read(text, utf8('5:0'), '/9/0/17'), '/9/0/17')).toEqual({ object: 5, instance: 0 });
    expect(bytesAt(read(text, utf8('q80='), '/9/0/2'), '/9/0/2')).toEqual(new Uint8Array([0xab, 0xcd]));
    expect(floatAt(read(text, utf8('-1.5e2'), '/3/0/7'), '/3/0/7')).toBe(-150);
  });

  it('is meant where a resource comes without a format', () => {
    expect(integerAt(read(undefined, utf8('3'), '/5/0/3'), '/5/0/3')).toBe(3);
  });

  it('that is no number is no integer', () => {
    const content = read(text, utf8('two'), '/5/0/3');
    expect(integerAt(content, '/5/0/3')).toBeUndefined();
    expect(textAt(content, '/5/0/3')).toBe('two');
    expect(integerAt(content, '/5/0/5')).toBeUndefined();
  });

  it('has to be UTF-8, and one resource', () => {
    expect(decodeContent(text, hex('ff'), '/5/0/3')).toMatchObject({ refusal: { code: 'malformed' } });
    expect(decodeContent(text, utf8('2'), '/5/0')).toMatchObject({ refusal: { code: 'malformed' } });
  });
});

describe('opaque and CBOR values', () => {
  it('are the value at the path', () => {
    expect(bytesAt(read(opaque, hex('00ff'), '/5/0/0'), '/5/0/0')).toEqual(hex('00ff'));
    expect(integerAt(read(cbor, hex('00'), '/5/0/3'), '/5/0/3')).toBe(0);
    expect(textAt(read(cbor, hex('63312e30'), '/3/0/3'), '/3/0/3')).toBe('1.0');
    expect(booleanAt(read(cbor, hex('f5'), '/9/0/12'), '/9/0/12')).toBe(true);
    expect(integerAt(read(cbor, hex('c11a5f5e1000'), '/3/0/13'), '/3/0/13')).toBe(1_600_000_000);
  });

  it('are refused where the CBOR is a list', () => {
    expect(decodeContent(cbor, hex('80'), '/5/0/3')).toMatchObject({ refusal: { code: 'malformed' } });
  });
});

describe('SenML', () => {
  const vector = hex(`84 a3 21 66 ${Buffer.from('/5/0/8').toString('hex')} 00 62 2f30 02 00
    a2 00 62 2f31 02 01 a2 00 62 2f32 02 04 a2 00 62 2f33 02 05`);

  it('in CBOR is read as Anjay 3.14 answers for the protocols it knows', () => {
    expect(integersAt(read(senmlCbor, vector, '/5/0/8'), '/5/0/8')).toEqual([0, 1, 4, 5]);
  });

  it('in JSON has base names, all kinds of values and both alphabets of base64', () => {
    const records = [
      { bn: '/3/0/', n: '0', vs: 'Maker' },
      { n: '9', v: 80 },
      { n: '11/0', v: 0 },
      { bn: '/9/0/', n: '12', vb: true },
      { n: '2', vd: '-_8' },
      { n: '3', vd: '+/8=' },
      { n: '17', vlo: '5:0' },
    ];
    const content = read(senmlJson, utf8(JSON.stringify(records)), '/');
    expect(textAt(content, '/3/0/0')).toBe('Maker');
    expect(integerAt(content, '/3/0/9')).toBe(80);
    expect(integersAt(content, '/3/0/11')).toEqual([0]);
    expect(booleanAt(content, '/9/0/12')).toBe(true);
    expect(bytesAt(content, '/9/0/2')).toEqual(new Uint8Array([0xfb, 0xff]));
    expect(bytesAt(content, '/9/0/3')).toEqual(new Uint8Array([0xfb, 0xff]));
    expect(linkAt(content, '/9/0/17')).toEqual({ object: 5, instance: 0 });
  });

  it('adds a base value, and lets the last record of a name count', () => {
    const records = [
      { bn: '/3/0/9', bv: 10, v: 5, t: -5 },
      { v: 7, t: 0 },
    ];
    expect(integerAt(read(senmlJson, utf8(JSON.stringify(records)), '/3/0'), '/3/0/9')).toBe(17);
  });

  it('may name paths below the alternate root, or leave it out', () => {
    const records = [
      { n: '/lwm2m/5/0/3', v: 1 },
      { n: '/5/0/5', v: 4 },
    ];
    const content = read(senmlJson, utf8(JSON.stringify(records)), '/5/0', '/lwm2m');
    expect([integerAt(content, '/5/0/3'), integerAt(content, '/5/0/5')]).toEqual([1, 4]);
  });

  it('may leave out what was asked for', () => {
    expect(integerAt(read(senmlJson, utf8('[{"n":"3","v":2}]'), '/5/0'), '/5/0/3')).toBe(2);
    expect(integerAt(read(senmlJson, utf8('[{"v":2}]'), '/5/0/3'), '/5/0/3')).toBe(2);
  });

  it.each([
    ['{}', 'no list'],
    ['[1]', 'no record'],
    ['[{"n":"/5/0/3","v":"2"}]', 'a value of another type'],
    ['[{"n":"/5/0/3","v":2,"vs":"2"}]', 'two values'],
    ['[{"n":"/5/0","v":2}]', 'a path that is no resource'],
    ['[{"n":"/5/0/70000","v":2}]', 'an id too large'],
    ['[{"n":"/5/0/3","v":1e999}]', 'a number beyond all'],
    ['[{"n":"/5/0/3","v":2,"quantity_":1}]', 'a label that must be understood'],
    ['[{"n":"/5/0/2","vd":"a"}]', 'no base64'],
    ['[{"n":"/9/0/17","vlo":"5"}]', 'no link'],
    ['[', 'no JSON'],
  ])('%s is refused for %s', (payload) => {
    expect(decodeContent(senmlJson, utf8(payload), '/')).toMatchObject({ refusal: { code: 'malformed' } });
  });

  it('of more records than any device has is refused', () => {
    const records = new Array(1025).fill({ n: '/3/0/9', v: 1 });
    expect(decodeContent(senmlJson, utf8(JSON.stringify(records)), '/')).toMatchObject({
      refusal: { code: 'too-large', limit: 1024 },
    });
  });
});

describe('JSON of LwM2M 1.0', () => {
  it.each(['/3/0', '/3/0/'])('has values below the base name %s', (bn) => {
    const e = [
      { n: '0', sv: 'Maker' },
      { n: '9', v: 80 },
      { n: '11/0', v: 0 },
      { n: '21', ov: '5:0' },
      { n: '22', bv: false },
    ];
    const content = read(omaJson, utf8(JSON.stringify({ bn, e })), '/3/0');
    expect(textAt(content, '/3/0/0')).toBe('Maker');
    expect(integerAt(content, '/3/0/9')).toBe(80);
    expect(integersAt(content, '/3/0/11')).toEqual([0]);
    expect(linkAt(content, '/3/0/21')).toEqual({ object: 5, instance: 0 });
    expect(booleanAt(content, '/3/0/22')).toBe(false);
  });

  it('has the value of the path itself without any name', () => {
    expect(textAt(read(oldOmaJson, utf8('{"e":[{"sv":"1.0"}]}'), '/3/0/3'), '/3/0/3')).toBe('1.0');
  });

  it.each(['[]', '{}', '{"e":[{}]}', '{"e":[{"n":1,"v":1}]}', '{"e":[{"v":"1"}]}', '{"bn":5,"e":[]}'])(
    '%s is refused',
    (payload) => {
      expect(decodeContent(omaJson, utf8(payload), '/3/0/3')).toMatchObject({
        refusal: { code: 'malformed' },
      });
    },
  );
});

it('an unknown format is named in the refusal', () => {
  expect(decodeContent(50, utf8('{}'), '/3/0')).toMatchObject({
    refusal: { code: 'unsupported-format', contentFormat: 50 },
  });
});
