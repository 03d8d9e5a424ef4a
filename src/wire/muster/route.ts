import type { Static, TSchema } from 'typebox';

/** Who may call a route: `public` anyone, `signed-in` any valid token, else the holders of a permission. */
export type Access = 'public' | 'signed-in' | Permission;
type Permission = Capitalize<string>;

/** One operation of the API: everything a server needs to register it and a client to call it. */
export type Route = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base path, with `:name` parameters. */
  readonly path: string;
  readonly access: Access;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** The body is bytes of one of these media types, streamed to the handler; `body` is absent then. */
  readonly streams?: readonly string[];
  /** Bytes a JSON body may have, where the general limit is too small. */
  readonly bodyLimit?: number;
  readonly status: 200 | 201 | 202 | 204;
  /** Absent with 204, and where the reply is bytes. */
  readonly reply?: TSchema;
  /** Media type of a reply that is bytes. */
  readonly replies?: string;
  /** An `Idempotency-Key` makes the call safe to repeat. */
  readonly idempotent?: true;
  /** `If-Match` with the revision that was read is honoured. */
  readonly conditional?: true;
  /** It is there for a while only, and not found afterwards. */
  readonly temporary?: true;
  /** Counted for each address, and refused above what the operator allows. */
  readonly limited?: 'sign-ins';
};

type Of<Schema> = Schema extends TSchema ? Static<Schema> : undefined;

export type ParamsOf<R extends Route> = Of<R['params']>;
export type QueryOf<R extends Route> = Of<R['query']>;
export type BodyOf<R extends Route> = Of<R['body']>;
export type ReplyOf<R extends Route> = Of<R['reply']>;

/** Checks a table of routes without widening the types of its schemas. */
export const routeTable = <const Table extends Record<string, Route>>(table: Table): Table => table;
