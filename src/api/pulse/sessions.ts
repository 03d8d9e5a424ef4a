import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { getSeated } from '../../app/group-people.ts';
import { permissions } from '../../app/permissions.ts';
import { newDecoy, renewSession, signIn, signOut } from '../../app/session.ts';
import { openAnother } from '../../app/session-switch.ts';
import type { Principal } from '../../app/sign-in.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import { originOf } from '../../http/origin.ts';
import type { sessionRoutes, Tokens } from '../../wire/pulse/sessions.ts';
import { bearerOf, createAdmit, organisationOf } from './auth.ts';
import { basicCredentials } from './basic.ts';
import type { Handlers } from './call.ts';
import { BadRequest } from './errors.ts';
import { emptied, mapped } from './mapped.ts';
import { numberOf, toUser } from './people-map.ts';
import type { PulseDeps } from './plugin.ts';
import { versions } from './versions.ts';

/**
 * No refused log-in is answered sooner, in milliseconds: noting a known person's failure takes a flush to disk that
 * an unknown one does not need, and the difference would tell who exists.
 */
const REFUSAL_TAKES = 100;

/** Beyond these nobody has a name or a password; such a name is looked up as the empty one, which takes as long. */
const LONGEST = { email: 254, password: 1_024 };

type Issued = { readonly secret: string; readonly expiresAt: number };

const toTokens = ({ secret, expiresAt }: Issued, refreshToken: string): Tokens => ({
  accessToken: secret,
  accessTokenExpiresAt: Math.floor(expiresAt / 1_000),
  refreshToken,
});

/** Tokens are nobody's to keep on the way; and whoever is refused is told in which form to come again. */
const challenged = async <Value>(
  reply: FastifyReply,
  asked: () => Promise<Result<Value, Refusal>>,
): Promise<Result<Value, Refusal>> => {
  reply.header('cache-control', 'no-store').header('www-authenticate', CHALLENGE);
  const result = await asked();
  if (result.ok || result.refusal.code !== 'unauthenticated') reply.removeHeader('www-authenticate');
  return result;
};

const CHALLENGE = 'Basic realm="muster", charset="UTF-8"';
const NO_CREDENTIALS =
  'Expected an Authorization header with Basic credentials, or with the Bearer token of a session; got none.';
const missing = refused<Refusal>({ code: 'unauthenticated', reason: 'missing' });

type Credentials = { readonly email: string; readonly password: string };

const plausible = ({ email, password }: Credentials): Credentials => ({
  email: email.length > LONGEST.email || email.includes('\u0000') ? '' : email,
  password: password.slice(0, LONGEST.password),
});

/** Versions, tokens, and who the caller is. */
export const sessionHandlers = (deps: PulseDeps): Handlers<typeof sessionRoutes> => {
  const admit = createAdmit(deps);
  let decoy: Promise<string> | undefined;

  const signInWith = async (
    request: FastifyRequest,
    credentials: Credentials,
  ): Promise<Result<Tokens, Refusal>> => {
    decoy ??= newDecoy(deps);
    const soonest = wait(REFUSAL_TAKES, undefined, { ref: false });
    const options = { renewable: true, origin: originOf(request, 'pulse') };
    const result = await signIn(deps, plausible(credentials), await decoy, options);
    if (!result.ok) await soonest;
    return mapped(result, (session) => toTokens(session, session.refresh?.secret ?? ''));
  };

  const openWith = async (request: FastifyRequest): Promise<Result<Tokens, Refusal>> => {
    if (bearerOf(request) === undefined) throw new BadRequest(NO_CREDENTIALS, 'UNAUTHENTICATED', 401);
    const admitted = await admit({ access: 'signed-in' }, request);
    if (!admitted.ok) return admitted;
    const bound = organisationOf(request) !== undefined;
    const opened = await openAnother(deps, admitted.value as Principal, { bound });
    return mapped(opened, (session) => toTokens(session, session.refresh.secret));
  };

  return {
    getVersions: async () =>
      ok({ currentVersion: versions[0], oldestSupportedVersion: versions.at(-1) ?? versions[0] }),
    getToken: ({ request, reply }) =>
      challenged(reply, () => {
        const credentials = basicCredentials(request.headers.authorization);
        return credentials === undefined ? openWith(request) : signInWith(request, credentials);
      }),
    refreshToken: ({ request, reply }) =>
      challenged(reply, async () => {
        const secret = bearerOf(request);
        if (secret === undefined) return missing;
        const opened = await renewSession(deps, secret, originOf(request, 'pulse'));
        return mapped(opened, (session) => toTokens(session, secret));
      }),
    logOut: async ({ caller }) => emptied(await signOut(deps, caller)),
    getMe: async ({ caller }) => {
      // Server administrators act in organisations that they do not belong to.
      const seated = await getSeated(deps, caller, caller.user.id);
      const seat = seated.ok ? seated.value.seat : { roles: [], groups: [] };
      const held = permissions.filter((permission) => caller.permissions.has(permission));
      return ok({ ...toUser(caller.account)(caller.user, seat), permissions: held.map(numberOf) });
    },
  };
};
