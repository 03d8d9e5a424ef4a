import { type Expression, formatField, isInstant, type Operator, type Scalar } from '../domain/targeting.ts';

/** One line of a form: a field, what is asked of it, and the values that are asked for. */
export type QueryTerm = {
  readonly field: string;
  readonly operator: Operator | 'contains' | 'not contains' | 'in' | 'not in' | 'exists' | 'not exists';
  readonly values: readonly Scalar[];
};

/** A query that is not nested: all of its terms must hold, or one of them. */
export type QueryTerms = { readonly join: 'and' | 'or'; readonly terms: readonly QueryTerm[] };

type Leaf = Extract<Expression, { readonly field: unknown }>;

const isLeaf = (e: Expression): e is Leaf => 'field' in e;

const LAST_INSTANT = 8_640_000_000_000_000;

const shownValue = ({ field }: Leaf, value: Scalar): Scalar =>
  isInstant(field) && typeof value === 'number' && Math.abs(value) <= LAST_INSTANT
    ? new Date(value).toISOString()
    : value;

const termOf = (e: Leaf): QueryTerm => {
  const field = formatField(e.field);
  if (e.type === 'compare') return { field, operator: e.operator, values: [shownValue(e, e.value)] };
  if (e.type === 'contains') return { field, operator: 'contains', values: [e.value] };
  if (e.type === 'in') return { field, operator: 'in', values: e.values.map((one) => shownValue(e, one)) };
  return { field, operator: 'exists', values: [] };
};

/** The term that holds where this one does not, where a form has one: a missing value keeps `not <` from being `>=`. */
const opposites: Readonly<Partial<Record<QueryTerm['operator'], QueryTerm['operator']>>> = {
  '=': '!=',
  '!=': '=',
  contains: 'not contains',
  in: 'not in',
  exists: 'not exists',
};

const lineOf = (e: Expression): QueryTerm | undefined => {
  if (isLeaf(e)) return termOf(e);
  if (e.type !== 'not' || !isLeaf(e.of)) return undefined;
  const term = termOf(e.of);
  const operator = opposites[term.operator];
  return operator && { ...term, operator };
};

/** A query as a form shows it; `null` where it is nested deeper than that. */
export const termsOf = (e: Expression): QueryTerms | null => {
  if (e.type === 'all') return { join: 'and', terms: [] };
  const join = e.type === 'or' ? 'or' : 'and';
  const parts = e.type === 'and' || e.type === 'or' ? e.of : [e];
  const terms = parts.map(lineOf).filter((term) => term !== undefined);
  return terms.length === parts.length ? { join, terms } : null;
};
