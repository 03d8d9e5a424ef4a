import type { StoredDevice, StoredQuery } from '../../app/records.ts';
import type { Criteria, Definition, Filter, KeyValue, Projection } from '../../wire/pulse/filters.ts';
import { updatedAtOf } from './device-map.ts';
import { findKey, type Key } from './filter-keys.ts';

/** What a filter says beside its name, as it is kept and as it came. */
export type FilterBody = {
  readonly templateIds: readonly string[];
  readonly filters: readonly Filter[];
  readonly projections: readonly Projection[];
  readonly startTimeMs: string;
  readonly endTimeMs: string;
};

/** The same as it is kept beside a query: `expression` is what it means, and stale when the query says otherwise. */
export type KeptFilter = FilterBody & { readonly description: string; readonly expression: string };

export const emptyFilter: FilterBody = {
  templateIds: [],
  filters: [],
  projections: [],
  startTimeMs: '0',
  endTimeMs: '0',
};

/** What a caller says in place of what was; what is left out stays. */
export const withCriteria = (was: FilterBody, said: Criteria): FilterBody => ({
  templateIds: said.templateIds ?? was.templateIds,
  filters: said.filters ?? said.filter ?? was.filters,
  projections: said.projections ?? said.projection ?? was.projections,
  startTimeMs: said.startTimeMs ?? was.startTimeMs,
  endTimeMs: said.endTimeMs ?? was.endTimeMs,
});

/** What is kept beside a query, if it still says the same as the query. Only this adapter writes it. */
export const keptOf = (query: StoredQuery, beside: unknown): KeptFilter | undefined => {
  const kept = beside as KeptFilter | undefined;
  return kept?.expression === query.expression ? kept : undefined;
};

/** A saved query that this wire did not make, or that was changed elsewhere, shows its expression in words. */
export const toDefinition = (query: StoredQuery, beside: unknown): Definition => {
  const kept = keptOf(query, beside) ?? { ...emptyFilter, description: query.expression };
  return {
    id: query.id,
    name: query.name,
    description: kept.description,
    templateIds: [...kept.templateIds],
    filters: [...kept.filters],
    projections: [...kept.projections],
    startTimeMs: kept.startTimeMs,
    endTimeMs: kept.endTimeMs,
  };
};

const textIn = ({ attributes }: StoredDevice, name: string): string | undefined =>
  Object.hasOwn(attributes, name) ? `${attributes[name]}` : undefined;

type Shown = Pick<KeyValue, 'valueString'> | Pick<KeyValue, 'valueInt64'>;

const valueIn = (key: Key, name: string, device: StoredDevice, shown: object): Shown | undefined => {
  if (key.kind === 'instant')
    return { valueInt64: `${key.latestOf.length > 1 ? updatedAtOf(device) : device.createdAt}` };
  const text =
    key.kind === 'property' ? textIn(device, key.attribute) : new Map(Object.entries(shown)).get(name);
  return text === undefined ? undefined : { valueString: text };
};

/** The data of a device that were asked for: those that it has, and that are data of devices at all. */
export const toKeyValues = (
  projections: readonly Projection[],
  device: StoredDevice,
  /** The device as it is shown. */
  shown: object,
): KeyValue[] =>
  projections.flatMap((projection) => {
    const key = findKey(projection);
    const value = key && valueIn(key, projection.key, device, shown);
    return value === undefined ? [] : [{ key: projection.key, ...value }];
  });
