import type { FastifyRequest } from 'fastify';
import { noteDenied } from '../../app/audit-notes.ts';
import { endsWhenIdle, endWhenIdle } from '../../app/idle-session.ts';
import type { Permission } from '../../app/permissions.ts';
import type { Clock, Hashing, Store } from '../../app/ports.ts';
import { createAuthenticate, type Principal } from '../../app/sign-in.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import { askedOf, originOf } from '../../http/origin.ts';
import type { ThingSpaceRoute } from '../../wire/thingspace/route.ts';
import { errorOf, faults, type WireError } from './errors.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly hashing: Hashing;
  /** Milliseconds. */
  readonly settings: { readonly sessionIdle: number };
};

/** Whose application calls, and for whom; the same person where no session is shown. */
export type Admitted = { readonly application: Principal; readonly caller: Principal };

/** Who may go on, or why not; `accountId` is the account that the call names, if it does. */
export type Admit = (
  route: Pick<ThingSpaceRoute, 'access'>,
  request: FastifyRequest,
  accountId: string | undefined,
) => Promise<Result<Admitted | undefined, WireError>>;

const bearerOf = ({ headers }: FastifyRequest): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];

/** The secret of the session that a request shows; empty without one. */
export const sessionOf = ({ headers }: FastifyRequest): string =>
  [headers['vz-m2m-token']].flat()[0]?.trim() ?? '';

const no = (refusal: Parameters<typeof errorOf>[0]) => refused(errorOf(refusal));
const unreachable = (id: string) => no({ code: 'not-found', entity: 'account', id });

/** Whether this access is a permission, which is one in an account. */
export const isPermission = (access: ThingSpaceRoute['access']): boolean => /^[A-Z]/.test(access);

/** Before anything is read of the body: which application, whose session, and may they? */
export const createAdmit = (deps: Deps): Admit => {
  const authenticate = createAuthenticate(deps);

  const applicationOf = async (request: FastifyRequest): Promise<Result<Principal, WireError>> => {
    const secret = bearerOf(request);
    if (secret === undefined) return refused(faults.missing);
    const found = await authenticate(secret, undefined, originOf(request, 'thingspace'));
    // A session of this wire ends when it is idle, which only `personOf` looks at.
    return found.ok && !endsWhenIdle(found.value.token) ? found : refused(faults.invalid);
  };

  const personOf = async (
    request: FastifyRequest,
    accountId: string | undefined,
  ): Promise<Result<Principal, WireError>> => {
    const secret = sessionOf(request);
    if (secret === '') return no({ code: 'unauthenticated', reason: 'missing' });
    if (await endWhenIdle(deps, secret, deps.settings.sessionIdle)) {
      return no({ code: 'unauthenticated', reason: 'expired' });
    }
    const found = await authenticate(secret, accountId, originOf(request, 'thingspace'));
    if (!found.ok) return no(found.refusal);
    // Ids of accounts are taken as they are written, where the store finds them in any case (reference 7.1).
    return accountId === undefined || found.value.account.id === accountId ? found : unreachable(accountId);
  };

  return async ({ access }, request, accountId) => {
    if (access === 'public') return ok(undefined);
    const application = await applicationOf(request);
    if (!application.ok) return application;
    if (access === 'application') return ok({ application: application.value, caller: application.value });
    const { token } = application.value;
    const isElsewhere = accountId !== undefined && token.accountId !== null && token.accountId !== accountId;
    if (isElsewhere) return unreachable(accountId);
    const caller = await personOf(request, accountId);
    if (!caller.ok) return caller;
    const permission = access as Permission;
    const isAllowed =
      access === 'session' || accountId === undefined || caller.value.permissions.has(permission);
    if (isAllowed) return ok({ application: application.value, caller: caller.value });
    await noteDenied(deps, caller.value, permission, askedOf(request));
    return no({ code: 'forbidden', permission });
  };
};
