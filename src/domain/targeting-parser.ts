import type { RefusalOf } from './refusal.ts';
import { ok, type Result, refused } from './result.ts';
import type { Expression, Field, Operator, Scalar } from './targeting.ts';
import { fieldAfter, fieldNamed, isInstant, isPrefix, type Prefix } from './targeting-fields.ts';
import { type Literal, readLiteral } from './targeting-literals.ts';
import { type Keyword, type Token, tokenize } from './targeting-tokens.ts';

type Problem = RefusalOf<'query/syntax'>;

/** Characters of a query text, as UTF-16 units. */
const MAX_LENGTH = 8_192;
/** Parentheses and `not` around a term. */
const MAX_DEPTH = 32;
/** Comparisons and other tests in one query. */
const MAX_TERMS = 500;
/** Values in one `in (...)`. */
const MAX_VALUES = 1_000;

/**
 * Reads a query:
 *
 *     query   = blank | or            or   = and { 'or' and }        and = not { 'and' not }
 *     not     = 'not' not | '(' or ')' | '*' | 'exists' '(' field ')' | field test
 *     test    = ('=' | '!=' | '<' | '<=' | '>' | '>=') value | ['not'] ('contains' value | in | 'exists')
 *     in      = 'in' '(' value { ',' value } ')'
 *     field   = id | name | make | model | protocol | standing | timeZone | lastSeenAt | createdAt | tag | version
 *             | 'version.' name | 'attributes.' name | ('version' | 'number') '(' attribute ')' | attribute
 *     value   = "text" | 'text' | word                name = word | "text" | 'text'
 *
 * Keywords in any case, field names in theirs; `lastSeen` is `lastSeenAt`, a word that names no field is an
 * attribute. A blank text and `*` mean all devices. The refusal's `at` counts UTF-16 units from 0. What comes
 * back is well typed: instants have numbers, other columns, tags and versions have texts, booleans no order.
 */
export const parseExpression = (text: string): Result<Expression, Problem> => {
  if (text.length > MAX_LENGTH) return refused(tooLong(text));
  const parser: Parser = { text, tokens: tokenize(text), next: 0, depth: 0, terms: 0, problem: undefined };
  const tree = query(parser);
  return tree ? ok(tree) : refused(parser.problem ?? problemAt(parser, 'a query', peek(parser)));
};

const tooLong = (text: string): Problem => ({
  code: 'query/syntax',
  at: MAX_LENGTH,
  expected: `at most ${MAX_LENGTH} characters`,
  got: `${text.length} characters`,
});

/** The functions below return nothing when they fail, and then `problem` says why; the first failure ends all. */
type Parser = {
  readonly text: string;
  readonly tokens: readonly Token[];
  next: number;
  depth: number;
  terms: number;
  problem: Problem | undefined;
};

const END: Token = { kind: 'end', at: 0, end: 0 };

const peek = (p: Parser): Token => p.tokens[p.next] ?? p.tokens.at(-1) ?? END;

const fail = (p: Parser, expected: string, token: Token = peek(p)): undefined => {
  p.problem ??= problemAt(p, expected, token);
};

const problemAt = (p: Parser, expected: string, token: Token): Problem => {
  const { at } = token;
  if (token.kind === 'bad') return { code: 'query/syntax', at, expected: token.expected, got: token.got };
  const got = token.kind === 'end' ? 'the end of the text' : shorten(p.text.slice(at, token.end));
  return { code: 'query/syntax', at, expected, got };
};

const shorten = (text: string): string =>
  text.length > 40 ? `${text.slice(0, 40).toWellFormed()}...` : text;

const takeKeyword = (p: Parser, keyword: Keyword): boolean => {
  const token = peek(p);
  if (token.kind !== 'keyword' || token.keyword !== keyword) return false;
  p.next += 1;
  return true;
};

const takeMark = (p: Parser, mark: '(' | ')' | ',' | '*'): boolean => {
  const token = peek(p);
  if (token.kind !== 'mark' || token.mark !== mark) return false;
  p.next += 1;
  return true;
};

const query = (p: Parser): Expression | undefined => {
  if (peek(p).kind === 'end') return { type: 'all' };
  const tree = disjunction(p);
  if (!tree || peek(p).kind === 'end') return tree;
  return fail(p, 'and, or, or the end of the text');
};

const disjunction = (p: Parser): Expression | undefined => series(p, 'or', conjunction);

const conjunction = (p: Parser): Expression | undefined => series(p, 'and', negation);

type Rule = (p: Parser) => Expression | undefined;

const series = (p: Parser, type: 'and' | 'or', part: Rule): Expression | undefined => {
  const first = part(p);
  if (!first) return undefined;
  const of = [first];
  while (takeKeyword(p, type)) {
    const next = part(p);
    if (!next) return undefined;
    of.push(next);
  }
  return of.length === 1 ? first : { type, of };
};

const negation = (p: Parser): Expression | undefined => {
  const opening = peek(p);
  return takeKeyword(p, 'not') ? negated(p, opening, negation) : primary(p);
};

const negated = (p: Parser, opening: Token, inner: Rule): Expression | undefined => {
  const of = nested(p, opening, inner);
  return of && { type: 'not', of };
};

const nested = (p: Parser, opening: Token, inner: Rule): Expression | undefined => {
  if (p.depth === MAX_DEPTH) return fail(p, `parentheses and not at most ${MAX_DEPTH} deep`, opening);
  p.depth += 1;
  const tree = inner(p);
  p.depth -= 1;
  return tree;
};

const primary = (p: Parser): Expression | undefined => {
  const opening = peek(p);
  if (takeMark(p, '(')) return nested(p, opening, (inside) => closed(inside, disjunction));
  p.terms += 1;
  if (p.terms > MAX_TERMS) return fail(p, `at most ${MAX_TERMS} comparisons`);
  if (takeMark(p, '*')) return { type: 'all' };
  if (takeKeyword(p, 'exists')) return existence(p);
  const field = fieldHere(p);
  return field && test(p, field);
};

const closed = <T>(p: Parser, inner: (p: Parser) => T | undefined): T | undefined => {
  const value = inner(p);
  if (value === undefined || takeMark(p, ')')) return value;
  return fail(p, 'a closing parenthesis');
};

const existence = (p: Parser): Expression | undefined => {
  if (!takeMark(p, '(')) return fail(p, 'an opening parenthesis');
  const field = closed(p, fieldHere);
  return field && { type: 'exists', field };
};

const fieldHere = (p: Parser): Field | undefined => {
  const token = peek(p);
  if (token.kind !== 'word') return fail(p, 'a field name');
  p.next += 1;
  if (isPrefix(token.text)) return quotedField(p, token.text, token.end);
  const kind = readings.get(token.text);
  if (kind !== undefined && takeMark(p, '(')) return closed(p, (inside) => attributeRead(inside, kind));
  return fieldNamed(token.text) ?? fail(p, 'a field name', token);
};

const quotedField = (p: Parser, prefix: Prefix, end: number): Field | undefined => {
  const name = peek(p);
  if (name.kind !== 'string' || name.at !== end || name.text === '')
    return fail(p, `a name directly after ${prefix}`);
  p.next += 1;
  return fieldAfter(prefix, name.text);
};

/** The words that, before a parenthesis, say how an attribute is read. */
const readings: ReadonlyMap<string, 'attribute-version' | 'attribute-number'> = new Map([
  ['version', 'attribute-version'],
  ['number', 'attribute-number'],
]);

const attributeRead = (p: Parser, kind: 'attribute-version' | 'attribute-number'): Field | undefined => {
  const token = peek(p);
  const field = fieldHere(p);
  if (!field || field.kind === 'attribute') return field && { kind, name: field.name };
  return fail(p, 'an attribute', token);
};

const test = (p: Parser, field: Field): Expression | undefined => {
  const token = peek(p);
  if (token.kind === 'operator') return comparison(p, field, token.operator);
  return takeKeyword(p, 'not')
    ? negated(p, token, (inner) => wordTest(inner, field, NOT_TESTS))
    : wordTest(p, field, TESTS);
};

const TESTS = '=, !=, <, <=, >, >=, contains, in or exists';
const NOT_TESTS = 'contains, in or exists';

const wordTest = (p: Parser, field: Field, expected: string): Expression | undefined => {
  const token = peek(p);
  if (takeKeyword(p, 'exists')) return { type: 'exists', field };
  if (takeKeyword(p, 'in')) return membership(p, field);
  if (takeKeyword(p, 'contains')) return containment(p, field, token);
  return fail(p, expected);
};

const comparison = (p: Parser, field: Field, operator: Operator): Expression | undefined => {
  const token = peek(p);
  const isOrder = operator !== '=' && operator !== '!=';
  if (isOrder && field.kind === 'tag') return fail(p, '=, !=, contains, in or exists after tag');
  p.next += 1;
  const value = valueHere(p, field);
  if (isOrder && typeof value === 'boolean') return fail(p, '= or != before true or false', token);
  return value === undefined ? undefined : { type: 'compare', field, operator, value };
};

const valueHere = (p: Parser, field: Field): Scalar | undefined => {
  const literal = literalHere(p);
  if (!literal) return undefined;
  const reading = readLiteral(literal, field);
  return 'value' in reading ? reading.value : fail(p, reading.expected, literal);
};

const literalHere = (p: Parser): Literal | undefined => {
  const token = peek(p);
  if (token.kind !== 'word' && token.kind !== 'string') return fail(p, 'a value (put keywords in quotes)');
  p.next += 1;
  return token;
};

const containment = (p: Parser, field: Field, token: Token): Expression | undefined => {
  if (isInstant(field)) return fail(p, '=, !=, <, <=, >, >=, in or exists after an instant', token);
  if (field.kind === 'attribute-number')
    return fail(p, '=, !=, <, <=, >, >=, in or exists after a number', token);
  const literal = literalHere(p);
  return literal && { type: 'contains', field, value: literal.text };
};

const membership = (p: Parser, field: Field): Expression | undefined => {
  if (!takeMark(p, '(')) return fail(p, 'an opening parenthesis');
  const values = closed(p, (inside) => valueList(inside, field));
  return values && { type: 'in', field, values };
};

const valueList = (p: Parser, field: Field): readonly Scalar[] | undefined => {
  const values: Scalar[] = [];
  do {
    if (values.length === MAX_VALUES) return fail(p, `at most ${MAX_VALUES} values`);
    const value = valueHere(p, field);
    if (value === undefined) return undefined;
    values.push(value);
  } while (takeMark(p, ','));
  return values;
};
