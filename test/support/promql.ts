const AGGREGATIONS = new Set(['sum', 'min', 'max', 'avg', 'count']);
const FUNCTIONS = new Set(['rate', 'increase', 'histogram_quantile']);
const TOKEN =
  /\s*(?:(?<number>\d+(?:\.\d+)?(?![\w.]))|(?<duration>\d+(?:ms|[smhdwy]))|(?<text>"(?:[^"\\]|\\.)*")|(?<name>[a-zA-Z_:][\w:]*)|(?<sign>=~|!~|!=|==|<=|>=|[-+*/%^<>=(){}[\],]))/y;

type Token = { readonly kind: string; readonly text: string };

const tokensOf = (text: string): readonly Token[] => {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    const [kind, found] = Object.entries(match?.groups ?? {}).find(([, value]) => value !== undefined) ?? [];
    if (kind === undefined || found === undefined) throw new Error(`strange at ${at}: ${text.slice(at)}`);
    tokens.push({ kind, text: found });
  }
  return tokens;
};

const OPERATORS = new Set([
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '==',
  '!=',
  '<',
  '>',
  '<=',
  '>=',
  'and',
  'or',
  'unless',
]);
const MATCHES = new Set(['=', '!=', '=~', '!~']);

/** What an expression of PromQL selects; throws where it is none. Knows as much of the language as our files need. */
export const selectorsIn = (expression: string): readonly { name: string; labels: readonly string[] }[] => {
  const tokens = tokensOf(expression);
  const found: { name: string; labels: string[] }[] = [];
  let at = 0;
  const peek = (): string => tokens[at]?.text ?? '';
  const take = (kind: string, text?: string): string => {
    const token = tokens[at];
    if (token?.kind !== kind || (text !== undefined && token.text !== text)) {
      throw new Error(`expected ${text ?? kind}, got ${token?.text ?? 'the end'} in ${expression}`);
    }
    at += 1;
    return token.text;
  };
  const listOf = (open: string, close: string, item: () => void): void => {
    take('sign', open);
    while (peek() !== close) {
      item();
      if (peek() !== close) take('sign', ',');
    }
    take('sign', close);
  };
  const grouping = (): void => {
    if (peek() !== 'by' && peek() !== 'without') return;
    take('name');
    listOf('(', ')', () => take('name'));
  };
  const selector = (name: string): void => {
    const labels: string[] = [];
    found.push({ name, labels });
    if (peek() === '{') {
      listOf('{', '}', () => {
        labels.push(take('name'));
        if (!MATCHES.has(take('sign'))) throw new Error(`no match of a label in ${expression}`);
        take('text');
      });
    }
    if (peek() === '[') {
      take('sign', '[');
      take('duration');
      take('sign', ']');
    }
    if (peek() === 'offset') {
      take('name');
      take('duration');
    }
  };
  const call = (name: string): void => {
    if (AGGREGATIONS.has(name)) grouping();
    else if (!FUNCTIONS.has(name)) throw new Error(`no function ${name} in ${expression}`);
    listOf('(', ')', whole);
    if (AGGREGATIONS.has(name)) grouping();
  };
  const part = (): void => {
    if (tokens[at]?.kind === 'number') take('number');
    else if (peek() === '(') {
      take('sign', '(');
      whole();
      take('sign', ')');
    } else {
      const name = take('name');
      const isCall = AGGREGATIONS.has(name) || peek() === '(';
      if (isCall) call(name);
      else selector(name);
    }
  };
  function whole(): void {
    part();
    while (OPERATORS.has(peek())) {
      at += 1;
      part();
    }
  }
  whole();
  if (at < tokens.length) throw new Error(`strange after the end: ${peek()} in ${expression}`);
  return found;
};
