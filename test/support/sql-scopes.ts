/*
 * Reads as much of SQL as is needed to tell which tables a statement looks at and what their column `account` is compared
 * with. It knows the SQL of this project, in lower case, and no other.
 */

type Token = string | readonly Token[];

/** A place where a statement names a table. */
export type Mention = {
  readonly table: string;
  readonly alias: string;
  /** Its account is that of something else: of a parameter, a list, or another table. */
  equated: boolean;
  /** Its account is told by the caller, or is that of a table whose is. */
  anchored: boolean;
  /** Whose accounts are the same. */
  readonly peers: Set<Mention>;
};

export type Insert = {
  readonly table: string;
  readonly columns: readonly string[];
  /** Of `on conflict`; `undefined` where there is none. */
  readonly conflict: readonly string[] | undefined;
};

export type Reading = { readonly mentions: readonly Mention[]; readonly inserts: readonly Insert[] };

const TOKEN =
  /'(?:[^']|'')*'|"?\w+"?(?:\."?[\w*]+"?)*|\$\d+|::[\w ]+?(?=\W|$)|[()]|<>|<=|>=|->>|->|\|\||[^\s\w]/g;

const nest = (words: readonly string[]): readonly Token[] => {
  const stack: Token[][] = [[]];
  for (const word of words) {
    const top = stack.at(-1);
    if (word === '(') stack.push([]);
    else if (word !== ')') top?.push(word);
    else stack.at(-2)?.push(stack.pop() ?? []);
  }
  return stack[0] ?? [];
};

const tokensOf = (sql: string): readonly Token[] =>
  nest((sql.toLowerCase().match(TOKEN) ?? []).map((word) => word.replaceAll('"', '')));

const QUERY = new Set(['select', 'with', 'insert', 'update', 'delete']);
const isQuery = (token: Token | undefined): token is readonly Token[] =>
  Array.isArray(token) && (QUERY.has(String(token[0])) || isQuery(token[0]));

const KEYWORDS = new Set(
  'where set on join inner left cross lateral using returning order group limit for values select union all do and or as default'.split(
    ' ',
  ),
);

/** Tokens of a scope, with the parentheses of conditions and functions opened but those of queries left closed. */
const opened = (tokens: readonly Token[]): readonly Token[] =>
  tokens.flatMap((token) =>
    Array.isArray(token) && !isQuery(token) ? ['(', ...opened(token), ')'] : [token],
  );

const isName = (token: Token | undefined): token is string =>
  typeof token === 'string' && /^[a-z_]\w*$/.test(token) && !KEYWORDS.has(token);

const STARTS = new Set(['from', 'join', 'update', 'into', 'using', ',']);

/** Whether what comes next names a table: a list of them goes on after a comma until another clause begins. */
const namesTable = (tokens: readonly Token[], index: number, inFrom: boolean): boolean => {
  const token = tokens[index];
  if (typeof token !== 'string' || !STARTS.has(token)) return false;
  if (token === ',') return inFrom;
  if (token === 'update')
    return tokens[index - 1] !== 'do' && tokens[index - 1] !== 'key' && tokens[index - 1] !== 'for';
  return token !== 'from' || tokens[index - 1] !== 'distinct';
};

const clauseEnds = new Set(['where', 'set', 'on', 'order', 'group', 'limit', 'returning', 'select', 'union']);

const mentionsIn = (tokens: readonly Token[], tables: ReadonlySet<string>): readonly Mention[] => {
  const found: Mention[] = [];
  let inFrom = false;
  for (const [index, token] of tokens.entries()) {
    if (token === 'from' && tokens[index - 1] !== 'distinct') inFrom = true;
    else if (typeof token === 'string' && clauseEnds.has(token)) inFrom = false;
    if (!namesTable(tokens, index, inFrom)) continue;
    const table = tokens[index + 1];
    if (!isName(table) || !tables.has(table)) continue;
    const next = tokens[index + 2] === 'as' ? tokens[index + 3] : tokens[index + 2];
    const alias = isName(next) ? next : table;
    found.push({ table, alias, equated: false, anchored: false, peers: new Set() });
  }
  return found;
};

type Scope = { readonly mentions: readonly Mention[]; readonly outer: Scope | undefined };

/** The mention whose account a word names, if it names one. */
const mentionOf = (scope: Scope, word: Token | undefined): Mention | undefined => {
  if (typeof word !== 'string') return undefined;
  const [, alias] = /^(?:(\w+)\.)?account$/.exec(word) ?? [undefined, null];
  if (alias === null) return undefined;
  for (let one: Scope | undefined = scope; one !== undefined; one = one.outer) {
    const found = one.mentions.find((mention) => alias === undefined || mention.alias === alias);
    if (found !== undefined) return found;
  }
  return undefined;
};

const equate = (mention: Mention, other: Mention | undefined): void => {
  mention.equated = true;
  if (other === undefined || other === mention) mention.anchored = true;
  else {
    other.equated = true;
    mention.peers.add(other);
    other.peers.add(mention);
  }
};

/** `(account, seq) in (...)`: the accounts named in the group that ends before `index`. */
const tupleBefore = (tokens: readonly Token[], index: number): readonly Token[] => {
  const start = tokens.lastIndexOf('(', index);
  return tokens[index - 1] === ')' ? tokens.slice(start + 1, index - 1) : [];
};

/** The account that a query gives as a column, where it comes from a table. */
const accountGiven = (query: Token | undefined, scopes: ReadonlyMap<Token, Scope>): Mention | undefined => {
  const scope = query === undefined ? undefined : scopes.get(query);
  if (scope === undefined || !Array.isArray(query)) return undefined;
  const words = query.slice(1, query.indexOf('from'));
  return words.map((word) => mentionOf(scope, word)).find((mention) => mention !== undefined);
};

const compare = (tokens: readonly Token[], scope: Scope, scopes: ReadonlyMap<Token, Scope>): void => {
  for (const [index, token] of tokens.entries()) {
    if (token !== '=' && token !== 'in') continue;
    const sides = [...tupleBefore(tokens, index), tokens[index - 1]];
    const right = tokens[index + 1];
    const given = mentionOf(scope, right) ?? accountGiven(right, scopes);
    const left = sides.map((side) => mentionOf(scope, side)).find((mention) => mention !== undefined);
    if (left !== undefined) equate(left, given);
    else if (given !== undefined && token === '=') equate(given, undefined);
  }
};

const insertOf = (tokens: readonly Token[]): readonly Insert[] => {
  if (tokens[0] !== 'insert') return [];
  const at = tokens.indexOf('conflict');
  const columns = (token: Token | undefined): readonly string[] =>
    Array.isArray(token)
      ? token.filter((word): word is string => typeof word === 'string' && word !== ',')
      : [];
  return [
    {
      table: String(tokens[2]),
      columns: columns(tokens[3]),
      conflict: at === -1 ? undefined : columns(tokens[at + 1]),
    },
  ];
};

/** What a statement says of these tables. */
export const readSql = (sql: string, tables: ReadonlySet<string>): Reading => {
  const mentions: Mention[] = [];
  const inserts: Insert[] = [];
  const scopes = new Map<Token, Scope>();
  const enter = (tokens: readonly Token[], outer: Scope | undefined): void => {
    const flat = opened(tokens);
    const scope: Scope = { mentions: mentionsIn(flat, tables), outer };
    scopes.set(tokens, scope);
    mentions.push(...scope.mentions);
    inserts.push(...insertOf(tokens));
    for (const token of flat) if (isQuery(token)) enter(token, scope);
    compare(flat, scope, scopes);
  };
  enter(tokensOf(sql), undefined);
  spread(mentions);
  return { mentions, inserts };
};

/** What is the same as something that the caller tells is told by the caller. */
const spread = (mentions: readonly Mention[]): void => {
  for (let changed = true; changed; ) {
    changed = false;
    for (const mention of mentions) {
      for (const peer of mention.anchored ? mention.peers : []) {
        changed ||= !peer.anchored;
        peer.anchored = true;
      }
    }
  }
};
