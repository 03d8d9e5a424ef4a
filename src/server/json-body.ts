/** A body that is not JSON as every wire here understands it. Carries the status for the error handlers. */
export class BodyError extends Error {
  readonly statusCode = 400;
  readonly code = 'MUSTER_BODY';
}

const MAX_DEPTH = 64;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses a JSON body strictly: valid Unicode in UTF-8, no key twice in one object (which of the two would count?), no
 * `__proto__` key, at most 64 levels. Throws `BodyError` that says what is wrong and where.
 */
export const parseJsonBody = (bytes: Uint8Array): unknown => {
  const text = decode(bytes);
  const value = parse(text);
  checkKeys(text);
  checkTexts(text, value);
  return value;
};

const decode = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new BodyError('Expected a body in UTF-8; got bytes that are not.');
  }
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BodyError(
      `Expected a JSON body: ${error instanceof Error ? error.message : 'it is not JSON'}.`,
    );
  }
};

const halfEscaped = /\\u[dD][89a-fA-F]/;
const halfWritten = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

/** Half a surrogate pair is no text (RFC 7493, 2.1); it can only come as an escape, and be written as one. */
const checkTexts = (text: string, value: unknown): void => {
  if (halfEscaped.test(text) && halfWritten.test(JSON.stringify(value))) {
    throw new BodyError('Expected text in Unicode; got half of a surrogate pair.');
  }
};

/** Walks text that is known to be JSON once, looking only at braces, brackets and the strings before colons. */
const checkKeys = (text: string): void => {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      if (isKey(text, end)) noteKey(open.at(-1), text.slice(at, end));
      at = end - 1;
    } else if (character === '{' || character === '[') {
      if (open.length === MAX_DEPTH)
        throw new BodyError(`Expected at most ${MAX_DEPTH} levels of nesting; got more.`);
      open.push(character === '{' ? new Set() : undefined);
    } else if (character === '}' || character === ']') {
      open.pop();
    }
  }
};

/** The index after the closing quote of the string that opens at `start`. */
const endOfString = (text: string, start: number): number => {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
};

const isKey = (text: string, after: number): boolean => {
  let at = after;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1;
  return text[at] === ':';
};

const shown = (key: string): string => JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}…` : key);

const noteKey = (seen: Set<string> | undefined, quoted: string): void => {
  const key: string = quoted.includes('\\') ? JSON.parse(quoted) : quoted.slice(1, -1);
  if (key === '__proto__') throw new BodyError('Expected keys other than "__proto__"; got that one.');
  if (seen?.has(key)) throw new BodyError(`Expected each key once in an object; got ${shown(key)} twice.`);
  seen?.add(key);
};
