import Type, { type Static } from 'typebox';
import { Empty } from './common.ts';
import { User } from './people.ts';
import { pulseRoutes } from './route.ts';

/** The order counts: scripts take the first member, on a line that has it. */
const Versions = Type.Object({
  currentVersion: Type.String(),
  oldestSupportedVersion: Type.String(),
});

/** What a sign-in gives. The order counts here too. */
export const Tokens = Type.Object({
  accessToken: Type.String(),
  accessTokenExpiresAt: Type.Integer({ description: 'Epoch seconds.' }),
  refreshToken: Type.String(),
});
export type Tokens = Static<typeof Tokens>;

const Me = Type.Object({
  ...User.properties,
  permissions: Type.Array(Type.Integer(), { description: 'What the caller may do in this organisation.' }),
});
export type Me = Static<typeof Me>;

export const sessionRoutes = pulseRoutes({
  getVersions: {
    method: 'GET',
    path: '/versions',
    access: 'public',
    summary: 'Get the versions of the API, the current one first',
    source: 'known',
    reply: Versions,
  },
  getToken: {
    method: 'GET',
    path: '/tokens',
    access: 'public',
    summary: 'Sign in with Basic credentials, or open another session with the token of one',
    source: 'known',
    reply: Tokens,
  },
  refreshToken: {
    method: 'GET',
    path: '/tokens/refresh',
    access: 'public',
    summary: 'Open another session with a refresh token',
    source: 'known',
    reply: Tokens,
  },
  logOut: {
    method: 'PUT',
    path: '/users/logout',
    access: 'signed-in',
    summary: 'End this session and its refresh token',
    source: 'known',
    reply: Empty,
  },
  getMe: {
    method: 'GET',
    path: '/me',
    access: 'signed-in',
    summary: 'Get who the caller is, and what it may do',
    source: 'known',
    reply: Me,
  },
});
