import Type, { type Static } from 'typebox';
import { Empty, Id, Int64, PageResponse, pageQuery, Text } from './common.ts';
import { Device } from './devices.ts';
import { pulseRoutes } from './route.ts';

export const operators = [
  'EQUAL_TO',
  'NOT_EQUAL_TO',
  'GREATER_THAN',
  'GREATER_THAN_EQUAL_TO',
  'LESS_THAN',
  'LESS_THAN_EQUAL_TO',
  'CONTAINS',
] as const;
export const valueTypes = ['INT64', 'DOUBLE', 'STRING', 'BOOLEAN'] as const;

const Word = <const Words extends readonly string[]>(words: Words) =>
  Type.Unsafe<Words[number]>(Type.String({ enum: [...words] }));

const optional = { text: Type.Optional(Text), int64: Type.Optional(Int64) } as const;

/** Which datum of a device: a member of it or, with a qualifier, a property. */
const KeyObj = Type.Object({
  key: Text,
  keyQualifier: optional.text,
  valueType: Type.Optional(Word(valueTypes)),
  dataSource: optional.text,
});
export type KeyObj = Static<typeof KeyObj>;

const Pair = Type.Object({
  operator: Word(operators),
  valueInt64: optional.int64,
  valueString: optional.text,
  valueBoolean: Type.Optional(Type.Boolean()),
  valueDouble: Type.Optional(Type.Number()),
});
export type Pair = Static<typeof Pair>;

const Pairs = Type.Optional(Type.Array(Pair, { maxItems: 200 }));

/** All filters of a list must hold, and of each one any of its pairs; the pairs go by three names in the guides. */
export const Filter = Type.Object({
  keyObj: KeyObj,
  oredOperatorValuePair: Pairs,
  oredOperatorValuePairs: Pairs,
  oredOperationValuePair: Pairs,
});
export type Filter = Static<typeof Filter>;

const Filters = Type.Array(Filter, { maxItems: 100 });
const TemplateIds = Type.Array(Text, { maxItems: 200 });
/** A datum to be shown of each device that is found. */
const Projection = Type.Object({
  key: Text,
  keyQualifier: optional.text,
  valueType: optional.text,
  dataSource: optional.text,
});
export type Projection = Static<typeof Projection>;
const Projections = Type.Array(Projection, { maxItems: 100 });

const criteria = {
  templateIds: Type.Optional(TemplateIds),
  filters: Type.Optional(Filters),
  filter: Type.Optional(Filters),
  projections: Type.Optional(Projections),
  projection: Type.Optional(Projections),
  startTimeMs: optional.int64,
  endTimeMs: optional.int64,
} as const;

/** What says which devices; lists go by two names in the guides. */
export const Criteria = Type.Object(criteria);
export type Criteria = Static<typeof Criteria>;

const DefinitionInput = Type.Object({
  name: optional.text,
  description: optional.text,
  ...criteria,
});
export type DefinitionInput = Static<typeof DefinitionInput>;

const ResultInput = Type.Object({
  baseFilterDefId: optional.text,
  queryTypeForBaseFilterDef: optional.text,
  retentionTimeSec: optional.int64,
  ...criteria,
});
export type ResultInput = Static<typeof ResultInput>;

/** Filters and projections are shown as they came, with the members that were given. */
export const Definition = Type.Object({
  id: Id,
  name: Type.String(),
  description: Type.String(),
  templateIds: Type.Array(Type.String()),
  filters: Type.Array(Type.Unknown()),
  projections: Type.Array(Type.Unknown()),
  startTimeMs: Int64,
  endTimeMs: Int64,
});
export type Definition = Static<typeof Definition>;

const KeyValue = Type.Object({
  key: Type.String(),
  valueString: Type.Optional(Type.String()),
  valueInt64: Type.Optional(Int64),
});
export type KeyValue = Static<typeof KeyValue>;

/** A device that was found, whole, and the data of it that were asked for. */
const FilteredDevice = Type.Object({ ...Device.properties, keyValuePair: Type.Array(KeyValue) });
export type FilteredDevice = Static<typeof FilteredDevice>;

const Found = Type.Object({ pageInfo: PageResponse, devices: Type.Array(FilteredDevice) });
const Reference = Type.Object({ id: Id });
const paged = Type.Object(pageQuery);

const createFilterResult = {
  method: 'POST',
  access: 'Create Filter Definition',
  source: 'known',
  body: ResultInput,
  reply: Reference,
} as const;

const getFilterResult = {
  method: 'GET',
  access: 'View Filter Definition',
  source: 'known',
  query: paged,
  reply: Found,
} as const;

export const filterRoutes = pulseRoutes({
  createFilterDefinition: {
    method: 'POST',
    path: '/filter-definitions',
    access: 'Create Filter Definition',
    summary: 'Save a filter, which is a distribution list for campaigns',
    source: 'own',
    body: DefinitionInput,
    reply: Reference,
  },
  listFilterDefinitions: {
    method: 'GET',
    path: '/filter-definitions',
    access: 'View Filter Definition',
    summary: 'List saved filters',
    source: 'own',
    query: paged,
    reply: Type.Object({ pageInfo: PageResponse, filterDefinitions: Type.Array(Definition) }),
  },
  getFilterDefinition: {
    method: 'GET',
    path: '/filter-definitions/:filterId',
    access: 'View Filter Definition',
    summary: 'Get a saved filter',
    source: 'own',
    reply: Definition,
  },
  editFilterDefinition: {
    method: 'PUT',
    path: '/filter-definitions/:filterId',
    access: 'Edit Filter Definition',
    summary: 'Change a saved filter',
    source: 'own',
    body: DefinitionInput,
    reply: Reference,
  },
  deleteFilterDefinition: {
    method: 'DELETE',
    path: '/filter-definitions/:filterId',
    access: 'Delete Filter Definition',
    summary: 'Delete a saved filter; campaigns keep what it said',
    source: 'own',
    reply: Empty,
  },
  previewFilterDefinition: {
    method: 'POST',
    path: '/filter-definitions/:filterId/preview',
    access: 'View Filter Definition',
    summary: 'Get the devices that a saved filter finds now',
    source: 'own',
    query: paged,
    reply: Found,
  },
  createFilterResult: {
    ...createFilterResult,
    path: '/filter-results',
    summary: 'Ask for a filtered list of devices',
  },
  createFilter: {
    ...createFilterResult,
    path: '/filters',
    summary: 'The same by its older name',
  },
  getFilterResult: {
    ...getFilterResult,
    path: '/filter-results/:resultId',
    summary: 'Get the devices of a filtered list, as they are now',
  },
  getFilter: {
    ...getFilterResult,
    path: '/filters/:resultId',
    summary: 'The same by its older name',
  },
});
