import type { Static, TSchema } from 'typebox';

type Permission = Capitalize<string>;

/**
 * Who may call an operation: anyone; an application, by its bearer token alone; an application for a person whose
 * session it shows; or that person where they hold a permission in the account that the call names.
 */
export type Access = 'public' | 'application' | 'session' | Permission;

/** One operation: everything a server needs to register it, and a reader to know it. */
export type ThingSpaceRoute = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /**
   * Below `/api`, with `:name` parameters. The account is always `:account`; an operation that needs a permission
   * and has no such parameter names it as `accountName` in its body.
   */
  readonly path: `/${string}`;
  /** Other paths of the same operation that documentation shows (reference 1.3). */
  readonly aliases?: readonly `/${string}`[];
  readonly access: Access;
  readonly summary: string;
  /** The operation of the reference's table, its own number; absent for what no SDK has. */
  readonly number?: number;
  /**
   * Read leniently: unknown members ignored, numbers and booleans also as text, `null` as absent. JSON whatever the
   * content type says, and nothing where no bytes came.
   */
  readonly body?: TSchema;
  readonly query?: TSchema;
  /** How the body comes if not as JSON: a form of names and values, or bytes that the handler reads itself. */
  readonly takes?: 'form' | 'stream';
  /** It may name many devices: its body may be as large as a list of 100,000 of them. */
  readonly many?: true;
  /** Members that the schema requires are always written, others where they have a value. Absent: an empty body. */
  readonly reply?: TSchema;
};

type Of<Schema> = Schema extends TSchema ? Static<Schema> : undefined;

export type BodyOf<R extends ThingSpaceRoute> = Of<R['body']>;
export type QueryOf<R extends ThingSpaceRoute> = Of<R['query']>;
export type ReplyOf<R extends ThingSpaceRoute> = Of<R['reply']>;

/** Checks a table of routes without widening the types of its schemas. */
export const thingspaceRoutes = <const Table extends Record<string, ThingSpaceRoute>>(table: Table): Table =>
  table;
