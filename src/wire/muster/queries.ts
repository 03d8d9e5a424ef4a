import Type, { type Static } from 'typebox';
import { Count, exact, Id, Instant, Name, nullable, page, paging, Revision, Text, word } from './common.ts';
import { routeTable } from './route.ts';

const Expression = Type.String({
  maxLength: 8192,
  description: 'A device query; empty text matches every device.',
  examples: ['model = "GW-2" and version < "1.10" and site in (berlin, oslo)'],
});

export const SavedQuery = exact({
  id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  expression: Type.String(),
  createdBy: Type.String(),
  createdAt: Instant,
  revision: Revision,
});
export type SavedQuery = Static<typeof SavedQuery>;

/** A query as a form shows it: terms of which all or one must hold. */
export const QueryTerms = exact({
  join: word(['and', 'or']),
  terms: Type.Array(
    exact({
      field: Type.String({ description: 'As the query language writes it: `attributes.site`.' }),
      operator: word([
        ...(['=', '!=', '<', '<=', '>', '>=', 'contains', 'not contains'] as const),
        ...(['in', 'not in', 'exists', 'not exists'] as const),
      ]),
      values: Type.Array(Type.Unsafe<string | number | boolean>({ type: ['string', 'number', 'boolean'] }), {
        description: 'One, several for `in`, none for `exists`; instants in ISO 8601.',
      }),
    }),
  ),
});
export type QueryTerms = Static<typeof QueryTerms>;

const params = exact({ query: Id });
const tag = 'Queries';

export const queryRoutes = routeTable({
  listQueries: {
    method: 'GET',
    path: '/queries',
    access: 'View Filter Definition',
    tag,
    summary: 'List the saved device queries',
    query: exact(paging),
    status: 200,
    reply: page(SavedQuery),
  },
  createQuery: {
    method: 'POST',
    path: '/queries',
    access: 'Create Filter Definition',
    tag,
    summary: 'Save a device query',
    body: exact({ name: Name, description: Type.Optional(Text), expression: Expression }),
    status: 201,
    reply: SavedQuery,
    idempotent: true,
  },
  getQuery: {
    method: 'GET',
    path: '/queries/:query',
    access: 'View Filter Definition',
    tag,
    summary: 'Read a saved device query',
    params,
    status: 200,
    reply: SavedQuery,
  },
  editQuery: {
    method: 'PATCH',
    path: '/queries/:query',
    access: 'Edit Filter Definition',
    tag,
    summary: 'Change a saved device query',
    params,
    body: exact({
      name: Type.Optional(Name),
      description: Type.Optional(Text),
      expression: Type.Optional(Expression),
    }),
    status: 200,
    reply: SavedQuery,
    conditional: true,
  },
  deleteQuery: {
    method: 'DELETE',
    path: '/queries/:query',
    access: 'Delete Filter Definition',
    tag,
    summary: 'Delete a saved device query',
    params,
    status: 204,
    conditional: true,
  },
  previewQuery: {
    method: 'POST',
    path: '/queries/preview',
    access: 'View Device',
    tag,
    summary: 'Count the devices that match an expression, and show the first of them',
    body: exact({
      expression: Expression,
      limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, default: 10 })),
    }),
    status: 200,
    reply: exact({
      canonical: Type.String({ description: 'The expression as it was understood.' }),
      terms: Type.Unsafe<QueryTerms | null>({
        ...nullable(QueryTerms),
        description: 'The same for a form; `null` where it is nested deeper than a form shows.',
      }),
      count: Count,
      sample: Type.Array(exact({ id: Type.String(), name: Type.String(), model: Type.String() })),
    }),
  },
});
