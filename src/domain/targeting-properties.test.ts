import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeviceFacts, Expression, Field, Scalar } from './targeting.ts';
import { formatExpression, matches, parseExpression } from './targeting.ts';

// A small alphabet, so that random queries often fit random devices.
const name = fc.oneof(
  fc.constantFrom('a', 'site', 'and', 'true', '5', 'version', 'firmware', 'my key', '__proto__', 'é"\\\'\n'),
  fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0')),
);
const text = fc.oneof(name, fc.constantFrom('', '1.0', '1.10', 'v1.9-rc1', 'true'));
const instant = fc.oneof(fc.maxSafeInteger(), fc.date({ noInvalidDate: true }).map(Number), fc.constant(0));
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const number = fc.oneof(double, fc.integer({ min: -3, max: 3 }));
const scalar = fc.oneof<fc.Arbitrary<Scalar>[]>(text, number, fc.boolean());

const textField = fc.oneof<fc.Arbitrary<Field>[]>(
  fc
    .constantFrom(...(['id', 'name', 'make', 'model', 'protocol', 'standing', 'timeZone'] as const))
    .map(column),
  name.map((component) => ({ kind: 'version', component })),
  name.map((attribute) => ({ kind: 'attribute-version', name: attribute })),
);
const tag = fc.constant<Field>({ kind: 'tag' });
const instantField = fc.constantFrom(...(['lastSeenAt', 'createdAt'] as const)).map(column);
const attribute = name.map((named): Field => ({ kind: 'attribute', name: named }));
const numberField = name.map((named): Field => ({ kind: 'attribute-number', name: named }));
const anyField = fc.oneof(textField, tag, instantField, attribute, numberField);

function column(named: Extract<Field, { kind: 'column' }>['name']): Field {
  return { kind: 'column', name: named };
}

const equality = fc.constantFrom(...(['=', '!='] as const));
const operator = fc.constantFrom(...(['=', '!=', '<', '<=', '>', '>='] as const));

const comparison = (
  field: fc.Arbitrary<Field>,
  operators: typeof operator | typeof equality,
  value: fc.Arbitrary<Scalar>,
): fc.Arbitrary<Expression> =>
  fc.record({ type: fc.constant('compare' as const), field, operator: operators, value });

const membership = (field: fc.Arbitrary<Field>, value: fc.Arbitrary<Scalar>): fc.Arbitrary<Expression> =>
  fc.record({
    type: fc.constant('in' as const),
    field,
    values: fc.array(value, { minLength: 1, maxLength: 4 }),
  });

/** Comparisons that a text can say: each value has the type of its field. */
const comparisons = fc.oneof(
  comparison(textField, operator, text),
  comparison(tag, equality, text),
  comparison(instantField, operator, instant),
  comparison(attribute, operator, fc.oneof(text, number)),
  comparison(attribute, equality, fc.boolean()),
  comparison(numberField, operator, number),
);

const memberships = fc.oneof(
  membership(fc.oneof(textField, tag), text),
  membership(instantField, instant),
  membership(attribute, scalar),
  membership(numberField, number),
);

const term = fc.oneof<fc.Arbitrary<Expression>[]>(
  fc.constant({ type: 'all' }),
  comparisons,
  memberships,
  fc.record({
    type: fc.constant('contains' as const),
    field: fc.oneof(textField, tag, attribute),
    value: text,
  }),
  fc.record({ type: fc.constant('exists' as const), field: anyField }),
);

const treesOver = (leaf: fc.Arbitrary<Expression>, minLength: number): fc.Arbitrary<Expression> =>
  fc.letrec<{ tree: Expression }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5, depthIdentifier: 'tree', withCrossShrink: true },
      leaf,
      fc.record({
        type: fc.constantFrom(...(['and', 'or'] as const)),
        of: fc.array(tie('tree'), { minLength, maxLength: 3 }),
      }),
      fc.record({ type: fc.constant('not' as const), of: tie('tree') }),
    ),
  })).tree;

const saidTree = treesOver(term, 2);
const anyTree = treesOver(
  fc.oneof(term, comparison(anyField, operator, scalar), membership(anyField, scalar)),
  0,
);

const anyFacts: fc.Arbitrary<DeviceFacts> = fc.record({
  id: text,
  name: text,
  make: text,
  model: text,
  protocol: text,
  standing: text,
  timeZone: text,
  tags: fc.array(text, { maxLength: 3 }),
  versions: fc.dictionary(name, text, { maxKeys: 3 }),
  attributes: fc.dictionary(name, scalar, { maxKeys: 4 }),
  lastSeenAt: instant,
  createdAt: instant,
});

const parsed = (source: string): Expression => {
  const result = parseExpression(source);
  if (!result.ok) throw new Error(`${source}: ${JSON.stringify(result.refusal)}`);
  return result.value;
};

const isShort = (source: string): boolean => source.length <= 8_192;

describe('any query as a tree', () => {
  it('reads back equal from its text', () => {
    fc.assert(
      fc.property(saidTree, (tree) => {
        const source = formatExpression(tree);
        fc.pre(isShort(source));
        expect(parsed(source)).toEqual(tree);
      }),
      { numRuns: 1_000 },
    );
  });

  it('has a text that means the same even where the tree has empty or single parts', () => {
    fc.assert(
      fc.property(treesOver(term, 0), anyFacts, (tree, facts) => {
        const source = formatExpression(tree);
        fc.pre(isShort(source));
        expect(matches(parsed(source), facts)).toBe(matches(tree, facts));
        expect(formatExpression(parsed(source))).toBe(source);
      }),
    );
  });

  it('has a verdict for every device, and not says the other', () => {
    fc.assert(
      fc.property(anyTree, anyFacts, (of, facts) => {
        const verdict = matches(of, facts);
        expect(typeof verdict).toBe('boolean');
        expect(matches({ type: 'not', of }, facts)).toBe(!verdict);
      }),
    );
  });

  it('takes not != for =', () => {
    fc.assert(
      fc.property(anyField, scalar, anyFacts, (field, value, facts) => {
        const differs: Expression = { type: 'compare', field, operator: '!=', value };
        const equals: Expression = { type: 'compare', field, operator: '=', value };
        expect(matches({ type: 'not', of: differs }, facts)).toBe(matches(equals, facts));
      }),
    );
  });

  it('takes in for one = or another', () => {
    fc.assert(
      fc.property(anyField, fc.array(scalar), anyFacts, (field, values, facts) => {
        const of = values.map((value): Expression => ({ type: 'compare', field, operator: '=', value }));
        expect(matches({ type: 'in', field, values }, facts)).toBe(matches({ type: 'or', of }, facts));
      }),
    );
  });
});

const FRAGMENTS = [
  ...[
    'and',
    'or',
    'not',
    'in',
    'contains',
    'exists',
    'true',
    'tag',
    'version',
    'lastSeen',
    'make',
    'attributes.',
  ],
  ...[
    '(',
    ')',
    ',',
    '*',
    '=',
    '!=',
    '<',
    '"',
    "'",
    '\\',
    '"x"',
    '5',
    '-',
    '1e999',
    '2026-01-01',
    'é',
    '\0',
    '!',
  ],
];

const fragments = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 30 }).map((parts) => parts.join(' '));

describe('any text', () => {
  it('is a query or is refused at a place inside it', () => {
    fc.assert(
      fc.property(fc.oneof(fragments, fc.string({ unit: 'binary-ascii' })), (source) => {
        const result = parseExpression(source);
        if (result.ok) return;
        expect(result.refusal.at).toBeGreaterThanOrEqual(0);
        expect(result.refusal.at).toBeLessThanOrEqual(source.length);
        expect(result.refusal.expected).not.toBe('');
        expect(result.refusal.got).not.toBe('');
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps its meaning in canonical form, which is its own canonical form', () => {
    fc.assert(
      fc.property(fragments, (source) => {
        const result = parseExpression(source);
        if (!result.ok) return;
        expect(parsed(formatExpression(result.value))).toEqual(result.value);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ...[
      '(',
      'not ',
      '"',
      '\\',
      'a',
      'a=1 or ',
      'a in (',
      'version(',
      '"\\',
      '1',
      '-',
      ' ',
      '\0',
      '=',
      'é',
      '((a=1)or ',
    ],
  ])('made of %j over and over is answered fast', (part) => {
    const started = performance.now();
    expect(parseExpression(part.repeat(100_000 / part.length)).ok).toBe(false);
    parseExpression(part.repeat(8_192 / part.length));
    parseExpression(`a in ("${part.repeat(8_000 / part.length)}")`);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
