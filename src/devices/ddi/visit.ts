import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import type { Admit } from '../../app/admission-memory.ts';
import type { Blobs, Redirects } from '../../app/blobs.ts';
import type { NoteGate } from '../../app/check-in.ts';
import type { Admitted } from '../../app/device-access.ts';
import type { LastSeen } from '../../app/last-seen.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { Result } from '../../domain/result.ts';
import type { DdiRouteName } from '../../wire/ddi/routes.ts';
import type { Links } from './links.ts';
import type { QuickPolls } from './quick-poll.ts';

export type DdiDeps = {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly redirects: Redirects;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256' | 'equal'>;
  readonly admit: Admit;
  readonly seen: Pick<LastSeen, 'note'>;
  /** Keeps answers to polls that may be given again; absent, none are. */
  readonly quickPolls?: Pick<QuickPolls, 'keep'> | undefined;
  readonly noteGate?: NoteGate | undefined;
  /** What links begin with; absent, the address under which the device asks. */
  readonly publicUrl: string | undefined;
  /** Addresses and CIDR networks whose word on a certificate is believed. */
  readonly trustedProxies: readonly string[];
};

/** What a device that got in tells of one of its actions. */
export type Told = Admitted & {
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly log: Pick<FastifyBaseLogger, 'warn'>;
};

/** A request of a device that got in. */
export type Visit = Told & {
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly links: Links;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};

/** A document (`lasting` while nothing of the device, its account or its campaigns is written), an empty body, or `sent` where the handler has answered with bytes. */
export type Answer =
  | { readonly document: object; readonly lasting?: boolean }
  | { readonly empty: 200 | 201 }
  | { readonly sent: FastifyReply };

export type Handler = (visit: Visit) => Promise<Result<Answer, Refusal>>;
/** Takes what a device tells, which is answered by a status alone. */
export type Taker = (told: Told) => Promise<Result<{ readonly empty: 200 }, Refusal>>;
export type Handlers<Name extends DdiRouteName> = { readonly [Key in Name]: Handler };
