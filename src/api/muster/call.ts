import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Repeatable } from '../../app/change.ts';
import type { Principal } from '../../app/sign-in.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { Result } from '../../domain/result.ts';
import type { BodyOf, ParamsOf, QueryOf, ReplyOf, Route } from '../../wire/muster/route.ts';

/** A request that passed its schemas and its permission. */
export type Call<R extends Route> = {
  /** Nobody, on public routes. */
  readonly caller: R['access'] extends 'public' ? undefined : Principal;
  readonly params: ParamsOf<R>;
  readonly query: QueryOf<R>;
  readonly body: BodyOf<R>;
  /** The revision named in If-Match. */
  readonly expected: number | undefined;
  readonly repeatable: Repeatable;
  /** For the few routes whose bodies or replies are streams of bytes. */
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};

/** What a handler gives back: the reply's body, nothing with 204, and nothing where it sent bytes itself. */
export type Handler<R extends Route> = (
  call: Call<R>,
) => Promise<Result<R['reply'] extends object ? ReplyOf<R> : undefined, Refusal>>;

/** One handler for each route of a table: a route without one does not compile. */
export type Handlers<Table extends Record<string, Route>> = {
  readonly [Name in keyof Table]: Handler<Table[Name]>;
};
