import { adminPassword } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { refusal } from '../prepare.ts';

const basic = (text: string, encoding: BufferEncoding = 'utf8') => ({
  authorization: `Basic ${Buffer.from(text, encoding).toString('base64')}`,
});
const right = basic(`admin@localhost:${adminPassword}`);
const challenge = 'Basic realm="muster", charset="UTF-8"';
const wrong = refusal(401, 16, 'The credentials are not valid.');
const challenged = (status: number, code: number, message: string) => {
  const { replyHeaders, ...rest } = refusal(status, code, message);
  return { ...rest, replyHeaders: { ...replyHeaders, 'www-authenticate': challenge } };
};
const refusedSignIn = challenged(401, 16, 'The credentials are not valid.');

export const exchanges: readonly Exchange[] = [
  {
    operation: 'getVersions',
    path: '/api/versions',
    as: null,
    status: 200,
    reply: { currentVersion: '1.0', oldestSupportedVersion: '0.1' },
  },
  {
    operation: 'getVersions',
    shows: 'also to those who ask for one that there never was',
    path: '/api/versions',
    as: null,
    headers: { accept: 'application/json;api-version=9.9' },
    status: 200,
  },
  {
    operation: 'getToken',
    path: '/api/tokens',
    as: null,
    headers: { ...right, accept: 'application/json;api-version=0.5' },
    status: 200,
    replyHeaders: { 'cache-control': 'no-store' },
    reply: { accessToken: '$access', accessTokenExpiresAt: '$expires', refreshToken: '$refresh' },
  },
  {
    operation: 'getToken',
    shows: 'a version that is not served',
    path: '/api/tokens',
    as: null,
    headers: { ...right, accept: 'application/json;api-version=9.9' },
    ...refusal(406, 3, 'api-version "9.9" is not served; these are: 1.0, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1.'),
  },
  {
    operation: 'getToken',
    shows: 'a wrong password',
    path: '/api/tokens',
    as: null,
    headers: basic('admin@localhost:wrong'),
    ...refusedSignIn,
  },
  {
    operation: 'getToken',
    shows: 'nobody of that name',
    path: '/api/tokens',
    as: null,
    headers: basic('nobody@localhost:wrong'),
    ...refusedSignIn,
  },
  {
    operation: 'getToken',
    shows: 'no credentials',
    path: '/api/tokens',
    as: null,
    ...challenged(
      401,
      16,
      'Expected an Authorization header with Basic credentials, or with the Bearer token of a session; got none.',
    ),
  },
  {
    operation: 'getMe',
    path: '/api/me',
    as: '$access',
    status: 200,
    reply: {
      id: '$admin',
      userName: 'admin@localhost',
      displayName: '$$any',
      tenantId: 'DEFAULT',
      status: 'ACTIVE',
      email: 'admin@localhost',
      accessToken: '',
      refreshToken: '',
      roles: '$roles',
      groups: [],
      orgId: 'DEFAULT',
      createdTime: '$$ms',
      lastUpdatedTime: '$$ms',
      updateVersion: 2,
      permissions: Array.from({ length: 46 }, (_, index) => index + 1),
    },
  },
  {
    operation: 'getMe',
    shows: 'in another organisation',
    path: '/api/me',
    as: '$access',
    headers: { 'x-current-org-id': 'ELSEWHERE' },
    ...refusal(404, 5, 'There is no account "ELSEWHERE" in this account.'),
  },
  {
    operation: 'getToken',
    shows: 'another session, for the token of one',
    path: '/api/tokens',
    as: '$access',
    headers: { 'x-current-org-id': 'DEFAULT' },
    status: 200,
    reply: { accessToken: '$bound', accessTokenExpiresAt: '$expires', refreshToken: '$boundRefresh' },
  },
  {
    operation: 'getMe',
    shows: 'that it is bound to its organisation, and what it may not there',
    path: '/api/me',
    as: '$bound',
    status: 200,
  },
  {
    operation: 'refreshToken',
    path: '/api/tokens/refresh',
    as: '$refresh',
    after: 60_000,
    status: 200,
    reply: { accessToken: '$second', accessTokenExpiresAt: '$later', refreshToken: '$refresh' },
  },
  {
    operation: 'refreshToken',
    shows: 'a token that is none of these',
    path: '/api/tokens/refresh',
    as: '$access',
    ...refusedSignIn,
  },
  {
    operation: 'refreshToken',
    shows: 'no token',
    path: '/api/tokens/refresh',
    as: null,
    ...challenged(401, 16, 'Expected an Authorization header with a Bearer token; got none.'),
  },
  { operation: 'getMe', path: '/api/me', as: '$refresh', ...wrong },
  { operation: 'logOut', path: '/api/users/logout', as: '$second', body: {}, status: 200, reply: {} },
  { operation: 'getMe', shows: 'that the session is over', path: '/api/me', as: '$second', ...wrong },
  {
    operation: 'refreshToken',
    shows: 'that its refresh token is over too',
    path: '/api/tokens/refresh',
    as: '$refresh',
    ...refusedSignIn,
  },
  {
    operation: 'getMe',
    shows: 'no token',
    path: '/api/me',
    as: null,
    ...refusal(401, 16, 'Expected an Authorization header with a Bearer token; got none.'),
  },
];
