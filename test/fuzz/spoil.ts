import fc from 'fast-check';

const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

/** Values that something is often not prepared for. */
const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, true, false, 0, -0, -1, 0.5, 1e21, 1e308, 2 ** 31, 2 ** 53, -(2 ** 63), [], {}, [[]], ''],
    ...[
      '\u0000',
      '\ud800',
      '\udfff\ud800',
      'a\u0000b',
      '\uffff',
      '\u202e',
      'x'.repeat(70_000),
      '%00',
      '$1',
      '{{a}}',
    ],
    ...[
      deep(40),
      { __proto__: null, constructor: 1 },
      { toString: 'x' },
      ['a', 1, null],
      'NaN',
      '1e999',
      '2026-13-45',
    ],
  ),
  fc.jsonValue({ maxDepth: 2 }),
  fc.string({ unit: 'binary' }),
);

/** What is done to one place in a value: which is chosen by `at` among all there are. */
export type Fault = {
  readonly at: number;
  readonly kind: 'replace' | 'drop' | 'add' | 'wrap';
  readonly value: unknown;
};

const fault: fc.Arbitrary<Fault> = fc.record({
  at: fc.nat({ max: 10_000 }),
  kind: fc.constantFrom('replace', 'replace', 'drop', 'add', 'wrap'),
  value: odd,
});
export const faults: fc.Arbitrary<readonly Fault[]> = fc.array(fault, { minLength: 1, maxLength: 2 });

type Members = Record<string, unknown>;
const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null;

/** All members of a value, however deep, each with what holds it. */
const placesIn = (holder: Members): readonly (readonly [Members, string])[] =>
  Object.entries(holder).flatMap(([name, inner]) => [
    [holder, name] as const,
    ...(isMembers(inner) ? placesIn(inner) : []),
  ]);

/** A copy of a value with one fault in it. */
export const spoiled = (value: unknown, { at, kind, value: odd }: Fault): unknown => {
  const root: Members = { body: structuredClone(value) };
  const places = placesIn(root);
  const [holder, name] = places[at % places.length] ?? [root, 'body'];
  if (kind === 'drop') delete holder[name];
  else if (kind === 'wrap') holder[name] = [holder[name]];
  else if (kind === 'add' && isMembers(holder[name]) && !Array.isArray(holder[name]))
    holder[name]['zzz'] = odd;
  else holder[name] = odd;
  return root['body'];
};

/** What a body is as bytes: as it should be, or not even JSON. */
export const bytesOf: fc.Arbitrary<(text: string) => string | Buffer> = fc.oneof(
  { weight: 12, arbitrary: fc.constant((text: string) => text) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<(text: string) => string | Buffer>(
      (text) => text.slice(0, text.length >> 1),
      (text) => `${text}}`,
      (text) => `${text}${text}`,
      (text) => `\ufeff${text}`,
      (text) =>
        Buffer.concat([
          Buffer.from(text.slice(0, 2)),
          Buffer.from([0xff, 0xc0, 0xaf]),
          Buffer.from(text.slice(2)),
        ]),
      (text) => text.replaceAll(/"([^"]*)":/g, '"$1":null,"$1":'),
      (text) => text.replace(/:/, ':1e400,"a":'),
      (text) => text.replace(/:\d+/, `:${'9'.repeat(400)}`),
      (text) => text.replace(/"[^"]*"}/, '"\\ud800"}'),
      () => '['.repeat(100_000),
      () => '',
      () => '\u0000',
      (text) => Buffer.from(text, 'utf16le'),
    ),
  },
);

export const contentTypes: fc.Arbitrary<string> = fc.oneof(
  { weight: 20, arbitrary: fc.constant('application/json') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        'application/json; charset=utf-8',
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
      ],
      ...[
        'multipart/form-data; boundary=a',
        'application/octet-stream',
        'nonsense',
        '*/*',
        'application/xml',
        'application/cbor',
      ],
    ),
  },
);

/** Ids that nothing has, some of which no path can have; segments of dots lead to other paths, and have tests of their own. */
export const strangeIds: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...['nothing', '0', '-1', '1e9', '99999999999999999999', "'; drop table devices; --", '*', '@', 'null'],
    ...[
      'a'.repeat(128),
      'a'.repeat(300),
      '\u0000',
      'a\u0000b',
      '\u00e9',
      '\u{1f4e6}',
      '%',
      '%2F',
      'a b',
      '__proto__',
      'constructor',
    ],
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
);
/** Parts of a path as they are sent, which do not even decode. */
export const brokenParts = ['%', '%zz', '%ff', '%c0%af', '%00', '%ed%a0%80'] as const;
