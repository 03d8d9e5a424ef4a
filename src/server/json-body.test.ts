import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyError, parseJsonBody } from './json-body.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string): unknown => parseJsonBody(bytes(text));
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

/** Milliseconds, the best of two. */
const timeOf = (text: string): number => {
  const body = bytes(text);
  const times = [1, 2].map(() => {
    const start = performance.now();
    try {
      parseJsonBody(body);
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
    }
    return performance.now() - start;
  });
  return Math.min(...times);
};

describe('parseJsonBody', () => {
  it('reads what JSON.stringify writes, unless it has a __proto__ key', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary', maxDepth: 3 }), fc.nat(4), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        if (text.includes('__proto__')) return;
        expect(JSON.stringify(parse(text))).toBe(JSON.stringify(value));
      }),
      { numRuns: 200 },
    );
  });

  it('refuses any key that comes twice in one object, wherever it is', () => {
    const key = fc.string({ unit: 'binary' }).filter((text) => text !== '__proto__');
    fc.assert(
      fc.property(key, fc.jsonValue(), fc.constantFrom('', ' ', '\n\t '), (name, value, space) => {
        const quoted = JSON.stringify(name);
        const twice = `{${quoted}${space}:1,${space}"other${name.length}":2,${quoted}:${JSON.stringify(value)}}`;
        expect(() => parse(twice)).toThrow(BodyError);
        expect(() => parse(`[{"a":[${twice}]}]`)).toThrow(BodyError);
      }),
    );
  });

  it.each([
    ['twice', '{"a":1,"a":1}'],
    ['twice under another spelling', '{"a":1,"\\u0061":2}'],
    ['twice, spelt as two halves of a pair', '{"\u{1f600}":1,"\\ud83d\\ude00":2}'],
    ['twice, with quotes and backslashes in it', '{"a\\"\\\\":1,"a\\u0022\\u005c":2}'],
    ['twice, empty', '{"":1,"":2}'],
    ['twice after an inner object', '{"a":{"b":1},"c":[],"a":2}'],
    ['twice in an object in a list', '[1,{"a":1,"b":[{}],"a":2}]'],
  ])('refuses a key that comes %s', (_, text) => {
    expect(() => parse(text)).toThrow(/^Expected each key once in an object; got ".*" twice\.$/);
  });

  it.each([
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":2}]',
    '{"a":"a","b":"a"}',
    '{"a":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a":"\\\\","b":":"}',
    '{"a":["a","a","a"]}',
    '{"constructor":1,"toString":2,"hasOwnProperty":3}',
    '"a" ',
    ' -0.5e-7',
  ])('takes %s', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it.each(['{"__proto__":{}}', '{"a":[{"__proto__":1}]}', '{"\\u005f_proto__":1}'])('refuses %s', (text) => {
    expect(() => parse(text)).toThrow('Expected keys other than "__proto__"; got that one.');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it.each([
    String.raw`"\ud800"`,
    String.raw`{"a\uDFFF":1}`,
    String.raw`["\ude00\ud83d"]`,
    String.raw`"\\\ud83d"`,
  ])('refuses %s, which is half a surrogate pair', (text) => {
    expect(() => parse(text)).toThrow('Expected text in Unicode; got half of a surrogate pair.');
  });

  it.each([String.raw`"\ud83d\ude00"`, String.raw`"\\ud800"`, String.raw`"\\\\ud800"`, '"\u{1f600}"'])(
    'takes %s',
    (text) => {
      expect(parse(text)).toBe(JSON.parse(text));
    },
  );

  it('takes 64 levels and no more', () => {
    expect(parse(nested(64))).toEqual(JSON.parse(nested(64)));
    expect(() => parse(nested(65))).toThrow('Expected at most 64 levels of nesting; got more.');
    expect(() => parse(`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`)).toThrow(BodyError);
  });

  it.each([
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong form', [0x22, 0xc0, 0xaf, 0x22]],
    ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a cut character', [0x22, 0xe2, 0x82, 0x22]],
    ['UTF-16', [0xff, 0xfe, 0x22, 0x00]],
  ])('refuses %s', (_, body) => {
    expect(() => parseJsonBody(Uint8Array.from(body))).toThrow(
      'Expected a body in UTF-8; got bytes that are not.',
    );
  });

  it.each([
    '',
    '{',
    '{"a":',
    '{"a":1}}',
    '{a:1}',
    "{'a':1}",
    '{"a":01}',
    '[1,]',
    'NaN',
    '{"a":"\n"}',
    '\u0000',
  ])('refuses %j, which is not JSON', (text) => {
    expect(() => parse(text)).toThrow(/^Expected a JSON body: /);
  });

  it('tells of a long key only how it begins', () => {
    const key = 'k'.repeat(100_000);
    expect(() => parse(`{"${key}":1,"${key}":2}`)).toThrow(/^.{0,200}$/);
  });

  it.each<[string, (count: number) => string]>([
    ['open brackets', (count) => '['.repeat(count)],
    ['backslashes', (count) => `"${'\\\\'.repeat(count / 2)}"`],
    ['an unfinished string of escapes', (count) => `"${'\\"'.repeat(count / 2)}`],
    ['blanks after a string', (count) => `["a"${' '.repeat(count)}]`],
    ['blanks after every string', (count) => `[${'"a"  \n\t ,'.repeat(count / 8)}"a"]`],
    ['one long key', (count) => `{"${'k'.repeat(count)}":1}`],
    ['many keys', (count) => `{${Array.from({ length: count / 10 }, (_, i) => `"k${i}":1`).join()}}`],
    [
      'keys that are whole numbers',
      (count) => `{${Array.from({ length: count / 12 }, (_, i) => `"${i * 65536}":1`).join()}}`,
    ],
    [
      'keys in escapes',
      (count) => `{${Array.from({ length: count / 16 }, (_, i) => `"\\u006b${i}":1`).join()}}`,
    ],
    ['objects side by side', (count) => `[${'{"a":1},'.repeat(count / 8)}1]`],
    ['digits', (count) => `[${'9'.repeat(count)}]`],
  ])('takes time in proportion to its size: %s', (_, make) => {
    const quarter = timeOf(make(262_144));
    const whole = timeOf(make(1_048_576));
    // Four times the size may take four times as long, and three times that for a machine that is busy.
    expect(whole).toBeLessThan(Math.max(250, quarter * 12));
  });
});
