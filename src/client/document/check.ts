/** The parts of JSON Schema that the schemas of the wire use. */
export type Schema = {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly maxProperties?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
};

export type Path = readonly (string | number)[];

/** What is wrong, and where: of a name that nobody knows, or a value. */
export type Finding = { readonly path: Path; readonly at: 'name' | 'value'; readonly message: string };

type Obj = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Obj =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const kindOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
};

const kinds: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  null: 'nothing (null)',
  number: 'a number',
  object: 'names with values',
  string: 'text',
};

const fits = (value: unknown, type: string): boolean =>
  kindOf(value) === type || (type === 'number' && typeof value === 'number');

const typesOf = ({ type }: Schema): readonly string[] => (type === undefined ? [] : [type].flat());

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};

const value = (path: Path, message: string): Finding => ({ path, at: 'value', message });

/** Everything that is wrong with a value by a schema. */
export const check = (schema: Schema, given: unknown, path: Path = []): readonly Finding[] => {
  if (schema.anyOf !== undefined) return checkUnion(schema.anyOf, given, path);
  const words = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (words !== undefined) {
    if (words.includes(given)) return [];
    const hint = typeof given === 'string' ? nearest(given, words.map(String)) : '';
    return [value(path, `expected ${words.map(String).join(', ')}; got ${shown(given)}${hint}`)];
  }
  const types = typesOf(schema);
  if (types.length > 0 && !types.some((type) => fits(given, type)))
    return [value(path, wrongKind(types, given))];
  if (typeof given === 'string') return checkText(schema, given, path);
  if (typeof given === 'number') return checkNumber(schema, given, path);
  if (Array.isArray(given)) return checkList(schema, given, path);
  return isObject(given) ? checkObject(schema, given, path) : [];
};

const wrongKind = (types: readonly string[], given: unknown): string => {
  const expected = types.map((type) => kinds[type] ?? type).join(' or ');
  const quotes =
    types.includes('string') && ['number', 'boolean'].includes(typeof given) ? '; put it in quotes' : '';
  return `expected ${expected}, got ${shown(given)}${quotes}`;
};

const checkText = ({ minLength = 0, maxLength, pattern, format }: Schema, given: string, path: Path) => {
  if (given.length < minLength) return [value(path, 'expected text, got none')];
  if (maxLength !== undefined && given.length > maxLength)
    return [value(path, `expected ${maxLength} characters at most, got ${given.length}`)];
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(given))
    return [value(path, `${shown(given)} does not match ${pattern}`)];
  if (format === 'date-time' && !isInstant(given))
    return [value(path, `expected an instant such as 2026-11-21T08:00:00Z, got ${shown(given)}`)];
  return [];
};

const INSTANT = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const isInstant = (text: string): boolean => INSTANT.test(text) && !Number.isNaN(Date.parse(text));

const checkNumber = ({ minimum, maximum }: Schema, given: number, path: Path): readonly Finding[] => {
  if (minimum !== undefined && given < minimum)
    return [value(path, `expected ${minimum} or more, got ${given}`)];
  if (maximum !== undefined && given > maximum)
    return [value(path, `expected ${maximum} or less, got ${given}`)];
  return [];
};

const checkList = (schema: Schema, given: readonly unknown[], path: Path): readonly Finding[] => {
  const { items, minItems = 0, maxItems, uniqueItems } = schema;
  if (given.length < minItems) return [value(path, `expected ${minItems} or more, got ${given.length}`)];
  if (maxItems !== undefined && given.length > maxItems)
    return [value(path, `expected ${maxItems} at most, got ${given.length}`)];
  if (uniqueItems && new Set(given.map((one) => JSON.stringify(one))).size < given.length)
    return [value(path, 'names something twice')];
  return items === undefined ? [] : given.flatMap((one, index) => check(items, one, [...path, index]));
};

const checkObject = (schema: Schema, given: Obj, path: Path): readonly Finding[] => {
  const {
    properties = {},
    required = [],
    additionalProperties = true,
    propertyNames,
    maxProperties,
  } = schema;
  const missing = required.filter((name) => !Object.hasOwn(given, name));
  const findings = Object.entries(given).flatMap(([name, inner]): readonly Finding[] => {
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (own !== undefined) return check(own, inner, [...path, name]);
    if (additionalProperties === false) return [unknownName([...path, name], name, Object.keys(properties))];
    const named =
      propertyNames === undefined ? [] : check({ type: 'string', ...propertyNames }, name, [...path, name]);
    const rest = additionalProperties === true ? [] : check(additionalProperties, inner, [...path, name]);
    return [...named.map((one) => ({ ...one, at: 'name' as const })), ...rest];
  });
  const many =
    maxProperties !== undefined && Object.keys(given).length > maxProperties
      ? [value(path, `expected ${maxProperties} names at most`)]
      : [];
  return [...missing.map((name) => value(path, `"${name}" is missing`)), ...many, ...findings];
};

const unknownName = (path: Path, name: string, known: readonly string[]): Finding => ({
  path,
  at: 'name',
  message: `"${name}" is not known here${nearest(name, known) || `; there are ${known.join(', ')}`}`,
});

/** One of the alternatives that the value is meant to be: by its word `by`, else by what is wrong the least. */
const checkUnion = (all: readonly Schema[], given: unknown, path: Path): readonly Finding[] => {
  const words = all.map(({ properties }) => properties?.['by']?.enum);
  if (isObject(given) && words.every((found) => found !== undefined)) {
    const fitting = all.filter((_, index) => words[index]?.includes(given['by']));
    if (fitting.length > 0) return least(fitting, given, path);
    const expected = [...new Set(words.flat())].map(String);
    if (!Object.hasOwn(given, 'by')) return [value(path, `"by" is missing: one of ${expected.join(', ')}`)];
    return check({ enum: expected }, given['by'], [...path, 'by']);
  }
  const alike = all.filter((one) => ofSameKind(one, given));
  if (alike.length > 0) return least(alike, given, path);
  return [value(path, wrongKind([...new Set(all.flatMap(kindsOf))], given))];
};

const kindsOf = (schema: Schema): readonly string[] =>
  schema.enum !== undefined || schema.const !== undefined
    ? (schema.enum ?? [schema.const]).map(kindOf)
    : typesOf(schema);

const ofSameKind = (schema: Schema, given: unknown): boolean => {
  const types = kindsOf(schema);
  return types.length === 0 || types.some((type) => fits(given, type));
};

const least = (all: readonly Schema[], given: unknown, path: Path): readonly Finding[] => {
  const found = all.map((one) => check(one, given, path));
  const constants = all.flatMap(({ const: only }) => (only === undefined ? [] : [only]));
  const best = found.toSorted((a, b) => a.length - b.length)[0] ?? [];
  return constants.length === all.length && best.length > 0 ? check({ enum: constants }, given, path) : best;
};

/** How many letters have to change, for words of a few letters. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const changed = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

const nearest = (word: string, known: readonly string[]): string => {
  const lower = word.toLowerCase();
  const [best] = known
    .map((one) => ({ one, far: distance(lower, one.toLowerCase()) }))
    .filter(({ one, far }) => far <= Math.max(1, Math.floor(one.length / 3)))
    .toSorted((a, b) => a.far - b.far);
  return best === undefined ? '' : `; did you mean "${best.one}"?`;
};
