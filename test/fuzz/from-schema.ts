import fc from 'fast-check';
import type { TSchema } from 'typebox';
import { takes } from '../support/sample-body.ts';

/** A schema by its keywords, which is what a TypeBox schema is. */
type Schema = { readonly [keyword: string]: unknown };

/** Stands in a generated value for the id of something that is there: of this kind, the one of this number. */
export type Reference = `@@${string}:${number}`;
const reference = /^@@(\w+):(\d+)$/;

/** Which kind of thing a member or parameter of this name holds ids of; nothing where it holds none. */
export type Naming = (name: string) => string | undefined;

/** Puts real ids where references stand. */
export const resolved = (value: unknown, idOf: (kind: string, number: number) => string): unknown => {
  if (typeof value === 'string') {
    const [, kind, number] = reference.exec(value) ?? [];
    return kind === undefined ? value : idOf(kind, Number(number));
  }
  if (Array.isArray(value)) return value.map((item) => resolved(item, idOf));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, resolved(inner, idOf)]));
};

const words = [
  ...[
    '',
    'a',
    'sample',
    'Sample Words',
    'ada@example.com',
    'name=value',
    '22:00',
    '24:00',
    '00:00',
    '0',
    '1',
  ],
  ...[
    '-1',
    '1500000000000',
    '9'.repeat(19),
    'x'.repeat(12),
    'correct horse battery',
    'a'.repeat(64),
    '.',
    '..',
  ],
  ...[
    'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
    'https://hooks.example.com/a',
    'model = "GW-1"',
    '*',
    '%',
    "'; --",
  ],
  ...[
    'true',
    'null',
    '2026-11-21',
    '2026-11-21T08:00:00Z',
    '\u00e9',
    '\u{1f4e6}',
    'a/b',
    'HTTP',
    'LwM2M',
    'firmware',
  ],
];
const instants = [
  ...[
    '2026-11-21T08:00:00.000Z',
    '2026-11-21T08:00:00+02:00',
    '1970-01-01T00:00:00Z',
    '2038-01-19T03:14:08Z',
  ],
  ...[
    '9999-12-31T23:59:59.999Z',
    '0001-01-01T00:00:00Z',
    '2028-02-29T00:00:00Z',
    '2026-03-29T02:30:00.000+01:00',
  ],
];

const number = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

const texts = (schema: Schema): fc.Arbitrary<string> => {
  const least = number(schema['minLength'], 0);
  const most = Math.min(number(schema['maxLength'], 200), 5_000);
  const taken = (
    schema['format'] === 'date-time' ? instants : [...words, 'x'.repeat(least), 'x'.repeat(most)]
  ).filter((text) => takes(schema as TSchema, text));
  const [first] = taken;
  if (first === undefined) throw new Error(`no text fits ${JSON.stringify(schema)}; add one to the words`);
  const length = { minLength: Math.min(least, 40), maxLength: Math.min(most, 40) };
  const random = fc.oneof(fc.string(length), fc.string({ ...length, unit: 'binary' }));
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...taken) },
    { weight: 1, arbitrary: random.map((text) => (takes(schema as TSchema, text) ? text : first)) },
  );
};

const numbers = (schema: Schema, whole: boolean): fc.Arbitrary<number> => {
  const min = number(schema['minimum'], -1_000_000);
  const max = number(schema['maximum'], 1_000_000);
  const between = whole
    ? fc.integer({ min: Math.ceil(min), max: Math.floor(max) })
    : fc.double({ min, max, noNaN: true });
  return fc.oneof(fc.constantFrom(min, max, Math.min(max, min + 1)), between);
};

const objects = (schema: Schema, naming: Naming): fc.Arbitrary<object> => {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, TSchema>>;
  const required: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : [];
  const parts = Object.fromEntries(
    Object.entries(properties).map(([name, part]) => [name, valuesOf(part, naming, name)]),
  );
  const known = fc.record(parts, {
    requiredKeys: Object.keys(parts).filter((name) => required.includes(name)),
  });
  const [more] = [
    schema['additionalProperties'],
    ...Object.values((schema['patternProperties'] ?? {}) as object),
  ].filter((part) => typeof part === 'object' && part !== null);
  if (more === undefined) return known;
  const pairs = fc.dictionary(
    fc.constantFrom('a', 'site', 'key name', 'x.y', 'é'),
    valuesOf(more as TSchema, naming, ''),
    {
      maxKeys: 3,
    },
  );
  return fc.tuple(known, pairs).map(([own, others]) => ({ ...others, ...own }));
};

const lists = (schema: Schema, naming: Naming, name: string): fc.Arbitrary<readonly unknown[]> => {
  const items = valuesOf((schema['items'] ?? {}) as TSchema, naming, name);
  const minLength = number(schema['minItems'], 0);
  const maxLength = Math.min(number(schema['maxItems'], 3), Math.max(3, minLength));
  const length = { minLength, maxLength };
  return schema['uniqueItems'] === true
    ? fc.uniqueArray(items, { ...length, comparator: (a, b) => JSON.stringify(a) === JSON.stringify(b) })
    : fc.array(items, length);
};

const plain = (schema: Schema, naming: Naming, name: string): fc.Arbitrary<unknown> => {
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as readonly unknown[]));
  if (Array.isArray(schema['anyOf']))
    return fc.oneof(...(schema['anyOf'] as readonly TSchema[]).map((one) => valuesOf(one, naming, name)));
  switch (schema['type']) {
    case 'object':
      return objects(schema, naming);
    case 'array':
      return lists(schema, naming, name);
    case 'string':
      return texts(schema);
    case 'integer':
    case 'number':
      return numbers(schema, schema['type'] === 'integer');
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
};

/** Values that a schema takes; ids of things that are there where the name of a member says so, more often than not. */
export const valuesOf = (given: TSchema, naming: Naming, name = ''): fc.Arbitrary<unknown> => {
  const schema = given as Schema;
  const values = plain(schema, naming, name);
  const kind = schema['type'] === 'string' ? naming(name) : undefined;
  if (kind === undefined) return values;
  const ids = fc.nat({ max: 1_000 }).map((at): Reference => `@@${kind}:${at}`);
  return fc.oneof({ weight: 3, arbitrary: ids }, { weight: 1, arbitrary: values });
};
