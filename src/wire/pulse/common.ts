import { type Static, type TSchema, Type } from 'typebox';

/** Everything of this wire is below it. */
export const basePath = '/api';

/** A 64-bit integer: decimal text in replies, text or a number in requests (the JSON mapping of protobuf). */
export const Int64 = Type.String({
  pattern: '^-?\\d{1,19}$',
  description: 'A 64-bit integer as decimal text.',
});
/** An instant in epoch milliseconds as decimal text. */
export const EpochMs = Type.String({
  pattern: '^\\d{1,19}$',
  description: 'Epoch milliseconds as decimal text.',
});
/** A 32-bit integer. */
export const Int32 = Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647 });
export const Text = Type.String({ maxLength: 65_536 });
/** Text of one line, such as a name. */
export const Line = Type.String({ maxLength: 256, pattern: '^[^\\u0000-\\u001f]*$' });
/** Some sentences. */
export const Description = Type.String({ maxLength: 4_096 });
export const Id = Type.String({ maxLength: 256 });
export const Ids = Type.Array(Id, { maxItems: 100_000 });
/** `map<string,string>`; `additionalProp1` in the guide is the placeholder for it. */
export const TextMap = Type.Unsafe<Record<string, string>>({
  type: 'object',
  propertyNames: { minLength: 1, maxLength: 256 },
  additionalProperties: Text,
  maxProperties: 256,
});

/** A success that says nothing else. */
export const Empty = Type.Object({});

/** What a record says of itself: whose it is, and when and how often it was written. */
export const record = {
  orgId: Type.String(),
  createdTime: EpochMs,
  lastUpdatedTime: EpochMs,
  updateVersion: Int32,
} as const;

/** Asks for a page in any of the three spellings that clients use (reference 1.5). */
export const pageQuery = {
  'page.number': Type.Optional(Int32),
  'page.size': Type.Optional(Int32),
  'page.sort': Type.Optional(Type.String({ maxLength: 64 })),
  page: Type.Optional(Int32),
  pageSize: Type.Optional(Int32),
  'pageInfo.page': Type.Optional(Int32),
  'pageInfo.pageSize': Type.Optional(Int32),
  sort: Type.Optional(Type.String({ maxLength: 64 })),
} as const;
export type PageQuery = Partial<Record<keyof typeof pageQuery, number | string | undefined>>;

/** The envelope of a list: counters are text, the page asked for is numbers. */
export const PageResponse = Type.Object({
  totalPages: Int64,
  totalElements: Int64,
  page: Int32,
  pageSize: Int32,
});
export type PageResponse = Static<typeof PageResponse>;

/** May be given once or several times, which means any of them. */
export const many = <Item extends TSchema>(item: Item) =>
  Type.Optional(Type.Array(item, { maxItems: 1_000 }));
