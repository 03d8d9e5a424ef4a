/** What a URL asks for: each name with its values in order. */
export type Search = Readonly<Record<string, string | readonly string[]>>;

/** `?status=running&status=paused&text=spring` as an object; a name that comes once has one text. */
export const parseSearch = (text: string): Record<string, string | string[]> => {
  const found: Record<string, string | string[]> = {};
  const params = new URLSearchParams(text);
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name);
    found[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return found;
};

/** The same backwards; empty texts, empty lists and `undefined` are left out. */
export const stringifySearch = (search: Readonly<Record<string, unknown>>): string => {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    for (const one of [value].flat()) {
      if (one !== undefined && one !== null && one !== '') params.append(name, String(one));
    }
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
};

/** One text of a search, or none. */
export const textIn = (search: Readonly<Record<string, unknown>>, name: string): string | undefined => {
  const [first] = [search[name]].flat();
  return typeof first === 'string' && first !== '' ? first : undefined;
};

/** The texts of a search under a name that are among those allowed. */
export const wordsIn = <Word extends string>(
  search: Readonly<Record<string, unknown>>,
  name: string,
  allowed: readonly Word[],
): readonly Word[] | undefined => {
  const asked = [search[name]].flat();
  const found = allowed.filter((word) => asked.includes(word));
  return found.length === 0 ? undefined : found;
};
