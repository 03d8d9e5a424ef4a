import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { TSchema } from 'typebox';
import { BadRequest } from './errors.ts';

/** Numbers as text and text as numbers, as parsers of protobuf's JSON take them. */
const ajv = new Ajv2020({
  ...{ strict: false, coerceTypes: 'array', removeAdditional: false, verbose: true },
  // Our own schemas are looked at by tests.
  ...{ meta: false, validateSchema: false },
});

type Members = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const toSnake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const propertiesOf = (schema: unknown): Members | undefined =>
  isObject(schema) && isObject(schema['properties']) ? schema['properties'] : undefined;

/**
 * The value with the names that the schema has: snake_case is taken too, `null` is absent, and what the schema does
 * not name is left out.
 */
const known = (schema: unknown, value: unknown): unknown => {
  const properties = propertiesOf(schema);
  if (Array.isArray(value)) {
    const items = isObject(schema) ? schema['items'] : undefined;
    return value.map((item) => known(items, item));
  }
  if (properties === undefined || !isObject(value)) return value;
  const entries = Object.entries(properties).flatMap(([name, inner]) => {
    const given = Object.hasOwn(value, name) ? value[name] : value[toSnake(name)];
    return given === undefined || given === null ? [] : [[name, known(inner, given)] as const];
  });
  return Object.fromEntries(entries);
};

/** What is wrong, in words; of a closed list of words, the list. */
const wrongIn = ({ keyword, params, message = 'expected another value' }: ErrorObject): string =>
  keyword === 'enum' ? `expected one of ${[params['allowedValues']].flat().join(', ')}` : message;

/** Reads one part of a request by its schema, compiled at the first use. Throws `BadRequest`. */
export const reader = (schema: TSchema, where: 'body' | 'query'): ((value: unknown) => unknown) => {
  let validate: ReturnType<typeof ajv.compile> | undefined;
  return (value) => {
    validate ??= ajv.compile(schema);
    if (where === 'body' && value !== undefined && !isObject(value) && !Array.isArray(value))
      throw new BadRequest('Expected a JSON object as the body.');
    const part = known(schema, value ?? {});
    if (validate(part)) return part;
    const [error] = validate.errors ?? [];
    const path = `${error?.instancePath ?? ''}${error?.keyword === 'required' ? `/${error.params['missingProperty']}` : ''}`;
    const name = path.slice(1).replaceAll('/', '.') || where;
    throw new BadRequest(`${name}: ${error === undefined ? 'expected another value' : wrongIn(error)}.`);
  };
};
