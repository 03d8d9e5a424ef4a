import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { TSchema } from 'typebox';

type Schema = { readonly [keyword: string]: unknown };

const ajv = new Ajv2020({ strict: false, allErrors: false });
addFormats.default(ajv);
const compiled = new WeakMap<object, (value: unknown) => boolean>();

/** Whether a schema takes a value. */
export const takes = (schema: TSchema, value: unknown): boolean => {
  const check = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, check);
  return check(value);
};

/** What stands in samples for text of which nothing more is known. */
export const SAMPLE_TEXT = 'sample';

const texts = [
  '',
  SAMPLE_TEXT,
  'a',
  'ada@example.com',
  'name=value',
  '22:00',
  'a'.repeat(64),
  'Sample Words',
];
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

const textOf = (schema: Schema): string => {
  if (schema['format'] === 'date-time') return '2026-11-21T09:00:00.000Z';
  const least = number(schema['minLength']);
  const found = [...texts, 'correct horse battery'.padEnd(least, 'x')].find((text) =>
    ajv.validate(schema, text),
  );
  if (found === undefined) throw new Error(`no sample text fits ${JSON.stringify(schema)}; add one`);
  return found;
};

const objectOf = ({ properties, required }: Schema): object => {
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  const entries = Object.entries((properties ?? {}) as Record<string, Schema>);
  const chosen = needed.length > 0 ? entries.filter(([name]) => needed.includes(name)) : entries.slice(0, 1);
  return Object.fromEntries(chosen.map(([name, part]) => [name, sampleValue(part)]));
};

const sampleValue = (schema: Schema): unknown => {
  if (Array.isArray(schema['examples'])) return schema['examples'][0];
  if ('default' in schema) return schema['default'];
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  if (Array.isArray(schema['anyOf'])) return sampleValue(schema['anyOf'][0] as Schema);
  const [type] = [schema['type']].flat();
  if (type === 'object') return objectOf(schema);
  if (type === 'array') {
    return Array.from({ length: number(schema['minItems']) }, () => sampleValue(schema['items'] as Schema));
  }
  if (type === 'string') return textOf(schema);
  if (type === 'boolean') return true;
  if (type === 'integer' || type === 'number') return number(schema['minimum']);
  if (type === 'null' || type === undefined) return null;
  throw new Error(`no sample for ${JSON.stringify(schema)}`);
};

/** A small value that a schema takes: what is required, and one field where nothing is. */
export const sampleOf = (schema: TSchema): unknown => {
  const value = sampleValue(schema as Schema);
  if (!takes(schema, value)) throw new Error(`the sample ${JSON.stringify(value)} does not fit its schema`);
  return value;
};
