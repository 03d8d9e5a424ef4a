import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareText, compareVersions, versionKey } from './version.ts';

const ASCENDING = [
  [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
  ],
  ['1.0.0-rc1', '1.0.0', '1.0.0.1', '1.0.1', '1.2', '1.10', '2', '10'],
  ['SR1.2.0.0-10512', 'SR1.2.0.0-10657', 'SR1.10.0.0-1'],
  ['9.5.0-rc3', '9.5.0', '9.5.0a', '9.5.0b'],
  ['20240131', '20240201', '20250101.2'],
];

const KEYS: readonly (readonly [string, string])[] = [
  ['', '-'],
  ['1', '000000000001-'],
  [' v1.2 ', '000000000001.000000000002-'],
  ['V2-RC1+build.7', '000000000002!rc000000000001-'],
  ['v', 'v-'],
  ['vv1', 'vv000000000001-'],
  ['version1', 'version000000000001-'],
  ['007', '000000000007-'],
  ['1234567890123456', '567890123456-'],
  ['0000000000001', '000000000001-'],
  ['É1', 'É000000000001-'],
  ['1 +x', '000000000001-'],
];

const EQUAL: readonly (readonly [string, string])[] = [
  ['v1.0', '1.0+build7'],
  ['1.0-RC1', '1.0-rc1'],
  ['1.01', '1.1'],
];

const versionText = fc.stringMatching(/^[vV]?[0-9a-zA-Z.+ -]{0,20}$/);
const numbers = fc.tuple(fc.nat(), fc.nat(), fc.nat());

const numericOrder = (a: readonly number[], b: readonly number[]): number => {
  const differing = a.findIndex((part, index) => part !== b[index]);
  return differing === -1 ? 0 : Math.sign((a[differing] ?? 0) - (b[differing] ?? 0));
};

describe('versionKey', () => {
  it.each(KEYS)('of %j is %j', (text, key) => {
    expect(versionKey(text)).toBe(key);
  });

  it('is quick on long runs', () => {
    const started = performance.now();
    for (const run of ['1', ' ', '-', 'A', '1 ', 'v']) versionKey(`${run.repeat(100_000)}x`);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('compareVersions', () => {
  it.each(ASCENDING)('ascends from %s', (...versions) => {
    for (const [i, a] of versions.entries())
      for (const [j, b] of versions.entries()) expect(compareVersions(a, b)).toBe(Math.sign(i - j));
  });

  it.each(EQUAL)('takes %s and %s for the same', (a, b) => {
    expect(compareVersions(a, b)).toBe(0);
  });

  it('is a total order', () => {
    fc.assert(
      fc.property(versionText, versionText, versionText, (a, b, c) => {
        expect(compareVersions(a, a)).toBe(0);
        expect(compareVersions(a, b) + compareVersions(b, a)).toBe(0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('agrees with numeric precedence for x.y.z, and puts a pre-release first', () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        expect(compareVersions(a.join('.'), b.join('.'))).toBe(numericOrder(a, b));
        expect(compareVersions(`${a.join('.')}-rc.1`, a.join('.'))).toBe(-1);
      }),
    );
  });
});

describe('compareText', () => {
  const byCodePoint = (a: string, b: string): number =>
    numericOrder(...padded([...a].map(codePoint), [...b].map(codePoint)));
  const codePoint = (character: string): number => character.codePointAt(0) ?? 0;
  const padded = (a: number[], b: number[]): [number[], number[]] => {
    const length = Math.max(a.length, b.length);
    const pad = (list: number[]): number[] => [...list, ...Array<number>(length - list.length).fill(-1)];
    return [pad(a), pad(b)];
  };

  it('puts U+FFFD before U+1F600, as UTF-8 does', () => {
    expect(compareText('\u{fffd}', '\u{1f600}')).toBe(-1);
    expect('\u{fffd}' < '\u{1f600}').toBe(false);
  });

  it('is code point order', () => {
    const characters = [
      '',
      'a',
      '\x7f',
      'é',
      '\ud7ff',
      '\ue000',
      '\ufffd',
      '\u{10000}',
      '\u{1f600}',
      '\u{10ffff}',
    ];
    const text = fc.array(fc.constantFrom(...characters), { maxLength: 4 }).map((list) => list.join(''));
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(compareText(a, b)).toBe(byCodePoint(a, b));
      }),
    );
  });
});
