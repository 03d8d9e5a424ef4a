import type { FastifyReply, FastifyRequest } from 'fastify';
import type { NoteGate } from '../../app/check-in.ts';
import type { Admitted } from '../../app/device-access.ts';
import type { LastSeen } from '../../app/last-seen.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import type { Waker } from '../../app/waker.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { Result } from '../../domain/result.ts';
import type { AgentRouteName, AgentRoutes } from '../../wire/pulse/agent.ts';
import type { ReplyOf } from '../../wire/pulse/route.ts';

export type GatewayDeps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256' | 'equal'>;
  readonly seen: Pick<LastSeen, 'note'>;
  readonly noteGate?: NoteGate | undefined;
  readonly waker: Pick<Waker, 'wait'>;
  /** What links begin with; absent, the address under which the gateway asks. */
  readonly publicUrl: string | undefined;
  /** After how many milliseconds without a word about a command it is handed out again. */
  readonly lease: number;
  readonly parseJson: (bytes: Uint8Array) => unknown;
};

/** A request of a gateway that got in. */
export type Visit = Admitted & {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};

export type Handler<Name extends AgentRouteName> = (
  visit: Visit,
) => Promise<Result<ReplyOf<AgentRoutes[Name]>, Refusal>>;

/** One handler for each route of the table. */
export type Handlers = { readonly [Name in AgentRouteName]: Handler<Name> };
