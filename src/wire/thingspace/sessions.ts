import { type Static, Type } from 'typebox';
import { thingspaceRoutes } from './route.ts';

const Secret = Type.String({ maxLength: 1_024 });

/** A token of RFC 6749; `expires_in` in seconds. */
export const OauthToken = Type.Object({
  access_token: Type.String(),
  token_type: Type.String(),
  expires_in: Type.Integer({ minimum: 1 }),
  scope: Type.String(),
});
export type OauthToken = Static<typeof OauthToken>;

const SessionToken = Type.Object({ sessionToken: Type.String() });

export const sessionRoutes = thingspaceRoutes({
  requestToken: {
    method: 'POST',
    path: '/ts/v1/oauth2/token',
    access: 'public',
    summary: 'Get the access token of an application (RFC 6749, client credentials)',
    number: 75,
    takes: 'form',
    body: Type.Object({
      grant_type: Type.Optional(Type.String({ maxLength: 256 })),
      scope: Type.Optional(Type.String({ maxLength: 4_096 })),
    }),
    reply: OauthToken,
  },
  revokeToken: {
    method: 'POST',
    path: '/ts/v1/oauth2/revoke',
    access: 'public',
    summary: 'End an access token (RFC 7009)',
    takes: 'form',
    body: Type.Object({ token: Type.Optional(Type.String({ maxLength: 4_096 })) }),
  },
  logIn: {
    method: 'POST',
    path: '/m2m/v1/session/login',
    access: 'application',
    summary: 'Begin a session of a person',
    number: 72,
    body: Type.Object({ username: Type.String({ maxLength: 4_096 }), password: Secret }),
    reply: Type.Object({ ...SessionToken.properties, expires_in: Type.Integer({ minimum: 1 }) }),
  },
  logOut: {
    method: 'POST',
    path: '/m2m/v1/session/logout',
    access: 'session',
    summary: 'End the session',
    number: 73,
    reply: SessionToken,
  },
  resetPassword: {
    method: 'PUT',
    path: '/m2m/v1/session/password/actions/reset',
    access: 'session',
    summary: 'Have the server choose another password',
    number: 74,
    body: Type.Object({ oldPassword: Secret }),
    reply: Type.Object({ newPassword: Type.String() }),
  },
});
