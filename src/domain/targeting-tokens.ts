import type { Operator } from './targeting.ts';

export type Keyword = 'and' | 'or' | 'not' | 'in' | 'contains' | 'exists';

/** A piece of a query text at `[at, end)`. `bad` is where reading stopped, `end` the end of the text. */
export type Token = { readonly at: number; readonly end: number } & (
  | { readonly kind: 'word' | 'string'; readonly text: string }
  | { readonly kind: 'keyword'; readonly keyword: Keyword }
  | { readonly kind: 'operator'; readonly operator: Operator }
  | { readonly kind: 'mark'; readonly mark: '(' | ')' | ',' | '*' }
  | { readonly kind: 'bad'; readonly expected: string; readonly got: string }
  | { readonly kind: 'end' }
);

/** Cuts a query text into tokens, in one pass. The last one is `end` or `bad`, and no other is. */
export const tokenize = (text: string): readonly Token[] => {
  const tokens: Token[] = [];
  let token = tokenAt(text, 0);
  while (token.kind !== 'end' && token.kind !== 'bad') {
    tokens.push(token);
    token = tokenAt(text, token.end);
  }
  return [...tokens, token];
};

/** Whether a text can stand without quotes where a name or a value may: letters, digits and `._-:`. */
export const isWord = (text: string): boolean => text !== '' && wordEnd(text, 0) === text.length;

const tokenAt = (text: string, from: number): Token => {
  const at = skipBlanks(text, from);
  const first = text.charAt(at);
  if (first === '') return { kind: 'end', at, end: at };
  if (first === '"' || first === "'") return stringAt(text, at, first);
  if (isWordUnit(text.charCodeAt(at))) return wordAt(text, at);
  return operatorAt(text, at) ?? markAt(first, at) ?? strange(text, at);
};

const skipBlanks = (text: string, from: number): number => {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return at;
};

const isBetween = (unit: number, first: string, last: string): boolean =>
  unit >= first.charCodeAt(0) && unit <= last.charCodeAt(0);

// '-' and '.' are neighbours, as are '9' and ':'.
const isWordUnit = (unit: number): boolean =>
  isBetween(unit, 'a', 'z') ||
  isBetween(unit, 'A', 'Z') ||
  isBetween(unit, '0', ':') ||
  isBetween(unit, '-', '.') ||
  unit === '_'.charCodeAt(0);

const wordEnd = (text: string, from: number): number => {
  let end = from;
  while (end < text.length && isWordUnit(text.charCodeAt(end))) end += 1;
  return end;
};

const KEYWORDS: ReadonlyMap<string, Keyword> = new Map(
  (['and', 'or', 'not', 'in', 'contains', 'exists'] as const).map((keyword) => [keyword, keyword]),
);

const wordAt = (text: string, at: number): Token => {
  const end = wordEnd(text, at);
  const word = text.slice(at, end);
  const keyword = KEYWORDS.get(word.toLowerCase());
  return keyword === undefined
    ? { kind: 'word', at, end, text: word }
    : { kind: 'keyword', at, end, keyword };
};

// Longest first, so that `<=` is not read as `<`.
const OPERATORS: readonly Operator[] = ['!=', '<=', '>=', '=', '<', '>'];

const operatorAt = (text: string, at: number): Token | undefined => {
  const operator = OPERATORS.find((candidate) => text.startsWith(candidate, at));
  return operator && { kind: 'operator', at, end: at + operator.length, operator };
};

const markAt = (mark: string, at: number): Token | undefined => {
  if (mark !== '(' && mark !== ')' && mark !== ',' && mark !== '*') return undefined;
  return { kind: 'mark', at, end: at + 1, mark };
};

const strange = (text: string, at: number): Token =>
  bad(
    at,
    'a name, a value, a comparison or a parenthesis; put any other text in quotes',
    character(text, at),
  );

const bad = (at: number, expected: string, got: string): Token => ({
  kind: 'bad',
  at,
  end: at,
  expected,
  got,
});

const character = (text: string, at: number): string => {
  const point = text.codePointAt(at) ?? 0;
  return isUnstorable(point) ? 'an unreadable character' : String.fromCodePoint(point);
};

// PostgreSQL's text cannot hold NUL, and UTF-8 cannot hold half of a surrogate pair.
const isUnstorable = (point: number): boolean => point === 0 || (point >= 0xd800 && point < 0xe000);

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\'],
  ['"', '"'],
  ["'", "'"],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

const stringAt = (text: string, at: number, quote: string): Token => {
  const pieces: string[] = [];
  let end = at + 1;
  while (text.charAt(end) !== quote) {
    const piece = pieceAt(text, end);
    if ('kind' in piece) return piece;
    pieces.push(piece.text);
    end += piece.length;
  }
  return { kind: 'string', at, end: end + 1, text: pieces.join('') };
};

type Piece = { readonly text: string; readonly length: number };

const pieceAt = (text: string, at: number): Piece | Token => {
  const point = text.codePointAt(at);
  if (point === undefined) return bad(at, 'a closing quote', 'the end of the text');
  if (isUnstorable(point)) return bad(at, 'a character other than NUL or half a pair', character(text, at));
  const read = String.fromCodePoint(point);
  return read === '\\' ? escapeAt(text, at) : { text: read, length: read.length };
};

const escapeAt = (text: string, at: number): Piece | Token => {
  const meant = ESCAPES.get(text.charAt(at + 1));
  if (meant === undefined) return bad(at, 'one of \\\\ \\" \\\' \\n \\r \\t', text.slice(at, at + 2));
  return { text: meant, length: 2 };
};
