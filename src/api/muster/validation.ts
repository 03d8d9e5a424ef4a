import type { ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import type { Flaw } from './errors.ts';

const options = { strict: false, verbose: true, useDefaults: true, removeAdditional: false } as const;

/** Bodies say their types; the texts of a query string and a path are read as the type that is asked for. */
const bodies = new Ajv2020({ ...options, coerceTypes: false });
const texts = new Ajv2020({ ...options, coerceTypes: 'array' });
addFormats.default(bodies);
addFormats.default(texts);

export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) =>
  (httpPart === 'body' ? bodies : texts).compile(schema);

/** Tells what is wrong with a value that came in a body, by a schema; nothing when it is right. */
export const flawFinder = (schema: TSchema): ((value: unknown) => Flaw | undefined) => {
  const validate = bodies.compile(schema);
  return (value) => {
    if (validate(value)) return undefined;
    const [error] = validate.errors ?? [];
    return error === undefined ? undefined : flawOf(error);
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

/** What a schema found wrong, in words: where, what would be right, what came. */
export const flawOf = (error: ErrorObject): Flaw =>
  missingOrExtra(error) ?? {
    at: error.instancePath === '' ? '/' : error.instancePath,
    expected:
      expectations[error.keyword]?.(error) ?? (error.message ?? 'another value').replace(/^must /, ''),
    got: gotOf(error),
  };
