import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { TSchema } from 'typebox';
import { BadRequest } from './errors.ts';

/** Numbers and booleans also as text, as callers quote them (reference 7, row 2). */
const ajv = new Ajv2020({
  ...{ strict: false, coerceTypes: 'array', removeAdditional: false, verbose: true },
  // Our own schemas are looked at by tests.
  ...{ meta: false, validateSchema: false },
});

type Members = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const propertiesOf = (schema: unknown): Members | undefined =>
  isObject(schema) && isObject(schema['properties']) ? schema['properties'] : undefined;

/** The value with the members that the schema has; `null` is absent. */
const known = (schema: unknown, value: unknown): unknown => {
  const properties = propertiesOf(schema);
  if (Array.isArray(value)) {
    const items = isObject(schema) ? schema['items'] : undefined;
    return value.map((item) => known(items, item));
  }
  if (properties === undefined || !isObject(value)) return value;
  const entries = Object.entries(properties).flatMap(([name, inner]) => {
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    return given === undefined || given === null ? [] : [[name, known(inner, given)] as const];
  });
  return Object.fromEntries(entries);
};

/** What the API says of a member that is missing or wrong, where that was published or is worth a word (reference 4). */
const phrases: readonly (readonly [member: RegExp, message: string])[] = [
  [/^deviceLists?$|^deviceIds$/, 'Device list is empty'],
  [/^startDate$/, 'Invalid start date'],
  [/^endDate$/, 'Invalid end date'],
  [/TimeWindowList$|^timeWindowList$/, 'Invalid time window'],
];

const pathOf = ({ instancePath, keyword, params }: ErrorObject): readonly string[] =>
  `${instancePath}${keyword === 'required' ? `/${params['missingProperty']}` : ''}`.split('/').slice(1);

const sentenceFor = (error: ErrorObject | undefined, where: string): string => {
  if (error === undefined) return 'Input binding error';
  const path = pathOf(error);
  const phrase = phrases.find(([member]) => member.test(path[0] ?? ''))?.[1];
  if (phrase !== undefined) return phrase;
  return `${path.join('.') || where}: ${error.message ?? 'expected another value'}`;
};

/**
 * Reads one part of a request by its schema, compiled at the first use. Throws `BadRequest`; a body that is needed and
 * did not come, or is no object, is the published `Input binding error`.
 */
export const reader = (schema: TSchema, where: 'body' | 'query'): ((value: unknown) => unknown) => {
  let validate: ReturnType<typeof ajv.compile> | undefined;
  return (value) => {
    validate ??= ajv.compile(schema);
    const part = known(schema, value ?? (where === 'query' ? {} : undefined));
    if (part === undefined) throw new BadRequest('Input binding error');
    if (validate(part)) return part;
    const [error] = validate.errors ?? [];
    throw new BadRequest(
      error?.instancePath === '' && error.keyword === 'type'
        ? 'Input binding error'
        : sentenceFor(error, where),
    );
  };
};
