import type { Clock, Ids, Store } from '../../app/ports.ts';
import {
  createQuery,
  deleteQuery,
  editQuery,
  getQuery,
  listQueries,
  previewQuery,
  type QueryPreview,
} from '../../app/queries.ts';
import type { StoredQuery } from '../../app/records.ts';
import { ok } from '../../domain/result.ts';
import type { QueryTerms, queryRoutes, SavedQuery } from '../../wire/muster/queries.ts';
import type { Handlers } from './call.ts';
import { fromPaging, toInstant, toPage } from './map.ts';
import { mapped } from './mapped.ts';

const toQuery = (query: StoredQuery): SavedQuery => ({
  id: query.id,
  name: query.name,
  description: query.description,
  expression: query.expression,
  createdBy: query.createdBy,
  createdAt: toInstant(query.createdAt),
  revision: query.version,
});

const toTerms = (found: QueryPreview['terms']): QueryTerms | null =>
  found && {
    join: found.join,
    terms: found.terms.map((term) => ({ ...term, values: [...term.values] })),
  };

export const queryHandlers = (deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
}): Handlers<typeof queryRoutes> => ({
  listQueries: async ({ caller, query }) => {
    const page = fromPaging(query);
    return page.ok ? ok(toPage(await listQueries(deps, caller, page.value), toQuery)) : page;
  },
  createQuery: async ({ caller, body, repeatable }) =>
    mapped(await createQuery(deps, caller, { description: '', ...body }, repeatable), toQuery),
  getQuery: async ({ caller, params }) => mapped(await getQuery(deps, caller, params.query), toQuery),
  editQuery: async ({ caller, params, body, expected }) =>
    mapped(await editQuery(deps, caller, params.query, body, expected), toQuery),
  deleteQuery: ({ caller, params, expected }) => deleteQuery(deps, caller, params.query, expected),
  previewQuery: async ({ caller, body }) =>
    mapped(
      await previewQuery(deps, caller, body.expression, body.limit ?? 10),
      ({ sample, terms, ...rest }) => ({
        ...rest,
        terms: toTerms(terms),
        sample: sample.map(({ id, name, model }) => ({ id, name, model })),
      }),
    ),
});
