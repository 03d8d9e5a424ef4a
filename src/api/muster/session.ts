import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { StoredAccount, User } from '../../app/account-records.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import {
  accountsOf,
  changePassword,
  newDecoy,
  type SessionSettings,
  type SignedIn,
  signIn,
  signOut,
} from '../../app/session.ts';
import { isSetUpDue, setUp } from '../../app/set-up.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result } from '../../domain/result.ts';
import { originOf } from '../../http/origin.ts';
import { basePath } from '../../wire/muster/routes.ts';
import type {
  AccountName,
  BrowserSession,
  NewSession,
  Person,
  sessionRoutes,
} from '../../wire/muster/session.ts';
import type { Handlers } from './call.ts';
import { type CookiePlace, forgetCookie, keepInCookie } from './cookie.ts';
import { toInstant, toMaybeInstant } from './map.ts';
import { mapped } from './mapped.ts';

/**
 * No refused log-in is answered sooner, in milliseconds: noting a known person's failure takes a flush to
 * disk that an unknown one does not need, and the difference would tell who exists.
 */
const REFUSAL_TAKES = 100;

const toPerson = ({ id, email, name, serverAdministrator }: User): Person => ({
  id,
  email,
  name,
  serverAdministrator,
});

const toAccountName = ({ id, name }: StoredAccount): AccountName => ({ id, name });

const toBrowserSession = ({ expiresAt, user, accounts }: SignedIn): BrowserSession => ({
  expiresAt: toInstant(expiresAt),
  user: toPerson(user),
  accounts: accounts.map(toAccountName),
});

const toNewSession = (signedIn: SignedIn): NewSession => ({
  token: signedIn.secret,
  ...toBrowserSession(signedIn),
});

export const sessionHandlers = (deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Hashing;
  readonly settings: SessionSettings;
  /** Where clients reach this API. */
  readonly baseUrl: () => string;
}): Handlers<typeof sessionRoutes> => {
  let decoy: Promise<string> | undefined;
  const placeOf = ({ protocol }: FastifyRequest): CookiePlace => ({
    path: basePath,
    secure: protocol === 'https' || deps.baseUrl().startsWith('https:'),
  });
  const unhurried = async (
    attempt: (decoy: string) => Promise<Result<SignedIn, Refusal>>,
  ): Promise<Result<SignedIn, Refusal>> => {
    decoy ??= newDecoy(deps);
    const soonest = wait(REFUSAL_TAKES, undefined, { ref: false });
    const result = await attempt(await decoy);
    if (!result.ok) await soonest;
    return result;
  };
  const enter = (
    body: { readonly email: string; readonly password: string },
    request: FastifyRequest,
  ): Promise<Result<SignedIn, Refusal>> =>
    unhurried((hash) => signIn(deps, body, hash, { renewable: false, origin: originOf(request, 'muster') }));
  const inCookie = (
    result: Result<SignedIn, Refusal>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Result<BrowserSession, Refusal> => {
    if (result.ok) {
      const { secret, expiresAt } = result.value;
      keepInCookie(reply, secret, placeOf(request), expiresAt - deps.clock());
    }
    return mapped(result, toBrowserSession);
  };
  return {
    signIn: async ({ body, request }) => mapped(await enter(body, request), toNewSession),
    signInBrowser: async ({ body, request, reply }) => inCookie(await enter(body, request), request, reply),
    getSetUp: async () => ok({ due: await isSetUpDue(deps) }),
    setUp: async ({ body, request, reply }) =>
      inCookie(
        await unhurried((hash) => setUp(deps, body, hash, originOf(request, 'muster'))),
        request,
        reply,
      ),
    getSession: async ({ caller }) =>
      ok({
        user: toPerson(caller.user),
        account: toAccountName(caller.account),
        permissions: [...caller.permissions].sort(),
        accounts: (await accountsOf(deps, caller)).map(toAccountName),
        expiresAt: toMaybeInstant(caller.token.expiresAt),
      }),
    signOut: async ({ caller, request, reply }) => {
      const result = await signOut(deps, caller);
      if (result.ok && request.headers.cookie !== undefined) forgetCookie(reply, placeOf(request));
      return result;
    },
    changePassword: ({ caller, body }) => changePassword(deps, caller, body),
  };
};
