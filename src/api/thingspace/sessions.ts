import type { FastifyRequest } from 'fastify';
import { isOfApplication } from '../../app/application-token.ts';
import { IDLE_MARK } from '../../app/idle-session.ts';
import { changePassword, signOut } from '../../app/session.ts';
import { createAuthenticate } from '../../app/sign-in.ts';
import { ok } from '../../domain/result.ts';
import { SECOND } from '../../domain/time.ts';
import { originOf } from '../../http/origin.ts';
import type { sessionRoutes } from '../../wire/thingspace/sessions.ts';
import { type AccessToken, createAccessTokens } from './access-tokens.ts';
import { sessionOf } from './auth.ts';
import { basicCredentials } from './basic.ts';
import type { Handlers } from './call.ts';
import { logInFailed, oauthError, Refused } from './errors.ts';
import { mapped } from './mapped.ts';
import type { ThingSpaceDeps } from './plugin.ts';
import { createSignIn } from './sign-in.ts';

/** What the server chooses as a password, in random bytes. */
const PASSWORD_BYTES = 18;

const unknownClient = (): Refused =>
  new Refused(oauthError('invalid_client', 'Expected Basic credentials that are known here.'));

/** Access tokens of applications, and sessions of people. */
export const sessionHandlers = (deps: ThingSpaceDeps): Handlers<typeof sessionRoutes> => {
  const signIn = createSignIn(deps);
  const authenticate = createAuthenticate(deps);
  const accessToken = createAccessTokens(deps, signIn);

  const clientOf = async (request: FastifyRequest): Promise<AccessToken> => {
    const shown = basicCredentials(request.headers.authorization);
    const origin = originOf(request, 'thingspace');
    const token = shown && (await accessToken(shown.key, shown.secret, origin));
    if (token === undefined) throw unknownClient();
    return token;
  };

  return {
    requestToken: async ({ body, request, reply }) => {
      // Tokens are nobody's to keep on the way (RFC 6749, 5.1).
      reply.header('cache-control', 'no-store');
      if (body.grant_type === undefined)
        throw new Refused(oauthError('invalid_request', 'Expected grant_type=client_credentials.'));
      if (body.grant_type !== 'client_credentials')
        throw new Refused(
          oauthError('unsupported_grant_type', 'Expected the grant type client_credentials.'),
        );
      const { secret, seconds } = await clientOf(request);
      return ok({
        access_token: secret,
        token_type: 'Bearer',
        expires_in: seconds,
        // Scopes mean nothing here: what a caller may do follows from the session.
        scope: body.scope ?? '',
      });
    },
    revokeToken: async ({ body, request, reply }) => {
      const { userId } = await clientOf(request);
      const token = body.token ?? '';
      if (token === '') throw new Refused(oauthError('invalid_request', 'Expected the token to revoke.'));
      const found = await authenticate(token, undefined);
      // Whoever asks for what is not theirs, or not there, is told nothing of that (RFC 7009, 2.2).
      if (!found.ok || found.value.user.id !== userId || !isOfApplication(found.value.token))
        return ok(undefined);
      const ended = await signOut(deps, found.value);
      if (ended.ok) reply.header('RevokedAccessToken', token);
      return ended;
    },
    logIn: async ({ body, request, reply }) => {
      reply.header('cache-control', 'no-store');
      const { sessionTtl, sessionIdle } = deps.settings;
      const credentials = { email: body.username, password: body.password };
      const opened = await signIn(credentials, {
        name: IDLE_MARK,
        ttl: sessionTtl,
        origin: originOf(request, 'thingspace'),
      });
      if (!opened.ok) throw new Refused(logInFailed);
      return mapped(opened, ({ secret }) => ({
        sessionToken: secret,
        expires_in: Math.floor(sessionIdle / SECOND),
      }));
    },
    logOut: async ({ caller, request }) =>
      mapped(await signOut(deps, caller), () => ({ sessionToken: sessionOf(request) })),
    resetPassword: async ({ caller, application, body, reply }) => {
      reply.header('cache-control', 'no-store');
      const newPassword = deps.ids.secret(PASSWORD_BYTES);
      const change = { current: body.oldPassword, next: newPassword };
      const changed = await changePassword(deps, caller, change, application.token);
      if (!changed.ok && changed.refusal.code === 'unauthenticated') throw new Refused(logInFailed);
      return mapped(changed, () => ({ newPassword }));
    },
  };
};
