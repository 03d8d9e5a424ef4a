import type { QueryTerms } from '../../wire/muster/queries.ts';

export type Operator = QueryTerms['terms'][number]['operator'];
type Scalar = string | number | boolean;

/** One line of the form. `values` as somebody types them: one, several for `in`, none for `exists`. */
export type QueryLine = {
  readonly field: string;
  readonly operator: Operator;
  readonly values: readonly string[];
};

export type QueryForm = { readonly join: 'and' | 'or'; readonly lines: readonly QueryLine[] };

/** Fields that every device has, by what people call them. */
export const plainFields: readonly { readonly value: string; readonly label: string }[] = [
  { value: 'id', label: 'Id' },
  { value: 'name', label: 'Name' },
  { value: 'make', label: 'Make' },
  { value: 'model', label: 'Model' },
  { value: 'version', label: 'Firmware version' },
  { value: 'tag', label: 'Tag' },
  { value: 'protocol', label: 'Protocol' },
  { value: 'standing', label: 'Standing' },
  { value: 'lastSeenAt', label: 'Last seen' },
  { value: 'createdAt', label: 'Known since' },
  { value: 'timeZone', label: 'Time zone' },
];

const ORDERED: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>='];
const LISTED: readonly Operator[] = ['in', 'not in'];
const SOUGHT: readonly Operator[] = ['contains', 'not contains'];
const GIVEN: readonly Operator[] = ['exists', 'not exists'];

const isInstant = (field: string): boolean => field === 'lastSeenAt' || field === 'createdAt';
const isVersion = (field: string): boolean => field === 'version' || /^version[.(]/.test(field);
const isNumber = (field: string): boolean => field.startsWith('number(');
/** Values of attributes are texts, numbers or truth values, and a text is none of the others. */
const isTyped = (field: string): boolean => field.startsWith('attributes.') || isNumber(field);

/** What can be asked of a field. */
export const operatorsOf = (field: string): readonly Operator[] => {
  if (isInstant(field)) return ['<', '<=', '>', '>=', ...GIVEN];
  if (field === 'tag') return ['=', '!=', ...LISTED, ...SOUGHT, ...GIVEN];
  if (isTyped(field) || isVersion(field)) return [...ORDERED, ...LISTED, ...SOUGHT, ...GIVEN];
  return ['=', '!=', ...LISTED, ...SOUGHT, ...GIVEN];
};

const words: Readonly<Record<Operator, string>> = {
  '=': 'is',
  '!=': 'is not',
  '<': 'is below',
  '<=': 'is at most',
  '>': 'is above',
  '>=': 'is at least',
  contains: 'contains',
  'not contains': 'does not contain',
  in: 'is one of',
  'not in': 'is none of',
  exists: 'is known',
  'not exists': 'is not known',
};
const instantWords: Readonly<Partial<Record<Operator, string>>> = {
  '<': 'is before',
  '<=': 'is not after',
  '>': 'is after',
  '>=': 'is not before',
  exists: 'has been',
  'not exists': 'never was',
};

export const operatorText = (operator: Operator, field: string): string =>
  (isInstant(field) ? instantWords[operator] : undefined) ?? words[operator];

/** How many values an operator takes. */
export const valuesTaken = (operator: Operator): 'none' | 'one' | 'several' => {
  if (GIVEN.includes(operator)) return 'none';
  return LISTED.includes(operator) ? 'several' : 'one';
};

const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE]-?\d+)?$/;
const looksTyped = (text: string): boolean => NUMBER.test(text) || /^(?:true|false|".*")$/.test(text);

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
/** A text as the query language takes it. */
export const quoted = (text: string): string =>
  `"${text.replaceAll(/["\\\n\r\t]/g, (sign) => escapes[sign] ?? `\\${sign}`)}"`;

/** A value as somebody would type it: texts of attributes that look like numbers are in quotes. */
const typedText = (field: string, value: Scalar): string => {
  if (typeof value !== 'string') return String(value);
  return isTyped(field) && looksTyped(value) ? `"${value}"` : value;
};

const literal = (field: string, typed: string): string => {
  const text = typed.trim();
  if (!isTyped(field)) return quoted(text);
  if (/^(?:true|false)$/.test(text) || NUMBER.test(text)) return text;
  return quoted(/^"(.*)"$/.exec(text)?.[1] ?? text);
};

/** The form of a query, from what the API understands of it. */
export const formOf = ({ join, terms }: QueryTerms): QueryForm => ({
  join,
  lines: terms.map(({ field, operator, values }) => ({
    field,
    operator,
    values: values.map((value) => typedText(field, value)),
  })),
});

/** Whether a line says enough to be a part of the query. */
export const isWhole = ({ field, operator, values }: QueryLine): boolean => {
  if (field === '') return false;
  const taken = valuesTaken(operator);
  return taken === 'none' || (values.length > 0 && values.every((value) => value.trim() !== ''));
};

const lineText = ({ field, operator, values }: QueryLine): string => {
  const [first = ''] = values;
  const all = values.map((value) => literal(field, value)).join(', ');
  switch (operator) {
    case 'exists':
      return `exists(${field})`;
    case 'not exists':
      return `not exists(${field})`;
    case 'not contains':
      return `not ${field} contains ${quoted(first)}`;
    case 'contains':
      return `${field} contains ${quoted(first)}`;
    case 'in':
    case 'not in':
      return `${field} ${operator} (${all})`;
    default:
      return `${field} ${operator} ${literal(field, first)}`;
  }
};

/** The query that a form means, in the query language; lines that are not whole yet are left out. */
export const queryText = ({ join, lines }: QueryForm): string =>
  lines.filter(isWhole).map(lineText).join(` ${join} `);

/** The name of an attribute as a field: in quotes where it is no word. */
export const attributeField = (name: string): string =>
  `attributes.${/^[\w.:-]+$/.test(name) ? name : quoted(name)}`;

/** A field in the words of the form. */
export const fieldLabel = (field: string): string =>
  plainFields.find(({ value }) => value === field)?.label ?? field.replace(/^attributes\./, '');
