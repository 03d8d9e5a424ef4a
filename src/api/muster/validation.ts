import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fastJsonStringify from 'fast-json-stringify';
import type { FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify';
import type { FastifyValidationResult } from 'fastify/types/schema.js';
import type { TSchema } from 'typebox';
import type { Flaw } from './errors.ts';

/** Our own schemas are looked at by tests: the schema of schemas takes a tenth of each start to compile. */
const trusted = { meta: false, validateSchema: false } as const;
const options = {
  ...{ ...trusted, strict: false, verbose: true },
  ...{ useDefaults: true, removeAdditional: false },
} as const;

/** Bodies say their types; the texts of a query string and a path are read as the type that is asked for. */
const bodies = new Ajv2020({ ...options, coerceTypes: false });
const texts = new Ajv2020({ ...options, coerceTypes: 'array' });
addFormats.default(bodies);
addFormats.default(texts);

const looksLikeInstant = addFormats
  .default(new Ajv2020(trusted))
  .compile({ type: 'string', format: 'date-time' });
// RFC 3339 has instants that this runtime cannot tell, such as those in a leap second.
const isInstant = (text: string): boolean => looksLikeInstant(text) && !Number.isNaN(Date.parse(text));
bodies.addFormat('date-time', isInstant);
texts.addFormat('date-time', isInstant);

/**
 * Compiles at the first use: compiling every schema of the table would take a third of a second of each start.
 * `errors` is where Fastify looks for what a validator found.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  let compiled: ValidateFunction | undefined;
  const validate: FastifyValidationResult = (value: unknown): boolean => {
    compiled ??= (httpPart === 'body' ? bodies : texts).compile(schema);
    const valid = compiled(value);
    validate.errors = compiled.errors ?? null;
    return valid;
  };
  return validate;
};

const writers = new WeakMap<TSchema, (value: unknown) => string>();

const writerOf = (schema: TSchema): ((value: unknown) => string) => {
  const writer = writers.get(schema) ?? fastJsonStringify(schema as Parameters<typeof fastJsonStringify>[0]);
  writers.set(schema, writer);
  return writer;
};

/** Turns replies into text, and leaves out what their schema does not name; compiled at the first use too, once for all. */
export const compileSerializer: FastifySerializerCompiler<TSchema> = ({ schema }) => {
  let compiled: ((value: unknown) => string) | undefined;
  return (value: unknown) => {
    compiled ??= writerOf(schema);
    return compiled(value);
  };
};

/** Tells what is wrong with a value that came in a body, by a schema; nothing when it is right. */
export const flawFinder = (schema: TSchema): ((value: unknown) => Flaw | undefined) => {
  const validate = bodies.compile(schema);
  return (value) => {
    if (validate(value)) return undefined;
    return flawsOf(validate.errors ?? [])[0];
  };
};

const GOT_LIMIT = 80;

const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
  return text.length > GOT_LIMIT ? `${text.slice(0, GOT_LIMIT)}…` : text;
};

const expectations: Readonly<Record<string, (error: ErrorObject) => string>> = {
  type: ({ params }) => `${[params['type']].flat().join(' or ')}`,
  enum: ({ params }) =>
    `one of ${params['allowedValues'].map((value: unknown) => JSON.stringify(value)).join(', ')}`,
  const: ({ params }) => JSON.stringify(params['allowedValue']),
  format: ({ params }) => `a ${params['format']}`,
};

const missingOrExtra = (error: ErrorObject): Flaw | undefined => {
  const { keyword, params, instancePath } = error;
  if (keyword === 'required') {
    return { at: `${instancePath}/${params['missingProperty']}`, expected: 'a value', got: 'nothing' };
  }
  if (keyword === 'additionalProperties') {
    const name = String(params['additionalProperty']);
    const known = Object.keys(error.parentSchema?.['properties'] ?? {}).join(', ');
    return { at: `${instancePath}/${name}`, expected: `only ${known}`, got: shown(name) };
  }
  return undefined;
};

/** Values of fields that are only ever written, such as passwords, are not repeated. */
const gotOf = ({ parentSchema, data }: ErrorObject): string =>
  parentSchema?.['writeOnly'] === true ? 'a value that is not shown' : shown(data);

const shortened = (path: string): string => (path.length > GOT_LIMIT ? `${path.slice(0, GOT_LIMIT)}…` : path);

const flawOf = (error: ErrorObject): Flaw => {
  const flaw = missingOrExtra(error) ?? {
    at: error.instancePath,
    expected:
      expectations[error.keyword]?.(error) ?? (error.message ?? 'another value').replace(/^must /, ''),
    got: gotOf(error),
  };
  return { ...flaw, at: flaw.at === '' ? '/' : shortened(flaw.at) };
};

/** Of the choices of a union, the one whose flaws lie deepest is most likely the one that was meant. */
const likelihood = ({ keyword, instancePath }: ErrorObject): number =>
  keyword === 'required' ? 0 : instancePath.split('/').length;

/** What a schema found wrong, in words, the likeliest first: where, what would be right, what came. */
export const flawsOf = (errors: readonly ErrorObject[]): readonly Flaw[] => {
  const flaws = new Map<string, Flaw>();
  const own = errors.filter(({ keyword }) => keyword !== 'anyOf');
  for (const error of own.toSorted((a, b) => likelihood(b) - likelihood(a))) {
    const flaw = flawOf(error);
    const place = `${error.keyword} ${flaw.at}`;
    const same = flaws.get(place);
    const isSaid = same === undefined || same.expected === flaw.expected;
    flaws.set(place, isSaid ? flaw : { ...same, expected: `${same.expected} or ${flaw.expected}` });
  }
  return [...flaws.values()];
};
