import type { Caller } from '../../app/caller.ts';
import { findBeside, getQuery } from '../../app/queries.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result } from '../../domain/result.ts';
import { type Expression, formatExpression, parseExpression } from '../../domain/targeting.ts';
import type { Projection } from '../../wire/pulse/filters.ts';
import { readFilters } from './filter-conditions.ts';
import { toExpression } from './filter-expression.ts';
import { emptyFilter, type FilterBody, keptOf } from './filter-map.ts';
import type { PulseDeps } from './plugin.ts';

/** Which devices, and which of their data are to be shown beside them. */
export type Scope = { readonly where: Expression; readonly projections: readonly Projection[] };

/** What a filter means, in the text that is kept; refused where that would be too long. Throws `BadRequest`. */
export const expressionOf = ({ templateIds, filters }: FilterBody): Result<string, Refusal> => {
  const text = formatExpression(toExpression(templateIds, readFilters(filters)));
  const parsed = parseExpression(text);
  return parsed.ok ? ok(text) : parsed;
};

const union = (base: FilterBody, own: FilterBody): FilterBody => ({
  templateIds: [...new Set([...base.templateIds, ...own.templateIds])],
  filters: [...base.filters, ...own.filters],
  projections: [...base.projections, ...own.projections],
  startTimeMs: own.startTimeMs === emptyFilter.startTimeMs ? base.startTimeMs : own.startTimeMs,
  endTimeMs: own.endTimeMs === emptyFilter.endTimeMs ? base.endTimeMs : own.endTimeMs,
});

const scopeOf = (body: FilterBody): Scope => ({
  where: toExpression(body.templateIds, readFilters(body.filters)),
  projections: body.projections,
});

/** The devices of a saved query, and of those the ones of a filter beside it (reference 1.9: the union of both). */
export const scopeOver = async (
  deps: Pick<PulseDeps, 'store'>,
  caller: Caller,
  baseId: string,
  own: FilterBody,
): Promise<Result<Scope, Refusal>> => {
  if (baseId === '') return ok(scopeOf(own));
  const base = await getQuery(deps, caller, baseId);
  if (!base.ok) return base;
  const kept = keptOf(base.value, await findBeside(deps, caller, baseId));
  if (kept !== undefined) return ok(scopeOf(union(kept, own)));
  const parsed = parseExpression(base.value.expression);
  if (!parsed.ok) return parsed;
  const { where, projections } = scopeOf(own);
  return ok({ where: { type: 'and', of: [parsed.value, where] }, projections });
};
