import type { Caller } from '../../app/caller.ts';
import { templateNames } from '../../app/device-templates.ts';
import { createDocument, getDocument } from '../../app/documents.ts';
import { templateOf } from '../../app/pulse-profile.ts';
import {
  createQuery,
  deleteQuery,
  editQuery,
  findBeside,
  getQuery,
  sliceQueries,
} from '../../app/queries.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result } from '../../domain/result.ts';
import { DAY } from '../../domain/time.ts';
import type { PageQuery } from '../../wire/pulse/common.ts';
import type { DefinitionInput, filterRoutes } from '../../wire/pulse/filters.ts';
import type { Handler, Handlers } from './call.ts';
import { toDevice } from './device-map.ts';
import { BadRequest } from './errors.ts';
import {
  emptyFilter,
  type FilterBody,
  type KeptFilter,
  keptOf,
  toDefinition,
  toKeyValues,
  withCriteria,
} from './filter-map.ts';
import { expressionOf, type Scope, scopeOver } from './filter-scope.ts';
import { mapped } from './mapped.ts';
import { pagingOf, toPageResponse } from './paging.ts';
import type { PulseDeps } from './plugin.ts';

type Routes = typeof filterRoutes;
type KeptResult = FilterBody & { readonly baseFilterDefId: string };

const RESULT = 'pulse/filter-result';

/** How long a filtered list can be read after it was asked for. */
const RESULT_KEPT = DAY;

const toReference = ({ id }: { readonly id: string }) => ({ id });

/** A page of the devices of a scope, as they are now. */
const find = async (deps: PulseDeps, caller: Caller, { where, projections }: Scope, query: PageQuery) => {
  const paging = pagingOf(query, deps.settings.firstPage);
  const { items, total } = await deps.store.devices.slice(caller.account.key, where, paging.slice);
  const templates = await templateNames(deps, caller, items.map(templateOf));
  const devices = items.map((device) => {
    const shown = toDevice(device, { organisation: caller.account.id, templates });
    return { ...shown, keyValuePair: toKeyValues(projections, device, shown) };
  });
  return { pageInfo: toPageResponse(paging, total), devices };
};

const checkName = (name: string | undefined): void => {
  if (name?.trim() === '') throw new BadRequest('name: expected a name.');
};

/** What is to be kept of a definition, and the expression that it means. */
const keep = (
  was: FilterBody & { readonly description: string },
  said: DefinitionInput,
): Result<KeptFilter, Refusal> => {
  checkName(said.name);
  const body = withCriteria(was, said);
  return mapped(expressionOf(body), (expression) => ({
    ...body,
    description: said.description ?? was.description,
    expression,
  }));
};

const definitionHandlers = (
  deps: PulseDeps,
): Pick<
  Handlers<Routes>,
  | 'createFilterDefinition'
  | 'listFilterDefinitions'
  | 'getFilterDefinition'
  | 'editFilterDefinition'
  | 'deleteFilterDefinition'
  | 'previewFilterDefinition'
> => ({
  createFilterDefinition: async ({ caller, body }) => {
    const { name = '' } = body;
    const kept = keep({ ...emptyFilter, description: '' }, { ...body, name });
    if (!kept.ok) return kept;
    const { description, expression } = kept.value;
    const input = { name, description, expression };
    return mapped(await createQuery(deps, caller, input, undefined, kept.value), toReference);
  },
  listFilterDefinitions: async ({ caller, query }) => {
    const paging = pagingOf(query, deps.settings.firstPage);
    const { items, total } = await sliceQueries(deps, caller, paging.slice);
    const beside = await Promise.all(items.map(({ id }) => findBeside(deps, caller, id)));
    return ok({
      pageInfo: toPageResponse(paging, total),
      filterDefinitions: items.map((item, index) => toDefinition(item, beside[index])),
    });
  },
  getFilterDefinition: async ({ caller, params }) => {
    const found = await getQuery(deps, caller, params['filterId'] ?? '');
    if (!found.ok) return found;
    return ok(toDefinition(found.value, await findBeside(deps, caller, found.value.id)));
  },
  editFilterDefinition: async ({ caller, params, body }) => {
    const found = await getQuery(deps, caller, params['filterId'] ?? '');
    if (!found.ok) return found;
    const was = found.value;
    const known = keptOf(was, await findBeside(deps, caller, was.id));
    const saysWhich = [body.templateIds, body.filters, body.filter].some((said) => said !== undefined);
    if (known === undefined && !saysWhich) {
      checkName(body.name);
      const patch = { name: body.name, description: body.description };
      return mapped(await editQuery(deps, caller, was.id, patch, was.version), toReference);
    }
    const kept = keep(known ?? { ...emptyFilter, description: was.description }, body);
    if (!kept.ok) return kept;
    const { description, expression } = kept.value;
    const patch = { name: body.name, description, expression };
    return mapped(await editQuery(deps, caller, was.id, patch, was.version, kept.value), toReference);
  },
  deleteFilterDefinition: async ({ caller, params }) =>
    mapped(await deleteQuery(deps, caller, params['filterId'] ?? ''), () => ({})),
  previewFilterDefinition: async ({ caller, params, query }) => {
    const scope = await scopeOver(deps, caller, params['filterId'] ?? '', emptyFilter);
    return scope.ok ? ok(await find(deps, caller, scope.value, query)) : scope;
  },
});

export const filterHandlers = (deps: PulseDeps): Handlers<Routes> => {
  const create: Handler<Routes['createFilterResult']> = async ({ caller, body }) => {
    const own = withCriteria(emptyFilter, body);
    const { baseFilterDefId = '' } = body;
    const said = expressionOf(own);
    if (!said.ok) return said;
    const scope = await scopeOver(deps, caller, baseFilterDefId, own);
    if (!scope.ok) return scope;
    const kept: KeptResult = { ...own, baseFilterDefId };
    return mapped(
      await createDocument(deps, caller, { kind: RESULT, name: '', body: kept }, RESULT_KEPT),
      toReference,
    );
  };
  const read: Handler<Routes['getFilterResult']> = async ({ caller, params, query }) => {
    const found = await getDocument(deps, caller, { kind: RESULT, id: params['resultId'] ?? '' });
    if (!found.ok) return found;
    // Only `create` writes documents of the kind.
    const { baseFilterDefId, ...own } = found.value.body as KeptResult;
    const scope = await scopeOver(deps, caller, baseFilterDefId, own);
    return scope.ok ? ok(await find(deps, caller, scope.value, query)) : scope;
  };
  return {
    ...definitionHandlers(deps),
    createFilterResult: create,
    createFilter: create,
    getFilterResult: read,
    getFilter: read,
  };
};
