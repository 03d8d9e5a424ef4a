import { type Html, html, none, prose } from './html.ts';
import type { JsonSchema } from './openapi-types.ts';

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const schemas = (value: unknown): readonly JsonSchema[] =>
  Array.isArray(value) ? value.filter(isSchema) : [];
const texts = (value: unknown): readonly string[] =>
  [value].flat().filter((item) => typeof item === 'string');

/** The name of the schema that a reference points to. */
export const referred = ({ $ref }: JsonSchema): string | undefined =>
  typeof $ref === 'string' ? $ref.slice($ref.lastIndexOf('/') + 1) : undefined;

const joined = (parts: readonly Html[], between: string): readonly Html[] =>
  parts.flatMap((part, index) => (index === 0 ? [part] : [html`${between}`, part]));

const value = (given: unknown): Html =>
  html`<code>${typeof given === 'string' ? given : JSON.stringify(given)}</code>`;

/** What the values of an object with free names are. */
const valuesOf = ({ additionalProperties, patternProperties }: JsonSchema): JsonSchema | undefined => {
  if (isSchema(additionalProperties)) return additionalProperties;
  return isSchema(patternProperties) ? Object.values(patternProperties).filter(isSchema)[0] : undefined;
};

/** The type of a schema in a few words. */
export const typeOf = (schema: JsonSchema): Html => {
  const name = referred(schema);
  if (name !== undefined) return html`<a href="#schema-${name}">${name}</a>`;
  const choices = schemas(schema['anyOf']);
  if (choices.length > 0) {
    const types = new Map(choices.map(typeOf).map((type) => [type.html, type]));
    return html`${joined([...types.values()], ' or ')}`;
  }
  if (Array.isArray(schema['enum'])) return html`${joined(schema['enum'].map(value), ' ')}`;
  if ('const' in schema) return value(schema['const']);
  const types = texts(schema['type']);
  if (types.includes('array')) {
    return isSchema(schema['items']) ? html`list of ${typeOf(schema['items'])}` : html`list`;
  }
  const values = valuesOf(schema);
  if (values !== undefined) return html`object of names to ${typeOf(values)}`;
  if (schema['format'] === 'date-time') return html`instant`;
  return types.length > 0 ? html`${types.join(' or ')}` : html`anything`;
};

const range = (least: unknown, most: unknown, unit: string): string | undefined => {
  const [low, high] = [least, most].map((limit) =>
    typeof limit === 'number' && Math.abs(limit) < Number.MAX_VALUE ? limit.toLocaleString('en') : undefined,
  );
  if (low !== undefined && high !== undefined)
    return low === high ? `${low}${unit}` : `${low} to ${high}${unit}`;
  if (high !== undefined) return `at most ${high}${unit}`;
  return low === undefined || least === 0 ? undefined : `at least ${low}${unit}`;
};

const free = /^\^\[\^[^\]]*\][*+]\$$/;

/** Patterns that only keep control characters out are not worth a reader's time. */
const patternOf = ({ pattern }: JsonSchema): Html =>
  typeof pattern !== 'string' || free.test(pattern) ? none : html` matching <code>${pattern}</code>`;

/** The limits of what stands inside a list, or of the one choice beside `null`. */
const innerLimits = ({ items, anyOf }: JsonSchema): Html => {
  if (isSchema(items)) {
    const each = limitsOf(items);
    return each.html === '' ? none : html` <span class="limits">each</span> ${each}`;
  }
  const [choice] = schemas(anyOf).filter(({ type }) => type !== 'null');
  return choice === undefined ? none : limitsOf(choice);
};

const limitTexts = (schema: JsonSchema): readonly string[] =>
  [
    range(schema['minLength'], schema['maxLength'], ' characters'),
    range(schema['minimum'], schema['maximum'], ''),
    range(schema['minItems'], schema['maxItems'], ' items'),
    range(schema['minProperties'], schema['maxProperties'], ' names'),
    schema['uniqueItems'] === true ? 'no item twice' : undefined,
    schema['default'] === undefined ? undefined : `default ${JSON.stringify(schema['default'])}`,
  ].filter((text) => text !== undefined);

/** What a value may at most be, what it is when absent, and an example. */
const limitsOf = (schema: JsonSchema): Html => {
  const limits = limitTexts(schema);
  const [example] = Array.isArray(schema['examples']) ? schema['examples'] : [];
  const shown = limits.length > 0 ? html`<span class="limits">${limits.join(', ')}</span>` : none;
  const such = example === undefined ? none : html` <span class="limits">such as</span> ${value(example)}`;
  return html`${shown}${patternOf(schema)}${such}${innerLimits(schema)}`;
};

/** The schemas inside this one that have fields worth listing below it. */
const inside = (schema: JsonSchema): readonly JsonSchema[] => {
  const parts = [...schemas(schema['anyOf']), schema['items'], valuesOf(schema)].filter(isSchema);
  return isSchema(schema['properties']) ? [schema] : parts.flatMap(inside);
};

/** Which fields are worth a mark: those a request must have, and those a reply may lack. */
export type Marked = 'required' | 'optional';

const field = (name: string, schema: JsonSchema, mark: Html, marked: Marked): Html => {
  const text = schema['description'];
  return html`<li><div class="name"><code>${name}</code>${mark}</div><div class="meaning"><span class="type">${typeOf(schema)}</span> ${limitsOf(schema)}${
    typeof text === 'string' ? prose(text) : none
  }${fieldsOf(schema, marked)}</div></li>`;
};

/** The fields of an object, of the items of a list, or of each of several choices, with theirs below them. */
export const fieldsOf = (schema: JsonSchema, marked: Marked): Html => {
  const lists = inside(schema).map(({ properties, required }) => {
    const needed = texts(required);
    const fields = Object.entries(isSchema(properties) ? properties : {});
    return html`<ul class="fields">${fields.map(([name, part]) => {
      const marks = needed.includes(name) === (marked === 'required');
      const mark = marks ? html` <span class="mark">${marked}</span>` : none;
      return field(name, isSchema(part) ? part : {}, mark, marked);
    })}</ul>`;
  });
  return html`${joined(lists, 'or')}`;
};

/** A value of a schema for an example: what is required, and one field where nothing is. */
export const exampleOf = (schema: JsonSchema, name = 'text'): unknown => {
  const [example] = Array.isArray(schema['examples']) ? schema['examples'] : [];
  if (example !== undefined) return example;
  if (schema['default'] !== undefined) return schema['default'];
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  const [choice] = schemas(schema['anyOf']);
  if (choice !== undefined) return exampleOf(choice, name);
  const types = texts(schema['type']);
  if (types.includes('array')) return isSchema(schema['items']) ? [exampleOf(schema['items'], name)] : [];
  if (types.includes('string')) return name;
  if (types.includes('boolean')) return true;
  if (types.includes('integer') || types.includes('number')) return schema['minimum'] ?? 1;
  return types.includes('object') ? exampleObject(schema) : null;
};

const exampleObject = ({ properties, required }: JsonSchema): unknown => {
  const all = Object.entries(isSchema(properties) ? properties : {});
  const needed = texts(required);
  const chosen = needed.length > 0 ? all.filter(([name]) => needed.includes(name)) : all.slice(0, 1);
  return Object.fromEntries(
    chosen.map(([name, part]) => [name, exampleOf(isSchema(part) ? part : {}, name)]),
  );
};
