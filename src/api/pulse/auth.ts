import type { FastifyRequest } from 'fastify';
import { noteDenied } from '../../app/audit-notes.ts';
import type { Caller } from '../../app/caller.ts';
import { admitByToken, isDeviceToken } from '../../app/device-token.ts';
import type { LastSeen } from '../../app/last-seen.ts';
import type { Permission } from '../../app/permissions.ts';
import type { Clock, Hashing, Store } from '../../app/ports.ts';
import { createAuthenticate, type Principal } from '../../app/sign-in.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import { askedOf, originOf } from '../../http/origin.ts';
import type { PulseRoute } from '../../wire/pulse/route.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly hashing: Hashing;
  readonly seen: Pick<LastSeen, 'note'>;
};

/** Who may go on, or why not. */
export type Admit = (
  route: Pick<PulseRoute, 'access'>,
  request: FastifyRequest,
) => Promise<Result<Principal | Caller | undefined, Refusal>>;

/** The token of an Authorization header. */
export const bearerOf = ({ headers }: FastifyRequest): string | undefined =>
  /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];

/** The organisation that the caller acts in; the second name is that of older versions (reference 1.2). */
export const organisationOf = ({ headers }: FastifyRequest): string | undefined => {
  const id = headers['x-current-org-id'] ?? headers['x-current-tenant-id'];
  return typeof id === 'string' && id !== '' ? id : undefined;
};

const none: ReadonlySet<Permission> = new Set();
const unknown = refused<Refusal>({ code: 'unauthenticated', reason: 'invalid' });
const elsewhere = (id: string) =>
  refused<Refusal>({ code: 'forbidden', permission: `being the gateway ${id}` });

/** Before anything is read of the body: who is it, and may they? */
export const createAdmit = (deps: Deps): Admit => {
  const authenticate = createAuthenticate(deps);

  const gateway = async (request: FastifyRequest, token: string): Promise<Result<Caller, Refusal>> => {
    const admitted = await admitByToken(deps, 'gateway', token);
    if (admitted === undefined) return unknown;
    const { speaker, device } = admitted;
    const { gatewayId } = request.params as Readonly<Record<string, string>>;
    if (gatewayId !== undefined && gatewayId !== device.id) return elsewhere(gatewayId);
    deps.seen.note(speaker.account.key, device.key);
    return ok({ ...speaker, permissions: none });
  };

  return async ({ access }, request) => {
    if (access === 'public') return ok(undefined);
    const secret = bearerOf(request);
    if (secret === undefined) return refused({ code: 'unauthenticated', reason: 'missing' });
    const takesGateway = access === 'gateway' || typeof access === 'object';
    if (isDeviceToken(secret)) return takesGateway ? gateway(request, secret) : unknown;
    if (access === 'gateway') return unknown;
    const principal = await authenticate(secret, organisationOf(request), originOf(request, 'pulse'));
    if (!principal.ok || access === 'signed-in') return principal;
    const permission = (typeof access === 'object' ? access.permission : access) as Permission;
    if (principal.value.permissions.has(permission)) return principal;
    await noteDenied(deps, principal.value, permission, askedOf(request));
    return refused({ code: 'forbidden', permission });
  };
};
