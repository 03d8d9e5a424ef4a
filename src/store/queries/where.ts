import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { protocols, standings } from '../../domain/device.ts';
import { unreachable } from '../../domain/result.ts';
import {
  type DeviceFacts,
  type Expression,
  type Field,
  matches,
  type Operator,
  type Scalar,
} from '../../domain/targeting.ts';
import { versionKey } from '../../domain/version.ts';
import { literal } from '../db.ts';
import type { Engine, Phrase } from '../engine.ts';

type Condition = RawBuilder<SqlBool>;

const yes: Condition = sql`(1 = 1)`;
const no: Condition = sql`(1 = 0)`;
/** Where a value is missing the engines know no answer; the rules of `Expression` say no. */
const surely = (condition: Condition): Condition => sql`((${condition}) is true)`;

/** The devices that a query means, by the rules of `Expression`. Names and values are bound, never spliced. */
export const where = (engine: Engine, e: Expression): Condition => {
  switch (e.type) {
    case 'all':
      return yes;
    case 'and':
      return joined(
        sql` and `,
        yes,
        e.of.map((part) => where(engine, part)),
      );
    case 'or':
      return joined(
        sql` or `,
        no,
        e.of.map((part) => where(engine, part)),
      );
    case 'not':
      return sql`(not ${where(engine, e.of)})`;
    case 'compare':
    case 'contains':
    case 'in':
    case 'exists':
      return isWord(e.field) ? withWord(e, e.field.name) : term(engine, e);
    default:
      return unreachable(e);
  }
};

// A chain of a thousand is deeper than SQLite allows; halves of halves are not.
const joined = (word: RawBuilder<unknown>, none: Condition, parts: readonly Condition[]): Condition => {
  const [only] = parts;
  if (only === undefined) return none;
  if (parts.length === 1) return only;
  const half = parts.length >> 1;
  const sides = [parts.slice(0, half), parts.slice(half)].map((side) => joined(word, none, side));
  return sql`(${sql.join(sides, word)})`;
};

type Term = Extract<Expression, { readonly field: Field }>;

/** Columns that hold a number which stands for a word: its place in the list. */
const words = { protocol: protocols, standing: standings } as const;
type Word = keyof typeof words;

const isWord = (field: Field): field is Field & { readonly name: Word } =>
  field.kind === 'column' && (field.name === 'protocol' || field.name === 'standing');

const blank: DeviceFacts = {
  id: '',
  name: '',
  make: '',
  model: '',
  protocol: '',
  standing: '',
  timeZone: '',
  tags: [],
  versions: {},
  attributes: {},
  lastSeenAt: 0,
  createdAt: 0,
};

/** The words that fit are found here. */
const withWord = (e: Term, name: Word): Condition => {
  const fitting = words[name].flatMap((word, index) =>
    matches(e, { ...blank, [name]: word }) ? [index] : [],
  );
  return fitting.length === 0 ? no : sql`(devices.${sql.ref(name)} in (${sql.join(fitting.map(literal))}))`;
};

const columns = {
  id: sql`devices.id`,
  name: sql`devices.name`,
  make: sql`devices.make`,
  model: sql`devices.model`,
  protocol: sql`devices.protocol`,
  standing: sql`devices.standing`,
  timeZone: sql`devices.time_zone`,
  lastSeenAt: sql`devices.last_seen_at`,
  createdAt: sql`devices.created_at`,
} as const;

const tags = sql`devices.tags`;
const versions = sql`devices.versions`;
const attributes = sql`devices.attributes`;

const isInstant = (field: Field): boolean =>
  field.kind === 'column' && (field.name === 'lastSeenAt' || field.name === 'createdAt');

const term = (engine: Engine, e: Term): Condition => {
  switch (e.type) {
    case 'compare':
      return compare(engine, e.field, e.operator, e.value);
    case 'contains':
      return withText(engine, e.field, (text) => engine.contains(text, engine.text(e.value)));
    case 'in':
      return within(engine, e.field, e.values);
    case 'exists':
      return exists(engine, e.field);
    default:
      return unreachable(e);
  }
};

/** Whether some text that the field stands for passes the test. */
const withText = (engine: Engine, field: Field, test: (text: Phrase) => Condition): Condition => {
  switch (field.kind) {
    case 'column':
      return isInstant(field) ? no : surely(test(columns[field.name]));
    case 'tag':
      return sql`(exists (select 1 from ${engine.elementsOf(tags)} as tag where ${test(sql`tag.value`)}))`;
    case 'version':
      return surely(test(engine.textAt(versions, field.component)));
    case 'attribute-number':
      return no;
    case 'attribute':
    case 'attribute-version':
      return surely(test(engine.textAt(attributes, field.name)));
    default:
      return unreachable(field);
  }
};

const signs = {
  '=': sql`=`,
  '!=': sql`<>`,
  '<': sql`<`,
  '<=': sql`<=`,
  '>': sql`>`,
  '>=': sql`>=`,
} as const;

const compare = (engine: Engine, field: Field, operator: Operator, value: Scalar): Condition => {
  if (operator === '!=') return sql`(not ${compare(engine, field, '=', value)})`;
  if (typeof value === 'number') {
    const number = numberOf(engine, field);
    return number === undefined ? no : surely(sql`${number} ${signs[operator]} ${engine.number(value)}`);
  }
  if (typeof value === 'boolean') {
    if (field.kind !== 'attribute' || operator !== '=') return no;
    return surely(engine.isBooleanAt(attributes, field.name, value));
  }
  if (field.kind === 'tag' && operator === '=') return engine.hasElement(tags, engine.text(value));
  return withText(engine, field, (text) =>
    isVersion(field)
      ? sql`version_key(${text}) ${signs[operator]} ${engine.text(versionKey(value))}`
      : sql`${text} ${signs[operator]} ${engine.text(value)}`,
  );
};

const isVersion = (field: Field): boolean => field.kind === 'version' || field.kind === 'attribute-version';

const numberOf = (engine: Engine, field: Field): Phrase | undefined => {
  if (field.kind === 'column') return isInstant(field) ? columns[field.name] : undefined;
  if (field.kind === 'attribute-number') return readAsNumber(engine, field.name);
  return field.kind === 'attribute' ? engine.numberAt(attributes, field.name) : undefined;
};

const readAsNumber = (engine: Engine, name: string): Phrase =>
  sql`coalesce(${engine.numberAt(attributes, name)}, read_decimal(${engine.textAt(attributes, name)}))`;

const within = (engine: Engine, field: Field, values: readonly Scalar[]): Condition => {
  const texts = values.filter((value) => typeof value === 'string');
  const listed = JSON.stringify(isVersion(field) ? texts.map(versionKey) : texts);
  const inTexts = withText(engine, field, (text) =>
    isVersion(field)
      ? sql`version_key(${text}) in ${engine.texts(listed)}`
      : sql`${text} in ${engine.texts(listed)}`,
  );
  const others = values
    .filter((value) => typeof value !== 'string')
    .map((value) => compare(engine, field, '=', value));
  return joined(sql` or `, no, texts.length === 0 ? others : [inTexts, ...others]);
};

const exists = (engine: Engine, field: Field): Condition => {
  switch (field.kind) {
    case 'column':
      return isInstant(field) ? sql`(${columns[field.name]} <> 0)` : sql`(${columns[field.name]} <> '')`;
    case 'tag':
      return sql`(exists (select 1 from ${engine.elementsOf(tags)} as tag))`;
    case 'version':
      return surely(engine.hasName(versions, field.component));
    case 'attribute':
      return surely(engine.hasName(attributes, field.name));
    case 'attribute-version':
      return sql`(${engine.textAt(attributes, field.name)} is not null)`;
    case 'attribute-number':
      return sql`(${readAsNumber(engine, field.name)} is not null)`;
    default:
      return unreachable(field);
  }
};
