import { pulseAttributes } from '../../app/pulse-profile.ts';
import { unreachable } from '../../domain/result.ts';
import type { Expression, Field, Operator, Scalar } from '../../domain/targeting.ts';
import { compareText } from '../../domain/version.ts';
import type { Clause, Condition, PulseOperator } from './filter-conditions.ts';
import type { Key } from './filter-keys.ts';

const operators = {
  EQUAL_TO: '=',
  NOT_EQUAL_TO: '!=',
  GREATER_THAN: '>',
  GREATER_THAN_EQUAL_TO: '>=',
  LESS_THAN: '<',
  LESS_THAN_EQUAL_TO: '<=',
} as const satisfies Record<Exclude<PulseOperator, 'CONTAINS'>, Operator>;

const or = (...of: readonly Expression[]): Expression => ({ type: 'or', of });
const and = (...of: readonly Expression[]): Expression => ({ type: 'and', of });
const not = (of: Expression): Expression => ({ type: 'not', of });
const exists = (field: Field): Expression => ({ type: 'exists', field });

const compare = (field: Field, operator: PulseOperator, value: Scalar): Expression =>
  operator === 'CONTAINS'
    ? { type: 'contains', field, value: `${value}` }
    : { type: 'compare', field, operator: operators[operator], value };

/** Whether a text stands in a relation to another one. */
const holds = (operator: PulseOperator, held: string, value: string): boolean => {
  const order = compareText(held, value);
  switch (operator) {
    case 'EQUAL_TO':
      return order === 0;
    case 'NOT_EQUAL_TO':
      return order !== 0;
    case 'GREATER_THAN':
      return order > 0;
    case 'GREATER_THAN_EQUAL_TO':
      return order >= 0;
    case 'LESS_THAN':
      return order < 0;
    case 'LESS_THAN_EQUAL_TO':
      return order <= 0;
    case 'CONTAINS':
      return held.includes(value);
    default:
      return unreachable(operator);
  }
};

/** Devices without the attribute have the empty text, and no other. */
const ofText = (field: Field, { operator, value }: Condition): Expression => {
  if (field.kind === 'column') return compare(field, operator, `${value}`);
  if (operator === 'NOT_EQUAL_TO') return not(ofText(field, { operator: 'EQUAL_TO', value }));
  const given = compare(field, operator, `${value}`);
  return holds(operator, '', `${value}`) ? or(given, not(exists(field))) : given;
};

const ofWord = (words: Readonly<Record<string, Expression>>, { operator, value }: Condition): Expression =>
  or(
    ...Object.entries(words)
      .filter(([word]) => holds(operator, word, `${value}`))
      .map(([, expression]) => expression),
  );

type Instants = Extract<Key, { kind: 'instant' }>['latestOf'];

/** The latest of several is above a value if one of them is, and not above it if none is. */
const ofInstant = (latestOf: Instants, { operator, value }: Condition): Expression => {
  const each = (relation: PulseOperator): readonly Expression[] =>
    latestOf.map((name) => compare({ kind: 'column', name }, relation, value));
  switch (operator) {
    case 'GREATER_THAN':
    case 'GREATER_THAN_EQUAL_TO':
      return or(...each(operator));
    case 'LESS_THAN':
    case 'LESS_THAN_EQUAL_TO':
      return and(...each(operator));
    case 'NOT_EQUAL_TO':
      return not(ofInstant(latestOf, { operator: 'EQUAL_TO', value }));
    default:
      return and(or(...each('EQUAL_TO')), ...each('LESS_THAN_EQUAL_TO'));
  }
};

/** Attributes that a text stands for: itself, and the number or truth value that is shown so. */
const shownAs = (text: string): readonly Scalar[] => {
  if (text === 'true' || text === 'false') return [text, text === 'true'];
  const number = Number(text);
  return Number.isFinite(number) && `${number}` === text && isExact(number) ? [text, number] : [text];
};

const isExact = (number: number): boolean => !Number.isInteger(number) || Number.isSafeInteger(number);

/** Devices without the property have no value: nothing is true of it but that it is not equal. */
const ofProperty = (name: string, { operator, value }: Condition): Expression => {
  if (typeof value === 'number') return compare({ kind: 'attribute-number', name }, operator, value);
  const field: Field = { kind: 'attribute', name };
  if (operator === 'EQUAL_TO') return { type: 'in', field, values: shownAs(`${value}`) };
  if (operator === 'NOT_EQUAL_TO') return not(ofProperty(name, { operator: 'EQUAL_TO', value }));
  return compare(field, operator, value);
};

const ofCondition = (key: Key, condition: Condition): Expression => {
  switch (key.kind) {
    case 'text':
      return ofText(key.field, condition);
    case 'word':
      return ofWord(key.words, condition);
    case 'instant':
      return ofInstant(key.latestOf, condition);
    case 'property':
      return ofProperty(key.attribute, condition);
    default:
      return unreachable(key);
  }
};

/** What filters mean: devices of one of the templates, if any are named, for which every clause holds (reference 1.9). */
export const toExpression = (templateIds: readonly string[], clauses: readonly Clause[]): Expression => {
  const field: Field = { kind: 'attribute', name: pulseAttributes.template };
  const templates: readonly Expression[] =
    templateIds.length === 0 ? [] : [{ type: 'in', field, values: templateIds }];
  return and(
    ...templates,
    ...clauses.map(({ key, anyOf }) => or(...anyOf.map((condition) => ofCondition(key, condition)))),
  );
};
