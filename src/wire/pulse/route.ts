import type { Static, TSchema } from 'typebox';

type Permission = Capitalize<string>;

/**
 * Who may call an operation: anyone, any valid user token, the holders of a permission, or beside them the gateway
 * that the path names with its own device token (any gateway where the path names none: the handler shows it what is
 * its own); `gateway` is that gateway alone.
 */
export type Access =
  | 'public'
  | 'signed-in'
  | 'gateway'
  | Permission
  | { readonly permission: Permission; readonly orGateway: true };

/** One operation: everything a server needs to register it, and a reader to know it. */
export type PulseRoute = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api`, with `:name` parameters; served with and without a slash at the end. */
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  /** Where it comes from: the API guide, what else is known of the product, or Muster's own addition. */
  readonly source: 'guide' | 'known' | 'own';
  /**
   * Read leniently: members in camelCase or snake_case, numbers as numbers or text, unknown members ignored, `null`
   * as absent (the JSON mapping of protobuf).
   */
  readonly body?: TSchema;
  readonly query?: TSchema;
  /** The body is handed on as it comes; `body` is absent then. */
  readonly streams?: true;
  /** Written exactly: every member of the schema, also empty ones. Absent where the reply is bytes. */
  readonly reply?: TSchema;
};

type Of<Schema> = Schema extends TSchema ? Static<Schema> : undefined;

export type BodyOf<R extends PulseRoute> = Of<R['body']>;
export type QueryOf<R extends PulseRoute> = Of<R['query']>;
export type ReplyOf<R extends PulseRoute> = Of<R['reply']>;

/** Checks a table of routes without widening the types of its schemas. */
export const pulseRoutes = <const Table extends Record<string, PulseRoute>>(table: Table): Table => table;
