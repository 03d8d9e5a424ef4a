import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../app/caller.ts';
import type { Principal } from '../../app/sign-in.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { Result } from '../../domain/result.ts';
import type { BodyOf, PulseRoute, QueryOf, ReplyOf } from '../../wire/pulse/route.ts';

type CallerOf<Access extends PulseRoute['access']> = Access extends 'public'
  ? undefined
  : Access extends { readonly orGateway: true } | 'gateway'
    ? Caller
    : Principal;

/** A request that passed its schemas and its permission. */
export type Call<R extends PulseRoute> = {
  /** Nobody on public routes; a gateway is a caller without permissions. */
  readonly caller: CallerOf<R['access']>;
  readonly params: Readonly<Record<string, string>>;
  readonly query: QueryOf<R>;
  readonly body: BodyOf<R>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};

/** What a handler gives back: the reply's body, and nothing where it sent bytes itself. */
export type Handler<R extends PulseRoute> = (
  call: Call<R>,
) => Promise<Result<R['reply'] extends object ? ReplyOf<R> : undefined, Refusal>>;

/** One handler for each route of a table: a route without one does not compile. */
export type Handlers<Table extends Record<string, PulseRoute>> = {
  readonly [Name in keyof Table]: Handler<Table[Name]>;
};
