import { describe, expect, it } from 'vitest';
import { instant, span, wholeNumber } from './options.ts';
import { serialized, toLines, toTable } from './output.ts';
import { endingOf, nextStep } from './problem-text.ts';
import { bytes, counted, duration, moment, number } from './words.ts';

type Item = { readonly id: string; readonly says: string };
const columns = [
  ['id', ({ id }: Item) => id],
  ['says', ({ says }: Item) => says],
] as const;

describe('output', () => {
  it('has columns as wide as their widest cell, and no blanks at the ends of lines', () => {
    const items = [
      { id: 'long-name', says: '' },
      { id: 'b', says: 'yes' },
    ];
    expect(toTable(items, columns)).toBe('ID         SAYS\nlong-name\nb          yes\n');
  });

  it('steers no terminal', () => {
    const odd = { id: 'a\u001b[31m', says: 'one\ntwo\u0007' };
    expect(toTable([odd], columns)).toBe('ID      SAYS\na [31m  one two \n'.replace(' \n', '\n'));
    expect(toLines(odd, columns)).toBe('id    a [31m\nsays  one\n      two \n');
  });

  it('writes versions as text in YAML', async () => {
    expect(await serialized({ version: '2.0', on: 'yes' }, 'yaml')).toBe('version: "2.0"\non: yes\n');
  });
});

describe('words', () => {
  it.each([
    [bytes(999), '999 B'],
    [bytes(1_500_000), '1.5 MB'],
    [number(1_234_567), '1 234 567'],
    [counted(1, 'device'), '1 device'],
    [counted(2, 'entry', 'entries'), '2 entries'],
    [duration(0), '0 s'],
    [duration(3_600), '1 h'],
    [duration(90_061), '1 d 1 h'],
    [moment('2026-11-21T08:00:00.123Z'), '2026-11-21 08:00:00Z'],
    [moment(null), '-'],
  ])('%s', (shown, expected) => {
    expect(shown).toBe(expected);
  });
});

describe('options', () => {
  it('take spans, whole numbers and instants, and refuse all else', () => {
    expect([span('90'), span('15m'), span('2h'), span('3d')]).toEqual([90, 900, 7_200, 259_200]);
    expect(wholeNumber(1)('7')).toBe(7);
    expect(instant('2026-12-01T10:00:00+02:00')).toBe('2026-12-01T08:00:00.000Z');
    for (const wrong of [
      () => span('soon'),
      () => wholeNumber(1)('0'),
      () => wholeNumber()('1.5'),
      () => instant('x'),
    ])
      expect(wrong).toThrow(/expected/);
  });
});

describe('a refusal', () => {
  const problem = (status: number, code: string, detail = '') => ({
    ...{ type: '', title: '', status, detail, code, requestId: '' },
  });

  it('ends a command by whose fault it is', () => {
    expect(endingOf(problem(401, 'unauthenticated'))).toBe('not-signed-in');
    expect(endingOf(problem(422, 'invalid'))).toBe('refused');
    expect(endingOf(problem(503, 'server/unavailable'))).toBe('failed');
    expect(endingOf(problem(404, 'client/unexpected-reply'))).toBe('failed');
  });

  it('names the list of what is not there', () => {
    expect(nextStep(problem(404, 'not-found', 'There is no device "x".'))).toBe('muster device list');
  });
});
