import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../app/sign-in.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { Result } from '../../domain/result.ts';
import type { BodyOf, QueryOf, ReplyOf, ThingSpaceRoute } from '../../wire/thingspace/route.ts';

/** A request that passed its schemas and its permission. */
export type Call<R extends ThingSpaceRoute> = {
  /** Whoever's session it is, in the account that the call names; of applications the owner, in public nobody. */
  readonly caller: R['access'] extends 'public' ? undefined : Principal;
  /** Whose access token came with it. */
  readonly application: R['access'] extends 'public' ? undefined : Principal;
  readonly params: Readonly<Record<string, string>>;
  readonly query: QueryOf<R>;
  readonly body: BodyOf<R>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};

/** What a handler gives back: the reply's body, and nothing where that is empty. */
export type Handler<R extends ThingSpaceRoute> = (
  call: Call<R>,
) => Promise<Result<R['reply'] extends object ? ReplyOf<R> : undefined, Refusal>>;

/** One handler for each route of a table: a route without one does not compile. */
export type Handlers<Table extends Record<string, ThingSpaceRoute>> = {
  readonly [Name in keyof Table]: Handler<Table[Name]>;
};
