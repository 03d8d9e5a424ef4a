import { describe, expect, it } from 'vitest';
import type { Expression, Field, Scalar } from './targeting.ts';
import { formatExpression, parseExpression } from './targeting.ts';

const attribute = (name: string): Field => ({ kind: 'attribute', name });
const make: Field = { kind: 'column', name: 'make' };
const lastSeenAt: Field = { kind: 'column', name: 'lastSeenAt' };
const firmware: Field = { kind: 'version', component: 'firmware' };
const tag: Field = { kind: 'tag' };

const equals = (field: Field, value: Scalar): Expression => ({
  type: 'compare',
  field,
  operator: '=',
  value,
});
const not = (of: Expression): Expression => ({ type: 'not', of });
const [a, b, c] = [equals(attribute('a'), 1), equals(attribute('b'), 2), equals(attribute('c'), 3)];
const [A, B, C] = ['attributes.a = 1', 'attributes.b = 2', 'attributes.c = 3'];

/** A text, its tree, and the canonical text of that tree. */
const READ: readonly (readonly [string, Expression, string])[] = [
  ['', { type: 'all' }, '*'],
  [' \t\r\n ', { type: 'all' }, '*'],
  ['*', { type: 'all' }, '*'],
  ['not *', not({ type: 'all' }), 'not *'],
  ['a=1', a, A],
  ['((a=1))', a, A],
  ['a=1 and b=2 AND c=3', { type: 'and', of: [a, b, c] }, `${A} and ${B} and ${C}`],
  ['a=1 or b=2 and c=3', { type: 'or', of: [a, { type: 'and', of: [b, c] }] }, `${A} or ${B} and ${C}`],
  ['(a=1 or b=2) and c=3', { type: 'and', of: [{ type: 'or', of: [a, b] }, c] }, `(${A} or ${B}) and ${C}`],
  ['(a=1 or b=2) or c=3', { type: 'or', of: [{ type: 'or', of: [a, b] }, c] }, `(${A} or ${B}) or ${C}`],
  ['not a=1 and b=2', { type: 'and', of: [not(a), b] }, `not ${A} and ${B}`],
  ['not(a=1 and b=2)', not({ type: 'and', of: [a, b] }), `not (${A} and ${B})`],
  ['Not nOT a=1', not(not(a)), `not not ${A}`],
  ['make=Acme', equals(make, 'Acme'), 'make = "Acme"'],
  ["make='it\\'s'", equals(make, "it's"), 'make = "it\'s"'],
  ['make="\\\\\\"\\n\\r\\t"', equals(make, '\\"\n\r\t'), 'make = "\\\\\\"\\n\\r\\t"'],
  ['make=5', equals(make, '5'), 'make = "5"'],
  ['make=true', equals(make, 'true'), 'make = "true"'],
  [
    'id=89014103211118510720',
    equals({ kind: 'column', name: 'id' }, '89014103211118510720'),
    'id = "89014103211118510720"',
  ],
  ['version=1.10', equals(firmware, '1.10'), 'version = "1.10"'],
  ['version.firmware=1', equals(firmware, '1'), 'version = "1"'],
  ['version.a.b=1', equals({ kind: 'version', component: 'a.b' }, '1'), 'version.a.b = "1"'],
  ['version."a b"=1', equals({ kind: 'version', component: 'a b' }, '1'), 'version."a b" = "1"'],
  [
    'version(fw)=1.10',
    equals({ kind: 'attribute-version', name: 'fw' }, '1.10'),
    'version(attributes.fw) = "1.10"',
  ],
  [
    'version(attributes."f w") exists',
    { type: 'exists', field: { kind: 'attribute-version', name: 'f w' } },
    'exists(version(attributes."f w"))',
  ],
  [
    'number(fw)>=-1.5',
    { type: 'compare', field: { kind: 'attribute-number', name: 'fw' }, operator: '>=', value: -1.5 },
    'number(attributes.fw) >= -1.5',
  ],
  [
    'number(attributes."f w") in ("5", 6)',
    { type: 'in', field: { kind: 'attribute-number', name: 'f w' }, values: [5, 6] },
    'number(attributes."f w") in (5, 6)',
  ],
  ['number = 5', equals(attribute('number'), 5), 'attributes.number = 5'],
  ['attributes.make=1', equals(attribute('make'), 1), 'attributes.make = 1'],
  ['attributes."my key"=1', equals(attribute('my key'), 1), 'attributes."my key" = 1'],
  ['attributes.and=1', equals(attribute('and'), 1), 'attributes.and = 1'],
  ['site-1.x:y=1', equals(attribute('site-1.x:y'), 1), 'attributes.site-1.x:y = 1'],
  ['Make=1', equals(attribute('Make'), 1), 'attributes.Make = 1'],
  ['a=-1.5e-3', equals(attribute('a'), -0.0015), 'attributes.a = -0.0015'],
  ['a=1e21', equals(attribute('a'), 1e21), 'attributes.a = 1e21'],
  ['a=1e20', equals(attribute('a'), 1e20), 'attributes.a = 1e20'],
  ['a=-0', equals(attribute('a'), 0), 'attributes.a = 0'],
  ['a=007', equals(attribute('a'), '007'), 'attributes.a = "007"'],
  ['a=1.2.3', equals(attribute('a'), '1.2.3'), 'attributes.a = "1.2.3"'],
  ['a="1"', equals(attribute('a'), '1'), 'attributes.a = "1"'],
  ['a=TRUE', equals(attribute('a'), true), 'attributes.a = true'],
  ['a="true"', equals(attribute('a'), 'true'), 'attributes.a = "true"'],
  ['a<=b', { type: 'compare', field: attribute('a'), operator: '<=', value: 'b' }, 'attributes.a <= "b"'],
  ['a contains 5', { type: 'contains', field: attribute('a'), value: '5' }, 'attributes.a contains "5"'],
  [
    'a not contains x',
    not({ type: 'contains', field: attribute('a'), value: 'x' }),
    'not attributes.a contains "x"',
  ],
  [
    'a IN ("x", y,3 , false)',
    { type: 'in', field: attribute('a'), values: ['x', 'y', 3, false] },
    'attributes.a in ("x", "y", 3, false)',
  ],
  ['tag not in (x, 3)', not({ type: 'in', field: tag, values: ['x', '3'] }), 'not tag in ("x", "3")'],
  ['exists(tag)', { type: 'exists', field: tag }, 'exists(tag)'],
  ['Exists ( a )', { type: 'exists', field: attribute('a') }, 'exists(attributes.a)'],
  ['a not exists', not({ type: 'exists', field: attribute('a') }), 'not exists(attributes.a)'],
  ['lastSeen=0', equals(lastSeenAt, 0), 'lastSeenAt = "1970-01-01T00:00:00Z"'],
  ['lastSeenAt=2026-01-01', equals(lastSeenAt, 1_767_225_600_000), 'lastSeenAt = "2026-01-01T00:00:00Z"'],
  [
    'lastSeenAt="2026-01-01T01:00:00.5+01:00"',
    equals(lastSeenAt, 1_767_225_600_500),
    'lastSeenAt = "2026-01-01T00:00:00.5Z"',
  ],
  ['lastSeenAt=9007199254740991', equals(lastSeenAt, 9_007_199_254_740_991), 'lastSeenAt = 9007199254740991'],
];

const TOKEN = 'a name, a value, a comparison or a parenthesis; put any other text in quotes';
const FIELD = 'a field name';
const VALUE = 'a value (put keywords in quotes)';
const TESTS = '=, !=, <, <=, >, >=, contains, in or exists';
const INSTANT = 'epoch milliseconds, a date, or a date and time with Z or offset (ISO 8601)';
const NUMBER = 'a number that a double can hold (put longer ones in quotes, as text)';
const END = 'the end of the text';

/** A text, where it is refused, what was expected, what came. */
const REFUSED: readonly (readonly [string, number, string, string])[] = [
  ['a', 1, TESTS, END],
  ['a b', 2, TESTS, 'b'],
  ['a not', 5, 'contains, in or exists', END],
  ['a not = 1', 6, 'contains, in or exists', '='],
  ['a =', 3, VALUE, END],
  ['a = and', 4, VALUE, 'and'],
  ['a = (1)', 4, VALUE, '('],
  ['a == 1', 3, VALUE, '='],
  ['a=1 b=2', 4, 'and, or, or the end of the text', 'b'],
  ['a=1)', 3, 'and, or, or the end of the text', ')'],
  ['* *', 2, 'and, or, or the end of the text', '*'],
  ['a=1 and', 7, FIELD, END],
  ['or a=1', 0, FIELD, 'or'],
  ['not', 3, FIELD, END],
  ['()', 1, FIELD, ')'],
  ['(a=1', 4, 'a closing parenthesis', END],
  ['"a" = 1', 0, FIELD, '"a"'],
  ['5 = 5', 0, FIELD, '5'],
  ['true = 1', 0, FIELD, 'true'],
  ['attributes. = 1', 12, 'a name directly after attributes.', '='],
  ['attributes. "a" = 1', 12, 'a name directly after attributes.', '"a"'],
  ['attributes."" = 1', 11, 'a name directly after attributes.', '""'],
  ['version. = 1', 9, 'a name directly after version.', '='],
  ['version(make) = 1', 8, 'an attribute', 'make'],
  ['version() = 1', 8, FIELD, ')'],
  ['number(make) = 1', 7, 'an attribute', 'make'],
  ['number(a) = x', 12, 'a number', 'x'],
  ['number(a) = true', 12, 'a number', 'true'],
  ['number(a) contains 1', 10, '=, !=, <, <=, >, >=, in or exists after a number', 'contains'],
  ['version(a = 1', 10, 'a closing parenthesis', '='],
  ['exists', 6, 'an opening parenthesis', END],
  ['exists a', 7, 'an opening parenthesis', 'a'],
  ['exists(a', 8, 'a closing parenthesis', END],
  ['exists(5)', 7, FIELD, '5'],
  ['a in 1', 5, 'an opening parenthesis', '1'],
  ['a in ()', 6, VALUE, ')'],
  ['a in (1', 7, 'a closing parenthesis', END],
  ['a in (1,)', 8, VALUE, ')'],
  ['a in (1 2)', 8, 'a closing parenthesis', '2'],
  ['a contains', 10, VALUE, END],
  ['a = "x', 6, 'a closing quote', END],
  ['a = \'x"', 7, 'a closing quote', END],
  ['a = "\\x"', 5, 'one of \\\\ \\" \\\' \\n \\r \\t', '\\x'],
  ['a = "\\', 5, 'one of \\\\ \\" \\\' \\n \\r \\t', '\\'],
  ['a = "\0"', 5, 'a character other than NUL or half a pair', 'an unreadable character'],
  ['a = "\ud800"', 5, 'a character other than NUL or half a pair', 'an unreadable character'],
  ['a = é', 4, TOKEN, 'é'],
  ['a = \u{1f600}', 4, TOKEN, '\u{1f600}'],
  ['a ! 1', 2, TOKEN, '!'],
  ['a & b', 2, TOKEN, '&'],
  ['a < true', 2, '= or != before true or false', '<'],
  ['tag < x', 4, '=, !=, contains, in or exists after tag', '<'],
  ['lastSeen contains 1', 9, '=, !=, <, <=, >, >=, in or exists after an instant', 'contains'],
  ['lastSeen > yesterday', 11, INSTANT, 'yesterday'],
  ['lastSeen > 2026-02-30', 11, INSTANT, '2026-02-30'],
  ['lastSeen > "2026-02-01T00:00:00"', 11, INSTANT, '"2026-02-01T00:00:00"'],
  ['lastSeen > 1.5', 11, INSTANT, '1.5'],
  ['lastSeen > "0"', 11, INSTANT, '"0"'],
  ['lastSeen > 9007199254740993', 11, INSTANT, '9007199254740993'],
  ['lastSeen in (0, x)', 16, INSTANT, 'x'],
  ['a = 9007199254740993', 4, NUMBER, '9007199254740993'],
  ['a = 1e999', 4, NUMBER, '1e999'],
  [`${'b'.repeat(50)} c`, 51, TESTS, 'c'],
  [`a = 1 ${'b'.repeat(50)}`, 6, 'and, or, or the end of the text', `${'b'.repeat(40)}...`],
];

const repeat = (part: string, times: number, separator: string): string =>
  Array(times).fill(part).join(separator);
const deep = (depth: number): string => `${'('.repeat(depth)}a=1${')'.repeat(depth)}`;
const listOf = (count: number): string => `a in (${repeat('1', count, ',')})`;

describe('parseExpression', () => {
  it.each(READ)('reads %j', (text, tree) => {
    expect(parseExpression(text)).toEqual({ ok: true, value: tree });
  });

  it.each(REFUSED)('refuses %j at %i', (text, at, expected, got) => {
    expect(parseExpression(text)).toEqual({
      ok: false,
      refusal: { code: 'query/syntax', at, expected, got },
    });
  });

  it.each([
    ['length', ' '.repeat(8_192), ' '.repeat(8_193), 8_192, 'at most 8192 characters'],
    ['parentheses', deep(32), deep(33), 32, 'parentheses and not at most 32 deep'],
    ['not', `${'not '.repeat(32)}*`, `${'not '.repeat(33)}*`, 128, 'parentheses and not at most 32 deep'],
    ['terms', repeat('a=1', 500, ' or '), repeat('a=1', 501, ' or '), 3_500, 'at most 500 comparisons'],
    ['values', listOf(1_000), listOf(1_001), 2_006, 'at most 1000 values'],
  ])('limits %s', (_, within, beyond, at, expected) => {
    expect(parseExpression(within).ok).toBe(true);
    expect(parseExpression(beyond)).toMatchObject({
      ok: false,
      refusal: { code: 'query/syntax', at, expected },
    });
  });

  it('counts depth, not parentheses', () => {
    expect(parseExpression(repeat('(not a=1)', 100, ' or ')).ok).toBe(true);
  });
});

describe('formatExpression', () => {
  it.each(READ)('of the tree of %j', (_, tree, canonical) => {
    expect(formatExpression(tree)).toBe(canonical);
    expect(parseExpression(canonical)).toEqual({ ok: true, value: tree });
  });

  it.each<[Expression, string]>([
    [{ type: 'and', of: [] }, '*'],
    [{ type: 'or', of: [] }, 'not *'],
    [{ type: 'in', field: tag, values: [] }, 'not *'],
    [
      {
        type: 'and',
        of: [
          { type: 'or', of: [a] },
          { type: 'or', of: [b, c] },
        ],
      },
      `${A} and (${B} or ${C})`,
    ],
    [not({ type: 'or', of: [{ type: 'and', of: [a, b] }] }), `not (${A} and ${B})`],
  ])('writes %j out', (tree, text) => {
    expect(formatExpression(tree)).toBe(text);
  });
});
